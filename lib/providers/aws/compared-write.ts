import { AppError, toAppError } from '@/lib/core/errors';

import type { AwsCall } from './call';
import type { StoredValue } from './content';
import { writeOnce } from './lost';
import type { Update } from './staged-write';
import { CURRENT, PREVIOUS, storedVersion } from './versions';
import type { StoredVersion } from './versions';

/** So often what was overwritten is put back, should others keep writing in between. */
const TRIES = 3;

/**
 * The way for a login that may not move labels: compares just before it writes, and looks just after it which
 * version the write has replaced. A window remains between the two: what somebody wrote in it is put back as
 * the current version, and told as a conflict. What it cannot see is a third write in the same window.
 *
 * @returns The new version's id.
 * @throws AppError `conflict`, `missing`, `deletion-pending`, `denied`; `outcome-unknown` when the answer was
 *   lost, or when what was overwritten could not be put back.
 */
export async function comparedWrite(call: AwsCall, update: Update): Promise<string> {
  const { path, value, expected, signal } = update;
  const current = await storedVersion(call, path, CURRENT, signal);
  if ((current?.version ?? null) !== expected) {
    throw new AppError(current ? 'conflict' : 'missing', { path });
  }
  const token = await put(call, path, value, expected, signal);
  // From here on the write has happened, and only its clash is looked for: that is not given up half way.
  const lasting = new AbortController().signal;
  try {
    const replaced = await replacedBy(call, path, token, expected, lasting);
    if (replaced === null) return token;
    await putBack(call, path, token, replaced, lasting);
  } catch (thrown) {
    if (toAppError(thrown).code === 'conflict') throw thrown;
    throw new AppError('outcome-unknown', { path });
  }
  throw new AppError('conflict', { path });
}

/** Writes over the current version. */
async function put(
  call: AwsCall,
  path: string,
  value: StoredValue,
  expected: string | null,
  signal: AbortSignal,
): Promise<string> {
  const token = crypto.randomUUID();
  const payload = { SecretId: path, ClientRequestToken: token, ...value };
  return writeOnce({
    path,
    async send() {
      await call('PutSecretValue', payload, { signal, path, first: true, write: true });
      return token;
    },
    async look() {
      const current = await storedVersion(call, path, CURRENT, signal);
      if (current?.version === token) return token;
      if ((current?.version ?? null) === expected) return null;
      throw new AppError('conflict', { path });
    },
  });
}

/**
 * The version that our write took the place of, where it is not the expected one.
 *
 * @returns `null` when all is well.
 * @throws AppError `conflict` when somebody has written after us: the merge with that tells the rest.
 */
async function replacedBy(
  call: AwsCall,
  path: string,
  token: string,
  expected: string | null,
  signal: AbortSignal,
): Promise<StoredVersion | null> {
  const previous = await storedVersion(call, path, PREVIOUS, signal);
  if ((previous?.version ?? null) === expected) return null;
  const current = await storedVersion(call, path, CURRENT, signal);
  if (previous && current?.version === token) return previous;
  throw new AppError('conflict', { path });
}

async function putBack(
  call: AwsCall,
  path: string,
  written: string,
  overwritten: StoredVersion,
  signal: AbortSignal,
): Promise<void> {
  let last = written;
  let back: StoredVersion | null = overwritten;
  for (let tries = 0; tries < TRIES && back; tries += 1) {
    const token = await put(call, path, back.value, last, signal);
    back = await replacedBy(call, path, token, last, signal);
    last = token;
  }
  if (back) throw new AppError('outcome-unknown', { path });
}
