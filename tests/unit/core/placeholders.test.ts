import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { fillHeader, findInHeader, holdsVaultPlaceholder, mayHoldPlaceholder } from '@/lib/core/placeholders';

const name = fc.stringMatching(/^[A-Za-z0-9_.-]{1,20}$/);
const byName = (values: Record<string, string>) => (placeholder: { name: string }) =>
  values[placeholder.name];
const decode = (header: string) => Buffer.from(header.slice('Basic '.length), 'base64').toString();
const encode = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;

describe('findInHeader', () => {
  it('tells the three forms apart', () => {
    expect(findInHeader('{{vault:API_KEY}} {{vault:eu-staging/db.password}} {{TOKEN}}')).toEqual([
      { form: 'vault', name: 'API_KEY', environment: null, written: 'API_KEY' },
      { form: 'vault', name: 'db.password', environment: 'eu-staging', written: 'eu-staging/db.password' },
      { form: 'bare', name: 'TOKEN', environment: null, written: 'TOKEN' },
    ]);
  });

  it('takes what is meant for us but is no name, so that it is stopped', () => {
    expect(findInHeader('{{vault:my key}}')).toEqual([
      { form: 'vault', name: '', environment: null, written: 'my key' },
    ]);
    expect(findInHeader('{{vault:}}')).toHaveLength(1);
  });

  it.each(['{{}}', '{{ NAME }}', '{NAME}', '{{NAME}', '{{a b}}', '<<NAME>>', 'Basic', 'Basic ###'])(
    'leaves %s alone',
    (header) => {
      expect(findInHeader(header)).toEqual([]);
    },
  );

  it.each(['', 'u', 'us', 'use', 'user', 'büro'])(
    'looks into Basic at every base64 shift (user “%s”)',
    (user) => {
      expect(findInHeader(encode(`${user}:{{vault:KEY}}`)).map((found) => found.name)).toEqual(['KEY']);
    },
  );

  it('looks into Basic of an OAuth client, whose parts are percent-encoded', () => {
    expect(findInHeader(encode('cid:%7B%7Bvault%3AKEY%7D%7D'))).toMatchObject([
      { form: 'vault', name: 'KEY' },
    ]);
    expect(findInHeader(encode('%7b%7bvault%3aeu%2FKEY%7d%7d:x'))).toMatchObject([
      { environment: 'eu', name: 'KEY' },
    ]);
    expect(findInHeader(encode('cid:%7B%7BKEY%7D%7D'))).toMatchObject([{ form: 'bare', name: 'KEY' }]);
  });
});

describe('fillHeader', () => {
  it('fills several in one value and leaves the rest of it as it is', () => {
    const values = { A: 'one', B: 'two' };
    expect(fillHeader('Bearer {{vault:A}}, {{B}}; {{C}}', byName(values))).toBe('Bearer one, two; {{C}}');
  });

  it('does not fill what a value brings with it', () => {
    expect(fillHeader('{{A}}', byName({ A: '{{vault:B}}$&', B: 'no' }))).toBe('{{vault:B}}$&');
  });

  it('form-encodes where the placeholder was percent-encoded', () => {
    const filled = fillHeader(encode('cid:%7B%7Bvault%3AKEY%7D%7D'), byName({ KEY: 'a b&{{A}}é' }));
    expect(decode(filled)).toBe('cid:a+b%26%7B%7BA%7D%7D%C3%A9');
  });

  it('keeps every other byte of Basic, UTF-8 or not', () => {
    const bytes = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(':{{KEY}}')]);
    const filled = fillHeader(`Basic ${bytes.toString('base64')}`, byName({ KEY: 'ß' }));
    expect(Buffer.from(filled.slice(6), 'base64')).toEqual(Buffer.from([0xff, 0xfe, 0x3a, 0xc3, 0x9f]));
  });

  it('puts each value exactly at its place', () => {
    const plain = fc.string().filter((text) => !/[{}]/.test(text));
    fc.assert(
      fc.property(plain, name, fc.boolean(), fc.string(), plain, (before, key, ours, value, after) => {
        fc.pre(!/^basic/i.test(before));
        const header = `${before}{{${ours ? 'vault:' : ''}${key}}}${after}`;
        expect(findInHeader(header).map((found) => found.name)).toEqual([key]);
        expect(mayHoldPlaceholder(header)).toBe(true);
        expect(fillHeader(header, () => value)).toBe(before + value + after);
      }),
    );
  });

  it('does the same inside Basic', () => {
    const plain = fc.string({ unit: 'grapheme' }).filter((text) => !/[{}%]/.test(text));
    fc.assert(
      fc.property(plain, name, fc.string({ unit: 'grapheme' }), (user, key, value) => {
        const header = encode(`${user}:{{vault:${key}}}`);
        expect(findInHeader(header).map((found) => found.name)).toEqual([key]);
        expect(mayHoldPlaceholder(header)).toBe(true);
        expect(decode(fillHeader(header, () => value))).toBe(`${user}:${value}`);
      }),
    );
  });

  it('changes nothing where nothing resolves', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.string().map(encode)), (header) => {
        expect(fillHeader(header, () => undefined)).toBe(header);
      }),
    );
  });
});

describe('mayHoldPlaceholder', () => {
  it('never misses what findInHeader finds', () => {
    const piece = fc.constantFrom('{{', '}}', 'vault:', 'KEY', '%7B%7B', '%7D%7D', ':', 'Basic ', ' ');
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), fc.boolean(), (pieces, inBasic) => {
        const header = inBasic ? encode(pieces.join('')) : pieces.join('');
        if (findInHeader(header).length > 0) expect(mayHoldPlaceholder(header)).toBe(true);
      }),
    );
  });

  it('says no to usual headers', () => {
    for (const header of ['application/json', 'Bearer abc', encode('user:password'), 'br']) {
      expect(mayHoldPlaceholder(header)).toBe(false);
    }
  });
});

describe('holdsVaultPlaceholder', () => {
  it.each([
    'https://api.test/?key={{vault:KEY}}',
    'https://api.test/%7B%7Bvault:KEY%7D%7D',
    'secret=%7B%7Bvault%3AKEY%7D%7D',
    'https://proxy.test/?scalar_url=https%3A%2F%2Fapi%2F%257B%257Bvault%253AKEY%257D%257D',
    '{"key":"{{vault:KEY}}"}',
  ])('finds %s', (text) => {
    expect(holdsVaultPlaceholder(text)).toBe(true);
  });

  it.each(['https://vault.test/v1/secret', '{{KEY}}', 'vault:KEY', ''])('passes %s', (text) => {
    expect(holdsVaultPlaceholder(text)).toBe(false);
  });
});
