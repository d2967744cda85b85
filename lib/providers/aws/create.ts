import { AppError, toAppError } from '@/lib/core/errors';
import type { SecretMetadata } from '@/lib/providers/write-contract';

import type { AwsCall } from './call';
import type { StoredValue } from './content';
import { writeOnce } from './lost';
import { sameStored } from './stored';
import { CURRENT, storedVersion } from './versions';

export interface NewSecret {
  readonly path: string;
  readonly value: StoredValue;
  readonly metadata?: SecretMetadata | undefined;
  readonly signal: AbortSignal;
}

/**
 * Creates a secret where none of this name is; AWS itself refuses to do it over another.
 * https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html
 *
 * @returns The first version's id; `null` when there is a secret of this name that has no value yet.
 * @throws AppError `conflict` when there is one with a value; `deletion-pending`, `denied`, `outcome-unknown`.
 */
export async function createSecret(
  call: AwsCall,
  { path, value, metadata, signal }: NewSecret,
): Promise<string | null> {
  const token = crypto.randomUUID();
  const payload = { Name: path, ClientRequestToken: token, ...value, ...described(metadata) };
  let sent = 0;
  try {
    return await writeOnce({
      path,
      async send() {
        sent += 1;
        const answer = await call('CreateSecret', payload, { signal, path, first: true, write: true });
        const version = answer['VersionId'];
        return typeof version === 'string' ? version : token;
      },
      async look() {
        const there = await storedVersion(call, path, CURRENT, signal);
        if (there === null) return null;
        if (there.version === token || sameStored(there.value, value)) return there.version;
        throw new AppError('conflict', { path });
      },
    });
  } catch (thrown) {
    const error = toAppError(thrown);
    if (error.code !== 'conflict') throw error;
    return whatIsThere(call, path, { value: sent > 1 ? value : null, token, signal });
  }
}

/** Why the name is taken. @param own What an earlier call with a lost answer may have written. */
async function whatIsThere(
  call: AwsCall,
  path: string,
  own: { readonly value: StoredValue | null; readonly token: string; readonly signal: AbortSignal },
): Promise<string | null> {
  const conflict = new AppError('conflict', { path });
  const there = await storedVersion(call, path, CURRENT, own.signal).catch((thrown: unknown) => {
    const error = toAppError(thrown);
    throw error.code === 'deletion-pending' ? error : conflict;
  });
  if (there === null) return null;
  if (there.version === own.token) return there.version;
  if (own.value && sameStored(there.value, own.value)) return there.version;
  throw conflict;
}

/** Tags that begin with `aws:` are AWS's own: nobody else may set them. */
function described(metadata: SecretMetadata | undefined): Readonly<Record<string, unknown>> {
  if (!metadata) return {};
  const { custom, description, kmsKeyId } = metadata;
  const tags = Object.entries(custom).filter(([key]) => !/^aws:/i.test(key));
  return {
    ...(description ? { Description: description } : {}),
    ...(kmsKeyId ? { KmsKeyId: kmsKeyId } : {}),
    ...(tags.length > 0 ? { Tags: tags.map(([Key, Value]) => ({ Key, Value })) } : {}),
  };
}
