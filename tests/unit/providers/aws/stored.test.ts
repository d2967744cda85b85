import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SecretContent, Variable } from '@/lib/core/variables';
import { contentOf } from '@/lib/providers/aws/content';
import { checkStorable, storedOf } from '@/lib/providers/aws/stored';

const object = (...variables: Variable[]): SecretContent => ({ form: 'object', variables });
const whole = (form: SecretContent['form'], type: Variable['type'], text: string): SecretContent => ({
  form,
  variables: [{ name: 'VALUE', type, text }],
});
const text = (content: string) => whole('text', 'string', content);
const refusal = (path: string, content: SecretContent): unknown => {
  try {
    checkStorable(path, content);
  } catch (error) {
    return error;
  }
  return null;
};

describe('a secret as AWS stores it', () => {
  it('is JSON of the exact texts of its variables', () => {
    const content = object(
      { name: 'KEY', type: 'string', text: 'a "b"\n\\ü\u0000' },
      { name: 'big', type: 'json', text: '9007199254740993' },
      { name: 'price', type: 'json', text: '1.10' },
      { name: 'nested', type: 'json', text: '{"a": [1.0, null, "x"]}' },
      { name: '__proto__', type: 'string', text: 'own' },
      { name: 'digits', type: 'string', text: '5432' },
    );
    expect(storedOf(content)).toEqual({
      SecretString:
        '{"KEY":"a \\"b\\"\\n\\\\ü\\u0000","big":9007199254740993,"price":1.10,"nested":{"a": [1.0, null, "x"]},"__proto__":"own","digits":"5432"}',
    });
  });

  it('may be an object without variables', () => {
    expect(storedOf(object())).toEqual({ SecretString: '{}' });
  });

  it.each([
    [text('plain "text"\n{not json'), { SecretString: 'plain "text"\n{not json' }],
    [whole('json', 'json', '[1, 2.50]'), { SecretString: '[1, 2.50]' }],
    [whole('json', 'json', '123456789012345678901'), { SecretString: '123456789012345678901' }],
    [whole('json', 'string', 'quoted'), { SecretString: '"quoted"' }],
    [whole('binary', 'binary', 'AAEC/f7/'), { SecretBinary: 'AAEC/f7/' }],
  ])('keeps its form: %j', (content, stored) => {
    expect(storedOf(content)).toEqual(stored);
  });

  it('comes back as it was, whatever JSON its variables hold', () => {
    const variable = fc.oneof(
      fc.string({ unit: 'binary' }).map((value) => ({ type: 'string' as const, text: value })),
      fc
        .json()
        .filter((json) => typeof JSON.parse(json) !== 'string')
        .map((json) => ({ type: 'json' as const, text: JSON.stringify(JSON.parse(json)) })),
      fc.bigInt().map((number) => ({ type: 'json' as const, text: String(number) })),
    );
    // Names like array indices come first when JSON is read, so the order is not compared.
    const byName = ({ variables }: SecretContent) =>
      new Map(variables.map(({ name, ...rest }) => [name, rest]));
    fc.assert(
      fc.property(fc.dictionary(fc.string({ unit: 'binary' }), variable), (members) => {
        const content = object(...Object.entries(members).map(([name, one]) => ({ name, ...one })));
        const again = contentOf(storedOf(content));
        expect(again?.form).toBe('object');
        expect(again && byName(again)).toEqual(byName(content));
      }),
    );
  });

  it('is not made of what is no JSON, and the error does not show it', () => {
    const content = object({ name: 'port', type: 'json', text: 'canary' });
    expect(() => storedOf(content)).toThrow(
      expect.objectContaining({ code: 'variable-invalid', details: { name: 'port', reason: 'json' } }),
    );
  });
});

describe('what AWS would refuse', () => {
  it.each([
    ['ASCII', 'x'.repeat(65_536)],
    ['two bytes a letter', 'ü'.repeat(32_768)],
    ['four bytes a letter', '🗝'.repeat(16_384)],
  ])('is not a value of 65,536 bytes: %s', (_what, value) => {
    expect(refusal('app', text(value))).toBeNull();
    expect(refusal('app', text(`${value}x`))).toMatchObject({
      code: 'too-large',
      details: { path: 'app', kilobytes: 65, most: 64 },
    });
  });

  it('counts the bytes of a binary value, not its base64', () => {
    const of = (bytes: number) =>
      whole('binary', 'binary', Buffer.from(new Uint8Array(bytes)).toString('base64'));
    expect(refusal('app', of(65_536))).toBeNull();
    expect(refusal('app', of(65_537))).toMatchObject({ code: 'too-large' });
  });

  it('counts the quotes and names of an object', () => {
    const of = (length: number) => object({ name: 'K', type: 'string', text: 'x'.repeat(length) });
    expect(refusal('app', of(65_536 - '{"K":""}'.length))).toBeNull();
    expect(refusal('app', of(65_537 - '{"K":""}'.length))).toMatchObject({ code: 'too-large' });
  });

  it.each([text(''), whole('binary', 'binary', '')])('is an empty value: %j', (content) => {
    expect(refusal('app', content)).toMatchObject({
      code: 'variable-invalid',
      details: { name: 'VALUE', reason: 'empty' },
    });
  });

  it.each([
    ['', 'empty'],
    ['with space', 'aws-sign'],
    ['größe', 'aws-sign'],
    ['x'.repeat(513), 'too-long'],
  ])('is the name %j', (path, problem) => {
    expect(refusal(path, text('x'))).toMatchObject({ code: 'path-invalid', details: { path, problem } });
  });

  it.each(['x'.repeat(512), 'team/api_+=.@-1!', 'a//b', '/a/'])('is not the name %j', (path) => {
    expect(refusal(path, text('x'))).toBeNull();
  });
});
