import { expect, it } from 'vitest';

import { createClipboard } from '@/lib/background/clipboard';
import { AppError } from '@/lib/core/errors';
import { DEFAULT_LOCK_SETTINGS } from '@/lib/core/model';
import type { Variable } from '@/lib/core/variables';

import { memorySession } from '../memory';

const VALUE: Variable = { name: 'KEY', type: 'string', text: 'canary' };

function world(value: (...where: unknown[]) => Promise<Variable | null> = async () => VALUE) {
  const { session, items } = memorySession();
  const ordered: { at: number; onlyIf: string | null }[] = [];
  const platform = {
    now: () => 1_000_000,
    broadcast: () => {},
    clipboard: {
      clearAt: async (at: number, onlyIf: string | null) => void ordered.push({ at, onlyIf }),
      clearNow: async () => {},
    },
  };
  const clipboard = createClipboard({
    session,
    environments: { value },
    editor: { value },
    lock: { settings: async () => DEFAULT_LOCK_SETTINGS },
    platform,
  });
  return { clipboard, items, ordered, platform };
}

it('a copied value is cleared after the set time, when it is still there', async () => {
  const { clipboard, items, ordered } = world();
  await clipboard.copied('env', 'KEY');
  expect(ordered).toEqual([{ at: 1_030_000, onlyIf: 'canary' }]);
  expect(await clipboard.view()).toEqual({ name: 'KEY', clearsAt: 1_030_000 });
  expect(JSON.stringify([...items])).not.toContain('canary');
  await clipboard.cleared();
  expect(await clipboard.view()).toBeNull();
});

it.each([
  ['is no more', async () => null],
  ['was locked away meanwhile', () => Promise.reject(new AppError('locked'))],
])('a copied value that %s is cleared all the same', async (_what, value) => {
  const { clipboard, ordered } = world(value);
  await clipboard.copied('env', 'KEY', 'mine');
  expect(ordered).toEqual([{ at: 1_030_000, onlyIf: null }]);
});

it('a value from inside of a JSON variable of the draft is looked for where it was copied from', async () => {
  const asked: unknown[][] = [];
  const { clipboard, ordered } = world(async (...where: unknown[]) => {
    asked.push(where);
    return VALUE;
  });
  await clipboard.copied('env', 'db.password', 'mine', 'db');
  expect(asked).toEqual([['env', 'db.password', 'mine', 'db']]);
  expect(ordered).toEqual([{ at: 1_030_000, onlyIf: 'canary' }]);
});

it('shows no countdown that nobody counts', async () => {
  const { clipboard, platform } = world();
  platform.clipboard.clearAt = () => Promise.reject(new AppError('unexpected', { where: 'offscreen' }));
  await expect(clipboard.copied('env', 'KEY')).rejects.toMatchObject({ code: 'unexpected' });
  expect(await clipboard.view()).toBeNull();
});
