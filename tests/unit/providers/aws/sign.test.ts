import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inspect } from 'node:util';
import { createSigner } from '@/lib/providers/aws/sign';
import { authorizationOf } from './second-signer';

const keyText = fc.stringMatching(/^[A-Za-z0-9/+=]{16,60}$/);
const unicode = fc.string({ unit: 'binary' });

describe('signatures', () => {
  it("are those of AWS's own signer, with and without a session token, whatever the body", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          accessKeyId: fc.stringMatching(/^A[KS]IA[A-Z0-9]{16}$/),
          secretAccessKey: keyText,
          sessionToken: fc.option(keyText, { nil: undefined }),
        }),
        fc.constantFrom(
          'https://secretsmanager.eu-west-1.amazonaws.com',
          'http://localhost:4566',
          'http://[::1]:80',
        ),
        fc.constantFrom('us-east-1', 'cn-north-1', 'us-gov-west-1'),
        fc.constantFrom('ListSecrets', 'GetSecretValue', 'BatchGetSecretValue'),
        fc.dictionary(unicode, unicode),
        fc.date({ min: new Date('2020-01-01'), max: new Date('2099-12-31'), noInvalidDate: true }),
        async (parts, origin, region, action, payload, date) => {
          const keys = { kind: 'keys', ...parts } as const;
          const request = await createSigner(keys, origin, region).sign(
            action,
            JSON.stringify(payload),
            date.getTime(),
          );
          expect(request.headers['authorization']).toBe(await authorizationOf(request, keys, region));
          expect(request.headers['authorization']).toMatch(
            /SignedHeaders=host;x-amz-date;(x-amz-security-token;)?x-amz-target,/,
          );
        },
      ),
      { numRuns: 300 },
    );
  });

  it('belong to requests of the JSON 1.1 protocol', async () => {
    const keys = { kind: 'keys', accessKeyId: 'AKIA', secretAccessKey: 's', sessionToken: 't' } as const;
    const signer = createSigner(keys, 'https://secretsmanager.eu-west-1.amazonaws.com', 'eu-west-1');
    const request = await signer.sign('ListSecrets', '{}', Date.UTC(2026, 10, 25, 1, 2, 3, 456));
    expect(request).toMatchObject({
      method: 'POST',
      url: 'https://secretsmanager.eu-west-1.amazonaws.com/',
      body: '{}',
      headers: {
        'content-type': 'application/x-amz-json-1.1',
        'x-amz-target': 'secretsmanager.ListSecrets',
        'x-amz-date': '20261125T010203Z',
        'x-amz-security-token': 't',
      },
    });
  });

  it('end with the keys', async () => {
    const keys = { kind: 'keys', accessKeyId: 'AKIA', secretAccessKey: 'canary-secret' } as const;
    const signer = createSigner(keys, 'https://example.com', 'eu-west-1');
    await signer.sign('ListSecrets', '{}', 0);
    signer.forget();
    await expect(signer.sign('ListSecrets', '{}', 0)).rejects.toMatchObject({ code: 'credentials-missing' });
    expect(inspect(signer, { depth: 9, showHidden: true, getters: true })).not.toContain('canary');
  });

  it('leave out what a paste brought along', async () => {
    const keys = { kind: 'keys', accessKeyId: 'AKIA', secretAccessKey: 's', sessionToken: 't' } as const;
    const pasted = {
      kind: 'keys',
      accessKeyId: ' AKIA\n',
      secretAccessKey: 's\r\n',
      sessionToken: '\tt ',
    } as const;
    const sign = (one: typeof keys | typeof pasted) =>
      createSigner(one, 'https://example.com', 'eu-west-1').sign('ListSecrets', '{}', 0);
    expect(await sign(pasted)).toEqual(await sign(keys));
  });

  it.each([{ accessKeyId: 'AKIA\ncanary' }, { accessKeyId: 'AKIA–canary' }, { sessionToken: 'canary ü' }])(
    'are not tried with %j, which no header can carry',
    async (odd) => {
      const keys = { kind: 'keys', accessKeyId: 'AKIA', secretAccessKey: 'canary', ...odd } as const;
      const error: unknown = await createSigner(keys, 'https://example.com', 'eu-west-1')
        .sign('ListSecrets', '{}', 0)
        .catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: 'key-unknown' });
      expect(inspect(error, { depth: 9, showHidden: true, getters: true })).not.toContain('canary');
    },
  );
});
