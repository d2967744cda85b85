import { toAppError, type AppError } from '@/lib/core/errors';
import type { Environment } from '@/lib/core/model';
import { createTurns } from '@/lib/core/turns';
import type { JobView } from '@/lib/messaging/views';

import type { Jobs } from './jobs';
import type { Settle, Settled } from './settling';

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

/** Pushes many environments side by side; what fails is named and the rest goes on. */
export function createBulkPush({ jobs, settle }: BulkDeps) {
  return async (job: JobView, pushes: AsyncIterable<Push>, signal: AbortSignal): Promise<void> => {
    const keeping = createKeeping(job.id, jobs, settle);
    const nameFailure = ({ id: environmentId, path }: Environment, { code, details }: AppError) =>
      jobs.keep(job.id, ({ done, failures }) => ({
        done: done + 1,
        current: path,
        failures: [...failures, { path, environmentId, code, details }],
      }));
    const queue = pushes[Symbol.asyncIterator]();
    const worker = async () => {
      while (!signal.aborted) {
        const { value: push, done } = await queue.next();
        if (done) return;
        const outcome = await push.run(signal).catch(toAppError);
        if ('state' in outcome) keeping.add(outcome);
        // What was under way when the push was stopped has not failed: its draft says that it is not done.
        else if (!signal.aborted) await nameFailure(push.environment, outcome);
      }
    };
    const failure = await Promise.all(Array.from({ length: PUSHES }, worker)).then(() => null, toAppError);
    for (const { environment, error } of await keeping.end()) await nameFailure(environment, error);
    if (signal.aborted) await jobs.end(job.id, 'cancelled', null);
    else if (failure) await jobs.end(job.id, 'failed', { code: failure.code, details: failure.details });
    else await jobs.end(job.id, 'done', null);
  };
}

/** Keeps what has been pushed, and counts it then. */
function createKeeping(jobId: string, jobs: Jobs, settle: Settle) {
  const inTurn = createTurns();
  let waiting: Pushed[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;
  const failed: { environment: Environment; error: AppError }[] = [];

  const flush = () =>
    inTurn(async () => {
      timer = undefined;
      const batch = waiting;
      waiting = [];
      if (batch.length === 0) return;
      try {
        await settle(batch);
      } catch (thrown) {
        const error = toAppError(thrown);
        failed.push(...batch.map(({ environment }) => ({ environment, error })));
        return;
      }
      const pushed = batch.filter(({ state }) => state === 'pushed').length;
      await jobs.keep(jobId, (job) => ({
        done: job.done + batch.length,
        pushed: job.pushed + pushed,
        unchanged: job.unchanged + batch.length - pushed,
        current: batch.at(-1)?.environment.path ?? null,
      }));
    });

  return {
    add(pushed: Pushed): void {
      waiting.push(pushed);
      timer ??= setTimeout(() => void flush().catch(() => undefined), KEEP_MS);
    },
    /** Keeps the rest. @returns What was pushed but could not be kept. */
    async end() {
      clearTimeout(timer);
      await flush();
      return failed;
    },
  };
}
