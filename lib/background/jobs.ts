import { toAppError } from '@/lib/core/errors';
import type { JobView } from '@/lib/messaging/views';
import type { SessionStore } from '@/lib/storage/session';

import type { Platform } from './ports';

/** The last job, in session memory: names, paths and counts. A new worker tells from it what was interrupted. */
const JOB = 'job';
/** Progress is told at most this often. */
const TELL_MS = 150;

type NewJob = Pick<JobView, 'kind' | 'scope' | 'workspaceId'>;

const EMPTY = {
  state: 'running',
  endedAt: null,
  total: 0,
  done: 0,
  read: 0,
  unchanged: 0,
  missing: 0,
  created: 0,
  pushed: 0,
  current: null,
  failures: [],
  failure: null,
} as const satisfies Partial<JobView>;

/** The one job under way, or the last one: told to the pages, and kept so that its end is never a guess. */
export function createJobs(session: SessionStore, platform: Pick<Platform, 'now' | 'broadcast'>) {
  let job: JobView | null = null;
  let control: AbortController | null = null;
  let toldAt = 0;
  /** Jobs that have not ended, replaced ones included: those still keep their last batch. */
  const live = new Set<string>();
  let settled = Promise.resolve();
  let settle = () => {};

  const tell = () => {
    toldAt = platform.now();
    if (job) platform.broadcast({ type: 'job', job });
  };
  const update = (change: Partial<JobView>) => {
    if (job) job = { ...job, ...change };
  };

  return {
    current: (): JobView | null => job,
    running: (): boolean => control !== null,

    /** Starts a job; one that runs is cancelled. */
    async start(view: NewJob): Promise<{ readonly job: JobView; readonly signal: AbortSignal }> {
      control?.abort();
      control = new AbortController();
      const { signal } = control;
      if (live.size === 0) {
        settled = new Promise((resolve) => {
          settle = resolve;
        });
      }
      const started: JobView = { ...view, ...EMPTY, id: crypto.randomUUID(), startedAt: platform.now() };
      job = started;
      live.add(started.id);
      try {
        await session.set(JOB, started);
      } catch (error) {
        // It never ran: nothing may wait for its end.
        const { code, details } = toAppError(error);
        await this.end(started.id, 'failed', { code, details }).catch(() => undefined);
        throw error;
      }
      tell();
      return { job: started, signal };
    },

    /** Progress of the job with this id; of any other it is ignored. */
    progress(id: string, change: (job: JobView) => Partial<JobView>): void {
      if (job?.id !== id) return;
      update(change(job));
      if (platform.now() - toldAt >= TELL_MS) tell();
    },

    /** The same, and kept: should the worker die, the next one tells how far the job had come. */
    async keep(id: string, change: (job: JobView) => Partial<JobView>): Promise<void> {
      this.progress(id, change);
      if (job?.id === id) await session.set(JOB, job);
    },

    async end(id: string, state: JobView['state'], failure: JobView['failure']): Promise<void> {
      live.delete(id);
      if (live.size === 0) settle();
      if (job?.id !== id) return;
      control = null;
      update({ state, failure, endedAt: platform.now(), current: null });
      tell();
      // Where there is no room to keep how it ended, nothing is kept: what is there says that it still runs.
      await session.set(JOB, job).catch(() => session.remove(JOB));
    },

    cancel(id?: string): void {
      if (id === undefined || job?.id === id) control?.abort();
    },

    /** Resolves when no job runs any more. */
    settled: (): Promise<void> => settled,

    /** A workspace that is gone has no last job either; without one, all that is known of the last job goes. */
    async forget(workspaceId?: string): Promise<void> {
      if (control !== null || (workspaceId !== undefined && job?.workspaceId !== workspaceId)) return;
      job = null;
      await session.remove(JOB);
    },

    /** At each start of the worker: a job that was running died with the one before. What it had done is kept. */
    async resume(): Promise<void> {
      job = (await session.get<JobView>(JOB)) ?? null;
      if (job?.state !== 'running') return;
      // What was under way but not kept died too.
      const { read, unchanged, missing, pushed, failures } = job;
      update({ done: read + unchanged + missing + pushed + failures.length });
      await this.end(job.id, 'interrupted', { code: 'worker-restarted', details: {} });
    },
  };
}

export type Jobs = ReturnType<typeof createJobs>;
