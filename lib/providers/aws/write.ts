import { AppError, toAppError } from '@/lib/core/errors';
import type { SecretContent } from '@/lib/core/variables';
import type { Expected, SecretMetadata, Written } from '@/lib/providers/write-contract';

import type { AwsCall } from './call';
import { comparedWrite } from './compared-write';
import { contentOf } from './content';
import type { StoredValue } from './content';
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
  const { path, content } = request;
  checkStorable(path, content);
  const value = storedOf(content);
  const version = await writeValue(call, rights, request, value);
  const kept = contentOf(value);
  return kept && kept.form !== content.form ? { version, content: kept } : { version };
}

async function writeValue(
  call: AwsCall,
  rights: LabelRights,
  { path, expected, signal, metadata }: WriteRequest,
  value: StoredValue,
): Promise<string> {
  if (expected.state === 'read') {
    if (expected.version === null) throw new AppError('conflict', { path });
    return update(call, rights, { path, value, expected: expected.version, signal });
  }
  const created = await createSecret(call, { path, value, metadata, signal });
  // There is a secret of this name that never had a value, as one that was only declared.
  return created ?? update(call, rights, { path, value, expected: null, signal });
}

async function update(call: AwsCall, rights: LabelRights, request: Update): Promise<string> {
  const { path, expected, signal } = request;
  if (await rights.may(path, expected ?? crypto.randomUUID(), signal)) {
    try {
      return await stagedWrite(call, request);
    } catch (thrown) {
      const { code, details } = toAppError(thrown);
      if (code !== 'denied' || details['permission'] !== 'secretsmanager:UpdateSecretVersionStage')
        throw thrown;
      rights.deny(path);
    }
  }
  return comparedWrite(call, request);
}
