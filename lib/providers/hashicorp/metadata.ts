import { AppError } from '@/lib/core/errors';
import { encodePath, joinPath } from './addresses';
import { data } from './answers';
import { faultOf } from './errors';
import { customOf } from './reading';
import type { Reading } from './reading';

const metadataPath = ({ engine: { mount, base } }: Reading, path: string) =>
  joinPath(mount, 'metadata', base, path);

/** The metadata of a KV v2 secret; `null` when there is none. @throws AppError `denied` … */
export async function readMetadata(
  reading: Reading,
  path: string,
  signal: AbortSignal,
): Promise<Record<string, unknown> | null> {
  const subject = metadataPath(reading, path);
  const { send, host } = reading;
  const action = 'read';
  const answer = await send({ path: encodePath(subject), action, subject, turn: { first: true } }, signal);
  if (answer.status === 200) return data(answer, host);
  const fault = faultOf(answer, { host, action, path: subject });
  if (answer.status === 404 && fault.code !== 'engine-not-found' && fault.code !== 'namespace-unknown')
    return null;
  throw fault;
}

/**
 * Adds custom metadata to what is there, guarded by OpenBao's `metadata_cas`, which Vault ignores. Nothing is sent when
 * it is there already.
 *
 * @throws AppError `denied`, `conflict` when somebody changed the metadata meanwhile.
 */
export async function addMetadata(
  reading: Reading,
  path: string,
  custom: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<void> {
  const found = await readMetadata(reading, path, signal);
  const theirs = found ? customOf(found) : {};
  if (Object.entries(custom).every(([key, value]) => theirs[key] === value)) return;
  const subject = metadataPath(reading, path);
  const version = found ? found['current_metadata_version'] : 0;
  const action = 'write';
  const answer = await reading.send(
    {
      method: 'POST',
      path: encodePath(subject),
      body: {
        custom_metadata: { ...theirs, ...custom },
        ...(typeof version === 'number' ? { metadata_cas: version } : {}),
      },
      action,
      subject,
      turn: { first: true },
    },
    signal,
  );
  if (answer.status === 200 || answer.status === 204) return;
  const fault = faultOf(answer, { host: reading.host, action, path: subject });
  if (fault.code !== 'conflict') throw fault;
  // Our own, when an earlier try's answer was lost.
  const now = await readMetadata(reading, path, signal);
  const there = now ? customOf(now) : {};
  if (!Object.entries(custom).every(([key, value]) => there[key] === value))
    throw new AppError('conflict', { path });
}
