import { DEFAULT_LOCK_SETTINGS } from '@/lib/core/model';
import type {
  ApprovalView,
  JobView,
  PopupView,
  StatusView,
  TabView,
  TesterView,
  VariableView,
} from '@/lib/messaging/views';

/** Views as the worker gives them, for the popup's tests. */

const NOW = Date.now();
const TESTER_ORIGIN = 'https://docs.tidewater.example';

export function status(over: Partial<StatusView> = {}): StatusView {
  return {
    phase: 'unlocked',
    workspaces: [{ id: 'orders', name: 'Orders', order: 0 }],
    workspaceId: 'orders',
    lock: DEFAULT_LOCK_SETTINGS,
    waiting: 0,
    job: null,
    ...over,
  };
}

export function tester(over: Partial<TesterView> = {}): TesterView {
  return {
    id: 'tester-1',
    origin: TESTER_ORIGIN,
    kind: 'swagger-ui',
    workspaceId: 'orders',
    environmentId: 'production',
    environmentName: 'Production',
    environmentState: 'fresh',
    enabledAt: NOW,
    hostAccess: true,
    grants: ['https://api.tidewater.example', 'https://rates.tidewater.example'].map(
      (destination, index) => ({
        id: `grant-${index}`,
        destination,
        environmentId: 'production',
        environmentName: 'Production',
        grantedAt: NOW,
        hostAccess: true,
      }),
    ),
    ...over,
  };
}

export function tab(over: Partial<TabView> = {}): TabView {
  return {
    tabId: 7,
    origin: TESTER_ORIGIN,
    tester: tester(),
    environmentId: 'production',
    overridden: false,
    needsReload: false,
    kind: 'swagger-ui',
    sentAsTyped: [],
    ...over,
  };
}

export const NO_TESTER: Partial<TabView> = {
  origin: 'https://lab.tidewater.example',
  tester: null,
  environmentId: null,
  kind: 'other',
};

export const VARIABLES: readonly VariableView[] = [
  { name: 'API_KEY', type: 'string', members: null },
  { name: 'CLIENT_ID', type: 'string', members: null },
  { name: 'CLIENT_SECRET', type: 'string', members: null },
  { name: 'CARRIER_TOKEN', type: 'string', members: null },
  { name: 'db', type: 'json', members: 2 },
  { name: 'RATE_LIMIT', type: 'json', members: null },
  { name: 'SIGNING_KEY', type: 'binary', members: null },
  { name: 'WEBHOOK_SECRET', type: 'string', members: null },
];

export function popup(over: Partial<PopupView> = {}): PopupView {
  return {
    status: status(),
    tab: tab(),
    environments: [
      { id: 'staging', name: 'Staging', state: 'stale', production: false, pulledAt: NOW - 3_600_000 },
      { id: 'production', name: 'Production', state: 'fresh', production: true, pulledAt: NOW - 120_000 },
    ],
    variables: VARIABLES,
    approvals: [],
    clipboard: null,
    connected: true,
    ...over,
  };
}

export function locked(over: Partial<PopupView> = {}): PopupView {
  return popup({
    status: status({ phase: 'locked' }),
    environments: [],
    variables: null,
    connected: false,
    ...over,
  });
}

export function approval(over: Partial<ApprovalView> = {}): ApprovalView {
  return {
    id: 'card-1',
    reason: 'destination',
    requestIds: ['request-1', 'request-2'],
    tester: TESTER_ORIGIN,
    testerId: 'tester-1',
    environmentId: 'production',
    environmentName: 'Production',
    production: true,
    destination: 'https://api.eu.tidewater.example',
    method: 'POST',
    path: '/v2/orders',
    places: [
      { name: 'API_KEY', header: 'Authorization', known: true },
      { name: 'CLIENT_ID', header: 'X-Client', known: true },
    ],
    address: 'public',
    plainHttp: false,
    proxy: false,
    bareOnly: false,
    heldSince: NOW - 8_000,
    needsAccess: 'https://api.eu.tidewater.example/*',
    ...over,
  };
}

export function job(over: Partial<JobView> = {}): JobView {
  return {
    id: 'job-1',
    kind: 'pull-all',
    scope: 'orders',
    workspaceId: 'orders',
    state: 'running',
    startedAt: NOW,
    endedAt: null,
    total: 415,
    done: 214,
    read: 214,
    unchanged: 0,
    missing: 0,
    created: 0,
    pushed: 0,
    current: 'platform/kv/logistics/label-printer/staging',
    failures: [],
    failure: null,
    ...over,
  };
}
