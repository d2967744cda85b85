import { AppError } from '@/lib/core/errors';
import type { Handlers } from '@/lib/messaging/router';

import type { ConfigurationFiles } from './configuration';
import type { ConnectionChanges } from './connection-changes';
import type { Connections } from './connections';
import type { Lock } from './lock';
import type { Testers } from './testers';
import type { Workspaces } from './workspaces';

export interface ConfigurationDeps {
  readonly lock: Pick<Lock, 'vaultKey' | 'phase'>;
  readonly connections: Connections;
  readonly changes: ConnectionChanges;
  readonly workspaces: Workspaces;
  readonly testers: Testers;
  readonly configuration: ConfigurationFiles;
  readonly changed: (area: 'environments' | 'connection' | 'status') => void;
}

type ConfigurationMessage = Extract<
  keyof Handlers,
  `workspaces/${string}` | `workspace/${string}` | `configuration/${string}`
>;

/** The messages of workspaces and of the configuration file. */
export function createConfigurationHandlers(
  deps: ConfigurationDeps,
): Pick<Handlers, ConfigurationMessage | 'connection/reset' | 'grant/accept'> {
  const { lock, connections, changes, workspaces, testers, configuration } = deps;
  const open = async <Result>(work: () => Promise<Result>): Promise<Result> => {
    await lock.vaultKey();
    return work();
  };
  const done = async (work: Promise<unknown>): Promise<null> => {
    await work;
    return null;
  };
  /** A file may also be the very beginning, before there is a passphrase. */
  const openOrNew = async <Result>(work: () => Promise<Result>): Promise<Result> => {
    if ((await lock.phase()) === 'locked') throw new AppError('locked');
    return work();
  };

  return {
    'workspaces/list': () => workspaces.list(),
    'workspace/create': ({ name }) => open(() => workspaces.create(name)),
    'workspace/rename': ({ workspaceId, name }) => open(() => workspaces.rename(workspaceId, name)),
    'workspace/delete': ({ workspaceId }) => open(() => done(workspaces.remove(workspaceId))),
    'workspace/switch': ({ workspaceId }) => done(workspaces.switchTo(workspaceId)),

    'connection/reset': ({ scope }) =>
      open(async () => {
        if (scope === 'global') throw new AppError('bad-message');
        const inherited = async () => (await connections.effectiveIn('global'))?.identity ?? null;
        await changes.around(scope, inherited, () => connections.forget(scope));
        deps.changed('connection');
        return connections.view(scope);
      }),
    'grant/accept': ({ grantId }) => open(() => done(testers.acceptGrant(grantId))),

    'configuration/export': () => open(() => configuration.export()),
    'configuration/preview': ({ text }) => openOrNew(() => configuration.preview(text)),
    'configuration/import': ({ text, preview, choices }) =>
      openOrNew(() => configuration.import(text, preview, choices)),
  };
}
