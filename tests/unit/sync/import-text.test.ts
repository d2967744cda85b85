import { parse } from 'dotenv';
import { describe, expect, it } from 'vitest';

import { readImport } from '@/lib/sync/import-text';

const texts = (text: string) =>
  Object.fromEntries(readImport(text).variables.map(({ name, text }) => [name, text]));

const ENV = String.raw`
# a comment
BASIC=basic
  SPACED = around it
export EXPORTED=yes
EMPTY=
SINGLE='single # kept'
DOUBLE="double \n line"
BACK=${'`'}it's "both"${'`'}
COMMENT=value # dropped
HASH=a#b
EQUALS=a=b==
COLON: yaml
JSON={"a": "b"}
DOLLAR=pa$$word
URL=https://user@host/?a=b&c=d
MULTI="-----BEGIN-----
line two
-----END-----"
AFTER=the multi line
ESCAPED="a \" b"
TWICE=first
TWICE=second
dotted.name-x=ok
`;

describe('.env text', () => {
  it('is read as dotenv reads it', () => {
    const theirs = parse(ENV);
    // dotenv drops everything behind a bare #; a key such as a#b would be cut in silence.
    expect(texts(ENV)).toEqual({ ...theirs });
  });

  it('tells the line of each variable', () => {
    expect(readImport('A=1\n\nB="x\ny"\nC=3').variables.map(({ name, line }) => [name, line])).toEqual([
      ['A', 1],
      ['B', 3],
      ['C', 5],
    ]);
  });

  it.each([
    ['just words', 'no-name'],
    ['=value', 'no-name'],
    ['na/me=1', 'bad-name'],
    ['A="never closed', 'open-quote'],
  ] as const)('says what is wrong with %j', (line, reason) => {
    const { variables, problems } = readImport(`GOOD=1\n${line}\nALSO=2`);
    expect(problems).toEqual([{ line: 2, reason }]);
    expect(variables.map(({ name }) => name)).toEqual(['GOOD', 'ALSO']);
  });

  it('takes Windows line ends', () => {
    expect(texts('A=1\r\nB="x\r\ny"\r\n')).toEqual({ A: '1', B: 'x\ny' });
  });
});

describe('JSON text', () => {
  it('is read behind the mark of byte order that some editors put first', () => {
    const read = readImport('\uFEFF{"a":"1"}');
    expect(read).toMatchObject({ format: 'json', problems: [], variables: [{ name: 'a', text: '1' }] });
  });

  it('keeps types and digits', () => {
    const { format, variables } = readImport(' {"a":"1","n":9007199254740993,"o":{"x":[1.0]}}');
    expect(format).toBe('json');
    expect(variables.map(({ name, type, text }) => [name, type, text])).toEqual([
      ['a', 'string', '1'],
      ['n', 'json', '9007199254740993'],
      ['o', 'json', '{"x":[1.0]}'],
    ]);
  });

  it.each([
    ['{"a":', 'not-json'],
    ['["a"]', 'not-object'],
  ] as const)('says what is wrong with %j', (text, reason) => {
    expect(readImport(text)).toEqual({ format: 'json', variables: [], problems: [{ line: 1, reason }] });
  });
});
