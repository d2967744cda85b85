import { onAlarm, onIdle } from '@/lib/browser/alarms';
import { onManagedChanged, readManaged } from '@/lib/browser/managed';
import { onAccessChanged } from '@/lib/browser/permissions';
import { stripOwnOrigin } from '@/lib/browser/rules';
import { applyUpdate, onMessage, onUpdateReady, ownIdentity } from '@/lib/browser/runtime';
import { sessionArea } from '@/lib/browser/session-area';
import { onTabRemoved } from '@/lib/browser/tabs';
import { toAppError } from '@/lib/core/errors';
import { DEFAULT_LOCK_SETTINGS, type Workspace } from '@/lib/core/model';
import { createRouter } from '@/lib/messaging/router';
import type { Failure, Phase, StatusView } from '@/lib/messaging/views';
import { createDb, openDb } from '@/lib/storage/db';
import { createMemo } from '@/lib/storage/memo';
import { createSealedStore } from '@/lib/storage/sealed';
import { createSessionStore } from '@/lib/storage/session';
import { createValueStore } from '@/lib/storage/values';

import { createClipboard } from './clipboard';
import { createConfigurationFiles } from './configuration';
import { createConnectionChanges } from './connection-changes';
import { createConnections } from './connections';
import { createConnectionTests } from './connection-tests';
import { createDrafts } from './drafts';
import { createEditor } from './editor';
import { createEnvironments } from './environments';
import { grantBinding } from './grant-binding';
import { createHandlers } from './handlers';
import { createHistory } from './history';
import { createJobs } from './jobs';
import { createLinking } from './linking';
import { createLock, LOCK_ALARM } from './lock';
import { createMoving } from './moving';
import { createPhaseChange } from './phase-change';
import { createPlatform } from './platform';
import { createPolicy } from './policy';
import { createPopup } from './popup';
import { createPulls } from './pulls';
import { createSaving } from './saving';
import { createTesters } from './testers';
import { createUpdates, UPDATE_ALARM } from './updates';
import { createWire, WIRE_ALARM } from './wire';
import { createWorkspaces } from './workspaces';

/** What the user starts with. */
const FIRST_WORKSPACE: Workspace = { id: 'default', name: 'My workspace', order: 0 };

/**
 * Composes the background. Everything that listens is registered before the first `await`, or the event that
 * woke the worker would be lost; handlers wait for `ready`. `ready` never rejects: a database that cannot be
 * opened becomes a state that the pages are told.
 */
export function startApp(): void {
  const self = ownIdentity();
  const db = createDb();
  const session = createSessionStore(sessionArea);
  const values = createValueStore(session);
  const platform = createPlatform(() => whenReady(() => clipboard.cleared()));
  const { now, broadcast } = platform;
  let broken: Failure | null = null;
  let waiting = 0;
  /** Aborted by a lock: whatever calls a provider stops then. */
  let unlocked = new AbortController();

  const showAction = (phase: Phase) =>
    platform.showAction(phase !== 'unlocked' ? 'locked' : waiting > 0 ? 'attention' : 'unlocked', waiting);

  const onPhase = async (phase: Phase) => {
    await changePhase(phase);
    broadcast({ type: 'changed', area: 'status' });
    // Nobody waits for the toolbar's drawing.
    void showAction(phase).catch(() => undefined);
  };

  /** What calls a provider. */
  const stopCalls = () => {
    unlocked.abort();
    unlocked = new AbortController();
    moving.cancelAll();
    jobs.cancel();
    tests.cancelAll();
    connections.drop();
  };

  /** Auto Sync: pulls after each unlock, the tab's environment first. */
  const autoSync = async () => {
    const workspaceId = await workspaces.current();
    const connection = await connections.effective(workspaceId);
    if (!connection?.form.settings.autoSync) return;
    await pulls.all(connection.source, workspaceId, await firstPath());
  };

  /** The path of the environment that the tab in front uses. */
  const firstPath = async (tabId?: number) => {
    const environmentId = (await testers.tabView(tabId))?.environmentId;
    return environmentId ? ((await db.environments.get(environmentId))?.path ?? null) : null;
  };

  const policy = createPolicy(readManaged, session);
  const remember = createMemo(() => `${db.changes()} ${policy.revision()}`);
  const lock = createLock({ db, session, platform, clamp: policy.clamp, onChange: onPhase });
  const connections = createConnections({ db, lock, policy, platform, providers: { session, platform } });
  const tests = createConnectionTests({ connections, platform });
  const sealed = createSealedStore(session, () => lock.vaultKey());
  const drafts = createDrafts({ session, sealed, values, now });
  const environments = createEnvironments({
    db,
    values,
    now,
    drafts: drafts.summaries,
    isPulling: (environment) => pulls.isPulling(environment),
    lastPullAt: async (workspaceId) => (await db.workspaces.get(workspaceId))?.lastPullAt ?? 0,
  });
  const jobs = createJobs(session, platform);
  const changes = createConnectionChanges({
    db,
    session,
    values,
    drafts,
    jobs,
    connections,
    wire: () => wire,
  });
  const workspaces = createWorkspaces({
    db,
    drafts,
    jobs,
    connections,
    changes,
    moving: () => moving,
    testers: () => testers,
    wire: () => wire,
    platform,
  });
  const pulls = createPulls({
    db,
    jobs,
    values,
    connections,
    changes,
    platform,
    onPulled: () => Promise.resolve(wire.onPulled()),
  });
  const testers = createTesters({
    db,
    remember,
    session,
    environments,
    platform,
    policy,
    onRevoked: (revoked) => wire.sweep(revoked),
    bindingOf: async (environmentId) => {
      const environment = await db.environments.get(environmentId);
      return grantBinding(
        environment ? await connections.effective(environment.workspaceId) : null,
        environment,
      );
    },
    onGranted: () => wire.onGrantChanged(),
    asTyped: (tabId) => wire.asTyped(tabId),
  });
  const wire = createWire({
    db,
    remember,
    session,
    values,
    lock,
    connections,
    testers: () => testers,
    policy,
    platform,
    onWaiting: (count) => {
      waiting = count;
      void lock
        .phase()
        .then(showAction)
        .catch(() => undefined);
    },
    onPullWanted: (environmentId) => void pulls.awaited(environmentId).catch(() => undefined),
  });
  const saving = createSaving({
    db,
    session,
    values,
    drafts,
    connections,
    jobs,
    platform,
    onPulled: () => wire.onPulled(),
  });
  const history = createHistory({ db, session, connections, saving });
  const linking = createLinking({
    db,
    values,
    drafts,
    environments,
    connections,
    platform,
    onRelinked: async (environmentId) => {
      await db.grants.where({ environmentId }).delete();
      await wire.sweep({ environmentId });
    },
  });
  const changePhase = createPhaseChange({ db, drafts, testers, wire, stopCalls, autoSync });
  const moving = createMoving({ db, drafts, linking, connections, platform });
  const editor = createEditor({ db, drafts, environments, connections, platform });
  /** The policy changed while the browser runs: whatever it forbids now ends now. */
  const followPolicy = async () => {
    if (!(await policy.isChanged())) return;
    await changes.forced(() => policy.load());
    connections.drop();
    await lock.follow();
    await wire.sweep('all');
    await testers.register();
    for (const area of ['status', 'connection', 'testers', 'approvals'] as const)
      broadcast({ type: 'changed', area });
  };
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
  const calling = async <Result>(work: (signal: AbortSignal) => Promise<Result>): Promise<Result> => {
    await lock.vaultKey();
    return platform.keepAwake(work(unlocked.signal));
  };
  const clipboard = createClipboard({ session, environments, editor, lock, platform });

  const updates = createUpdates({ session, sealed, jobs, platform, apply: applyUpdate });

  const status = async (): Promise<StatusView> => {
    if (broken) {
      const none = { workspaces: [], workspaceId: FIRST_WORKSPACE.id, waiting: 0, job: null };
      return { phase: 'locked', broken, lock: DEFAULT_LOCK_SETTINGS, ...none };
    }
    const managed = policy.view();
    return {
      phase: await lock.phase(),
      workspaces: await workspaces.all(),
      workspaceId: await workspaces.current(),
      lock: await lock.settings(),
      waiting,
      job: jobs.current(),
      ...((await updates.waits()) ? { updateWaits: true } : {}),
      ...(managed ? { managed } : {}),
    };
  };

  const popup = createPopup({ status, testers, environments, connections, wire, clipboard });
  const route = createRouter(
    createHandlers({
      db,
      session,
      lock,
      connections,
      tests,
      environments,
      pulls,
      jobs,
      editor,
      saving,
      history,
      linking,
      moving,
      calling,
      testers,
      wire,
      clipboard,
      status,
      popup,
      firstPath,
      currentWorkspace: workspaces.current,
      workspaces,
      changes,
      configuration,
      firstWorkspace: FIRST_WORKSPACE,
      changed: (area) => broadcast({ type: 'changed', area }),
    }),
    self,
  );

  const ready: Promise<void> = (async () => {
    try {
      await Promise.all([openDb(db, FIRST_WORKSPACE), policy.resume()]);
      await lock.resume();
      await changes.resume();
      // A browser that was closed, or a worker that died in the middle of a lock, ended them by no lock.
      if ((await lock.phase()) !== 'unlocked') await testers.endLoopbackGrants();
      await Promise.all([
        wire.reconcile(),
        jobs.resume(),
        // Without it some servers do not work, but nothing else is wrong.
        stripOwnOrigin(new URL(self.origin).host).catch(() => undefined),
      ]);
      await followPolicy();
      waiting = await wire.waiting();
      // Nobody waits for these.
      void testers.register().catch(() => undefined);
      void lock
        .phase()
        .then(showAction)
        .catch(() => undefined);
    } catch (error) {
      const { code, details } = toAppError(error);
      broken = { code, details };
    }
  })();
  const whenReady = (run: () => Promise<unknown> | undefined) => void ready.then(run).catch(() => undefined);

  onMessage(async (message, sender) => {
    await ready;
    // Broken, only what tells the pages so is answered: the policy may not have been read.
    const isTold = (message as { kind?: unknown } | null)?.kind;
    if (broken && isTold !== 'status/view' && isTold !== 'popup/view') {
      return { ok: false, ...broken, retryable: false };
    }
    return route(message, sender);
  });
  const alarms: Readonly<Record<string, () => Promise<unknown>>> = {
    [LOCK_ALARM]: () => lock.lockIfDue(),
    [WIRE_ALARM]: () => wire.tick(),
    [UPDATE_ALARM]: () => updates.attempt(),
  };
  onAlarm((name) => whenReady(() => alarms[name]?.()));
  onUpdateReady(() => whenReady(updates.ready));
  onManagedChanged(() => whenReady(followPolicy));
  onIdle((state) => whenReady(() => lock.idle(state)));
  onTabRemoved((tabId) => whenReady(() => Promise.all([wire.onTabRemoved(tabId), testers.tabClosed(tabId)])));
  onAccessChanged(() =>
    whenReady(async () => {
      await testers.register();
      wire.onAccessChanged();
      broadcast({ type: 'changed', area: 'testers' });
    }),
  );
}
