import { describe, expect, it } from 'vitest';

import { AppError } from '@/lib/core/errors';
import { randomBytes } from '@/lib/crypto/bytes';
import { openCredentials, sealCredentials } from '@/lib/crypto/credentials';

const binding = { scope: 'global', provider: 'hashicorp', server: 'https://vault.example:8200' } as const;
const credentials = { kind: 'token', token: 'hvs.canary' } as const;

describe('sealed credentials', () => {
  const vaultKey = randomBytes(32);

  it('open for the scope, provider and server they were sealed for', async () => {
    const sealed = await sealCredentials(vaultKey, credentials, binding);
    expect(await openCredentials(vaultKey, sealed, binding)).toEqual(credentials);
  });

  it.each([
    ['scope', { scope: 'another' }],
    ['provider', { provider: 'aws' as const }],
    ['server', { server: 'https://vault.example:8201' }],
  ])('do not open for another %s', async (_what, change) => {
    const sealed = await sealCredentials(vaultKey, credentials, binding);
    await expect(openCredentials(vaultKey, sealed, { ...binding, ...change })).rejects.toEqual(
      new AppError('record-moved'),
    );
  });

  it('tell damage from a move', async () => {
    const sealed = await sealCredentials(vaultKey, credentials, binding);
    const damaged = { ...sealed, box: { ...sealed.box, ciphertext: sealed.box.ciphertext.slice(0, -8) } };
    await expect(openCredentials(vaultKey, damaged, binding)).rejects.toEqual(new AppError('record-damaged'));
  });

  it('hold nothing readable', async () => {
    const sealed = await sealCredentials(vaultKey, credentials, binding);
    expect(JSON.stringify(sealed)).not.toContain('canary');
  });
});
