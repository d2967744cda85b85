import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { AppError } from '@/lib/core/errors';
import { createAdaptiveQueue, RETRY_AFTER } from '@/lib/providers/queue';

const signal = new AbortController().signal;
const throttled = (seconds?: number) =>
  new AppError('throttled', seconds === undefined ? {} : { [RETRY_AFTER]: seconds }, true);
const failed = (status: number) => new AppError('server-error', { status }, true);

/** A call that the test ends by hand. */
function pending() {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  let started = 0;
  return { task: () => (started++, promise), resolve, reject, started: () => started };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Lets everything happen that needs no time. */
const settle = () => vi.advanceTimersByTimeAsync(0);

describe('how many at once', () => {
  it('is 64, and 128 as soon as an answer came by HTTP/2', async () => {
    const queue = createAdaptiveQueue();
    const calls = Array.from({ length: 200 }, pending);
    calls.forEach(({ task }) => void queue.run(task, { signal }));
    const running = () => calls.filter(({ started }) => started() > 0).length;
    await settle();
    expect(running()).toBe(64);
    queue.sawProtocol('http/1.1');
    queue.sawProtocol(undefined);
    await settle();
    expect(running()).toBe(64);
    queue.sawProtocol('h2');
    await settle();
    expect(running()).toBe(128);
  });

  it('halves once for all calls that met the same overload, and grows slowly again', async () => {
    const queue = createAdaptiveQueue({ random: () => 0 });
    const calls = Array.from({ length: 64 }, pending);
    const done = calls.map(({ task }) => queue.run(task, { signal, retry: () => false }).catch(() => null));
    await settle();
    calls.forEach(({ reject }, n) => reject(n % 2 ? throttled() : failed(503)));
    await Promise.all(done);
    expect(queue.concurrency).toBe(32);
    queue.sawProtocol('h2');
    expect(queue.concurrency).toBe(32);
    for (let n = 0; n < 32; n += 1) await queue.run(async () => n, { signal });
    expect(queue.concurrency).toBe(36);
    for (let n = 0; n < 2_000; n += 1) await queue.run(async () => n, { signal });
    expect(queue.concurrency).toBe(128);
  });

  it('never falls below one', async () => {
    const queue = createAdaptiveQueue({ random: () => 0, concurrency: 2 });
    for (let n = 0; n < 5; n += 1) {
      await queue.run(() => Promise.reject(throttled()), { signal, retry: () => false }).catch(() => null);
    }
    expect(queue.concurrency).toBe(1);
  });
});

describe('trying again', () => {
  it('repeats what is retryable with waits drawn below a doubling bound, four tries in all', async () => {
    const queue = createAdaptiveQueue({ random: () => 0.5 });
    const times: number[] = [];
    const begin = Date.now();
    const outcome = queue
      .run(
        () => {
          times.push(Date.now() - begin);
          return Promise.reject(failed(500));
        },
        { signal },
      )
      .catch((error: unknown) => error);
    await vi.runAllTimersAsync();
    expect(await outcome).toMatchObject({ code: 'server-error', details: { status: 500, tries: 4 } });
    expect(times).toEqual([0, 250, 750, 1_750]);
    expect(queue.concurrency).toBe(64);
  });

  it('does not repeat what is final, or what the caller does not want repeated', async () => {
    const queue = createAdaptiveQueue();
    const final = vi.fn(() => Promise.reject(new AppError('denied')));
    await expect(queue.run(final, { signal })).rejects.toMatchObject({ code: 'denied', details: {} });
    const write = vi.fn(() => Promise.reject(failed(500)));
    await expect(queue.run(write, { signal, retry: () => false })).rejects.toMatchObject({
      code: 'server-error',
    });
    expect([final.mock.calls.length, write.mock.calls.length]).toEqual([1, 1]);
  });

  it('holds all calls back for as long as Retry-After says', async () => {
    const queue = createAdaptiveQueue();
    let tries = 0;
    const first = queue.run(
      async () => {
        if (++tries === 1) throw throttled(3);
        return 'through';
      },
      { signal },
    );
    await settle();
    const other = pending();
    void queue.run(other.task, { signal });
    await vi.advanceTimersByTimeAsync(2_999);
    expect([tries, other.started()]).toEqual([1, 0]);
    await vi.advanceTimersByTimeAsync(1);
    expect(await first).toBe('through');
    expect(other.started()).toBe(1);
  });

  it('gives up when nothing at all has got through for the time of the budget', async () => {
    const queue = createAdaptiveQueue({ random: () => 1, budgetMs: 60_000 });
    const task = vi.fn(() => Promise.reject(throttled()));
    const outcome = queue.run(task, { signal }).catch((error: unknown) => error);
    await vi.runAllTimersAsync();
    expect(await outcome).toMatchObject({ code: 'throttled', details: { tries: task.mock.calls.length } });
    expect(task.mock.calls.length).toBeGreaterThan(5);
    expect(task.mock.calls.length).toBeLessThan(20);
    const asked = queue.run(() => Promise.reject(throttled(120)), { signal });
    await expect(asked).rejects.toMatchObject({ code: 'throttled', details: { [RETRY_AFTER]: 120 } });
  });
});

describe('order and end', () => {
  it('takes what is marked first before all that waits', async () => {
    const queue = createAdaptiveQueue({ concurrency: 1 });
    const order: string[] = [];
    const run = (name: string, first = false) =>
      queue.run(async () => void order.push(name), { signal, first });
    await Promise.all([run('a'), run('b'), run('c'), run('tab', true)]);
    expect(order).toEqual(['a', 'tab', 'b', 'c']);
  });

  it('ends every call of a signal at once: running, waiting, and between two tries', async () => {
    const queue = createAdaptiveQueue({ concurrency: 2 });
    const controller = new AbortController();
    const options = { signal: controller.signal };
    const running = pending();
    const waiting = pending();
    const others = pending();
    const outcomes = [
      queue.run(() => Promise.reject(failed(500)), options),
      queue.run(running.task, options),
      queue.run(running.task, options),
      queue.run(waiting.task, options),
    ].map((outcome) => outcome.catch((error: unknown) => error));
    await settle();
    void queue.run(others.task, { signal });
    controller.abort();
    for (const outcome of outcomes) expect(await outcome).toMatchObject({ code: 'cancelled' });
    await settle();
    expect(waiting.started()).toBe(0);
    expect(others.started()).toBe(1);
    await expect(queue.run(async () => 1, options)).rejects.toMatchObject({ code: 'cancelled' });
  });

  it('lets no foreign error out', async () => {
    const queue = createAdaptiveQueue();
    const outcome = queue.run(() => Promise.reject(new Error('hvs.canary')), { signal });
    await expect(outcome).rejects.toMatchObject({
      name: 'AppError',
      code: 'unexpected',
      message: 'unexpected',
    });
  });
});
