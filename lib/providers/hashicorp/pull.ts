import { AppError, toAppError } from '@/lib/core/errors';
import type { ErrorCode } from '@/lib/core/errors';
import { pathProblem } from '@/lib/core/paths';
import { versionStamp } from '@/lib/providers/contract';
import type { PullRequest, PullSink, SecretRecord } from '@/lib/providers/contract';
import type { Turn } from './client';
import type { Found, ListingSink } from './listing';

/** What a pull needs of its provider. */
export interface PullWork {
  list(folder: string, withVersions: boolean, sink: ListingSink, signal: AbortSignal): Promise<void>;
  read(path: string, turn: Turn, signal: AbortSignal): Promise<SecretRecord | null>;
}

/** After one of these every other call would fail as well, and each would cost a try. */
const HOPELESS: ReadonlySet<ErrorCode> = new Set([
  'offline',
  'host-permission',
  'host-unknown',
  'refused',
  'tls-untrusted',
  'redirected',
  'origin-refused',
  'sealed',
  'not-initialised',
  'namespace-locked',
  'token-invalid',
  'token-expired',
  'token-uses',
  'approle-refused',
  'approle-locked',
  'approle-incomplete',
  'approle-missing',
  'engine-not-found',
  'engine-upgrading',
  'throttled',
  'no-active-node',
]);
/** Signs of a broken line: one may be chance, so many in a row without an answer between are not. */
const BROKEN_LINE: ReadonlySet<ErrorCode> = new Set(['unreachable', 'connection-reset', 'timeout']);
const IN_A_ROW = 8;

/**
 * Lists and reads at once: each name is read as soon as it is known, unless its version is known already. Every
 * path ends in exactly one call of the sink, also when the server is lost on the way.
 *
 * @throws AppError when nothing could be pulled, or `cancelled`.
 */
export async function pullSecrets(
  work: PullWork,
  request: PullRequest,
  sink: PullSink,
  signal: AbortSignal,
): Promise<void> {
  const { known, first = [], only } = request;
  const seen = new Set<string>();
  const reads: Promise<void>[] = [];
  let broken: AppError | null = null;
  let inARow = 0;

  function note(error: AppError): void {
    inARow = BROKEN_LINE.has(error.code) ? inARow + 1 : 0;
    if (HOPELESS.has(error.code) || inARow >= IN_A_ROW) broken ??= error;
  }

  /** Of what was written here only the number is known. */
  function isKnown(one: Pick<Found, 'path' | 'version' | 'madeAt'>): boolean {
    const stamp = known.get(one.path);
    return stamp !== undefined && (stamp === one.version || stamp === versionStamp(one));
  }

  function turn(first: boolean): Turn {
    const before = () => {
      if (broken) throw broken;
    };
    return { first, before, retry: (error) => error.retryable && broken === null };
  }

  async function read(path: string, first: boolean): Promise<void> {
    const problem = pathProblem('hashicorp', path);
    if (problem !== null) return sink.failed(path, new AppError('path-invalid', { path, problem }));
    try {
      const record = await work.read(path, turn(first), signal);
      inARow = 0;
      if (signal.aborted) return;
      if (record === null) sink.missing(path);
      else if (isKnown(record)) sink.unchanged(path);
      else sink.secret(record);
    } catch (thrown) {
      if (signal.aborted) return;
      const error = toAppError(thrown);
      note(error);
      sink.failed(path, error);
    }
  }

  /** Takes a path in, once. */
  function take(path: string): boolean {
    if (seen.has(path)) return false;
    seen.add(path);
    return true;
  }

  function found(batch: readonly Found[]): void {
    const fresh = batch.filter(({ path }) => take(path));
    if (fresh.length > 0) sink.listed(seen.size);
    for (const one of fresh) {
      if (one.state === 'deleted') sink.missing(one.path);
      else if (one.state === 'alive' && isKnown(one)) sink.unchanged(one.path);
      else reads.push(read(one.path, false));
    }
  }

  function readAll(paths: readonly string[], ahead: boolean): void {
    const fresh = paths.filter(take);
    if (fresh.length > 0) sink.listed(seen.size);
    reads.push(...fresh.map((path) => read(path, ahead)));
  }

  async function list(): Promise<void> {
    const failed = (path: string, error: AppError) => {
      if (signal.aborted) return;
      note(error);
      if (take(path)) sink.failed(path, error);
    };
    try {
      await work.list(request.prefix, known.size > 0, { found, failed }, signal);
    } catch (thrown) {
      const error = toAppError(thrown);
      if (signal.aborted || (seen.size === 0 && first.length === 0)) throw error;
      failed(`${request.prefix}/`, error);
    }
  }

  if (only) {
    const urgent = new Set(first);
    readAll(
      only.filter((path) => urgent.has(path)),
      true,
    );
    readAll(only, false);
  } else {
    // Those with a known version wait for the listing, which may say that nothing changed.
    readAll(
      first.filter((path) => !known.has(path)),
      true,
    );
    await list();
    readAll(first, true);
  }
  await Promise.all(reads);
  if (signal.aborted) throw new AppError('cancelled');
}
