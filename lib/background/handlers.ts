import type { Workspace } from '@/lib/core/model';
import type { Handlers } from '@/lib/messaging/router';
import type { PopupView, StatusView } from '@/lib/messaging/views';
import type { Injection } from '@/lib/injection/contract';
import type { KeyferryDb } from '@/lib/storage/db';
import type { SessionStore } from '@/lib/storage/session';

import type { Clipboard } from './clipboard';
import type { ConnectionTests } from './connection-tests';
import type { Connections } from './connections';
import { createConfigurationHandlers, type ConfigurationDeps } from './configuration-handlers';
import { createEditingHandlers, type EditingDeps } from './editing-handlers';
import type { Environments } from './environments';
import type { Jobs } from './jobs';
import type { Lock } from './lock';
import type { Pulls } from './pulls';
import type { Testers } from './testers';

interface HandlerDeps extends EditingDeps, ConfigurationDeps {
  readonly db: KeyferryDb;
  readonly session: SessionStore;
  readonly lock: Lock;
  readonly connections: Connections;
  readonly tests: ConnectionTests;
  readonly environments: Environments;
  readonly jobs: Jobs;
  readonly pulls: Pulls;
  readonly testers: Testers;
  readonly wire: Injection;
  readonly clipboard: Clipboard;
  readonly status: () => Promise<StatusView>;
  readonly popup: (tabId?: number) => Promise<PopupView>;
  readonly firstPath: (tabId?: number) => Promise<string | null>;
  readonly currentWorkspace: () => Promise<string>;
  readonly firstWorkspace: Workspace;
  readonly changed: (area: 'environments' | 'connection' | 'status') => void;
}

/** One handler per message: which part of the background answers it. */
export function createHandlers(deps: HandlerDeps): Handlers {
  const { lock, connections, tests, environments, pulls, testers, wire, clipboard } = deps;
  const done = async (work: Promise<unknown> | undefined): Promise<null> => {
    await work;
    return null;
  };

  return {
    ...createEditingHandlers(deps),
    ...createConfigurationHandlers(deps),

    'status/view': deps.status,
    'popup/view': ({ tabId }) => deps.popup(tabId),

    'lock/set-up': ({ passphrase }) => done(lock.setUp(passphrase)),
    'lock/unlock': ({ passphrase }) => done(lock.unlock(passphrase)),
    'lock/lock': () => done(lock.lock()),
    'lock/settings': async (settings) => {
      await lock.saveSettings(settings);
      deps.changed('status');
      return null;
    },
    'lock/change-passphrase': ({ current, next }) => done(lock.changePassphrase(current, next)),
    'lock/wipe': async () => {
      await lock.wipe(() => wipe(deps));
      deps.changed('status');
      return null;
    },

    'connection/view': ({ scope }) => connections.view(scope),
    'connection/save': async (form) => {
      await lock.vaultKey();
      const view = await deps.changes.around(
        form.scope,
        () => connections.identityAfter(form),
        () => connections.save(form),
      );
      deps.changed('connection');
      return view;
    },
    'connection/test': async ({ testId, form }) => {
      await lock.vaultKey();
      return tests.run(testId, form);
    },
    'connection/test-cancel': ({ testId }) => {
      tests.cancel(testId);
      return null;
    },

    'pull/all': async ({ scope, tabId }) => {
      await lock.vaultKey();
      const workspaceId = scope === 'global' ? await deps.currentWorkspace() : scope;
      return pulls.all(scope, workspaceId, await deps.firstPath(tabId));
    },
    'pull/one': async ({ environmentId }) => {
      await lock.vaultKey();
      return pulls.one(environmentId);
    },
    'pull/cancel': ({ jobId }) => {
      deps.jobs.cancel(jobId);
      return null;
    },

    'environments/list': ({ workspaceId }) => environments.list(workspaceId),
    'environment/variables': ({ environmentId }) => environments.variables(environmentId),
    'environment/value': async ({ environmentId, name }) => {
      await lock.vaultKey();
      return environments.value(environmentId, name);
    },
    'environment/inside': async ({ environmentId, name, most }) => {
      await lock.vaultKey();
      return environments.inside(environmentId, name, most);
    },
    'environment/production': async ({ environmentId, production }) => {
      await environments.setProduction(environmentId, production);
      deps.changed('environments');
      return null;
    },

    'clipboard/copied': ({ environmentId, name, side, within }) =>
      done(clipboard.copied(environmentId, name, side, within)),
    'clipboard/clear': () => done(clipboard.clearNow()),

    'testers/list': ({ workspaceId }) => testers.list(workspaceId),
    'tester/enable': async ({ tabId, origin, environmentId }) => {
      await lock.vaultKey();
      return testers.enable(tabId, origin, environmentId);
    },
    'tester/add': async ({ origin, environmentId }) => {
      await lock.vaultKey();
      return testers.add(origin, environmentId);
    },
    'tester/disable': ({ testerId }) => done(testers.disable(testerId)),
    'tester/environment': ({ testerId, environmentId, tabId }) =>
      done(testers.setEnvironment(testerId, environmentId, tabId)),
    'tester/notice-dismiss': ({ tabId, noticeId }) => done(wire.dismissAsTyped(tabId, noticeId)),
    'grant/add': async ({ testerId, environmentId, destination }) => {
      await lock.vaultKey();
      return done(testers.addDestination(testerId, environmentId, destination));
    },
    'grant/revoke': ({ grantId }) => done(testers.revokeGrant(grantId)),

    'approval/answer': ({ approvalId, requestIds, decision }) =>
      done(wire.answer(approvalId, requestIds, decision)),

    'inject/request': (held, sender) => wire.request(held, sender),
    'inject/abandon': ({ requestId }, sender) => done(wire.abandon(requestId, sender)),
    'inject/hello': async ({ kind }, sender) => {
      await wire.onPageLoaded(sender);
      // Only the page itself says what the tab is; a frame in it does not.
      if (sender.frameId === 0) await testers.hello(sender, kind);
      return null;
    },
  };
}

/** Everything stored, but for the database itself with its one default workspace. */
async function wipe({ db, session, jobs, testers, firstWorkspace }: HandlerDeps): Promise<void> {
  // The lock has stopped them; a last batch of theirs must not come in after.
  await jobs.settled();
  await db.transaction('rw', db.tables, async () => {
    for (const table of db.tables) await table.clear();
    await db.workspaces.add({ ...firstWorkspace, lastPullAt: null });
    await db.settings.add({ name: 'workspace', value: firstWorkspace.id });
  });
  // The worker itself remembers the last job's paths.
  await jobs.forget();
  await session.clear('');
  await testers.register();
}
