import { describe, expect, it } from 'vitest';

import type { ConfigurationItem } from '@/lib/messaging/configuration';
import { choose, firstChoices, groupsOf } from '@/lib/ui/import-choices';

function item(id: string, over: Partial<ConfigurationItem> = {}): ConfigurationItem {
  return {
    id,
    kind: 'environment',
    workspace: 'Orders',
    name: id,
    provider: null,
    change: 'new',
    refusal: null,
    fields: [],
    notes: [],
    needs: [],
    ...over,
  };
}

const ITEMS = [
  item('lock', { kind: 'lock', workspace: null, change: 'changed' }),
  item('grant', { kind: 'grant', needs: ['tester', 'staging'] }),
  item('tester', { kind: 'tester', needs: ['workspace', 'staging'] }),
  item('staging', { needs: ['workspace'] }),
  item('eu', { needs: ['workspace'] }),
  item('old', { change: 'same' }),
  item('bad', { change: 'refused', refusal: { code: 'name-taken', details: {} } }),
  item('workspace', { kind: 'workspace' }),
];

describe('the choices of an import', () => {
  it('begin with what is new, and leave what is here to the user', () => {
    expect([...firstChoices(ITEMS)].sort()).toEqual(['eu', 'grant', 'staging', 'tester', 'workspace']);
  });

  it('take along what a chosen item needs', () => {
    expect([...choose(ITEMS, new Set(), ['grant'], true)].sort()).toEqual([
      'grant',
      'staging',
      'tester',
      'workspace',
    ]);
  });

  it('drop what needs a dropped item', () => {
    expect([...choose(ITEMS, firstChoices(ITEMS), ['staging'], false)].sort()).toEqual(['eu', 'workspace']);
    expect([...choose(ITEMS, firstChoices(ITEMS), ['workspace'], false)]).toEqual([]);
  });

  it('never hold what is refused or the same', () => {
    expect([...choose(ITEMS, new Set(), ['bad', 'old', 'nowhere'], true)]).toEqual([]);
  });

  it('bear items that need each other', () => {
    const circle = [item('a', { needs: ['b'] }), item('b', { needs: ['a'] })];
    expect([...firstChoices(circle)].sort()).toEqual(['a', 'b']);
    expect([...choose(circle, firstChoices(circle), ['a'], false)]).toEqual([]);
  });

  it('take a file of ten thousand items', () => {
    const many = Array.from({ length: 10_000 }, (_, at) => item(`e${at}`, { needs: ['workspace'] }));
    const items = [item('workspace', { kind: 'workspace' }), ...many];
    expect(firstChoices(items).size).toBe(10_001);
    expect(choose(items, firstChoices(items), ['workspace'], false).size).toBe(0);
  });
});

describe('the groups of a preview', () => {
  it('go by workspace, what is for all of them first, from the whole to its parts, without what is the same', () => {
    const groups = groupsOf([
      ...ITEMS,
      item('Billing', { kind: 'workspace', workspace: null, name: 'Billing' }),
    ]);
    expect(groups.map(({ workspace }) => workspace)).toEqual([null, 'Billing', 'Orders']);
    expect(groups[2]?.items.map(({ kind }) => kind)).toEqual([
      'workspace',
      'environment',
      'environment',
      'environment',
      'tester',
      'grant',
    ]);
  });
});
