import { DEFAULT_AWS, DEFAULT_HASHICORP, DEFAULT_LOCK_SETTINGS } from '@/lib/core/model';
import type { ManagedView, WorkspaceView } from '@/lib/messaging/configuration';
import type { TestStep } from '@/lib/core/test-steps';
import type {
  ConnectionView,
  EnvironmentView,
  JobView,
  StatusView,
  TesterView,
  VariableView,
} from '@/lib/messaging/views';

/** Views as the worker gives them, for the tests of the options page. */

export const VAULT = 'https://vault.tidewater.example:8200';
const NOW = Date.now();

export function statusView(over: Partial<StatusView> = {}): StatusView {
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

/** What is in the one workspace there is. */
export const workspaces: readonly WorkspaceView[] = [
  { id: 'orders', name: 'Orders', order: 0, environments: 5, edited: 0, testers: 1, override: false },
];

/** A policy that sets nothing but what is given. */
export function managed(over: Partial<ManagedView> = {}): ManagedView {
  const none = { blocked: [], allowed: [] };
  return {
    locked: [],
    globalOnly: false,
    testers: none,
    destinations: none,
    lock: {},
    problems: [],
    ...over,
  };
}

/** A saved Vault with a sealed token, and AWS never set. */
export function connection(over: Partial<ConnectionView> = {}): ConnectionView {
  return {
    scope: 'global',
    source: 'global',
    provider: 'hashicorp',
    hashicorp: { ...DEFAULT_HASHICORP, url: VAULT, enginePath: 'platform/kv' },
    aws: DEFAULT_AWS,
    sealed: { hashicorp: { auth: 'token', server: VAULT }, aws: null },
    saved: true,
    syncedEnvironments: 11,
    lastPullAt: NOW - 120_000,
    ...over,
  };
}

export const NEW = connection({
  hashicorp: DEFAULT_HASHICORP,
  sealed: { hashicorp: null, aws: null },
  saved: false,
  syncedEnvironments: 0,
  lastPullAt: null,
});

export function environment(id: string, over: Partial<EnvironmentView> = {}): EnvironmentView {
  return {
    id,
    workspaceId: 'orders',
    name: id,
    sync: true,
    path: `orders/${id}`,
    production: false,
    state: 'fresh',
    variables: 8,
    pulledAt: NOW - 120_000,
    failure: null,
    changes: 0,
    conflicts: 0,
    ...over,
  };
}

export const environments: readonly EnvironmentView[] = [
  environment('production', { production: true }),
  environment('staging', { state: 'stale' }),
  environment('scratch', { sync: false, path: '', state: 'session only' }),
  environment('eu', { path: 'orders/eu/eu', state: 'not pulled', variables: null, pulledAt: null }),
  environment('carrier', {
    path: 'orders/partners/carrier',
    state: 'failed',
    failure: { code: 'denied', details: { path: 'orders/partners/carrier' } },
  }),
];

export const variables: readonly VariableView[] = [
  { name: 'API_KEY', type: 'string', members: null },
  { name: 'db', type: 'json', members: 5 },
];

export const testers: readonly TesterView[] = [
  {
    id: 'tester',
    origin: 'https://docs.tidewater.example',
    kind: 'swagger-ui',
    workspaceId: 'orders',
    environmentId: 'staging',
    environmentName: 'staging',
    environmentState: 'fresh',
    enabledAt: NOW,
    hostAccess: true,
    grants: [
      {
        id: 'grant',
        destination: 'https://api.tidewater.example',
        environmentId: 'staging',
        environmentName: 'staging',
        grantedAt: NOW,
        hostAccess: true,
      },
    ],
  },
];

export const STEPS: readonly TestStep[] = [
  { step: 'reach', state: 'done', ms: 84, facts: { version: '1.20.3' } },
  { step: 'authenticate', state: 'done', ms: 131, facts: { auth: 'token' } },
  { step: 'place', state: 'done', ms: 42, facts: { engine: 'platform/kv', kv: 2, cas: 'yes' } },
  { step: 'list', state: 'done', ms: 58, facts: { secrets: 11 } },
];

export function job(over: Partial<JobView> = {}): JobView {
  return {
    id: 'job',
    kind: 'pull-all',
    scope: 'global',
    workspaceId: 'orders',
    state: 'done',
    startedAt: NOW - 9_400,
    endedAt: NOW,
    total: 415,
    done: 415,
    read: 47,
    unchanged: 365,
    missing: 0,
    created: 9,
    pushed: 0,
    current: null,
    failures: [],
    failure: null,
    ...over,
  };
}
