import { AppError, toAppError } from '@/lib/core/errors';

import type { AwsCall } from './call';
import type { StoredValue } from './content';

/** A version by its id, or the one that bears a label. */
export type Which = { readonly VersionId: string } | { readonly VersionStage: 'AWSCURRENT' | 'AWSPREVIOUS' };

export const CURRENT: Which = { VersionStage: 'AWSCURRENT' };
export const PREVIOUS: Which = { VersionStage: 'AWSPREVIOUS' };

export interface StoredVersion {
  readonly version: string;
  readonly value: StoredValue;
}

/**
 * One version of a secret as it is stored.
 *
 * @returns `null` when there is no such secret or no such version.
 * @throws AppError `deletion-pending`, `denied` …
 */
export async function storedVersion(
  call: AwsCall,
  path: string,
  which: Which,
  signal: AbortSignal,
): Promise<StoredVersion | null> {
  try {
    const answer = await call('GetSecretValue', { SecretId: path, ...which }, { signal, path, first: true });
    const { VersionId: version, SecretString, SecretBinary } = answer;
    if (typeof version !== 'string') throw new AppError('malformed-answer');
    if (typeof SecretBinary === 'string') return { version, value: { SecretBinary } };
    return { version, value: { SecretString: typeof SecretString === 'string' ? SecretString : null } };
  } catch (thrown) {
    const error = toAppError(thrown);
    if (error.code === 'missing') return null;
    throw error;
  }
}
