import { expect, it } from 'vitest';
import { AppError } from '@/lib/core/errors';
import type { PullSink } from '@/lib/providers/contract';
import { pullSecrets } from '@/lib/providers/hashicorp/pull';
import type { PullWork } from '@/lib/providers/hashicorp/pull';

const signal = new AbortController().signal;
const names = Array.from({ length: 100 }, (_, n) => `s${n}`);

/** One read at a time, as a queue of one would do it. */
function inTurn(read: (path: string) => Promise<null>): PullWork['read'] {
  let last: Promise<unknown> = Promise.resolve();
  return (path, { before }) => {
    const next = last.then(() => {
      before?.();
      return read(path);
    });
    last = next.catch(() => null);
    return next;
  };
}

const listing =
  (paths: readonly string[]): PullWork['list'] =>
  async (_folder, _withVersions, sink) =>
    sink.found(paths.map((path) => ({ path, version: null, state: 'unsure' })));

function failures(): { sink: PullSink; failed: Map<string, string> } {
  const failed = new Map<string, string>();
  const sink: PullSink = {
    listed: () => undefined,
    secret: () => undefined,
    unchanged: () => undefined,
    missing: () => undefined,
    failed: (path, { code }) => void failed.set(path, code),
  };
  return { sink, failed };
}

it.each(['throttled', 'token-expired', 'offline'] as const)(
  'asks for nothing more after %s, and reports what is left',
  async (code) => {
    const { sink, failed } = failures();
    let asked = 0;
    const read = inTurn(async () => {
      asked += 1;
      throw new AppError(code);
    });
    const request = { prefix: '', known: new Map(), first: ['s0'] };
    await pullSecrets({ list: listing(names), read }, request, sink, signal);
    expect([...failed.keys()].sort()).toEqual([...names].sort());
    expect(new Set(failed.values())).toEqual(new Set([code]));
    expect(asked).toBe(1);
  },
);

it('takes a line for broken after eight failures in a row', async () => {
  const { sink, failed } = failures();
  let asked = 0;
  const read = inTurn(async () => {
    asked += 1;
    // The eighth is answered, so that the count begins anew.
    if (asked === 8) return null;
    throw new AppError('timeout', {}, true);
  });
  await pullSecrets({ list: listing(names), read }, { prefix: '', known: new Map() }, sink, signal);
  expect(failed.size).toBe(99);
  expect(asked).toBe(16);
});

it('throws when the listing fails and nothing else was asked for', async () => {
  const { sink, failed } = failures();
  const work: PullWork = {
    list: () => Promise.reject(new AppError('denied', { path: 'kv/metadata/' })),
    read: async () => null,
  };
  const pulling = pullSecrets(work, { prefix: '', known: new Map() }, sink, signal);
  await expect(pulling).rejects.toMatchObject({ code: 'denied' });
  expect(failed.size).toBe(0);
});
