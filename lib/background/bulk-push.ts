import { toAppError, type AppError } from '@/lib/core/errors';
import type { Environment } from '@/lib/core/model';
import { createTurns } from '@/lib/core/turns';
import type { JobFailure, JobView } from '@/lib/messaging/views';

import type { Jobs } from './jobs';
import { afterWrite, type Settle, type Settled } from './settling';

/** Writes in flight; the provider's own queue slows down for a server that asks for it. */
const PUSHES = 32;
/** What was pushed is kept together, at most so often: alone, keeping a secret would cost more than pushing it. */
const KEEP_MS = 100;

export interface Pushed extends Settled {
  readonly state: 'pushed' | 'nothing';
}

/** One environment's push. @throws AppError `conflict` and all else that kept it from being written. */
export interface Push {
  readonly environment: Environment;
  run(signal: AbortSignal): Promise<Pushed>;
}

interface BulkDeps {
  readonly jobs: Jobs;
  readonly settle: Settle;
}

/** Pushes many environments side by side; what fails is named and the rest goes on. It never rejects. */
export function createBulkPush({ jobs, settle }: BulkDeps) {
  return async (job: JobView, pushes: AsyncIterable<Push>, signal: AbortSignal): Promise<void> => {
    const keeping = createKeeping(job.id, jobs, settle);
    const queue = pushes[Symbol.asyncIterator]();
    const worker = async () => {
      while (!signal.aborted) {
        const { value: push, done } = await queue.next();
        if (done) return;
        try {
          keeping.pushed(await push.run(signal));
        } catch (error) {
          // What was under way when the push was stopped has not failed: its draft says that it is not done.
          if (!signal.aborted) keeping.failed(push.environment, toAppError(error));
        }
      }
    };
    // A list that breaks off ends the job, but not before those that were begun are done and kept.
    const ends = await Promise.allSettled(Array.from({ length: PUSHES }, worker));
    const broken = ends.find((end) => end.status === 'rejected');
    await keeping.end();
    const end = endOf(signal, broken && toAppError(broken.reason));
    // Told to the pages in any case; that it cannot be kept is nothing that this push could mend.
    await jobs.end(job.id, end.state, end.failure).catch(() => undefined);
  };
}

function endOf(signal: AbortSignal, failure?: AppError): Pick<JobView, 'state' | 'failure'> {
  if (signal.aborted) return { state: 'cancelled', failure: null };
  if (!failure) return { state: 'done', failure: null };
  return { state: 'failed', failure: { code: failure.code, details: failure.details } };
}

/** Keeps what has been pushed, and counts it and what failed then. */
function createKeeping(jobId: string, jobs: Jobs, settle: Settle) {
  const inTurn = createTurns();
  let waiting: Pushed[] = [];
  let failures: JobFailure[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;

  const name = ({ id: environmentId, path }: Environment, { code, details }: AppError) =>
    failures.push({ path, environmentId, code, details });

  /** @returns Those that are kept; one that cannot be is named as written all the same, and the others do not share its fate. */
  const settled = async (batch: readonly Pushed[]): Promise<readonly Pushed[]> => {
    const [first, ...others] = batch;
    if (!first) return batch;
    try {
      await (others.length === 0 ? afterWrite(first.environment.path, settle(batch)) : settle(batch));
      return batch;
    } catch (thrown) {
      if (others.length === 0) {
        name(first.environment, toAppError(thrown));
        return [];
      }
    }
    const kept: Pushed[] = [];
    for (const one of batch) kept.push(...(await settled([one])));
    return kept;
  };

  const flush = () =>
    inTurn(async () => {
      timer = undefined;
      const batch = waiting;
      waiting = [];
      const kept = await settled(batch);
      const named = failures;
      failures = [];
      if (kept.length + named.length === 0) return;
      const pushed = kept.filter(({ state }) => state === 'pushed').length;
      const current = kept.at(-1)?.environment.path ?? named.at(-1)?.path ?? null;
      await jobs
        .keep(jobId, (job) => ({
          done: job.done + kept.length + named.length,
          pushed: job.pushed + pushed,
          unchanged: job.unchanged + kept.length - pushed,
          failures: [...job.failures, ...named],
          current,
        }))
        // The pages are told all the same; only a next worker would know less.
        .catch(() => undefined);
    });
  const soon = () => {
    timer ??= setTimeout(() => void flush(), KEEP_MS);
  };

  return {
    pushed(one: Pushed): void {
      waiting.push(one);
      soon();
    },
    failed(environment: Environment, error: AppError): void {
      name(environment, error);
      soon();
    },
    /** Keeps the rest. */
    async end(): Promise<void> {
      clearTimeout(timer);
      await flush();
    },
  };
}
