import { describe, expect, it } from 'vitest';

import { AppError } from '@/lib/core/errors';
import type { PullSink, SecretProvider, SecretRecord } from '@/lib/providers/contract';
import { runPull, type PulledBatch, type PullProgress } from '@/lib/sync/pull';

const record = (path: string): SecretRecord => ({
  path,
  version: '1',
  content: { form: 'object', variables: [] },
});

/** A provider that reports whatever a test tells it to. */
function scripted(script: (sink: PullSink, signal: AbortSignal) => Promise<void> | void): SecretProvider {
  return {
    pull: async (_request, sink, signal) => script(sink, signal),
  } as Partial<SecretProvider> as SecretProvider;
}

async function pull(
  script: Parameters<typeof scripted>[0],
  options: { first?: string[]; signal?: AbortSignal; keep?: (batch: PulledBatch) => Promise<void> } = {},
) {
  const batches: PulledBatch[] = [];
  const told: PullProgress[] = [];
  const outcome = await runPull({
    provider: scripted(script),
    request: { prefix: '', known: new Map(), ...(options.first ? { first: options.first } : {}) },
    keep: async (batch) => {
      batches.push(batch);
      await options.keep?.(batch);
    },
    progress: (progress) => told.push(progress),
    signal: options.signal ?? new AbortController().signal,
  }).then(
    () => 'done',
    (error: AppError) => error.code,
  );
  return { outcome, batches, told };
}

describe('a pull', () => {
  it('keeps everything that it was told, each path once', async () => {
    const { outcome, batches, told } = await pull((sink) => {
      sink.listed(1003);
      for (let at = 0; at < 1000; at += 1) sink.secret(record(`s${String(at)}`));
      sink.unchanged('same');
      sink.missing('gone');
      sink.failed('denied', new AppError('denied'));
    });
    expect(outcome).toBe('done');
    expect(batches.flatMap(({ secrets }) => secrets)).toHaveLength(1000);
    expect(batches.flatMap(({ unchanged }) => unchanged)).toEqual(['same']);
    expect(batches.flatMap(({ missing }) => missing)).toEqual(['gone']);
    expect(batches.flatMap(({ failed }) => failed.map(({ path, error }) => [path, error.code]))).toEqual([
      ['denied', 'denied'],
    ]);
    expect(told.at(-1)).toEqual({ total: 1003, done: 1003, current: 'denied' });
  });

  it('keeps the first environment before anything else is there', async () => {
    const { batches } = await pull(
      (sink) => {
        sink.secret(record('tab'));
        sink.secret(record('other'));
      },
      { first: ['tab'] },
    );
    expect(batches.map(({ secrets }) => secrets.map(({ path }) => path))).toEqual([['tab'], ['other']]);
  });

  it('that is cancelled keeps what had come', async () => {
    const control = new AbortController();
    const { outcome, batches } = await pull(
      (sink, signal) => {
        sink.secret(record('a'));
        control.abort();
        signal.throwIfAborted();
      },
      { signal: control.signal },
    );
    expect(outcome).toBe('cancelled');
    expect(batches.flatMap(({ secrets }) => secrets.map(({ path }) => path))).toEqual(['a']);
  });

  it('that fails as a whole says why, and keeps what had come', async () => {
    const { outcome, batches } = await pull((sink) => {
      sink.secret(record('a'));
      throw new AppError('sealed');
    });
    expect(outcome).toBe('sealed');
    expect(batches).toHaveLength(1);
  });

  it('stops fetching when what it fetched cannot be kept', async () => {
    let stopped = false;
    const { outcome } = await pull(
      (sink, signal) =>
        new Promise((resolve) => {
          signal.addEventListener('abort', () => {
            stopped = true;
            resolve();
          });
          sink.secret(record('tab'));
        }),
      {
        first: ['tab'],
        keep: () => Promise.reject(new AppError('memory-full')),
      },
    );
    expect([outcome, stopped]).toEqual(['memory-full', true]);
  });
});
