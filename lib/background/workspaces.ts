import { AppError } from '@/lib/core/errors';
import type { Workspace } from '@/lib/core/model';
import type { WorkspaceView } from '@/lib/messaging/configuration';
import type { Injection } from '@/lib/injection/contract';
import type { KeyferryDb } from '@/lib/storage/db';

import type { ConnectionChanges } from './connection-changes';
import type { Connections } from './connections';
import type { Drafts } from './drafts';
import type { Jobs } from './jobs';
import type { Moving } from './moving';
import type { Platform } from './ports';
import type { Testers } from './testers';

interface WorkspaceDeps {
  readonly db: KeyferryDb;
  readonly drafts: Pick<Drafts, 'summaries' | 'forget'>;
  readonly jobs: Pick<Jobs, 'forget'>;
  readonly connections: Pick<Connections, 'forget'>;
  readonly changes: Pick<ConnectionChanges, 'stopJobs' | 'forgetPulled'>;
  readonly moving: () => Pick<Moving, 'abandon'>;
  readonly testers: () => Pick<Testers, 'register'>;
  readonly wire: () => Pick<Injection, 'sweep'>;
  readonly platform: Pick<Platform, 'broadcast'>;
}

/** The workspaces, and which of them is chosen. */
export function createWorkspaces(deps: WorkspaceDeps) {
  const { db, drafts, jobs, connections, changes, platform } = deps;

  const all = async (): Promise<Workspace[]> =>
    (await db.workspaces.toArray())
      .map(({ id, name, order }) => ({ id, name, order }))
      .sort((a, b) => a.order - b.order || a.name.localeCompare(b.name));

  const current = async (): Promise<string> => {
    const chosen = (await db.settings.get('workspace'))?.value;
    const known = await all();
    return (known.find(({ id }) => id === chosen) ?? known[0])?.id ?? '';
  };

  const view = async (workspace: Workspace): Promise<WorkspaceView> => {
    const inIt = { workspaceId: workspace.id };
    const [ids, testers, own, edited] = await Promise.all([
      db.environments.where(inIt).primaryKeys(),
      db.testers.where(inIt).count(),
      db.scopes.get(workspace.id),
      drafts.summaries(),
    ]);
    return {
      ...workspace,
      environments: ids.length,
      edited: ids.filter((id) => Object.hasOwn(edited, id)).length,
      testers,
      override: own !== undefined,
    };
  };

  const byId = async (workspaceId: string): Promise<Workspace> => {
    const found = (await all()).find(({ id }) => id === workspaceId);
    if (!found) throw new AppError('workspace-missing');
    return found;
  };

  /** @throws AppError `settings-invalid`, `name-taken`. */
  const checkName = async (name: string, besides?: string): Promise<string> => {
    const clean = name.trim();
    if (clean === '') throw new AppError('settings-invalid', { field: 'name' });
    const same = (await all()).find(({ id, name: other }) => id !== besides && sameName(other, clean));
    if (same) throw new AppError('name-taken', { name: same.name });
    return clean;
  };

  const changed = () => {
    for (const area of ['status', 'environments', 'testers', 'connection'] as const)
      platform.broadcast({ type: 'changed', area });
  };

  return {
    all,
    current,

    list: async (): Promise<WorkspaceView[]> => Promise.all((await all()).map(view)),

    async create(name: string): Promise<WorkspaceView> {
      const clean = await checkName(name);
      const order = Math.max(-1, ...(await all()).map((one) => one.order)) + 1;
      const workspace: Workspace = { id: crypto.randomUUID(), name: clean, order };
      await db.workspaces.add({ ...workspace, lastPullAt: null });
      changed();
      return view(workspace);
    },

    async rename(workspaceId: string, name: string): Promise<WorkspaceView> {
      const workspace = await byId(workspaceId);
      const clean = await checkName(name, workspaceId);
      await db.workspaces.update(workspaceId, { name: clean });
      changed();
      return view({ ...workspace, name: clean });
    },

    async switchTo(workspaceId: string): Promise<void> {
      await byId(workspaceId);
      await db.settings.put({ name: 'workspace', value: workspaceId });
      changed();
    },

    /**
     * Takes a workspace away with everything in it; the secrets at the provider stay.
     *
     * @throws AppError `workspace-last`, `workspace-missing`.
     */
    async remove(workspaceId: string): Promise<void> {
      const workspace = await byId(workspaceId);
      const last = () => new AppError('workspace-last', { name: workspace.name });
      if ((await db.workspaces.count()) < 2) throw last();
      const inIt = { workspaceId };
      const environmentIds = await db.environments.where(inIt).primaryKeys();
      const moves = await db.migrations.where('environmentId').anyOf(environmentIds).primaryKeys();
      await changes.stopJobs([workspaceId]);
      for (const environmentId of moves) await deps.moving().abandon(environmentId);

      const testerIds = await db.transaction('rw', db.tables, async () => {
        // Counted again where nothing can come in between.
        if ((await db.workspaces.count()) < 2) throw last();
        const ids = await db.testers.where(inIt).primaryKeys();
        await db.grants.where('testerId').anyOf(ids).delete();
        await db.grants.where('environmentId').anyOf(environmentIds).delete();
        await db.testers.bulkDelete(ids);
        await db.environments.where(inIt).delete();
        await db.migrations.bulkDelete(environmentIds);
        await db.scopes.delete(workspaceId);
        await db.connections
          .where('[scope+provider]')
          .between([workspaceId, ''], [workspaceId, '\uffff'])
          .delete();
        await db.workspaces.delete(workspaceId);
        return ids;
      });
      await db.settings.put({ name: 'workspace', value: await current() });
      await deps.testers().register();
      for (const testerId of testerIds) await deps.wire().sweep({ testerId });
      await connections.forget(workspaceId);
      await drafts.forget(environmentIds);
      await changes.forgetPulled(environmentIds);
      await jobs.forget(workspaceId);
      changed();
    },
  };
}

/** Names are told apart by people, to whom case and spaces at the ends are nothing. */
export function sameName(a: string, b: string): boolean {
  const plain = (name: string) => name.trim().normalize('NFKC').toLowerCase();
  return plain(a) === plain(b);
}

export type Workspaces = ReturnType<typeof createWorkspaces>;
