import { AppError, toAppError } from '@/lib/core/errors';
import type { SecretContent } from '@/lib/core/variables';
import type { Expected, SecretMetadata, Written } from '@/lib/providers/write-contract';

import type { AwsCall } from './call';
import { comparedWrite } from './compared-write';
import { createSecret } from './create';
import type { LabelRights } from './labels';
import { stagedWrite } from './staged-write';
import type { Update } from './staged-write';
import { checkStorable, storedOf } from './stored';

export interface WriteRequest {
  readonly path: string;
  readonly content: SecretContent;
  readonly expected: Expected;
  readonly signal: AbortSignal;
  readonly metadata?: SecretMetadata | undefined;
}

/** Writes while `expected` holds; see `WritableProvider.write`. */
export async function writeSecret(
  call: AwsCall,
  rights: LabelRights,
  request: WriteRequest,
): Promise<Written> {
  const { path, content, expected, signal, metadata } = request;
  checkStorable(path, content);
  const value = storedOf(content);
  if (expected.state === 'read') {
    if (expected.version === null) throw new AppError('conflict', { path });
    return update(call, rights, { path, value, expected: expected.version, signal });
  }
  const version = await createSecret(call, { path, value, metadata, signal });
  if (version !== null) return { version };
  // There is a secret of this name that never had a value, as one that was only declared.
  return update(call, rights, { path, value, expected: null, signal });
}

async function update(call: AwsCall, rights: LabelRights, request: Update): Promise<Written> {
  const { path, expected, signal } = request;
  if (await rights.may(path, expected ?? crypto.randomUUID(), signal)) {
    try {
      return { version: await stagedWrite(call, request) };
    } catch (thrown) {
      const { code, details } = toAppError(thrown);
      if (code !== 'denied' || details['permission'] !== 'secretsmanager:UpdateSecretVersionStage')
        throw thrown;
      rights.deny(path);
    }
  }
  return { version: await comparedWrite(call, request) };
}
