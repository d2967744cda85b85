import { describe, expect, it } from 'vitest';

import { environmentState, variableView } from '@/lib/background/environments';
import type { Environment } from '@/lib/core/model';

import { editingWorld } from './editing-world';

const environment: Environment = {
  id: 'e',
  workspaceId: 'w',
  name: 'n',
  sync: true,
  path: 'p',
  production: false,
};
const pulled = { path: 'p', version: '1', pulledAt: 0, variables: 1 };
const draft = { new: 1, edited: 0, removed: 0, conflicts: 0 };
const MINUTE = 60_000;

describe('the state of an environment', () => {
  it.each([
    ['not pulled', environment, undefined, undefined, false, 0],
    ['pulling', environment, pulled, undefined, true, 0],
    ['fresh', environment, pulled, undefined, false, 59 * MINUTE],
    ['stale', environment, pulled, undefined, false, 61 * MINUTE],
    ['edited', environment, pulled, draft, false, 0],
    ['conflict', environment, pulled, { ...draft, conflicts: 2 }, false, 0],
    ['missing', { ...environment, missing: true }, pulled, undefined, false, 0],
    [
      'failed',
      { ...environment, failure: { code: 'denied' as const, details: {} } },
      pulled,
      undefined,
      false,
      0,
    ],
    ['session only', { ...environment, sync: false }, pulled, undefined, false, 0],
  ] as const)('is %s', (state, row, summary, edits, pulling, age) => {
    expect(environmentState(row, summary, edits, pulling, age)).toBe(state);
  });
});

describe('a variable without its value', () => {
  it.each([
    ['string', '{"a":1}', null],
    ['json', '{"a":1,"b":{}}', 2],
    ['json', '[1,2,3]', 3],
    ['json', '12345678901234567890', null],
    ['json', 'null', null],
    ['binary', 'AAEC', null],
  ] as const)('of type %s and text %s has %s members', (type, text, members) => {
    expect(variableView({ name: 'n', type, text })).toEqual({ name: 'n', type, members });
  });
});

it('what is inside of a JSON variable in use is told by names alone', async () => {
  const at = await editingWorld();
  at.remote.put('team/app', {
    form: 'object',
    variables: [
      { name: 'db', type: 'json', text: '{"host":"canary","port":1}' },
      { name: 'KEY', type: 'string', text: 'canary' },
    ],
  });
  await at.pullAll();
  const id = await at.idOf('team/app');
  // What is typed is not in use yet.
  await at.edit(id, { op: 'set', name: 'db', type: 'json', text: '{"other":1}' });
  const inside = await at.worker.environments.inside(id, 'db', 1);
  expect(inside).toMatchObject({ of: 'db', names: [{ name: 'db.host', type: 'string' }], found: 2 });
  expect(JSON.stringify(inside)).not.toContain('canary');
  expect(await at.worker.environments.inside(id, 'gone', 1)).toBeNull();
});
