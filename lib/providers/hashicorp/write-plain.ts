import { AppError, toAppError } from '@/lib/core/errors';
import type { Expected, Written } from '@/lib/providers/write-contract';
import { dataPath, encodePath } from './addresses';
import { isVersionedWarning } from './answers';
import type { Turn } from './client';
import { didNothing, isLost } from './doubt';
import { writeFaultOf } from './errors';
import { lookAt } from './reading';
import type { Seen } from './reading';
import { sameValues } from '@/lib/core/same-values';
import type { Place, WriteRequest } from './write-versioned';

/** So long may pass between a comparison and the write that relies on it, in ms; else it is made anew. */
const FRESH_MS = 1_000;
/** So long a server may refuse a write for having too much to do, in ms. */
const PATIENCE_MS = 60_000;

/**
 * Sends what was compared just before. A call may wait in the queue, and one that did nothing is repeated there, up to
 * a minute later: what was compared then tells nothing any more.
 *
 * @returns Whether it was sent; `false` when it is to be compared anew.
 */
export type Fresh = (send: (turn: Turn) => Promise<void>) => Promise<boolean>;

export function createFresh(): Fresh {
  const until = performance.now() + PATIENCE_MS;
  return async (send) => {
    const comparedAt = performance.now();
    let attempts = 0;
    let stale = false;
    const before = () => {
      stale = attempts++ > 0 || performance.now() - comparedAt > FRESH_MS;
      if (stale) throw new AppError('conflict');
    };
    const retry = (error: AppError) => !stale && didNothing(error) && performance.now() < until;
    return send({ first: true, before, retry }).then(
      () => true,
      (error: unknown) => {
        if (stale) return false;
        throw error;
      },
    );
  };
}

/**
 * KV v1 has no check of its own: reads and compares just before it writes, and reads back just after. Between the
 * comparison and the write another's change can still be overwritten; one that comes between the write and the reading
 * back is noticed.
 *
 * @throws AppError as `writeVersioned`.
 */
export async function writePlain(place: Place, request: WriteRequest, signal: AbortSignal): Promise<Written> {
  const { path, content, expected } = request;
  const look = async () => (await lookAt(place, path, signal)).record;
  const is = (record: Seen['record'], state: Expected) =>
    state.state === 'absent' ? record === null : record !== null && sameValues(record.content, state.content);
  const ours: Expected = { state: 'read', version: null, content };

  const fresh = createFresh();
  const lost: AppError[] = [];
  for (;;) {
    const now = await look().catch((why: unknown) => {
      throw signal.aborted || lost.length === 0 ? why : new AppError('outcome-unknown', { path });
    });
    if (lost.length > 0 && is(now, ours)) return { version: null };
    if (!is(now, expected)) throw new AppError('conflict', { path });
    if (lost[1]) throw lost[1];
    try {
      if (await fresh((turn) => put(place, request, turn, signal))) break;
    } catch (thrown) {
      const error = toAppError(thrown);
      if (!isLost(error)) throw error;
      lost.push(error);
    }
  }
  const after = await look().catch(() => 'acknowledged' as const);
  if (after !== 'acknowledged' && !is(after, ours)) throw new AppError('conflict', { path });
  return { version: null };
}

async function put(
  { send, host, engine }: Place,
  { path, json, expected }: WriteRequest,
  turn: Turn,
  signal: AbortSignal,
): Promise<void> {
  const subject = dataPath(engine, path);
  const action = expected.state === 'absent' ? 'create' : 'update';
  const answer = await send(
    {
      method: 'PUT',
      path: encodePath(subject),
      json,
      action,
      subject,
      turn,
    },
    signal,
  );
  if (answer.status === 200 || answer.status === 204) return;
  if (isVersionedWarning(answer)) throw new AppError('engine-upgrading', { engine: engine.mount }, true);
  throw writeFaultOf(answer, { host, action, path: subject });
}
