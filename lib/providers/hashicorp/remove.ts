import { AppError, toAppError } from '@/lib/core/errors';
import type { Expected, Removal } from '@/lib/providers/write-contract';
import { dataPath, encodePath } from './addresses';
import { isVersionedWarning } from './answers';
import type { Turn } from './client';
import { isLost } from './doubt';
import { writeFaultOf } from './errors';
import { changeVersion } from './history';
import { createLags } from './lags';
import { lookAt } from './reading';
import type { Seen } from './reading';
import { sameValues } from '@/lib/core/same-values';
import { createFresh } from './write-plain';
import type { Place } from './write-versioned';

type Read = Extract<Expected, { state: 'read' }>;

/**
 * Soft-deletes the version read by its number, never "the latest": a newer one that comes in between survives, and the
 * deleted one is brought back then.
 *
 * @throws AppError `conflict` when something newer is there; `outcome-unknown`; `denied`.
 */
export async function removeVersion(
  place: Place,
  path: string,
  expected: Read,
  signal: AbortSignal,
): Promise<Removal> {
  const before = await lookAt(place, path, signal);
  if (before.version === 0) return { kind: 'permanent' };
  const version = versionMeant(before, expected);
  if (before.version !== version) throw new AppError('conflict', { path });
  const removal: Removal = before.destroyed
    ? { kind: 'permanent' }
    : { kind: 'soft', version: String(version) };
  if (before.record === null) return removal;

  const lags = createLags();
  for (;;) {
    // The same call twice does the same, so the queue may repeat it.
    const failed = await changeVersion(place, 'delete', path, version, signal).then(
      () => null,
      (thrown: unknown) => toAppError(thrown),
    );
    if (failed && !isLost(failed)) throw failed;
    const after = await lookAt(place, path, signal).catch((why: unknown) => {
      if (signal.aborted) throw why;
      return null;
    });
    if (after === null && !failed) return removal;
    if (after === null) throw new AppError('outcome-unknown', { path });
    if (after.version > version) {
      await changeVersion(place, 'undelete', path, version, signal).catch(() => undefined);
      throw new AppError('conflict', { path });
    }
    if (after.record === null) return removal;
    if (failed) throw failed;
    // A node that is behind says yes to deleting what it does not have, and still shows what another has deleted.
    if (!(await lags.next(signal))) throw new AppError('outcome-unknown', { path });
  }
}

function versionMeant(now: Seen, { version, content }: Read): number {
  if (version !== null) return Number(version);
  // Read when the engine had no versions yet.
  return now.record && sameValues(now.record.content, content) ? now.version : 0;
}

/**
 * KV v1: reads and compares just before the delete, which is for good.
 *
 * @throws AppError `no-cas` unless `permanent`; `conflict`, `outcome-unknown`, `denied`.
 */
export async function removePlain(
  place: Place,
  path: string,
  expected: Read,
  permanent: boolean,
  signal: AbortSignal,
): Promise<Removal> {
  if (!permanent) throw new AppError('no-cas', { path });
  const gone: Removal = { kind: 'permanent' };
  const fresh = createFresh();
  const lost: AppError[] = [];
  for (;;) {
    const { record } = await lookAt(place, path, signal).catch((why: unknown) => {
      throw signal.aborted || lost.length === 0 ? why : new AppError('outcome-unknown', { path });
    });
    if (record === null) return gone;
    if (!sameValues(record.content, expected.content)) throw new AppError('conflict', { path });
    if (lost[2]) throw lost[2];
    try {
      if (await fresh((turn) => deletePlain(place, path, turn, signal))) return gone;
    } catch (thrown) {
      const error = toAppError(thrown);
      if (!isLost(error)) throw error;
      lost.push(error);
    }
  }
}

async function deletePlain(
  { send, host, engine }: Place,
  path: string,
  turn: Turn,
  signal: AbortSignal,
): Promise<void> {
  const subject = dataPath(engine, path);
  const answer = await send(
    {
      method: 'DELETE',
      path: encodePath(subject),
      action: 'delete',
      subject,
      turn,
    },
    signal,
  );
  if (answer.status === 200 || answer.status === 204) return;
  if (isVersionedWarning(answer)) throw new AppError('engine-upgrading', { engine: engine.mount }, true);
  throw writeFaultOf(answer, { host, action: 'delete', path: subject });
}
