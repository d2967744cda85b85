import { AppError } from '@/lib/core/errors';
import type { SecretRecord } from '@/lib/providers/contract';
import type { VersionInfo } from '@/lib/providers/write-contract';
import { isJsonObject } from '@/lib/core/variables';
import { encodePath, joinPath } from './addresses';
import { writeFaultOf } from './errors';
import { readMetadata } from './metadata';
import { lookAt } from './reading';
import type { Reading } from './reading';

/** All versions that KV v2 still knows of, newest first; `null` when nothing was ever written there. */
export async function versionsOf(
  reading: Reading,
  path: string,
  now: number,
  signal: AbortSignal,
): Promise<readonly VersionInfo[] | null> {
  const found = await readMetadata(reading, path, signal);
  const versions = found?.['versions'];
  if (!isJsonObject(versions) || Object.keys(versions).length === 0) return null;
  const current = String(found?.['current_version']);
  return Object.entries(versions)
    .map(([version, entry]) => infoOf(version, isJsonObject(entry) ? entry : {}, version === current, now))
    .sort((a, b) => Number(b.version) - Number(a.version));
}

function infoOf(
  version: string,
  entry: Record<string, unknown>,
  isCurrent: boolean,
  now: number,
): VersionInfo {
  const { created_time: created, deletion_time: deletion, destroyed } = entry;
  // A planned deletion lies ahead; until then the version reads as any other.
  const isDeleted = typeof deletion === 'string' && deletion !== '' && Date.parse(deletion) <= now;
  const kept = isCurrent ? 'current' : 'kept';
  return {
    version,
    createdAt: typeof created === 'string' ? Date.parse(created) : 0,
    state: destroyed === true ? 'destroyed' : isDeleted ? 'deleted' : kept,
    labels: [],
  };
}

/** A version's number; `null` for what cannot be one (0 would mean the latest). */
function numberOf(version: string): number | null {
  return /^[1-9]\d{0,14}$/.test(version) ? Number(version) : null;
}

/** One version; `null` when it is deleted, destroyed, pruned or never was. */
export async function readVersion(
  reading: Reading,
  path: string,
  version: string,
  signal: AbortSignal,
): Promise<SecretRecord | null> {
  const number = numberOf(version);
  return number === null ? null : (await lookAt(reading, path, signal, { version: number })).record;
}

/**
 * Brings a soft-deleted version back, by default the current one; nothing when it is not deleted.
 *
 * @throws AppError `missing` when it is destroyed or was never there: the server would say yes and do nothing.
 */
export async function undeleteVersion(
  reading: Reading,
  path: string,
  version: string | null,
  signal: AbortSignal,
): Promise<void> {
  const asked = version === null ? undefined : (numberOf(version) ?? 0);
  if (asked === 0) throw new AppError('missing', { path });
  const seen = await lookAt(reading, path, signal, asked === undefined ? {} : { version: asked });
  if (seen.record !== null) return;
  if (seen.version === 0 || seen.destroyed) throw new AppError('missing', { path });
  await changeVersion(reading, 'undelete', path, seen.version, signal);
}

/** Soft-deletes or undeletes one version; 204 also for what is not there. @throws AppError */
export async function changeVersion(
  { send, host, engine: { mount, base } }: Reading,
  action: 'delete' | 'undelete',
  path: string,
  version: number,
  signal: AbortSignal,
): Promise<void> {
  const subject = joinPath(mount, action, base, path);
  const answer = await send(
    {
      method: 'POST',
      path: encodePath(subject),
      body: { versions: [version] },
      action,
      subject,
      turn: { first: true },
    },
    signal,
  );
  if (answer.status !== 200 && answer.status !== 204)
    throw writeFaultOf(answer, { host, action, path: subject });
}
