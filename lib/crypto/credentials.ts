import { AppError } from '@/lib/core/errors';
import type { Credentials, ProviderKind, Scope } from '@/lib/core/model';

import { deriveBoxKeys, open, seal, type SealedBox } from './box';

/** What sealed credentials are bound to: they open for nothing else. */
export interface CredentialBinding {
  readonly scope: Scope;
  readonly provider: ProviderKind;
  /** The Vault's origin; `aws:<partition>`, or a custom endpoint's origin. */
  readonly server: string;
}

/** Credentials as stored: sealed, with the server they are for (readable, so that the form can tell). */
export interface SealedCredentials {
  readonly auth: Credentials['kind'];
  readonly server: string;
  readonly box: SealedBox;
}

const PURPOSE = 'credentials';

export async function sealCredentials(
  vaultKey: Uint8Array<ArrayBuffer>,
  credentials: Credentials,
  binding: CredentialBinding,
): Promise<SealedCredentials> {
  const keys = await deriveBoxKeys(vaultKey, PURPOSE);
  const plain = new TextEncoder().encode(JSON.stringify(credentials));
  return {
    auth: credentials.kind,
    server: binding.server,
    box: await seal(keys, plain, associated(binding)),
  };
}

/** @throws AppError `record-moved` when they were sealed for another scope, provider or server; `record-damaged`. */
export async function openCredentials(
  vaultKey: Uint8Array<ArrayBuffer>,
  sealed: SealedCredentials,
  binding: CredentialBinding,
): Promise<Credentials> {
  const keys = await deriveBoxKeys(vaultKey, PURPOSE);
  const plain = await open(keys, sealed.box, associated(binding), 'record-moved');
  try {
    return JSON.parse(new TextDecoder().decode(plain)) as Credentials;
  } catch {
    throw new AppError('record-damaged');
  }
}

function associated({ scope, provider, server }: CredentialBinding) {
  return [PURPOSE, scope, provider, server];
}
