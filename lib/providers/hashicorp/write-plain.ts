import { AppError, toAppError } from '@/lib/core/errors';
import type { Expected, Written } from '@/lib/providers/write-contract';
import { dataPath, encodePath } from './addresses';
import { isVersionedWarning } from './answers';
import { didNothing, isLost } from './doubt';
import { faultOf } from './errors';
import { lookAt } from './reading';
import type { Seen } from './reading';
import { sameValues } from '@/lib/core/same-values';
import type { Place, WriteRequest } from './write-versioned';

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

  if (!is(await look(), expected)) throw new AppError('conflict', { path });
  for (let tries = 1; ; tries += 1) {
    try {
      await put(place, request, signal);
      break;
    } catch (thrown) {
      const error = toAppError(thrown);
      if (!isLost(error)) throw error;
      const now = await look().catch((why: unknown) => {
        throw signal.aborted ? why : new AppError('outcome-unknown', { path });
      });
      if (is(now, ours)) return { version: null };
      if (!is(now, expected)) throw new AppError('conflict', { path });
      if (tries === 2) throw error;
    }
  }
  const after = await look().catch(() => 'acknowledged' as const);
  if (after !== 'acknowledged' && !is(after, ours)) throw new AppError('conflict', { path });
  return { version: null };
}

async function put(
  { send, host, engine }: Place,
  { path, json, expected }: WriteRequest,
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
      turn: { first: true, retry: didNothing },
    },
    signal,
  );
  if (answer.status === 200 || answer.status === 204) return;
  if (isVersionedWarning(answer)) throw new AppError('engine-upgrading', { engine: engine.mount }, true);
  throw faultOf(answer, { host, action, path: subject });
}
