import { AppError, toAppError } from '@/lib/core/errors';
import { isJsonObject } from '@/lib/core/variables';
import type { SecretContent } from '@/lib/core/variables';
import type { Expected, Written } from '@/lib/providers/write-contract';
import { dataPath, encodePath } from './addresses';
import { body } from './answers';
import { didNothing, isLost, isRefusedPath } from './doubt';
import { writeFaultOf } from './errors';
import { createLags } from './lags';
import { lookAt } from './reading';
import type { Reading, Seen } from './reading';
import { sameValues } from '@/lib/core/same-values';

/** What a write works with. */
export interface Place extends Reading {
  /** Whether nodes may lag behind a write for a moment. */
  isClustered(): boolean;
}

export interface WriteRequest {
  readonly path: string;
  readonly content: SecretContent;
  /** `content` as a JSON object. */
  readonly json: string;
  readonly expected: Expected;
}

/** A number for a target where something was deleted is learnt from the first refusal. */
const TRIES = 4;

/**
 * Writes a new version by `options.cas`, with PUT: a redirect could turn a POST into a read. A lost answer is looked
 * after, and the write repeated once when it has not arrived; the number makes that safe. What cannot be seen from the
 * number: that the version read was deleted since, so that the write brings the secret back.
 *
 * @throws AppError `conflict`, `outcome-unknown`, `denied`, or what kept it from being written.
 */
export async function writeVersioned(
  place: Place,
  request: WriteRequest,
  signal: AbortSignal,
): Promise<Written> {
  const { path, expected } = request;
  const lags = createLags();
  let cas = await firstCas(place, request, signal);
  let lost = 0;
  let tries = 0;
  for (;;) {
    try {
      return { version: String(await put(place, request, cas, signal)) };
    } catch (thrown) {
      const error = toAppError(thrown);
      const refused = error.code === 'conflict';
      const inDoubt = isLost(error) || lost > 0;
      if (error.code === 'denied' && !inDoubt) throw await whyDenied(place, request, cas, error, signal);
      if (!isLost(error) && !refused) throw error;
      if (!inDoubt && expected.state === 'read' && !place.isClustered()) throw error;
      const now = await lookAt(place, path, signal).catch((why: unknown) => {
        if (signal.aborted || isRefusedPath(why)) throw why;
        throw inDoubt ? new AppError('outcome-unknown', { path }) : error;
      });
      if (inDoubt && (await isOurs(place, request, cas + 1, now, signal)))
        return { version: String(cas + 1) };
      const isFree = expected.state === 'absent' && now.record === null && now.version !== cas;
      if (isFree && ++tries < TRIES) {
        cas = now.version;
        lost = 0;
      } else if (refused && now.version <= cas && place.isClustered()) {
        // One of both answers came from a node that is behind.
        if (!(await lags.next(signal))) throw new AppError('conflict', { path });
      } else if (refused || now.version !== cas) {
        throw new AppError('conflict', { path });
      } else if (++lost === 2) {
        throw error;
      }
    }
  }
}

async function firstCas(
  place: Place,
  { path, expected }: WriteRequest,
  signal: AbortSignal,
): Promise<number> {
  if (expected.state === 'absent') return 0;
  const version = Number(expected.version);
  if (Number.isSafeInteger(version) && version > 0) return version;
  // Read when the engine had no versions yet.
  const now = await lookAt(place, path, signal);
  if (!now.record || !sameValues(now.record.content, expected.content))
    throw new AppError('conflict', { path });
  return now.version;
}

async function put(
  { send, host, engine }: Place,
  { path, json, expected }: WriteRequest,
  cas: number,
  signal: AbortSignal,
): Promise<number> {
  const subject = dataPath(engine, path);
  const action = expected.state === 'absent' && cas === 0 ? 'create' : 'update';
  const answer = await send(
    {
      method: 'PUT',
      path: encodePath(subject),
      json: `{"data":${json},"options":{"cas":${cas}}}`,
      action,
      subject,
      turn: { first: true, retry: didNothing },
    },
    signal,
  );
  if (answer.status !== 200 && answer.status !== 204)
    throw writeFaultOf(answer, { host, action, path: subject });
  const written = body(answer)?.['data'];
  const version = isJsonObject(written) ? written['version'] : null;
  if (typeof version !== 'number') throw new AppError('malformed-answer', { host, status: answer.status });
  return version;
}

/** Whether our write became this version, whoever may have written on top of it since. */
async function isOurs(
  place: Place,
  { path, content }: WriteRequest,
  version: number,
  now: Seen,
  signal: AbortSignal,
): Promise<boolean> {
  if (now.version < version) return false;
  const then =
    now.version === version
      ? now
      : await lookAt(place, path, signal, { version }).catch((why: unknown) => {
          throw signal.aborted ? why : new AppError('outcome-unknown', { path });
        });
  return then.record !== null && sameValues(then.record.content, content);
}

/** Policies tell creating and updating apart by what is at the path, which the refusal does not say. */
async function whyDenied(
  place: Place,
  { path, expected }: WriteRequest,
  cas: number,
  error: AppError,
  signal: AbortSignal,
): Promise<AppError> {
  const now = await lookAt(place, path, signal).catch(() => null);
  if (signal.aborted) return new AppError('cancelled');
  if (now === null) return new AppError('denied', { ...error.details, action: 'write' });
  if (expected.state === 'absent' ? now.record !== null : now.version !== cas)
    return new AppError('conflict', { path });
  return new AppError('denied', { ...error.details, action: now.version === 0 ? 'create' : 'update' });
}
