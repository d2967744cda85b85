import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { sameValue } from '@/lib/core/same-values';
import type { Variable } from '@/lib/core/variables';
import { changesBetween, mergeVariables } from '@/lib/sync/merge';

const side = (values: Record<string, string>): Variable[] =>
  Object.entries(values).map(([name, text]) => ({ name, type: 'string', text }));
const texts = (variables: readonly Variable[]) =>
  Object.fromEntries(variables.map(({ name, text }) => [name, text]));

describe('a three-way merge', () => {
  it('takes from each side what only that side changed', () => {
    const { merged, changes, overlaps } = mergeVariables(
      side({ kept: '1', mine: '1', theirs: '1', iRemove: '1', theyRemove: '1' }),
      side({ kept: '1', mine: '2', theirs: '1', theyRemove: '1', iAdd: 'm' }),
      side({ kept: '1', mine: '1', theirs: '3', iRemove: '1', theyAdd: 't' }),
    );
    expect(texts(merged)).toEqual({ kept: '1', mine: '2', theirs: '3', iAdd: 'm', theyAdd: 't' });
    expect(overlaps).toEqual([]);
    expect(changes).toEqual([
      { name: 'mine', kind: 'edited' },
      { name: 'iAdd', kind: 'new' },
      { name: 'iRemove', kind: 'removed' },
    ]);
  });

  it.each([
    ['both edited', { a: '1' }, { a: '2' }, { a: '3' }],
    ['I edited, they removed', { a: '1' }, { a: '2' }, {}],
    ['I removed, they edited', { a: '1' }, {}, { a: '3' }],
    ['both added', {}, { a: '2' }, { a: '3' }],
  ])('shows an overlap when %s, and writes theirs until I choose', (_what, base, mine, theirs) => {
    const sides = [side(base), side(mine), side(theirs)] as const;
    const open = mergeVariables(...sides);
    expect(open.overlaps.map(({ name }) => name)).toEqual(['a']);
    expect(texts(open.merged)).toEqual(theirs);
    const chosen = mergeVariables(...sides, new Map([['a', 'mine' as const]]));
    expect(chosen.overlaps).toEqual([]);
    expect(texts(chosen.merged)).toEqual(mine);
    expect(texts(mergeVariables(...sides, new Map([['a', 'theirs' as const]])).merged)).toEqual(theirs);
  });

  it('does not take a server’s own way of writing JSON for a change', () => {
    const json = (text: string): Variable[] => [{ name: 'a', type: 'json', text }];
    const { changes, overlaps } = mergeVariables(
      json('{"b":1.10,"a":[1e2]}'),
      json('{"b":1.10,"a":[1e2],"c":true}'),
      json('{"a":[100],"b":1.1}'),
    );
    expect(overlaps).toEqual([]);
    expect(changes).toEqual([{ name: 'a', kind: 'edited' }]);
  });

  it('tells a number from its text, and one big number from the next', () => {
    const change = (before: Variable, after: Variable) => changesBetween([before], [after]).length;
    const number = (text: string): Variable => ({ name: 'n', type: 'json', text });
    expect(change(number('1'), { name: 'n', type: 'string', text: '1' })).toBe(1);
    expect(change(number('9007199254740993'), number('9007199254740992'))).toBe(1);
    expect(change(number('1.0'), number('1'))).toBe(0);
  });

  const secret = fc.uniqueArray(
    fc.record({
      name: fc.constantFrom('a', 'b', 'c', 'd', '__proto__', 'constructor'),
      type: fc.constantFrom('string' as const, 'json' as const),
      text: fc.constantFrom('1', '2', '3'),
    }),
    { selector: ({ name }) => name },
  );
  const find = (variables: readonly Variable[], name: string) =>
    variables.find((one) => one.name === name) ?? null;

  it('never loses what they changed, unless I changed the same and chose mine', () => {
    fc.assert(
      fc.property(secret, secret, secret, (base, mine, theirs) => {
        const { merged } = mergeVariables(base, mine, theirs);
        for (const { name } of changesBetween(base, theirs)) {
          expect(sameValue(find(merged, name), find(theirs, name))).toBe(true);
        }
      }),
    );
  });

  it('never loses what I changed without telling me', () => {
    fc.assert(
      fc.property(secret, secret, secret, (base, mine, theirs) => {
        const { merged, overlaps } = mergeVariables(base, mine, theirs);
        const told = new Set(overlaps.map(({ name }) => name));
        for (const { name } of changesBetween(base, mine)) {
          if (!told.has(name)) expect(sameValue(find(merged, name), find(mine, name))).toBe(true);
        }
      }),
    );
  });

  it('has every name once and tells the changes that lead from theirs to the result', () => {
    fc.assert(
      fc.property(secret, secret, secret, (base, mine, theirs) => {
        const { merged, changes } = mergeVariables(base, mine, theirs);
        expect(new Set(merged.map(({ name }) => name)).size).toBe(merged.length);
        expect(changes).toEqual(changesBetween(theirs, merged));
      }),
    );
  });
});
