import { AppError, toAppError } from '@/lib/core/errors';
import { pathProblem } from '@/lib/core/paths';
import type { PullRequest, PullSink } from '@/lib/providers/contract';

import type { AwsCall } from './call';
import { listPages } from './list';
import { BATCH } from './read';
import type { Outcome, Reader, ReadOptions } from './read';

/**
 * Lists and reads at once: the reads of a page start as it arrives, while the next one is on its way
 * (listing is a chain and makes up most of a pull's time).
 *
 * @throws AppError when nothing could be pulled at all, and `cancelled`.
 */
export async function pullSecrets(
  call: AwsCall,
  reader: Reader,
  request: PullRequest,
  sink: PullSink,
  signal: AbortSignal,
): Promise<void> {
  const { known } = request;
  const taken = new Set<string>();
  const reads: Promise<void>[] = [];
  const stop = new AbortController();
  const either = AbortSignal.any([signal, stop.signal]);
  let broken: unknown;
  let anything = false;

  function abandon(error: unknown): void {
    broken ??= error;
    stop.abort();
  }

  function settle(path: string, outcome: Outcome): void {
    if (either.aborted) return;
    try {
      tell(path, outcome);
    } catch (error) {
      // The sink's own failure is not the secret's: it ends the pull.
      abandon(error);
    }
  }

  function tell(path: string, outcome: Outcome): void {
    if (outcome instanceof AppError) return sink.failed(path, outcome);
    anything = true;
    if (outcome === null) return sink.missing(path);
    if (outcome.version !== null && outcome.version === known.get(path)) return sink.unchanged(path);
    sink.secret(outcome);
  }

  function read(paths: readonly string[], options: ReadOptions): void {
    for (let at = 0; at < paths.length; at += BATCH) {
      reads.push(reader.many(paths.slice(at, at + BATCH), settle, options).catch(abandon));
    }
  }

  /** Paths that somebody typed: a wrong one would fail its whole batch. */
  function readNamed(paths: readonly string[], options: ReadOptions): void {
    const right = [...new Set(paths)].filter((path) => {
      const problem = pathProblem('aws', path);
      taken.add(path);
      if (problem) sink.failed(path, new AppError('path-invalid', { path, problem }));
      return !problem;
    });
    sink.listed(taken.size);
    read(right, options);
  }

  async function readListed(): Promise<void> {
    for await (const page of listPages(call, request.prefix, either)) {
      const fresh = page.filter(({ path }) => !taken.has(path));
      for (const { path } of fresh) taken.add(path);
      sink.listed(taken.size);
      const isKnown = ({ path, version }: (typeof page)[number]) =>
        version !== null && version === known.get(path);
      const changed = fresh.filter((secret) => !isKnown(secret)).map(({ path }) => path);
      read(changed, { signal: either });
      for (const secret of fresh) {
        if (!isKnown(secret)) continue;
        anything = true;
        sink.unchanged(secret.path);
      }
    }
  }

  let unlisted: AppError | null = null;
  if (request.only) {
    readNamed(request.only, { signal: either, first: true });
  } else {
    if (request.first?.length) readNamed(request.first, { signal: either, first: true });
    unlisted = await readListed().then(() => null, toAppError);
  }
  await Promise.all(reads);
  if (signal.aborted) throw new AppError('cancelled');
  if (broken !== undefined) throw toAppError(broken);
  if (!unlisted) return;
  if (!anything) throw unlisted;
  sink.failed(request.prefix.replace(/\/?$/, '/'), unlisted);
}
