import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { contentOf } from '@/lib/providers/aws/content';

const whole = (type: string, text: string) => [{ name: 'VALUE', type, text }];

describe('what a secret holds', () => {
  it('is variables for a JSON object, each exact', () => {
    const text =
      '{ "user": "ü \\u0000 \\ud83d", "big": 9007199254740993, "price": 1.10, "exp": 1e400, "list": [1.0, {"a": 1e2}], "none": null, "": "", "__proto__": "own", "yes": true }';
    expect(contentOf({ SecretString: text })).toEqual({
      form: 'object',
      variables: [
        { name: 'user', type: 'string', text: 'ü \u0000 \ud83d' },
        { name: 'big', type: 'json', text: '9007199254740993' },
        { name: 'price', type: 'json', text: '1.10' },
        { name: 'exp', type: 'json', text: '1e400' },
        { name: 'list', type: 'json', text: '[1.0,{"a":1e2}]' },
        { name: 'none', type: 'json', text: 'null' },
        { name: '', type: 'string', text: '' },
        { name: '__proto__', type: 'string', text: 'own' },
        { name: 'yes', type: 'json', text: 'true' },
      ],
    });
  });

  it.each([
    ['[1, 2.50]', 'json', '[1,2.50]'],
    ['12345678901234567890', 'json', '12345678901234567890'],
    ['0.10', 'json', '0.10'],
    ['true', 'json', 'true'],
    ['null', 'json', 'null'],
    ['"a \\"quoted\\" text"', 'string', 'a "quoted" text'],
  ])('is one variable for the other JSON %s', (text, type, value) => {
    expect(contentOf({ SecretString: text })).toEqual({ form: 'json', variables: whole(type, value) });
  });

  it.each([
    'plain',
    '',
    ' spaced ',
    '007',
    "{'a': 1}",
    '{"a":1',
    'line\nline',
    '\ufeff{}',
    '-----BEGIN KEY-----\n',
  ])('is one variable for the plain text %j', (text) => {
    expect(contentOf({ SecretString: text })).toEqual({ form: 'text', variables: whole('string', text) });
  });

  it('is base64 for bytes', () => {
    expect(contentOf({ SecretBinary: 'AAEC/w==' })).toEqual({
      form: 'binary',
      variables: whole('binary', 'AAEC/w=='),
    });
  });

  it('is nothing without a value', () => {
    expect(contentOf({})).toBeNull();
    expect(contentOf({ SecretString: null, SecretBinary: null })).toBeNull();
  });

  it('comes back as it was written, whatever the object', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue()), (object) => {
        const content = contentOf({ SecretString: JSON.stringify(object) });
        expect(content?.form).toBe('object');
        const back = content?.variables.map(({ name, type, text }) => [
          name,
          type === 'json' ? JSON.parse(text) : text,
        ]);
        expect(Object.fromEntries(back ?? [])).toEqual(JSON.parse(JSON.stringify(object)));
      }),
    );
  });
});
