import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { isJsonObject, lookUp, parseJson, toVariables } from '@/lib/core/variables';

const object = (text: string) => {
  const value = parseJson(text);
  if (!isJsonObject(value)) throw new Error('no object');
  return toVariables(value);
};

describe('JSON values', () => {
  it('keep every digit', () => {
    const text =
      '{"big":9007199254740993,"cents":1.10,"far":1e400,"minus":-0,"deep":{"n":[1.0,12345678901234567890]}}';
    expect(object(text).map(({ text }) => text)).toEqual([
      '9007199254740993',
      '1.10',
      '1e400',
      '-0',
      '{"n":[1.0,12345678901234567890]}',
    ]);
  });

  it('keep the sign of a zero beside numbers that need no care', () => {
    expect(object('{"minus":-0,"plain":[-0,1]}').map(({ text }) => text)).toEqual(['-0', '[-0,1]']);
  });

  it('keep keys that mean something to JavaScript', () => {
    expect(
      object('{"__proto__":"a","constructor":"b","":"c"}').map(({ name, text }) => [name, text]),
    ).toEqual([
      ['__proto__', 'a'],
      ['constructor', 'b'],
      ['', 'c'],
    ]);
  });

  it('tell strings from other values', () => {
    expect(object('{"a":"1","b":1,"c":null,"d":true}').map(({ type }) => type)).toEqual([
      'string',
      'json',
      'json',
      'json',
    ]);
  });

  it('come back as they were, whatever they are', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
        const variables = object(JSON.stringify(value));
        const back = variables.map(({ name, type, text }) => [
          name,
          type === 'string' ? text : JSON.parse(text),
        ]);
        expect(back).toEqual(Object.entries(JSON.parse(JSON.stringify(value)) as object));
      }),
    );
  });

  it('do not take an array or a lone number for variables', () => {
    expect(
      ['[1]', '12345678901234567890', '1.50', 'null', '"x"'].some((text) => isJsonObject(parseJson(text))),
    ).toBe(false);
  });
});

describe('looking a name up', () => {
  const variables = object(
    '{"API_KEY":"k","db":{"password":"p","port":5432,"hosts":["a","b"]},"db.user":"dotted","a.b":{"c":{"d":true}}}',
  );

  it.each([
    ['API_KEY', 'k'],
    ['db.password', 'p'],
    ['db.port', '5432'],
    ['db.hosts.1', 'b'],
    ['db.hosts', '["a","b"]'],
    ['db.user', 'dotted'],
    ['a.b.c.d', 'true'],
    ['a.b.c', '{"d":true}'],
    ['db', '{"password":"p","port":5432,"hosts":["a","b"]}'],
  ])('finds %s', (name, text) => {
    expect(lookUp(variables, name)).toBe(text);
  });

  it.each([
    'api_key',
    'db.nothing',
    'API_KEY.length',
    'db.hosts.length',
    'db.toString',
    'db.__proto__',
    '',
    '.',
    'db.',
  ])('has no %j', (name) => {
    expect(lookUp(variables, name)).toBeUndefined();
  });
});
