import { AppError, toAppError } from '@/lib/core/errors';
import type { PullRequest, PullSink, SecretProvider, SecretRecord } from '@/lib/providers/contract';

/** What a pull found since the last batch; each path stands in exactly one of the lists, once per pull. */
export interface PulledBatch {
  readonly secrets: readonly SecretRecord[];
  readonly unchanged: readonly string[];
  readonly missing: readonly string[];
  readonly failed: readonly { readonly path: string; readonly error: AppError }[];
}

export interface PullProgress {
  readonly total: number;
  readonly done: number;
  readonly current: string | null;
}

export interface PullJob {
  readonly provider: SecretProvider;
  readonly request: PullRequest;
  /** Keeps a batch: values to session memory, changed rows to the database. Batches come one at a time. */
  readonly keep: (batch: PulledBatch) => Promise<void>;
  readonly progress: (progress: PullProgress) => void;
  readonly signal: AbortSignal;
}

/** A batch is kept after so many secrets read (the rest costs next to nothing), or this long after its first path. */
const BATCH_SECRETS = 250;
const BATCH_MS = 400;

/**
 * Pulls and keeps what comes in batches, so that values can be used before the pull is over and a cancelled or
 * interrupted pull keeps what it has. The `first` path is kept at once.
 *
 * @throws AppError when nothing could be pulled, when a batch could not be kept, or `cancelled`.
 */
export async function runPull({ provider, request, keep, progress, signal }: PullJob): Promise<void> {
  const stop = new AbortController();
  const merged = AbortSignal.any([signal, stop.signal]);
  const first = new Set(request.first);
  let batch = emptyBatch();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let kept: Promise<void> = Promise.resolve();
  let keepFailure: AppError | null = null;
  let total = 0;
  let done = 0;

  const flush = () => {
    clearTimeout(timer);
    timer = undefined;
    if (size(batch) === 0) return;
    const full = batch;
    batch = emptyBatch();
    kept = kept
      .then(() => keep(full))
      .catch((error: unknown) => {
        keepFailure ??= toAppError(error);
        // Values that cannot be kept are no use: the rest is not fetched for nothing.
        stop.abort();
      });
  };
  const counted = (path: string) => {
    done += 1;
    progress({ total: Math.max(total, done), done, current: path });
    if (first.has(path) || batch.secrets.length >= BATCH_SECRETS) flush();
    else timer ??= setTimeout(flush, BATCH_MS);
  };
  const sink: PullSink = {
    listed: (number) => {
      total = number;
      progress({ total: Math.max(total, done), done, current: null });
    },
    secret: (record) => {
      batch.secrets.push(record);
      counted(record.path);
    },
    unchanged: (path) => {
      batch.unchanged.push(path);
      counted(path);
    },
    missing: (path) => {
      batch.missing.push(path);
      counted(path);
    },
    failed: (path, error) => {
      batch.failed.push({ path, error });
      counted(path);
    },
  };

  let pullFailure: AppError | null = null;
  try {
    await provider.pull(request, sink, merged);
  } catch (error) {
    pullFailure = toAppError(error);
  }
  flush();
  await kept;
  if (keepFailure) throw keepFailure as AppError;
  if (signal.aborted) throw new AppError('cancelled');
  if (pullFailure) throw pullFailure;
}

function emptyBatch() {
  return {
    secrets: [] as SecretRecord[],
    unchanged: [] as string[],
    missing: [] as string[],
    failed: [] as { path: string; error: AppError }[],
  };
}

function size(batch: PulledBatch): number {
  return batch.secrets.length + batch.unchanged.length + batch.missing.length + batch.failed.length;
}
