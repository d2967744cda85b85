import { toAppError } from '@/lib/core/errors';

import type { AwsCall } from './call';

/**
 * Takes a scheduled deletion back. One that is not scheduled stays as it is.
 * https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_RestoreSecret.html
 *
 * @throws AppError `missing` when it is gone for good; `denied` …
 */
export async function restoreSecret(call: AwsCall, path: string, signal: AbortSignal): Promise<void> {
  try {
    await call('RestoreSecret', { SecretId: path }, { signal, path, first: true });
  } catch (thrown) {
    // "… is not scheduled for deletion", as MiniStack says where AWS says yes.
    if (toAppError(thrown).code !== 'deletion-pending') throw thrown;
  }
}
