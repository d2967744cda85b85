import { describe, expect, it } from 'vitest';

import { AppError } from '@/lib/core/errors';
import { fromBase64, toBase64 } from '@/lib/core/bytes';
import { checksum } from '@/lib/crypto/box';
import {
  createVaultKey,
  ITERATIONS,
  openVaultKey,
  wrapVaultKey,
  type VaultKeyRecord,
} from '@/lib/crypto/vault-key';

const code = (promise: Promise<unknown>) =>
  promise.then(
    () => 'opened',
    (error: unknown) => (error instanceof AppError ? error.code : String(error)),
  );

/** The text with one bit of its bytes flipped. */
function flipped(base64: string, at = 0): string {
  const bytes = fromBase64(base64);
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  return toBase64(bytes);
}

describe('vault key', async () => {
  const { key, record } = await createVaultKey('four unrelated words');

  it('opens with the passphrase it was made with', async () => {
    expect(await openVaultKey(record, 'four unrelated words')).toEqual(key);
  });

  it('takes the same passphrase from a keyboard that composes letters otherwise', async () => {
    const composed = await wrapVaultKey(key, 'caf\u00e9 au lait');
    expect(await openVaultKey(composed, 'cafe\u0301 au lait')).toEqual(key);
  });

  it('tells a wrong passphrase', async () => {
    expect(await code(openVaultKey(record, 'four unrelated word'))).toBe('wrong-passphrase');
  });

  it.each(['iv', 'ciphertext', 'mac', 'checksum'] as const)('tells a damaged %s', async (field) => {
    const damaged = { ...record, box: { ...record.box, [field]: flipped(record.box[field]) } };
    expect(await code(openVaultKey(damaged, 'four unrelated words'))).toBe('record-damaged');
    const broken = { ...record, box: { ...record.box, [field]: '!' } };
    expect(await code(openVaultKey(broken, 'four unrelated words'))).toBe('record-damaged');
  });

  it.each([
    ['fewer iterations', { iterations: 1000 }],
    ['one iteration too few', { iterations: ITERATIONS - 1 }],
    ['absurdly many iterations', { iterations: 2_000_000_000 }],
    ['no whole number', { iterations: 600_000.5 }],
    ['a short salt', { salt: toBase64(new Uint8Array(4)) }],
    ['another function', { name: 'MD5' }],
  ])('refuses %s without trying them', async (_what, change) => {
    const weak = { ...record, kdf: { ...record.kdf, ...change } } as VaultKeyRecord;
    expect(await code(openVaultKey(weak, 'four unrelated words'))).toBe('record-weak');
  });

  it('tells decayed parameters from a wrong passphrase', async () => {
    const salted = { ...record, kdf: { ...record.kdf, salt: flipped(record.kdf.salt) } };
    expect(await code(openVaultKey(salted, 'four unrelated words'))).toBe('record-damaged');
  });

  it('does not open with acceptable parameters that somebody put in with a fitting checksum', async () => {
    const stranger = await createVaultKey('another passphrase');
    const swapped = { ...record, kdf: stranger.record.kdf, checksum: '' };
    const { box, kdf } = swapped;
    swapped.checksum = await checksum(
      'vault-key',
      kdf.name,
      kdf.iterations,
      kdf.salt,
      box.iv,
      box.ciphertext,
      box.mac,
    );
    expect(await code(openVaultKey(swapped, 'four unrelated words'))).toBe('wrong-passphrase');
  });

  it('has a new salt and a new initialisation vector each time', async () => {
    const again = await wrapVaultKey(key, 'four unrelated words');
    expect(again.kdf.salt).not.toBe(record.kdf.salt);
    expect(again.box.iv).not.toBe(record.box.iv);
  });
});
