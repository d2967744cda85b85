import { AppError, toAppError, type ErrorCode, type ErrorDetails } from '@/lib/core/errors';
import { pathProblem } from '@/lib/core/paths';
import { createTurns } from '@/lib/core/turns';
import type { MigrationView, RemovalView } from '@/lib/messaging/editing';
import type { Failure } from '@/lib/messaging/views';
import type { KeyferryDb, MigrationRow } from '@/lib/storage/db';
import { planMigration, runMigration } from '@/lib/sync/migrate';

import type { Connections } from './connections';
import type { Drafts } from './drafts';
import type { Linking } from './linking';
import type { Platform } from './ports';
import { createTargets } from './target';

interface MovingDeps {
  readonly db: KeyferryDb;
  readonly drafts: Pick<Drafts, 'summaries'>;
  readonly linking: Pick<Linking, 'relink'>;
  readonly connections: Pick<Connections, 'effective' | 'provider'>;
  readonly platform: Pick<Platform, 'broadcast' | 'keepAwake'>;
}

/**
 * Migrate: moves an environment's secret to another path. Progress is stored before each step, so a move that a
 * dead worker, a lock or the provider stopped is shown as stopped and can go on.
 */
export function createMoving({ db, drafts, linking, connections, platform }: MovingDeps) {
  const target = createTargets(db, connections);
  /** Moves of this worker's life; a stored one that is not here was interrupted. */
  const running = new Map<string, AbortController>();
  const ended = new Map<string, { readonly row: MigrationRow; readonly removal: RemovalView }>();

  /** Starts come one at a time, or two of the same would both begin. */
  const inTurn = createTurns();

  const changed = () => platform.broadcast({ type: 'changed', area: 'environments' });

  const run = async (environmentId: string, row: MigrationRow): Promise<void> => {
    const control = new AbortController();
    running.set(environmentId, control);
    /**
     * Goes on, and keeps the next step, while the plan is there.
     *
     * @throws AppError `cancelled` for a move that was abandoned, or whose plan went with its environment or connection:
     *   it must not come back, and nothing more is done for it.
     */
    const whileWanted = async (step?: MigrationRow): Promise<void> => {
      if (running.get(environmentId) !== control) throw new AppError('cancelled');
      await db.transaction('rw', db.migrations, async () => {
        if (!(await db.migrations.get(environmentId))) throw new AppError('cancelled');
        if (step) await db.migrations.put(step);
      });
    };
    try {
      const { connection, provider } = await target(environmentId);
      const removal = await runMigration(
        provider,
        row,
        {
          keep: async (migration) => {
            await whileWanted({ ...migration, environmentId, failure: null });
            changed();
          },
          link: async (record) => {
            await whileWanted();
            const environment = await db.environments.get(environmentId);
            if (!environment) throw new AppError('missing', { path: row.from });
            await linking.relink({ environment, connection }, row.to, record);
          },
        },
        control.signal,
      );
      await whileWanted();
      await db.migrations.delete(environmentId);
      ended.set(environmentId, { row: { ...row, step: 'remove' }, removal });
    } catch (error) {
      const { code, details } = toAppError(error);
      if (running.get(environmentId) === control)
        await db.migrations
          .update(environmentId, { failure: { code, details: onDisk(code, details) } })
          // Without its reason it is shown as interrupted, which it was.
          .catch(() => undefined);
    } finally {
      if (running.get(environmentId) === control) running.delete(environmentId);
      changed();
    }
  };

  const view = async (environmentId: string): Promise<MigrationView | null> => {
    const row = await db.migrations.get(environmentId);
    if (row) {
      const state = running.has(environmentId) ? ('running' as const) : ('stopped' as const);
      const interrupted: Failure = { code: 'worker-restarted', details: {} };
      const failure = state === 'running' ? null : (row.failure ?? interrupted);
      return { environmentId, from: row.from, to: row.to, step: row.step, state, failure, removal: null };
    }
    const done = ended.get(environmentId);
    if (!done) return null;
    const { from, to } = done.row;
    return { environmentId, from, to, step: 'remove', state: 'done', failure: null, removal: done.removal };
  };

  const started = async (environmentId: string): Promise<MigrationView> => {
    const now = await view(environmentId);
    if (!now) throw new AppError('missing', { path: '' });
    return now;
  };

  return {
    view,

    /** @throws AppError `path-invalid`, `path-taken`, `edited-first` when unsaved edits would be left behind. */
    start: (environmentId: string, to: string, permanent: boolean): Promise<MigrationView> =>
      inTurn(async () => {
        if (running.has(environmentId)) return started(environmentId);
        const { environment, connection, provider } = await target(environmentId);
        const problem = pathProblem(connection.form.provider, to);
        if (problem) throw new AppError('path-invalid', { path: to, problem });
        if (to === environment.path) throw new AppError('path-taken', { path: to, name: environment.name });
        if ((await drafts.summaries())[environmentId])
          throw new AppError('edited-first', { name: environment.name });
        const { compareAndSwap } = await provider.capabilities(new AbortController().signal);
        // Without versions the old one is removed for good: only when the user agreed to that beforehand.
        if (connection.form.provider === 'hashicorp' && !compareAndSwap && !permanent)
          throw new AppError('no-cas');
        const row: MigrationRow = {
          ...planMigration(environment.path, to, permanent),
          environmentId,
          failure: null,
        };
        ended.delete(environmentId);
        await db.migrations.put(row);
        void platform.keepAwake(run(environmentId, row));
        return started(environmentId);
      }),

    /** @param withoutMetadata The user agreed to what a move lost that was stopped by `denied` with `UNSEEN`. */
    async resume(environmentId: string, withoutMetadata = false): Promise<MigrationView> {
      const stopped = await db.migrations.get(environmentId);
      const row = stopped && withoutMetadata ? { ...stopped, withoutMetadata } : stopped;
      if (row && !running.has(environmentId)) void platform.keepAwake(run(environmentId, row));
      return started(environmentId);
    },

    /** Forgets the plan; whatever is at the provider stays. */
    async abandon(environmentId: string): Promise<void> {
      running.get(environmentId)?.abort();
      running.delete(environmentId);
      ended.delete(environmentId);
      await db.migrations.delete(environmentId);
      changed();
    },

    cancelAll: () => {
      for (const control of running.values()) control.abort();
    },
  };
}

/** Of a variable that stands in the way the name is not written to disk; the next try tells it again. */
function onDisk(code: ErrorCode, details: ErrorDetails): ErrorDetails {
  if (code !== 'variable-invalid' && code !== 'number-unsafe') return details;
  return Object.fromEntries(Object.entries(details).filter(([key]) => key !== 'name'));
}

export type Moving = ReturnType<typeof createMoving>;
