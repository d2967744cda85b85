import { describe, expect, it } from 'vitest';

import { createMemo } from '@/lib/storage/memo';

import { memoryDb } from '../memory';

const GRANT = {
  id: 'g',
  testerId: 't',
  environmentId: 'e',
  destination: 'https://api.example',
  boundTo: 'here',
  grantedAt: 1,
  proposed: false,
};

async function world() {
  const db = await memoryDb();
  const remember = createMemo(() => String(db.changes()));
  let reads = 0;
  const grants = () =>
    remember('grants', () => {
      reads += 1;
      return db.grants.toArray();
    });
  return { db, grants, reads: () => reads };
}

describe('what was read of the database', () => {
  it('is not read again until something in it changes', async () => {
    const { db, grants, reads } = await world();
    await db.grants.add(GRANT);
    expect(await grants()).toEqual([GRANT]);
    expect(await grants()).toEqual([GRANT]);
    expect(reads()).toBe(1);
  });

  it.each([
    ['update', 1],
    ['delete', 0],
    ['clear', 0],
    ['transaction', 2],
  ] as const)('is read anew after %s', async (how, left) => {
    const { db, grants } = await world();
    await db.grants.add(GRANT);
    await grants();
    if (how === 'update') await db.grants.update('g', { proposed: true });
    if (how === 'delete') await db.grants.where({ testerId: 't' }).delete();
    if (how === 'clear') await db.grants.clear();
    if (how === 'transaction')
      await db.transaction('rw', db.grants, async () => {
        await db.grants.add({ ...GRANT, id: 'g2' });
        // A reader in the middle, outside of the transaction.
        await db.grants.update('g2', { boundTo: 'there' });
      });
    const now = await grants();
    expect(now).toEqual(await db.grants.toArray());
    expect(now).toHaveLength(left);
  });

  it('is never older than a change that has been made, however reads and changes meet', async () => {
    const { db, grants } = await world();
    await db.grants.add(GRANT);
    for (let round = 1; round <= 100; round += 1) {
      const early = grants();
      const change = db.transaction('rw', db.grants, async () => {
        await db.grants.update('g', { grantedAt: -round });
        await db.grants.update('g', { grantedAt: round });
      });
      const during = grants();
      await change;
      expect((await grants())[0]?.grantedAt).toBe(round);
      // What they saw is not what later ones are given.
      await Promise.all([early, during]);
      expect((await grants())[0]?.grantedAt).toBe(round);
    }
  });

  it('hangs on the tables that are named only', async () => {
    const { db } = await world();
    const before = db.changes('connections', 'scopes');
    await db.grants.add(GRANT);
    expect(db.changes('connections', 'scopes')).toBe(before);
    await db.scopes.put({ scope: 'global', provider: 'aws' });
    expect(db.changes('connections', 'scopes')).toBeGreaterThan(before);
  });

  it('is asked for again after a failure', async () => {
    const remember = createMemo(() => '');
    await expect(remember('a', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await remember('a', () => Promise.resolve(1))).toBe(1);
  });
});
