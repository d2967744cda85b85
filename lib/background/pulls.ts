import { AppError, toAppError } from '@/lib/core/errors';
import type { Environment, ProviderSettings, Scope } from '@/lib/core/model';
import { looksLikeProduction } from '@/lib/core/paths';
import { createTurns } from '@/lib/core/turns';
import type { JobView } from '@/lib/messaging/views';
import { versionStamp } from '@/lib/providers/contract';
import type { KeyferryDb, MigrationRow } from '@/lib/storage/db';
import type { PulledValues, ValuesSummary, ValueStore } from '@/lib/storage/values';
import { runPull, type PulledBatch, type PullProgress } from '@/lib/sync/pull';

import type { ConnectionChanges } from './connection-changes';
import type { Connections, EffectiveConnection } from './connections';
import type { Jobs } from './jobs';
import type { Platform } from './ports';

interface PullDeps {
  readonly db: KeyferryDb;
  readonly jobs: Jobs;
  readonly values: ValueStore;
  readonly connections: Pick<Connections, 'effective' | 'isInForce' | 'provider'>;
  readonly changes: Pick<ConnectionChanges, 'quiet'>;
  readonly platform: Pick<Platform, 'now' | 'broadcast' | 'keepAwake'>;
  /** Values of these environments came in. */
  readonly onPulled: (environmentIds: readonly string[]) => Promise<void>;
}

interface Running {
  readonly jobId: string;
  readonly paths: Set<string> | 'all';
  readonly answered: Set<string>;
  readonly workspaceId: string;
  /**
   * The workspace's rows as the pull began, so that a pull in which nothing changed reads them once (a thousand take
   * some 15 ms). What is written is read anew before. Empty when single paths are pulled.
   */
  readonly rows: readonly Environment[];
}

/** Pull All and Pull of one environment. A second Pull All joins the first. */
export function createPulls({ db, jobs, values, connections, changes, platform, onPulled }: PullDeps) {
  let running: Running | null = null;
  /** Environments that requests wait for; each is pulled in its turn. */
  const awaited = new Set<string>();
  const inTurn = createTurns();

  /**
   * Writes a batch: values in one `set`, changed rows in one `bulkPut`; good values are never cleared first.
   *
   * @param make Whether a path at which none is linked gets an environment.
   * @throws AppError `cancelled` once the workspace has another connection: what is read here is not of its server.
   */
  const keep = async (
    { id: jobId, workspaceId }: JobView,
    connection: EffectiveConnection,
    make: (path: string) => boolean,
    batch: PulledBatch,
  ) => {
    const now = platform.now();
    const isInForce = () => connections.isInForce(workspaceId, connection);
    const own = running?.jobId === jobId ? running : null;
    const { fresh, failures, created } = isNews(batch, own?.rows ?? [])
      ? // In one step, so that a rename, a delete or another path that comes in meanwhile is not undone.
        await db.transaction('rw', db.environments, db.migrations, db.connections, db.scopes, async () => {
          if (!(await isInForce())) throw new AppError('cancelled');
          const rows = await rowsOf(workspaceId);
          const moving = movingPaths(rows, await db.migrations.toArray());
          const create = (path: string) => make(path) && !moving.has(path);
          const outcome = outcomeOf(batch, byPath(rows), { now, workspaceId, create });
          await db.environments.bulkPut(outcome.changed);
          return outcome;
        })
      : NOTHING_NEW;
    // Rows first: should the worker die in between, no value is left behind that no environment names.
    if (!(await values.put(fresh, isInForce))) throw new AppError('cancelled');
    await jobs.keep(jobId, (job) => ({
      read: job.read + batch.secrets.length,
      unchanged: job.unchanged + batch.unchanged.length,
      missing: job.missing + batch.missing.length,
      created: job.created + created,
      failures: [...job.failures, ...failures],
    }));
    const answered = [...batch.secrets, ...batch.failed].map(({ path }) => path);
    for (const path of [...answered, ...batch.unchanged, ...batch.missing]) own?.answered.add(path);
    platform.broadcast({ type: 'changed', area: 'environments' });
    await onPulled([...fresh.keys()]);
  };

  const start = async (
    view: Pick<JobView, 'kind' | 'scope' | 'workspaceId'>,
    connection: EffectiveConnection,
    paths: { first?: readonly string[]; only?: readonly string[] },
  ): Promise<JobView> => {
    const provider = await connections.provider(connection);
    const [rows, moves, summaries] = paths.only
      ? [[], [], {}]
      : await Promise.all([rowsOf(view.workspaceId), db.migrations.toArray(), values.summaries()]);
    const known = knownVersions(rows, summaries);
    // One that is there no more, as it is read, was moved, deleted or unlinked meanwhile: that is not to be undone.
    const seen = new Set([...byPath(rows).keys(), ...movingPaths(rows, moves)]);
    const { job, signal } = await jobs.start(view);
    running = {
      jobId: job.id,
      paths: paths.only ? new Set(paths.only) : 'all',
      answered: new Set(),
      workspaceId: view.workspaceId,
      rows,
    };
    const pull = async (
      named: typeof paths,
      before: Pick<PullProgress, 'total' | 'done'>,
      make: (path: string) => boolean,
    ) => {
      let last = before;
      await runPull({
        provider,
        request: { prefix: connection.form.settings.prefix, known, ...named },
        keep: (batch) => keep(job, connection, make, batch),
        progress: ({ total, done, current }) => {
          last = { total: before.total + total, done: before.done + done };
          jobs.progress(job.id, () => ({ ...last, current }));
        },
        signal,
      });
      return last;
    };
    const work = async () => {
      const isAll = view.kind === 'pull-all';
      const listed = await pull(paths, { total: 0, done: 0 }, (path) => isAll && !seen.has(path));
      const only = isAll ? unnamed(job.id, listedPrefix(connection.form)) : [];
      if (only.length > 0) await pull({ only }, listed, () => false);
    };
    void platform.keepAwake(finish(job, connection, work()));
    return job;
  };

  /**
   * Environments that the listing did not name. It may have failed, whole or for a folder, or be some minutes behind
   * (AWS), and it never names what lies outside the prefix: only asking for each tells what is gone at the provider.
   */
  const unnamed = (jobId: string, prefix: string): string[] => {
    if (running?.jobId !== jobId) return [];
    const { rows, answered } = running;
    return rows
      .filter(
        // What was gone already, a listing would have named if it were back.
        ({ sync, path, missing }) => sync && !(missing && path.startsWith(prefix)) && !answered.has(path),
      )
      .map(({ path }) => path);
  };

  const finish = async (job: JobView, connection: EffectiveConnection, work: Promise<void>) => {
    const own = () => (running?.jobId === job.id ? running : null);
    const whole = async () => {
      await work;
      if (own() && job.kind === 'pull-all') await pulledWhole(job, connection);
    };
    // Whatever fails: a job that is not ended would be waited for by the lock.
    const failure = await whole().then(() => null, toAppError);
    if (own()) running = null;
    const cancelled = failure?.code === 'cancelled' || failure?.code === 'locked';
    await jobs
      .end(
        job.id,
        failure ? (cancelled ? 'cancelled' : 'failed') : 'done',
        failure && !cancelled ? { code: failure.code, details: failure.details } : null,
      )
      // Told to the pages in any case; that it cannot be kept is nothing that this pull could mend.
      .catch(() => undefined);
    platform.broadcast({ type: 'changed', area: 'environments' });
  };

  /** What is unchanged is as fresh as this, so it is said of the connection that was asked only. */
  const pulledWhole = ({ workspaceId }: JobView, connection: EffectiveConnection) =>
    db.transaction('rw', db.workspaces, db.connections, db.scopes, async () => {
      if (!(await connections.isInForce(workspaceId, connection))) return;
      await db.workspaces.update(workspaceId, { lastPullAt: platform.now() });
    });

  const rowsOf = (workspaceId: string): Promise<Environment[]> =>
    db.environments.where({ workspaceId }).toArray();

  /** Versions whose values are in memory. */
  const knownVersions = (
    rows: readonly Environment[],
    summaries: Readonly<Record<string, ValuesSummary>>,
  ): Map<string, string> =>
    new Map(
      rows.flatMap(({ id, path }) => {
        const summary = summaries[id];
        const stamp = summary?.path === path ? versionStamp(summary) : null;
        return stamp === null ? [] : [[path, stamp] as const];
      }),
    );

  /** A Pull All of the workspace that runs already brings what another pull would. */
  const joinable = (workspaceId: string): JobView | null => {
    const job = jobs.current();
    return running && job?.state === 'running' && job.kind === 'pull-all' && job.workspaceId === workspaceId
      ? job
      : null;
  };

  const one = async (environmentId: string): Promise<JobView> => {
    const environment = await db.environments.get(environmentId);
    if (!environment?.sync) throw new AppError('missing', { path: environment?.path ?? '' });
    const joined = joinable(environment.workspaceId);
    if (joined) return joined;
    const connection = await connections.effective(environment.workspaceId);
    if (!connection) throw new AppError('credentials-missing', { scope: environment.workspaceId });
    return start(
      { kind: 'pull-one', scope: connection.source, workspaceId: environment.workspaceId },
      connection,
      { only: [environment.path] },
    );
  };

  /** Sees to it that the values are here, once the job under way is over. */
  const bring = async (environmentId: string): Promise<void> => {
    await jobs.settled();
    const [environment, pulled] = await Promise.all([
      db.environments.get(environmentId),
      values.get(environmentId),
    ]);
    if (environment && environment.path === pulled?.path) return;
    await one(environmentId);
    await jobs.settled();
  };

  return {
    isPulling: ({ workspaceId, path }: Environment): boolean =>
      running !== null &&
      running.workspaceId === workspaceId &&
      (running.paths === 'all' || running.paths.has(path)) &&
      !running.answered.has(path),

    /** @param firstPath The tab's environment, to be usable before the rest. */
    async all(scope: Scope, workspaceId: string, firstPath: string | null): Promise<JobView> {
      const joined = joinable(workspaceId);
      if (joined) return joined;
      const connection = await connections.effective(workspaceId);
      if (!connection) throw new AppError('credentials-missing', { scope });
      return start(
        { kind: 'pull-all', scope, workspaceId },
        connection,
        firstPath === null ? {} : { first: [firstPath] },
      );
    },

    one,

    /**
     * For a page's request that waits for values. A page must not end what the user has started: it comes after the
     * job under way, and only if that has not brought them. Where the connection was changed meanwhile it comes again,
     * as the change has ended or undone what was pulled.
     */
    async awaited(environmentId: string): Promise<void> {
      if (awaited.has(environmentId)) return;
      awaited.add(environmentId);
      try {
        await inTurn(async () => {
          for (;;) {
            const before = await changes.quiet();
            const failure = await bring(environmentId).then(() => null, toAppError);
            if ((await changes.quiet()) !== before) continue;
            if (failure) throw failure;
            return;
          }
        });
      } finally {
        awaited.delete(environmentId);
      }
    },
  };
}

/** What every listed path starts with: Vault lists a folder, AWS whatever the name begins with. */
function listedPrefix({ provider, settings }: ProviderSettings): string {
  return provider === 'hashicorp' && settings.prefix !== '' ? `${settings.prefix}/` : settings.prefix;
}

/** Whether a batch changes any row: not when it only says that secrets are as they were. */
function isNews({ secrets, missing, failed, unchanged }: PulledBatch, rows: readonly Environment[]): boolean {
  if (secrets.length + missing.length + failed.length > 0) return true;
  const unwell = new Set(rows.filter((row) => row.failure || row.missing).map(({ path }) => path));
  return unchanged.some((path) => unwell.has(path));
}

/** The synced rows by their path. */
function byPath(rows: readonly Environment[]): Map<string, Environment> {
  return new Map(rows.filter(({ sync }) => sync).map((row) => [row.path, row]));
}

/**
 * Both paths of each move of these environments. What is at the new one is a copy that its environment comes to, and
 * what is at the old one goes. A move that stopped as something was at the new path has no copy there.
 */
function movingPaths(rows: readonly Environment[], moves: readonly MigrationRow[]): ReadonlySet<string> {
  const ids = new Set(rows.map(({ id }) => id));
  return new Set(
    moves
      .filter(({ environmentId }) => ids.has(environmentId))
      .flatMap(({ from, to, step, failure }) =>
        step === 'write' && failure?.code === 'path-taken' ? [from] : [from, to],
      ),
  );
}

const NOTHING_NEW = { fresh: new Map<string, PulledValues>(), failures: [], created: 0 };

/** What a batch makes of the rows there are. */
function outcomeOf(
  batch: PulledBatch,
  linked: ReadonlyMap<string, Environment>,
  { now, workspaceId, create }: { now: number; workspaceId: string; create: (path: string) => boolean },
) {
  const changed: Environment[] = [];
  const fresh = new Map<string, PulledValues>();
  let created = 0;
  for (const { path, version, madeAt, content } of batch.secrets) {
    const known = linked.get(path);
    if (!known && !create(path)) continue;
    if (!known) created += 1;
    const row = known ?? newEnvironment(workspaceId, path);
    fresh.set(row.id, {
      ...{ path, version, madeAt, pulledAt: now },
      ...{ form: content.form, variables: content.variables },
    });
    if (!known || known.version !== (version ?? undefined) || known.failure || known.missing) {
      changed.push({
        ...row,
        version: version ?? undefined,
        pulledAt: now,
        failure: undefined,
        missing: undefined,
      });
    }
  }
  for (const path of batch.missing) {
    const known = linked.get(path);
    if (known && !known.missing) changed.push({ ...known, missing: true, failure: undefined });
  }
  const failures = batch.failed.map(({ path, error }) => {
    const known = linked.get(path);
    const failure = { code: error.code, details: error.details };
    if (known) changed.push({ ...known, failure });
    return { path, environmentId: known?.id ?? null, ...failure };
  });
  for (const path of batch.unchanged) {
    const known = linked.get(path);
    if (known && (known.failure || known.missing))
      changed.push({ ...known, failure: undefined, missing: undefined });
  }
  return { changed, fresh, failures, created };
}

function newEnvironment(workspaceId: string, path: string): Environment {
  return {
    id: crypto.randomUUID(),
    workspaceId,
    name: path,
    sync: true,
    path,
    production: looksLikeProduction(path),
  };
}

export type Pulls = ReturnType<typeof createPulls>;
