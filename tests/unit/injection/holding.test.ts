import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { AppError } from '@/lib/core/errors';
import type { HeldMessage } from '@/lib/injection/bridge/contract';
import { createHolding } from '@/lib/injection/bridge/holding';
import type { FromBridge, HoldMessage } from '@/lib/injection/channel';
import type { Answer } from '@/lib/injection/contract';

const message: HoldMessage = {
  kind: 'hold',
  id: 1,
  url: 'https://api.test/',
  method: 'GET',
  headers: [['X-Key', '{{vault:KEY}}']],
  elsewhere: [],
  silent: true,
};
const waiting: Answer = { state: 'held', reason: 'unlock', names: ['KEY'] };

/** The worker of the test: answers by `worker`, which may be changed at any time. */
function bridge() {
  const told: FromBridge[] = [];
  const asked: HeldMessage[] = [];
  const abandoned: string[] = [];
  const notices = new Map<string, unknown>();
  const stopped: string[] = [];
  const world = {
    alive: true,
    worker: (() => new Promise(() => undefined)) as (asked: number) => Promise<Answer>,
    told,
    asked,
    abandoned,
    notices,
    stopped,
    last: () => told.at(-1),
  };
  const holding = createHolding({
    request: (held) => world.worker(asked.push(held)),
    abandon: async (id) => abandoned.push(id),
    isAlive: () => world.alive,
    framed: () => 'top',
    notice: {
      hold: (id, hold) => void notices.set(id, hold),
      release: (id) => void notices.delete(id),
      stopped: (text) => stopped.push(text),
    },
    reply: (reply) => told.push(reply),
  });
  return { ...world, holding, world };
}

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

describe('a held request', () => {
  it('is asked about by one id until it is armed, with a notice meanwhile', async () => {
    const { holding, world, asked, told, notices } = bridge();
    world.worker = async (count) => (count < 4 ? waiting : { state: 'armed', nonce: 'n' });
    void holding.hold(message);
    await vi.advanceTimersByTimeAsync(150);
    expect([...notices.values()]).toEqual([waiting]);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(told).toEqual([
      { kind: 'seen', id: 1 },
      { kind: 'armed', id: 1, nonce: 'n' },
    ]);
    expect(asked).toHaveLength(4);
    expect(new Set(asked.map(({ requestId }) => requestId)).size).toBe(1);
    expect(asked[0]?.requestId).toMatch(
      /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    );
    expect(notices.size).toBe(0);
  });

  it('is asked about again after the worker died, with or without a word', async () => {
    const { holding, world, told } = bridge();
    world.worker = (count) => {
      if (count === 1) return Promise.reject(new AppError('worker-restarted', {}, true));
      return count === 2 ? new Promise(() => undefined) : Promise.resolve({ state: 'armed', nonce: 'n' });
    };
    void holding.hold(message);
    await vi.advanceTimersByTimeAsync(32_000);
    expect(told.at(-1)).toEqual({ kind: 'armed', id: 1, nonce: 'n' });
  });

  it('is asked about again when a dying worker finds its browser gone, but not for ever', async () => {
    const { holding, world, told, asked, abandoned } = bridge();
    world.worker = async (count) => {
      if (count === 1) throw new AppError('unexpected', { where: 'Error' });
      return { state: 'armed', nonce: 'n' };
    };
    void holding.hold(message);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(told.at(-1)).toEqual({ kind: 'armed', id: 1, nonce: 'n' });

    world.worker = () => Promise.reject(new AppError('unexpected', { where: 'rule' }));
    void holding.hold({ ...message, id: 2 });
    await vi.advanceTimersByTimeAsync(5_000);
    expect(told.at(-1)).toMatchObject({ kind: 'failed', id: 2 });
    expect(asked).toHaveLength(5);
    expect(abandoned).toEqual([asked.at(-1)?.requestId]);
  });

  it('fails with the worker’s reason, and shows it where the page cannot', async () => {
    const { holding, world, told, stopped } = bridge();
    world.worker = () => Promise.reject(new AppError('unresolved', { names: 'KEY', environment: 'Staging' }));
    await holding.hold(message);
    expect(told.at(-1)).toEqual({
      kind: 'failed',
      id: 1,
      message: 'Keyferry: KEY: no such variable in this site’s environment. The request was not sent.',
    });
    expect(stopped).toHaveLength(1);
    await holding.hold({ ...message, id: 2, silent: false });
    expect(stopped).toHaveLength(1);
  });

  it('gives up after 5 minutes and tells the worker', async () => {
    const { holding, world, told, abandoned, notices } = bridge();
    world.worker = () => new Promise((resolve) => setTimeout(() => resolve(waiting), 20_000));
    void holding.hold(message);
    await vi.advanceTimersByTimeAsync(299_000);
    expect(told).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(21_000);
    expect(told.at(-1)).toMatchObject({
      kind: 'failed',
      message: expect.stringContaining('5 minutes') as string,
    });
    expect(abandoned).toHaveLength(1);
    expect(notices.size).toBe(0);
  });

  it('is abandoned when the page drops it, also when it is armed just then', async () => {
    const { holding, world, told, asked, abandoned } = bridge();
    world.worker = () =>
      new Promise((resolve) => setTimeout(() => resolve({ state: 'armed', nonce: 'n' }), 50));
    void holding.hold(message);
    holding.drop(1);
    await vi.advanceTimersByTimeAsync(100);
    expect(told).toEqual([{ kind: 'seen', id: 1 }]);
    expect(new Set(abandoned)).toEqual(new Set([asked[0]?.requestId]));

    void holding.hold({ ...message, id: 2 });
    await vi.advanceTimersByTimeAsync(60);
    expect(told.at(-1)).toMatchObject({ kind: 'armed', id: 2 });
    holding.drop(2);
    expect(abandoned).toContain(asked[1]?.requestId);
  });

  it('is orphaned when the extension is gone, before or meanwhile', async () => {
    const { holding, world, told, asked } = bridge();
    world.worker = async () => waiting;
    void holding.hold(message);
    await vi.advanceTimersByTimeAsync(150);
    world.alive = false;
    await vi.advanceTimersByTimeAsync(150);
    expect(told.at(-1)).toEqual({ kind: 'orphaned', id: 1 });
    const before = asked.length;
    await holding.hold({ ...message, id: 2 });
    expect(told.at(-1)).toEqual({ kind: 'orphaned', id: 2 });
    expect(asked).toHaveLength(before);
  });

  it('is given up with its page', async () => {
    const { holding, abandoned } = bridge();
    void holding.hold(message);
    void holding.hold({ ...message, id: 2 });
    holding.dropAll();
    expect(abandoned).toHaveLength(2);
  });
});
