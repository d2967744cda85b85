import { describe, expect, it } from 'vitest';

import { createBulkPush, type Push, type Pushed } from '@/lib/background/bulk-push';
import { createJobs } from '@/lib/background/jobs';
import type { Settle } from '@/lib/background/settling';
import { AppError } from '@/lib/core/errors';
import type { Environment } from '@/lib/core/model';

import { memorySession } from '../memory';
import { environmentRow } from './workspace-world';

const COUNT = 40;
const PUSH = { kind: 'push', scope: 'global', workspaceId: 'default' } as const;
const environments = Array.from({ length: COUNT }, (_, nth) => environmentRow(`app-${nth}`));

const written = (environment: Environment): Pushed => ({
  ...{ state: 'pushed', environment, version: '2', sent: [] },
  content: { form: 'object', variables: [] },
});

interface Options {
  /** What one environment's push does; else it is written. */
  readonly run?: (environment: Environment) => Promise<Pushed>;
  readonly settle?: Settle;
  /** Thrown by the list of pushes after that many. */
  readonly breakAfter?: number;
  /** The job's beginning fits into session memory, and nothing else. */
  readonly full?: boolean;
}

/** Runs a push of many on real jobs, and gives how it ended. */
async function runPush({ run = async (one) => written(one), settle, breakAfter, full = false }: Options) {
  const { session, fill } = memorySession(10_000);
  const jobs = createJobs(session, { now: () => 1_000_000, broadcast: () => {} });
  const settled: string[] = [];
  const bulk = createBulkPush({
    jobs,
    settle: async (arrived) => {
      await settle?.(arrived);
      settled.push(...arrived.map(({ environment }) => environment.id));
    },
  });
  async function* pushes(): AsyncGenerator<Push> {
    for (const [nth, environment] of environments.entries()) {
      if (nth === breakAfter) throw new AppError('database-newer');
      yield { environment, run: () => run(environment) };
    }
  }
  const { job, signal } = await jobs.start(PUSH);
  if (full) fill();
  await bulk(job, pushes(), signal);
  return { job: jobs.current(), settled, jobs };
}

describe('the push of many', () => {
  it('goes on and ends when there is no room to keep what failed', async () => {
    const { job, settled, jobs } = await runPush({
      full: true,
      run: async (environment) => {
        if (environments.indexOf(environment) % 2 === 0) return written(environment);
        throw new AppError('denied', { path: environment.path });
      },
    });
    expect(job).toMatchObject({ state: 'done', done: COUNT, pushed: COUNT / 2, failure: null });
    expect(job?.failures.map(({ environmentId }) => environmentId).sort()).toEqual(
      environments
        .filter((_, nth) => nth % 2 === 1)
        .map(({ id }) => id)
        .sort(),
    );
    expect(settled).toHaveLength(COUNT / 2);
    await jobs.settled();
  });

  it('keeps the others when one that was pushed cannot be kept, and says that it is written', async () => {
    const full = new AppError('memory-full', { megabytes: 1 });
    const { job, settled } = await runPush({
      settle: async (arrived) => {
        if (arrived.some(({ environment }) => environment.id === 'app-7')) throw full;
      },
    });
    expect(job).toMatchObject({ state: 'done', done: COUNT, pushed: COUNT - 1 });
    expect(job?.failures).toEqual([
      {
        ...{ path: 'orders/app-7', environmentId: 'app-7', code: 'memory-full' },
        details: { ...full.details, written: 'orders/app-7' },
      },
    ]);
    expect(new Set(settled).size).toBe(COUNT - 1);
  });

  it('takes what is thrown before the first await for that environment alone', async () => {
    const { job } = await runPush({
      run: (environment) => {
        if (environment.id === 'app-7') throw new AppError('variable-invalid', { name: 'A' });
        return Promise.resolve(written(environment));
      },
    });
    expect(job).toMatchObject({ state: 'done', done: COUNT, pushed: COUNT - 1 });
    expect(job?.failures.map(({ environmentId, code }) => [environmentId, code])).toEqual([
      ['app-7', 'variable-invalid'],
    ]);
  });

  it('waits for what was begun when the list of them breaks off', async () => {
    const begun = Promise.withResolvers<void>();
    const { job, settled } = await runPush({
      breakAfter: 10,
      run: async (environment) => {
        // All of them are under way when the list breaks off.
        if (environment.id === 'app-9') begun.resolve();
        await begun.promise;
        await new Promise((resolve) => setImmediate(resolve));
        return written(environment);
      },
    });
    expect(job).toMatchObject({ state: 'failed', done: 10, pushed: 10, failure: { code: 'database-newer' } });
    expect(settled).toHaveLength(10);
  });
});
