import { AppError, toAppError } from '@/lib/core/errors';
import type { Environment, Scope } from '@/lib/core/model';
import type { JobView } from '@/lib/messaging/views';
import type { KeyferryDb } from '@/lib/storage/db';
import type { SessionStore } from '@/lib/storage/session';
import type { PulledValues, ValueStore } from '@/lib/storage/values';
import { runPull, type PulledBatch } from '@/lib/sync/pull';

import type { Connections, EffectiveConnection } from './connections';
import type { Platform } from './ports';

/** The last job, in session memory: names, paths and counts. A new worker tells from it what was interrupted. */
const JOB = 'job';
/** Progress is stored and told at most this often. */
const TELL_MS = 150;

interface PullDeps {
  readonly db: KeyferryDb;
  readonly session: SessionStore;
  readonly values: ValueStore;
  readonly connections: Connections;
  readonly platform: Pick<Platform, 'now' | 'broadcast' | 'keepAwake'>;
  /** Values of these environments came in. */
  readonly onPulled: (environmentIds: readonly string[]) => Promise<void>;
}

interface Running {
  readonly control: AbortController;
  readonly paths: Set<string> | 'all';
  readonly answered: Set<string>;
  readonly workspaceId: string;
}

/** Pull All and Pull of one environment. One job at a time: a second Pull All joins the first. */
export function createPulls({ db, session, values, connections, platform, onPulled }: PullDeps) {
  let job: JobView | null = null;
  let running: Running | null = null;
  let toldAt = 0;

  const tell = async (force: boolean) => {
    if (!job || (!force && platform.now() - toldAt < TELL_MS)) return;
    toldAt = platform.now();
    platform.broadcast({ type: 'job', job });
    if (force) await session.set(JOB, job);
  };
  const update = (change: Partial<JobView>) => {
    if (job) job = { ...job, ...change };
  };

  /** Writes a batch: values in one `set`, changed rows in one `bulkPut`; good values are never cleared first. */
  const keep = async (workspaceId: string, create: boolean, batch: PulledBatch) => {
    const now = platform.now();
    const byPath = new Map(
      (await db.environments.where({ workspaceId }).toArray())
        .filter(({ sync }) => sync)
        .map((row) => [row.path, row]),
    );
    const rows: Environment[] = [];
    const fresh = new Map<string, PulledValues>();
    let created = 0;
    for (const { path, version, content } of batch.secrets) {
      const known = byPath.get(path);
      if (!known && !create) continue;
      if (!known) created += 1;
      const row = known ?? newEnvironment(workspaceId, path);
      fresh.set(row.id, { path, version, pulledAt: now, form: content.form, variables: content.variables });
      if (!known || known.version !== (version ?? undefined) || known.failure || known.missing) {
        rows.push({
          ...row,
          version: version ?? undefined,
          pulledAt: now,
          failure: undefined,
          missing: undefined,
        });
      }
    }
    for (const path of batch.missing) {
      const known = byPath.get(path);
      if (known && !known.missing) rows.push({ ...known, missing: true, failure: undefined });
    }
    const failures = batch.failed.map(({ path, error }) => {
      const known = byPath.get(path);
      const failure = { code: error.code, details: error.details };
      if (known) rows.push({ ...known, failure });
      return { path, environmentId: known?.id ?? null, ...failure };
    });
    const healed = batch.unchanged.flatMap((path) => {
      const known = byPath.get(path);
      return known && (known.failure || known.missing)
        ? [{ ...known, failure: undefined, missing: undefined }]
        : [];
    });
    await values.put(fresh);
    const changed = [...rows, ...healed];
    if (changed.length > 0) await db.environments.bulkPut(changed);
    if (!job) return;
    update({
      read: job.read + batch.secrets.length,
      unchanged: job.unchanged + batch.unchanged.length,
      missing: job.missing + batch.missing.length,
      created: job.created + created,
      failures: [...job.failures, ...failures],
    });
    const answered = [...batch.secrets, ...batch.failed].map(({ path }) => path);
    for (const path of [...answered, ...batch.unchanged, ...batch.missing]) running?.answered.add(path);
    platform.broadcast({ type: 'changed', area: 'environments' });
    await onPulled([...fresh.keys()]);
  };

  const start = async (
    view: Pick<JobView, 'kind' | 'scope' | 'workspaceId'>,
    connection: EffectiveConnection,
    paths: { first?: readonly string[]; only?: readonly string[] },
  ): Promise<JobView> => {
    const provider = await connections.provider(connection);
    const control = new AbortController();
    running = {
      control,
      paths: paths.only ? new Set(paths.only) : 'all',
      answered: new Set(),
      workspaceId: view.workspaceId,
    };
    job = {
      ...view,
      id: crypto.randomUUID(),
      state: 'running',
      startedAt: platform.now(),
      endedAt: null,
      total: 0,
      done: 0,
      read: 0,
      unchanged: 0,
      missing: 0,
      created: 0,
      current: null,
      failures: [],
      failure: null,
    };
    await tell(true);
    const work = runPull({
      provider,
      request: {
        prefix: connection.form.settings.prefix,
        known: view.kind === 'pull-one' ? new Map() : await knownVersions(view.workspaceId),
        ...paths,
      },
      keep: (batch) => keep(view.workspaceId, view.kind === 'pull-all', batch),
      progress: (progress) => {
        update(progress);
        void tell(false);
      },
      signal: control.signal,
    });
    void platform.keepAwake(finish(work, connection));
    return job;
  };

  /** After a whole listing, what was neither found nor in a folder that failed is gone at the provider. */
  const markGone = async (workspaceId: string, prefix: string, answered: ReadonlySet<string>) => {
    const below = (folder: string) => (path: string) => path.startsWith(folder);
    const unseen = [...answered].filter((path) => path.endsWith('/')).map(below);
    const gone = (await db.environments.where({ workspaceId }).toArray()).filter(
      ({ sync, path, missing }) =>
        sync &&
        !missing &&
        path.startsWith(prefix) &&
        !answered.has(path) &&
        !unseen.some((hidden) => hidden(path)),
    );
    if (gone.length === 0) return;
    await db.environments.bulkPut(gone.map((row) => ({ ...row, missing: true, failure: undefined })));
    update({ missing: (job?.missing ?? 0) + gone.length });
  };

  const finish = async (work: Promise<void>, connection: EffectiveConnection) => {
    const failure = await work.then(
      () => null,
      (error: unknown) => toAppError(error),
    );
    const { answered } = running ?? { answered: new Set<string>() };
    if (!failure && job?.kind === 'pull-all') {
      await markGone(job.workspaceId, connection.form.settings.prefix, answered);
    }
    running = null;
    const endedAt = platform.now();
    const cancelled = failure?.code === 'cancelled' || failure?.code === 'locked';
    update({
      endedAt,
      current: null,
      state: failure ? (cancelled ? 'cancelled' : 'failed') : 'done',
      failure: failure && !cancelled ? { code: failure.code, details: failure.details } : null,
    });
    if (!failure && job?.kind === 'pull-all')
      await db.scopes.update(connection.source, { lastPullAt: endedAt });
    await tell(true);
    platform.broadcast({ type: 'changed', area: 'environments' });
  };

  /** Versions whose values are in memory. */
  const knownVersions = async (workspaceId: string): Promise<Map<string, string>> => {
    const [rows, summaries] = await Promise.all([
      db.environments.where({ workspaceId }).toArray(),
      values.summaries(),
    ]);
    return new Map(
      rows.flatMap(({ id, path }) => {
        const summary = summaries[id];
        return summary?.version && summary.path === path ? [[path, summary.version] as const] : [];
      }),
    );
  };

  return {
    current: (): JobView | null => job,

    isPulling: ({ workspaceId, path }: Environment): boolean =>
      running !== null &&
      running.workspaceId === workspaceId &&
      (running.paths === 'all' || running.paths.has(path)) &&
      !running.answered.has(path),

    /** @param firstPath The tab's environment, to be usable before the rest. */
    async all(scope: Scope, workspaceId: string, firstPath: string | null): Promise<JobView> {
      if (running && job?.kind === 'pull-all' && job.workspaceId === workspaceId) return job;
      running?.control.abort();
      const connection = await connections.effective(workspaceId);
      if (!connection) throw new AppError('credentials-missing', { scope });
      return start(
        { kind: 'pull-all', scope, workspaceId },
        connection,
        firstPath === null ? {} : { first: [firstPath] },
      );
    },

    async one(environmentId: string): Promise<JobView> {
      const environment = await db.environments.get(environmentId);
      if (!environment?.sync) throw new AppError('missing', { path: environment?.path ?? '' });
      if (running && job?.kind === 'pull-all' && job.workspaceId === environment.workspaceId) return job;
      running?.control.abort();
      const connection = await connections.effective(environment.workspaceId);
      if (!connection) throw new AppError('credentials-missing', { scope: environment.workspaceId });
      return start(
        { kind: 'pull-one', scope: connection.source, workspaceId: environment.workspaceId },
        connection,
        { only: [environment.path] },
      );
    },

    cancel(jobId?: string): void {
      if (jobId === undefined || job?.id === jobId) running?.control.abort();
    },

    /** At each start of the worker: a job that was running died with the one before. What it had pulled is kept. */
    async resume(): Promise<void> {
      job = (await session.get<JobView>(JOB)) ?? null;
      if (job?.state !== 'running') return;
      update({
        state: 'interrupted',
        endedAt: platform.now(),
        failure: { code: 'worker-restarted', details: {} },
      });
      await tell(true);
    },
  };
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

/** A first guess for the red mark; the user can change it. */
function looksLikeProduction(path: string): boolean {
  return /(^|[/_.-])(prod|production|live)([/_.-]|$)/i.test(path);
}

export type Pulls = ReturnType<typeof createPulls>;
