import { fromBase64, toBase64 } from '@/lib/core/bytes';
import { AppError } from '@/lib/core/errors';

import { framed, randomBytes } from './bytes';

/** The two keys of encrypt-then-MAC. Non-extractable. */
export interface BoxKeys {
  readonly encrypt: CryptoKey;
  readonly authenticate: CryptoKey;
}

/** AES-256-CBC ciphertext with its HMAC-SHA-256 and a plain checksum; base64 throughout. */
export interface SealedBox {
  readonly v: 1;
  readonly iv: string;
  readonly ciphertext: string;
  readonly mac: string;
  /** SHA-256 of the rest: tells a damaged record from a wrong key. It is no protection, the MAC is. */
  readonly checksum: string;
}

/**
 * Two keys for one purpose out of a 256-bit secret, by HKDF-SHA-256 with a label each
 * (https://www.rfc-editor.org/rfc/rfc5869). The salt is empty, as the input is uniformly random already.
 */
export async function deriveBoxKeys(secret: Uint8Array<ArrayBuffer>, purpose: string): Promise<BoxKeys> {
  const base = await crypto.subtle.importKey('raw', secret, 'HKDF', false, ['deriveKey']);
  const label = (use: string) => ({
    name: 'HKDF',
    hash: 'SHA-256',
    salt: new Uint8Array(),
    info: framed('keyferry', 1, purpose, use),
  });
  const [encrypt, authenticate] = await Promise.all([
    crypto.subtle.deriveKey(label('encrypt'), base, { name: 'AES-CBC', length: 256 }, false, [
      'encrypt',
      'decrypt',
    ]),
    crypto.subtle.deriveKey(
      label('authenticate'),
      base,
      { name: 'HMAC', hash: 'SHA-256', length: 256 },
      false,
      ['sign', 'verify'],
    ),
  ]);
  return { encrypt, authenticate };
}

/**
 * Encrypts, then authenticates version, associated data, IV and ciphertext.
 *
 * @param associated What the box is for (scope, provider, server, parameters): it opens with exactly the same only.
 */
export async function seal(
  keys: BoxKeys,
  plain: Uint8Array<ArrayBuffer>,
  associated: readonly (string | number | Uint8Array)[],
): Promise<SealedBox> {
  const iv = randomBytes(16);
  const ciphertext = new Uint8Array(
    await crypto.subtle.encrypt({ name: 'AES-CBC', iv }, keys.encrypt, plain),
  );
  const mac = new Uint8Array(
    await crypto.subtle.sign('HMAC', keys.authenticate, authenticated(associated, iv, ciphertext)),
  );
  return {
    v: 1,
    iv: toBase64(iv),
    ciphertext: toBase64(ciphertext),
    mac: toBase64(mac),
    checksum: await checksum(iv, ciphertext, mac),
  };
}

/**
 * Opens a box: shape and checksum first, then the MAC (in constant time, by `verify`), then the decryption.
 *
 * @param mismatch The error when the MAC does not fit: the key or the associated data is another.
 * @throws AppError `record-damaged` when the stored bytes changed since they were written.
 */
export async function open(
  keys: BoxKeys,
  box: SealedBox,
  associated: readonly (string | number | Uint8Array)[],
  mismatch: 'wrong-passphrase' | 'record-moved',
): Promise<Uint8Array<ArrayBuffer>> {
  const { iv, ciphertext, mac } = await intact(box);
  const genuine = await crypto.subtle.verify(
    'HMAC',
    keys.authenticate,
    mac,
    authenticated(associated, iv, ciphertext),
  );
  if (!genuine) throw new AppError(mismatch);
  return new Uint8Array(await crypto.subtle.decrypt({ name: 'AES-CBC', iv }, keys.encrypt, ciphertext));
}

/** The parts of a box whose checksum fits. @throws AppError `record-damaged`. */
async function intact(box: SealedBox) {
  try {
    const [iv, ciphertext, mac] = [fromBase64(box.iv), fromBase64(box.ciphertext), fromBase64(box.mac)];
    if (box.v === 1 && iv.length === 16 && box.checksum === (await checksum(iv, ciphertext, mac))) {
      return { iv, ciphertext, mac };
    }
  } catch {
    // Not base64, or fields missing: the same as a wrong checksum.
  }
  throw new AppError('record-damaged');
}

function authenticated(
  associated: readonly (string | number | Uint8Array)[],
  iv: Uint8Array,
  ciphertext: Uint8Array,
): Uint8Array<ArrayBuffer> {
  return framed(1, framed(...associated), iv, ciphertext);
}

/** A plain checksum, base64: finds damage, protects nothing. */
export async function checksum(...parts: readonly (string | number | Uint8Array)[]): Promise<string> {
  return toBase64(new Uint8Array(await crypto.subtle.digest('SHA-256', framed(...parts))));
}
