import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseJson, toVariables } from '@/lib/core/variables';
import type { SecretContent, Variable } from '@/lib/core/variables';
import { bodyOf } from '@/lib/providers/hashicorp/body';
import { sameValues } from '@/lib/core/same-values';

const object = (...variables: readonly Variable[]): SecretContent => ({ form: 'object', variables });
const json = (name: string, text: string): Variable => ({ name, type: 'json', text });
const string = (name: string, text: string): Variable => ({ name, type: 'string', text });

describe('the body of a write', () => {
  it('has every digit, type and name as it stands', () => {
    const content = object(
      json('big', '9007199254740993'),
      json('ratio', '1.10'),
      json('nested', '{"a":[1e2,null,true,"x"]}'),
      string('quote"d', 'a"b\\\n'),
      string('__proto__', '12'),
      string('', ''),
    );
    expect(bodyOf('p', content).json).toBe(
      '{"big":9007199254740993,"ratio":1.10,"nested":{"a":[1e2,null,true,"x"]},"quote\\"d":"a\\"b\\\\\\n","__proto__":"12","":""}',
    );
  });

  it('counts strings as OpenBao does: names and texts at any depth, no numbers', () => {
    expect(bodyOf('p', object(string('a', 'b'), json('n', '1'))).strings).toBe(3);
    expect(bodyOf('p', object(json('n', '{"a":["x","y",{"b":null,"c":"z"}],"d":true}'))).strings).toBe(8);
  });

  it('gives the size in bytes, not in characters', () => {
    expect(bodyOf('p', object(string('ü', '🔑'))).bytes).toBe('{"":""}'.length + 2 + 4);
  });

  it.each(['1,"other":2', '', '{"a":', 'undefined', "'x'"])('does not let %j stand in for JSON', (text) => {
    expect(() => bodyOf('p', object(json('NAME', text)))).toThrow(
      expect.objectContaining({ code: 'variable-invalid', details: { name: 'NAME', reason: 'json' } }),
    );
  });

  it('refuses half a UTF-16 pair by the name of its variable, and what KV has no form for', () => {
    const halves = [string('NAME', 'a\ud83d'), json('NAME', '["\\ud83d"]')];
    for (const half of halves) {
      expect(() => bodyOf('p', object(half))).toThrow(
        expect.objectContaining({ code: 'variable-invalid', details: { name: 'NAME', reason: 'half-sign' } }),
      );
    }
    expect(() => bodyOf('p', { form: 'text', variables: [string('VALUE', 'x')] })).toThrow(
      expect.objectContaining({ code: 'not-an-object' }),
    );
    expect(() => bodyOf('p', object({ name: 'B', type: 'binary', text: 'AA==' }))).toThrow(
      expect.objectContaining({ code: 'not-an-object' }),
    );
  });

  it('names the variable whose number KV v2 would change, at any depth', () => {
    expect(bodyOf('p', object(json('A', '1.10'), json('B', '[{"x":9007199254740993}]'))).unsafe).toBe('B');
    expect(bodyOf('p', object(string('A', '9007199254740993'), json('B', '1e22'))).unsafe).toBeNull();
  });

  it('is read back as the same variables, whatever they hold', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ unit: 'grapheme' }), fc.jsonValue()), (values) => {
        const content = object(...toVariables(values));
        const read = object(...toVariables(parseJson(bodyOf('p', content).json) as Record<string, unknown>));
        return sameValues(content, read);
      }),
    );
  });
});

describe('the same values', () => {
  it.each([
    ['{"b":1,"a":{"d":2,"c":3}}', '{"a":{"c":3,"d":2},"b":1}'],
    ['[1.10,1e2]', '[1.1, 100]'],
    ['"a\\u003cb"', '"a<b"'],
  ])('are %s and %s', (a, b) => {
    expect(sameValues(object(json('N', a)), object(json('N', b)))).toBe(true);
  });

  it.each([
    ['[1,2]', '[2,1]'],
    ['1', '"1"'],
    ['null', '{}'],
    ['{"a":1}', '{"a":1,"b":null}'],
    ['9007199254740993', '9007199254740992'],
    ['true', 'false'],
    ['{"a":"1"}', '{"a":1}'],
  ])('are not %s and %s', (a, b) => {
    expect(sameValues(object(json('N', a)), object(json('N', b)))).toBe(false);
  });

  it('do not depend on the order of variables, but on each name and type', () => {
    const one = object(string('A', '1'), string('B', '2'));
    expect(sameValues(one, object(string('B', '2'), string('A', '1')))).toBe(true);
    expect(sameValues(one, object(string('A', '1'), json('B', '2')))).toBe(false);
    expect(sameValues(one, object(string('A', '1')))).toBe(false);
    expect(sameValues(object(string('A', 'x')), object(json('A', '["string","x"]')))).toBe(false);
    expect(sameValues(object(string('A', 'x')), object(json('A', '"x"')))).toBe(true);
    expect(sameValues(one, object(string('A', '1'), string('C', '2')))).toBe(false);
  });
});
