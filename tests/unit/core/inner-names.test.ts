import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { createInnerNames, type InnerName } from '@/lib/core/inner-names';
import { isPlaceholderName } from '@/lib/core/placeholders';
import {
  isJsonObject,
  LONGEST_NAME,
  lookInside,
  lookUp,
  parseJson,
  toVariables,
  type Variable,
} from '@/lib/core/variables';

const object = (text: string) => {
  const value = parseJson(text);
  if (!isJsonObject(value)) throw new Error('no object');
  return toVariables(value);
};

/** The names inside of one variable, and how many members were left out. */
function inside(variables: readonly Variable[], owner: string) {
  const names: InnerName[] = [];
  const variable = variables.find(({ name }) => name === owner);
  if (!variable) throw new Error(`no ${owner}`);
  const leftOut = createInnerNames(variables)(variable, (name) => names.push(name));
  return { names, leftOut };
}
const namesIn = (variables: readonly Variable[], owner: string) =>
  inside(variables, owner).names.map(({ name }) => name);

describe('the names inside of a JSON variable', () => {
  it('are all that is in it, in the order in which it is written, with their types and no value', () => {
    const variables = object(
      `{"db":{"host":"canary","port":5432,"tls":true,"proxy":null,"pool":{"max":1.10},"hosts":["canary",{"id":9007199254740993}],"none":{}}}`,
    );
    const { names, leftOut } = inside(variables, 'db');
    expect(names).toEqual([
      { name: 'db.host', type: 'string', members: null, depth: 1 },
      { name: 'db.port', type: 'number', members: null, depth: 1 },
      { name: 'db.tls', type: 'boolean', members: null, depth: 1 },
      { name: 'db.proxy', type: 'null', members: null, depth: 1 },
      { name: 'db.pool', type: 'object', members: 1, depth: 1 },
      { name: 'db.pool.max', type: 'number', members: null, depth: 2 },
      { name: 'db.hosts', type: 'array', members: 2, depth: 1 },
      { name: 'db.hosts.0', type: 'string', members: null, depth: 2 },
      { name: 'db.hosts.1', type: 'object', members: 1, depth: 2 },
      { name: 'db.hosts.1.id', type: 'number', members: null, depth: 3 },
      { name: 'db.none', type: 'object', members: 0, depth: 1 },
    ]);
    expect(leftOut).toBe(0);
    expect(JSON.stringify(names)).not.toContain('canary');
    expect(lookInside(variables, 'db', 'db.hosts.1.id')).toEqual({
      name: 'db.hosts.1.id',
      type: 'json',
      text: '9007199254740993',
    });
    expect(lookInside(variables, 'db', 'db.proxy')?.text).toBe('null');
  });

  it('leave out members that no placeholder reaches, with all that is in them', () => {
    const variables = object('{"db":{"a.b":{"c":1},"a b":{"c":1},"ü":1,"a/b":1,"":{"c":1},"ok":1}}');
    expect(inside(variables, 'db')).toMatchObject({
      names: [{ name: 'db.' }, { name: 'db..c' }, { name: 'db.ok' }],
      leftOut: 4,
    });
    for (const name of ['a b', '', 'ü']) {
      expect(inside(object(JSON.stringify({ [name]: { c: 1 } })), name)).toEqual({ names: [], leftOut: 1 });
    }
  });

  it('leave out a name that a variable of its own has, but not what is inside of that member', () => {
    const variables = object('{"db.user":"own","db":{"user":{"name":"n"},"port":1}}');
    expect(inside(variables, 'db')).toMatchObject({
      names: [{ name: 'db.user.name' }, { name: 'db.port' }],
      leftOut: 1,
    });
    expect(lookUp(variables, 'db.user.name')).toBe('n');
    expect(lookInside(variables, 'db', 'db.user')).toBeNull();
  });

  it('leave out what a JSON variable with a longer name answers for', () => {
    const variables = object('{"a":{"b":{"c":1,"d":2}},"a.b":{"c":3}}');
    expect(namesIn(variables, 'a')).toEqual(['a.b.d']);
    expect(namesIn(variables, 'a.b')).toEqual(['a.b.c']);
    expect(lookInside(variables, 'a', 'a.b.c')).toBeNull();
    expect(lookInside(variables, 'a.b', 'a.b.c')?.text).toBe('3');
  });

  it('are none of a string, a number or bytes', () => {
    const bytes: Variable = { name: 'B', type: 'binary', text: 'AAEC' };
    for (const variables of [
      object('{"B":"{\\"a\\":1}"}'),
      object('{"B":12}'),
      object('{"B":null}'),
      [bytes],
    ]) {
      expect(inside(variables, 'B')).toEqual({ names: [], leftOut: 0 });
    }
  });

  it('go as deep as names may be long', () => {
    const deep = 5_000;
    const text = `${'{"a":'.repeat(deep)}1${'}'.repeat(deep)}`;
    const variables: Variable[] = [{ name: 'v', type: 'json', text }];
    const { names, leftOut } = inside(variables, 'v');
    expect(leftOut).toBe(1);
    expect(names).toHaveLength((LONGEST_NAME - 1 - ((LONGEST_NAME - 1) % 2)) / 2);
  });

  it('are exactly those that placeholders resolve to a value inside of a variable', () => {
    const key = fc.constantFrom('a', 'b', '0', 'a.b', '', 'x y', '__proto__', '.');
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { depthSize: 'small' },
        fc.constantFrom('s', 1, null, true),
        fc.array(tie('value'), { maxLength: 3 }),
        fc.dictionary(key, tie('value'), { maxKeys: 4, noNullPrototype: true }),
      ),
    }));
    const name = fc.constantFrom('a', 'a.b', 'a.b.a', 'a.0', 'b', 'x y', '', '.', 'a.');
    const variables = fc
      .uniqueArray(fc.tuple(name, value, fc.boolean()), { selector: ([one]) => one, maxLength: 6 })
      .map((all) =>
        all.map(([one, held, isBinary]): Variable =>
          isBinary && typeof held === 'string'
            ? { name: one, type: 'binary', text: 'AAEC' }
            : typeof held === 'string'
              ? { name: one, type: 'string', text: held }
              : { name: one, type: 'json', text: JSON.stringify(held) },
        ),
      );
    fc.assert(
      fc.property(variables, (all) => {
        const listed = all.flatMap((owner) => namesIn(all, owner.name).map((one) => ({ one, owner })));
        for (const { one, owner } of listed) {
          expect(isPlaceholderName(one)).toBe(true);
          expect(lookUp(all, one)).toBe(lookInside(all, owner.name, one)?.text);
          expect(lookUp(all, one)).toBeDefined();
        }
        const names = listed.map(({ one }) => one).sort();
        const reached = new Set(
          all
            .filter(({ type }) => type === 'json')
            .flatMap((owner) => dotted(owner.name, parseJson(owner.text)))
            .filter((one) => isPlaceholderName(one) && lookUp(all, one) !== undefined)
            .filter((one) => !all.some((variable) => variable.name === one)),
        );
        expect(names).toEqual([...reached].sort());
      }),
      { numRuns: 2_000 },
    );
  });
});

/** Every name that the members of a value could be thought to have. */
function dotted(start: string, value: unknown): string[] {
  if (!isJsonObject(value) && !Array.isArray(value)) return [];
  return Object.entries(value).flatMap(([key, member]) => [
    `${start}.${key}`,
    ...dotted(`${start}.${key}`, member),
  ]);
}
