import { fromBase64, toBase64 } from '@/lib/core/bytes';
import { AppError } from '@/lib/core/errors';

import { checksum, deriveBoxKeys, open, seal, type BoxKeys, type SealedBox } from './box';
import { randomBytes } from './bytes';

/** OWASP's figure for PBKDF2-HMAC-SHA-256 (https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html). */
export const ITERATIONS = 600_000;
/** More would only keep the user waiting: a stored record that asks for it was tampered with. */
const MOST_ITERATIONS = 10_000_000;
const SALT_BYTES = 16;
const KEY_BYTES = 32;

/** The vault key, wrapped under the passphrase: what is stored. */
export interface VaultKeyRecord {
  readonly kdf: { readonly name: 'PBKDF2-SHA-256'; readonly iterations: number; readonly salt: string };
  readonly box: SealedBox;
  /** Over parameters and box: a record that decayed on disk is told from a wrong passphrase. */
  readonly checksum: string;
}

/** A new random vault key and its record. The raw key is for session memory only. */
export async function createVaultKey(
  passphrase: string,
): Promise<{ key: Uint8Array<ArrayBuffer>; record: VaultKeyRecord }> {
  const key = randomBytes(KEY_BYTES);
  return { key, record: await wrapVaultKey(key, passphrase) };
}

/** Wraps the vault key under a passphrase with a fresh salt; used at set-up and when the passphrase changes. */
export async function wrapVaultKey(
  key: Uint8Array<ArrayBuffer>,
  passphrase: string,
): Promise<VaultKeyRecord> {
  const salt = randomBytes(SALT_BYTES);
  const kdf = { name: 'PBKDF2-SHA-256', iterations: ITERATIONS, salt: toBase64(salt) } as const;
  const keys = await passphraseKeys(passphrase, salt, ITERATIONS);
  const box = await seal(keys, key, associated(kdf));
  return { kdf, box, checksum: await recordChecksum(kdf, box) };
}

/**
 * Unwraps the vault key.
 *
 * @throws AppError `record-weak` when the stored parameters are below the minimum or absurdly above it (nothing
 *   is derived then), `record-damaged` when the record's bytes changed, `wrong-passphrase` otherwise.
 */
export async function openVaultKey(
  record: VaultKeyRecord,
  passphrase: string,
): Promise<Uint8Array<ArrayBuffer>> {
  const salt = checkedSalt(record);
  if (record.checksum !== (await recordChecksum(record.kdf, record.box)))
    throw new AppError('record-damaged');
  const keys = await passphraseKeys(passphrase, salt, record.kdf.iterations);
  return open(keys, record.box, associated(record.kdf), 'wrong-passphrase');
}

function checkedSalt({ kdf }: VaultKeyRecord): Uint8Array<ArrayBuffer> {
  let salt;
  try {
    salt = fromBase64(kdf.salt);
  } catch {
    throw new AppError('record-damaged');
  }
  const { name, iterations } = kdf as { name: string; iterations: number };
  const sound =
    name === 'PBKDF2-SHA-256' &&
    Number.isInteger(iterations) &&
    iterations >= ITERATIONS &&
    iterations <= MOST_ITERATIONS &&
    salt.length >= SALT_BYTES &&
    salt.length <= 64;
  if (!sound) throw new AppError('record-weak');
  return salt;
}

function recordChecksum(kdf: VaultKeyRecord['kdf'], box: SealedBox): Promise<string> {
  return checksum(...associated(kdf), box.iv, box.ciphertext, box.mac);
}

function associated(kdf: VaultKeyRecord['kdf']) {
  return ['vault-key', kdf.name, kdf.iterations, kdf.salt];
}

/** Passphrase → PBKDF2 (256 bits: more would cost the defender only) → HKDF. Unicode is normalised, as keyboards differ. */
async function passphraseKeys(
  passphrase: string,
  salt: Uint8Array<ArrayBuffer>,
  iterations: number,
): Promise<BoxKeys> {
  const base = await crypto.subtle.importKey(
    'raw',
    new TextEncoder().encode(passphrase.normalize('NFKC')),
    'PBKDF2',
    false,
    ['deriveBits'],
  );
  const bits = await crypto.subtle.deriveBits(
    { name: 'PBKDF2', hash: 'SHA-256', salt, iterations },
    base,
    256,
  );
  return deriveBoxKeys(new Uint8Array(bits), 'passphrase');
}
