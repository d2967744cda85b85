import { AppError, toAppError } from '@/lib/core/errors';

import type { AwsCall } from './call';
import type { StoredValue } from './content';
import { dropLabel, holdingLabel } from './labels';
import { isLost, writeOnce } from './lost';
import { CURRENT, storedVersion } from './versions';

/** A new value for a secret, and the version that must still be the current one; `null` for none at all. */
export interface Update {
  readonly path: string;
  readonly value: StoredValue;
  readonly expected: string | null;
  readonly signal: AbortSignal;
}

/**
 * Compare-and-swap by version labels: the new version is put beside the current one under a label of its own,
 * then AWSCURRENT is moved to it from the expected version, which AWS refuses when AWSCURRENT is elsewhere.
 * The first version of a secret gets AWSCURRENT by itself.
 * https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_UpdateSecretVersionStage.html
 *
 * @returns The new version's id.
 * @throws AppError `conflict`, `missing`, `deletion-pending`; `denied` for UpdateSecretVersionStage;
 *   `outcome-unknown`.
 */
export async function stagedWrite(call: AwsCall, update: Update): Promise<string> {
  const { path, expected, signal } = update;
  const token = crypto.randomUUID();
  /** Whether there may be a label to take off, and a right to do so. */
  let held = true;

  /** Whether AWSCURRENT is on the new version. @throws AppError when it is on neither. */
  async function look(): Promise<string | null> {
    const current = await storedVersion(call, path, CURRENT, signal);
    if (current?.version === token) return token;
    if ((current?.version ?? null) === expected) return null;
    throw new AppError(current ? 'conflict' : 'missing', { path });
  }

  async function move(): Promise<string> {
    const payload = {
      SecretId: path,
      VersionStage: 'AWSCURRENT',
      MoveToVersionId: token,
      RemoveFromVersionId: expected,
    };
    try {
      await call('UpdateSecretVersionStage', payload, { signal, path, first: true, write: true });
      return token;
    } catch (thrown) {
      const error = toAppError(thrown);
      if (error.code === 'denied') held = false;
      if (error.code !== 'conflict' && error.code !== 'missing') throw error;
      // It may have been moved before, by a call whose answer was lost.
      const found = await look().catch(toAppError);
      if (typeof found === 'string') return found;
      throw found?.code === 'missing' ? found : new AppError('conflict', { path });
    }
  }

  try {
    await stage(call, update, token).catch((error: unknown) => {
      held = isLost(toAppError(error));
      throw error;
    });
    if (expected !== null) return await writeOnce({ path, send: move, look });
    if ((await look()) === null) throw new AppError('missing', { path });
    return token;
  } finally {
    if (held) await dropLabel(call, path, token);
  }
}

/** Nothing is lost when this fails: AWSCURRENT stays where it is. */
async function stage(call: AwsCall, { path, value, signal }: Update, token: string): Promise<void> {
  const payload = {
    SecretId: path,
    // Names the version as well, so that a repeated call makes no second one.
    ClientRequestToken: token,
    VersionStages: [holdingLabel(token)],
    ...value,
  };
  await writeOnce({
    path,
    send: async () =>
      void (await call('PutSecretValue', payload, { signal, path, first: true, write: true })),
    look: async () =>
      (await storedVersion(call, path, { VersionId: token }, signal)) === null ? null : undefined,
    giveUp: (lost) => lost,
  });
}
