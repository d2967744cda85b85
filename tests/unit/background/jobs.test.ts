import { describe, expect, it } from 'vitest';

import { createJobs } from '@/lib/background/jobs';

import { memorySession } from '../memory';

function world() {
  const { session } = memorySession();
  const platform = { now: () => 1_000_000, broadcast: () => {} };
  return () => createJobs(session, platform);
}
const PULL = { kind: 'pull-all', scope: 'global', workspaceId: 'default' } as const;

describe('a job of a worker that died', () => {
  it('was interrupted, and is told by the next worker as far as it was kept', async () => {
    const start = world();
    const first = start();
    const { job } = await first.start(PULL);
    first.progress(job.id, () => ({ total: 300, done: 64 }));
    await first.keep(job.id, ({ read }) => ({ read: read + 60, missing: 1 }));
    first.progress(job.id, () => ({ done: 128 }));

    const second = start();
    await second.resume();
    expect(second.current()).toMatchObject({
      id: job.id,
      state: 'interrupted',
      total: 300,
      done: 61,
      read: 60,
      failure: { code: 'worker-restarted', details: {} },
    });
    expect(second.running()).toBe(false);
  });

  it('is not in the way of the next worker when there is no room to keep that it was interrupted', async () => {
    const { session, fill } = memorySession(10_000);
    const start = () => createJobs(session, { now: () => 1_000_000, broadcast: () => {} });
    await start().start(PULL);
    fill();
    const second = start();
    await second.resume();
    expect(second.current()).toMatchObject({ state: 'interrupted' });
    // Kept as it was, it would be told as running, and interrupted, by each worker to come.
    const third = start();
    await third.resume();
    expect(third.current()).toBeNull();
  });

  it('stays as it ended when it was over before', async () => {
    const start = world();
    const first = start();
    const { job } = await first.start(PULL);
    await first.end(job.id, 'done', null);
    const second = start();
    await second.resume();
    expect(second.current()).toMatchObject({ id: job.id, state: 'done', failure: null });
  });
});

describe('progress', () => {
  it('of a job that was replaced is ignored', async () => {
    const jobs = world()();
    const { job: old, signal } = await jobs.start(PULL);
    const { job } = await jobs.start(PULL);
    expect(signal.aborted).toBe(true);
    await jobs.keep(old.id, () => ({ read: 9 }));
    await jobs.end(old.id, 'cancelled', null);
    expect(jobs.current()).toMatchObject({ id: job.id, state: 'running', read: 0 });
  });
});

describe('waiting for the end', () => {
  it('waits for a job that was replaced as well: it still keeps its last batch', async () => {
    const jobs = world()();
    const { job: old } = await jobs.start(PULL);
    const { job } = await jobs.start(PULL);
    let over = false;
    const settled = jobs.settled().then(() => {
      over = true;
    });
    await jobs.end(job.id, 'cancelled', null);
    expect(over).toBe(false);
    await jobs.end(old.id, 'cancelled', null);
    await settled;
    expect(over).toBe(true);
  });

  it('does not wait for a job that could not begin, as memory was full', async () => {
    const { session } = memorySession(100);
    const jobs = createJobs(session, { now: () => 1_000_000, broadcast: () => {} });
    await expect(jobs.start(PULL)).rejects.toMatchObject({ code: 'memory-full' });
    expect(jobs.running()).toBe(false);
    expect(jobs.current()).toMatchObject({ state: 'failed', failure: { code: 'memory-full' } });
    await jobs.settled();
  });
});

it('a job that is over is forgotten with everything else, also by the worker that ran it', async () => {
  const start = world();
  const jobs = start();
  const { job } = await jobs.start(PULL);
  await jobs.end(job.id, 'done', null);
  await jobs.forget('another workspace');
  expect(jobs.current()).not.toBeNull();
  await jobs.forget();
  expect(jobs.current()).toBeNull();
});
