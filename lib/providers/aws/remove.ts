import { AppError, toAppError } from '@/lib/core/errors';
import type { Removal } from '@/lib/providers/write-contract';

import type { AwsCall } from './call';
import { describeSecret } from './describe';
import { writeOnce } from './lost';
import { CURRENT, storedVersion } from './versions';

const DAY_MS = 86_400_000;

/** The recovery window that AWS takes, in days, and the one when nothing is said. */
const LEAST_DAYS = 7;
const MOST_DAYS = 30;

export interface RemoveRequest {
  readonly path: string;
  readonly version: string | null;
  readonly days?: number | undefined;
  readonly signal: AbortSignal;
}

/**
 * Schedules a secret for deletion while the version that was read is still the current one. Never at once:
 * `ForceDeleteWithoutRecovery` is not for us. DeleteSecret has no condition, so a version that came in between
 * is looked for afterwards, where the login may, and the secret restored for it; it could be anyway.
 * https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_DeleteSecret.html
 *
 * @param now Milliseconds since the epoch.
 * @throws AppError `conflict`, `missing`, `deletion-pending`, `settings-invalid` for other days than 7–30,
 *   `outcome-unknown`.
 */
export async function removeSecret(
  call: AwsCall,
  { path, version, days = MOST_DAYS, signal }: RemoveRequest,
  now: () => number,
): Promise<Removal> {
  if (!Number.isInteger(days) || days < LEAST_DAYS || days > MOST_DAYS) {
    throw new AppError('settings-invalid', { field: 'the recovery window' });
  }
  let sent = false;
  const scheduled = (until: unknown): Removal => ({
    kind: 'scheduled',
    until: typeof until === 'number' ? until * 1000 : now() + days * DAY_MS,
  });

  /** Throws unless the version that was read is the current one. */
  async function compare(): Promise<void> {
    const current = await storedVersion(call, path, CURRENT, signal);
    if (current === null) throw new AppError('missing', { path });
    if (current.version !== version) throw new AppError('conflict', { path });
  }

  await compare();
  const removal = await writeOnce({
    path,
    async send() {
      const repeated = sent;
      sent = true;
      const payload = { SecretId: path, RecoveryWindowInDays: days };
      try {
        const answer = await call('DeleteSecret', payload, { signal, path, first: true, write: true });
        return scheduled(answer['DeletionDate']);
      } catch (thrown) {
        if (repeated && toAppError(thrown).code === 'deletion-pending') return scheduled(undefined);
        throw thrown;
      }
    },
    async look() {
      try {
        await compare();
        return null;
      } catch (thrown) {
        if (toAppError(thrown).code === 'deletion-pending') return scheduled(undefined);
        throw thrown;
      }
    },
  });
  await undoForNewer(call, path, version);
  return removal;
}

/** Best effort, with rights that the least policy does not have. @throws AppError `conflict` when restored. */
async function undoForNewer(call: AwsCall, path: string, version: string | null): Promise<void> {
  const { signal } = new AbortController();
  const current = (await describeSecret(call, path, signal).catch(() => null))?.current ?? version;
  if (current === version) return;
  const payload = { SecretId: path };
  const restored = await call('RestoreSecret', payload, { signal, path, first: true }).catch(() => null);
  if (restored) throw new AppError('conflict', { path });
}
