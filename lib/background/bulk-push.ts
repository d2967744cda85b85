import { toAppError, type AppError } from '@/lib/core/errors';
import type { Environment } from '@/lib/core/model';
import { createTurns } from '@/lib/core/turns';
import type { JobView } from '@/lib/messaging/views';

import type { Jobs } from './jobs';
import type { Settle, Settled } from './settling';

/** Writes in flight in a bulk push. */
const PUSHES = 16;

export interface Pushed extends Settled {
  readonly state: 'pushed' | 'nothing';
}

interface BulkDeps {
  readonly jobs: Jobs;
  readonly settle: Settle;
  /** Pushes one environment's draft. @throws AppError `conflict` and all else that kept it from being written. */
  readonly push: (environmentId: string, signal: AbortSignal) => Promise<Pushed>;
}

/** Pushes many environments side by side; what fails is named and the rest goes on. */
export function createBulkPush({ jobs, settle, push }: BulkDeps) {
  return async (job: JobView, environments: readonly Environment[], signal: AbortSignal): Promise<void> => {
    const queue = environments.values();
    const keep = createKeeping(job.id, jobs, settle);
    const worker = async () => {
      for (const environment of queue) {
        if (signal.aborted) return;
        const failure = await push(environment.id, signal)
          .then(keep)
          .then(() => null, toAppError);
        // What was under way when the push was stopped has not failed: its draft says that it is not done.
        if (failure && !signal.aborted) await nameFailure(environment, failure);
      }
    };
    const nameFailure = ({ id: environmentId, path }: Environment, { code, details }: AppError) =>
      jobs.keep(job.id, ({ done, failures }) => ({
        done: done + 1,
        current: path,
        failures: [...failures, { path, environmentId, code, details }],
      }));
    const failure = await Promise.all(Array.from({ length: PUSHES }, worker)).then(() => null, toAppError);
    if (signal.aborted) await jobs.end(job.id, 'cancelled', null);
    else if (failure) await jobs.end(job.id, 'failed', { code: failure.code, details: failure.details });
    else await jobs.end(job.id, 'done', null);
  };
}

/**
 * Keeps what has been pushed, and counts it then. What comes while the last is being kept is kept together: for each
 * environment alone it would cost more than its push.
 */
function createKeeping(jobId: string, jobs: Jobs, settle: Settle): (pushed: Pushed) => Promise<void> {
  const inTurn = createTurns();
  let next: { readonly batch: Pushed[]; readonly kept: Promise<void> } | null = null;

  const start = () => {
    const batch: Pushed[] = [];
    const kept = inTurn(async () => {
      next = null;
      await settle(
        batch.map(({ environment, version, content, sent }) => ({ environment, version, content, sent })),
      );
      const pushed = batch.filter(({ state }) => state === 'pushed').length;
      await jobs.keep(jobId, (job) => ({
        done: job.done + batch.length,
        pushed: job.pushed + pushed,
        unchanged: job.unchanged + batch.length - pushed,
        current: batch.at(-1)?.environment.path ?? null,
      }));
    });
    return { batch, kept };
  };

  return (pushed) => {
    next ??= start();
    next.batch.push(pushed);
    return next.kept;
  };
}
