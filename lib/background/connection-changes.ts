import { AppError } from '@/lib/core/errors';
import type { Scope } from '@/lib/core/model';
import { createTurns } from '@/lib/core/turns';
import type { Injection } from '@/lib/injection/contract';
import type { KeyferryDb } from '@/lib/storage/db';
import { SECRET, type SessionStore } from '@/lib/storage/session';
import type { ValueStore } from '@/lib/storage/values';

import type { Connections } from './connections';
import type { Drafts } from './drafts';
import type { Jobs } from './jobs';

/** Workspaces whose connection is being changed: should the worker die in between, the next one ends it. */
const CHANGING = 'changing';

interface ConnectionChangeDeps {
  readonly db: KeyferryDb;
  readonly session: SessionStore;
  readonly values: ValueStore;
  readonly drafts: Pick<Drafts, 'summaries' | 'forget' | 'moved'>;
  readonly jobs: Pick<Jobs, 'current' | 'cancel' | 'settled'>;
  readonly connections: Pick<Connections, 'effective'>;
  readonly wire: () => Pick<Injection, 'sweep'>;
}

/**
 * What hangs on a connection goes with it. Values of the server before would be taken for the new one's, as paths
 * and version numbers are often the same; grants were given for the connection as it was.
 */
export function createConnectionChanges(deps: ConnectionChangeDeps) {
  const { db, session, values, drafts, jobs, connections } = deps;

  /** One change at a time: each tells what it moved from what was there before it. */
  const inTurn = createTurns();
  let begun = 0;
  const asOne = <Result>(change: () => Promise<Result>): Promise<Result> =>
    inTurn(() => {
      begun += 1;
      return change();
    });

  /** The workspaces that a scope's connection serves. */
  const workspacesOf = async (scope: Scope): Promise<string[]> => {
    if (scope !== 'global') return [scope];
    const own = new Set((await db.scopes.toArray()).map((one) => one.scope));
    return (await db.workspaces.toArray()).map(({ id }) => id).filter((id) => !own.has(id));
  };

  const identities = async (workspaceIds: readonly string[]) =>
    new Map(
      await Promise.all(
        workspaceIds.map(async (id) => [id, (await connections.effective(id))?.identity ?? null] as const),
      ),
    );

  const syncedIn = (workspaceIds: readonly string[]) =>
    db.environments
      .where('workspaceId')
      .anyOf(workspaceIds)
      .filter(({ sync }) => sync);

  /** @throws AppError `edited-first`: a draft is based on what the server before holds. */
  const refuseEdited = async (workspaceIds: readonly string[]) => {
    const edited = await drafts.summaries();
    const first = await syncedIn(workspaceIds)
      .filter(({ id }) => Object.hasOwn(edited, id))
      .first();
    if (first) throw new AppError('edited-first', { name: first.name });
  };

  const stopJobs = async (workspaceIds: readonly string[]) => {
    const job = jobs.current();
    if (job?.state !== 'running' || !workspaceIds.includes(job.workspaceId)) return;
    jobs.cancel(job.id);
    await jobs.settled();
  };

  /** Values, versions, plans and grants of environments that point elsewhere now. */
  const forgetPulled = async (environmentIds: readonly string[]): Promise<void> => {
    await values.forget(environmentIds);
    await drafts.moved(environmentIds);
    const kept = await session.keys(SECRET);
    const stale = new Set(
      environmentIds.flatMap((id) => [`${SECRET}review:${id}`, `${SECRET}version:${id}`]),
    );
    await session.remove(...kept.filter((key) => stale.has(key.split(':').slice(0, 3).join(':'))));
    await db.transaction('rw', db.environments, db.migrations, db.grants, async () => {
      await db.environments
        .where('id')
        .anyOf(environmentIds)
        .modify({ version: undefined, pulledAt: undefined, missing: undefined, failure: undefined });
      await db.migrations.bulkDelete([...environmentIds]);
      await db.grants
        .where('environmentId')
        .anyOf(environmentIds)
        .filter(({ proposed }) => !proposed)
        .delete();
    });
  };

  const forget = async (workspaceIds: readonly string[]): Promise<void> => {
    if (workspaceIds.length === 0) return;
    await forgetPulled(await syncedIn(workspaceIds).primaryKeys());
    await db.workspaces.where('id').anyOf(workspaceIds).modify({ lastPullAt: null });
    await deps.wire().sweep('all');
  };

  /** Does the work, and `end` for those workspaces that have another connection after it, also when it failed. */
  const changing = async <Result>(
    affected: readonly string[],
    work: () => Promise<Result>,
    end: (moved: readonly string[]) => Promise<void>,
  ): Promise<Result> => {
    const before = await identities(affected);
    await session.set(CHANGING, affected);
    try {
      return await work();
    } finally {
      const after = await identities(affected);
      await end(affected.filter((id) => before.get(id) !== after.get(id)));
      await session.remove(CHANGING);
    }
  };

  return {
    stopJobs,
    forgetPulled,
    refuseEdited,
    workspacesOf,

    /** When no connection is being changed. @returns How many changes were begun until then. */
    quiet: (): Promise<number> => inTurn(async () => begun),

    /**
     * Changes a scope's connection.
     *
     * @param next The identity that comes of it, as far as known beforehand; drafts stand against a change.
     * @throws AppError `edited-first`, and what the work throws; nothing has changed then.
     */
    around: <Result>(
      scope: Scope,
      next: () => Promise<string | null> | string | null,
      work: () => Promise<Result>,
    ): Promise<Result> =>
      asOne(async () => {
        const affected = await workspacesOf(scope);
        const before = await identities(affected);
        const wanted = await next();
        const moved = affected.filter((id) => before.get(id) !== null && before.get(id) !== wanted);
        await refuseEdited(moved);
        await stopJobs(moved);
        // A job may take its time to end: what was typed meanwhile counts as well.
        await refuseEdited(moved);
        return changing(affected, work, forget);
      }),

    /** At each start of the worker: of a change that was cut off it is not known how far it came. */
    async resume(): Promise<void> {
      const cutOff = await session.get<string[]>(CHANGING);
      if (!cutOff) return;
      await forget(cutOff);
      await session.remove(CHANGING);
    },

    /** The policy changes connections whatever is open: drafts made from the server before are gone too. */
    forced: (work: () => Promise<void>): Promise<void> =>
      asOne(async () => {
        const all = (await db.workspaces.toArray()).map(({ id }) => id);
        await changing(all, work, async (moved) => {
          await stopJobs(moved);
          if (moved.length > 0) await drafts.forget(await syncedIn(moved).primaryKeys());
          await forget(moved);
        });
      }),
  };
}

export type ConnectionChanges = ReturnType<typeof createConnectionChanges>;
