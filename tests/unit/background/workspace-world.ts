import { createConfigurationFiles } from '@/lib/background/configuration';
import { createConnectionChanges } from '@/lib/background/connection-changes';
import { createConnections } from '@/lib/background/connections';
import { createDrafts } from '@/lib/background/drafts';
import { createEnvironments } from '@/lib/background/environments';
import { createJobs } from '@/lib/background/jobs';
import { createLock } from '@/lib/background/lock';
import { createPolicy } from '@/lib/background/policy';
import { createTesters } from '@/lib/background/testers';
import { grantBinding } from '@/lib/background/grant-binding';
import { createWorkspaces } from '@/lib/background/workspaces';
import type { TabInfo } from '@/lib/browser/tabs';
import { DEFAULT_AWS, DEFAULT_HASHICORP, type Environment, type HashicorpSettings } from '@/lib/core/model';
import { AppError } from '@/lib/core/errors';
import type { Sweep } from '@/lib/injection/contract';
import type { ConnectionForm } from '@/lib/messaging/protocol';
import type { PulledValues } from '@/lib/storage/values';
import { createSealedStore } from '@/lib/storage/sealed';
import { createMemo } from '@/lib/storage/memo';
import { createValueStore } from '@/lib/storage/values';

import { memoryDb, memorySession } from '../memory';

export const PASSPHRASE = 'four unrelated words';
export const VAULT = 'https://vault.tidewater.example:8200';
export const OTHER_VAULT = 'https://vault-2.tidewater.example:8200';

/** The background's own parts on a database and a session in memory; only the browser and the wire are stood in for. */
export async function workspaceWorld({ onGranted = () => {} }: { readonly onGranted?: () => void } = {}) {
  const db = await memoryDb();
  const memory = memorySession();
  const { session } = memory;
  const sweeps: Sweep[] = [];
  const registered: string[][] = [];
  const sent: { readonly url: string; readonly headers: Readonly<Record<string, string>> }[] = [];
  const clock = { now: 1_800_000_000_000 };
  const transport = async (request: { url: string; headers: Readonly<Record<string, string>> }) => {
    sent.push({ url: request.url, headers: request.headers });
    throw new AppError('refused', { host: new URL(request.url).host });
  };
  const platform = {
    now: () => clock.now,
    broadcast: () => {},
    setAlarm: async () => {},
    clearAlarm: async () => {},
    setIdleMinutes: () => {},
    hasHostAccess: async () => true,
    tabInfo: async (): Promise<TabInfo | null> => null,
    registerTesterScripts: async (origins: readonly string[]) => void registered.push([...origins]),
    transport,
    acceptedTransport: transport,
  };
  const managed: { policy: unknown } = { policy: {} };
  const policy = createPolicy(async () => managed.policy, session);
  const lock = createLock({ db, session, platform, clamp: policy.clamp, onChange: async () => {} });
  await lock.setUp(PASSPHRASE);
  const connections = createConnections({ db, lock, policy, platform, providers: { session, platform } });
  const values = createValueStore(session);
  const sealed = createSealedStore(session, () => lock.vaultKey());
  const drafts = createDrafts({ session, sealed, values, now: platform.now });
  const jobs = createJobs(session, platform);
  const wire = { sweep: async (what: Sweep) => void sweeps.push(what) };
  const changes = createConnectionChanges({
    db,
    session,
    values,
    drafts,
    jobs,
    connections,
    wire: () => wire,
  });
  const environments = createEnvironments({
    db,
    values,
    now: platform.now,
    drafts: drafts.summaries,
    isPulling: () => false,
    lastPullAt: async (id) => (await db.workspaces.get(id))?.lastPullAt ?? 0,
  });
  const testers = createTesters({
    db,
    remember: createMemo(() => `${db.changes()} ${policy.revision()}`),
    session,
    environments,
    platform,
    policy,
    onRevoked: wire.sweep,
    onGranted,
    bindingOf: async (id) => {
      const environment = await db.environments.get(id);
      return grantBinding(
        environment ? await connections.effective(environment.workspaceId) : null,
        environment,
      );
    },
    asTyped: async () => [],
  });
  const workspaces = createWorkspaces({
    db,
    drafts,
    jobs,
    connections,
    changes,
    moving: () => ({ abandon: async (id) => void (await db.migrations.delete(id)) }),
    testers: () => testers,
    wire: () => wire,
    platform,
  });
  const configuration = createConfigurationFiles({
    db,
    lock,
    policy,
    drafts,
    changes,
    connections,
    testers,
    wire: () => wire,
    platform,
  });
  const save = (form: ConnectionForm) =>
    changes.around(
      form.scope,
      () => connections.identityAfter(form),
      () => connections.save(form),
    );
  return {
    db,
    ...memory,
    platform,
    lock,
    policy,
    managed,
    connections,
    values,
    drafts,
    jobs,
    changes,
    environments,
    testers,
    workspaces,
    configuration,
    save,
    sweeps,
    registered,
    sent,
    clock,
  };
}

export type WorkspaceWorld = Awaited<ReturnType<typeof workspaceWorld>>;

export function vaultForm(scope: string, token?: string, settings: Partial<HashicorpSettings> = {}) {
  return {
    scope,
    provider: 'hashicorp',
    settings: { ...DEFAULT_HASHICORP, url: VAULT, ...settings },
    ...(token === undefined ? {} : { credentials: { kind: 'token', token } }),
  } as const satisfies ConnectionForm;
}

export function awsForm(scope: string, secretAccessKey?: string, region = 'eu-central-1') {
  return {
    scope,
    provider: 'aws',
    settings: { ...DEFAULT_AWS, region },
    ...(secretAccessKey === undefined
      ? {}
      : { credentials: { kind: 'keys', accessKeyId: 'AKIAEXAMPLE', secretAccessKey } }),
  } as const satisfies ConnectionForm;
}

export function environmentRow(id: string, over: Partial<Environment> = {}): Environment {
  return {
    id,
    workspaceId: 'default',
    name: id,
    sync: true,
    path: `orders/${id}`,
    production: false,
    ...over,
  };
}

export function pulled(path: string, text: string): PulledValues {
  return {
    path,
    version: '1',
    pulledAt: 1,
    form: 'object',
    variables: [{ name: 'KEY', type: 'string', text }],
  };
}

/** The code that a promise was refused with, `done` when it was not. */
export const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'done',
    (error: unknown) => (error instanceof AppError ? error.code : String(error)),
  );
