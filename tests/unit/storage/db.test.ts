import { Dexie } from 'dexie';
import { IDBFactory } from 'fake-indexeddb';
import { describe, expect, it } from 'vitest';

import { DB_NAME } from '@/lib/storage/db';

import { memoryDb } from '../memory';

describe('the database', () => {
  it('starts with the one default workspace, once', async () => {
    const factory = new IDBFactory();
    const first = await memoryDb(factory);
    await first.workspaces.update('default', { name: 'Orders' });
    first.close();
    const again = await memoryDb(factory);
    expect(await again.workspaces.toArray()).toEqual([
      { id: 'default', name: 'Orders', order: 0, lastPullAt: null },
    ]);
  });

  it('of a newer Keyferry is refused and left as it is', async () => {
    const factory = new IDBFactory();
    (await memoryDb(factory)).close();
    const newer = new Dexie(DB_NAME);
    newer.version(99).stores({ future: 'id' });
    await newer.open();
    await newer.table('future').add({ id: 'kept' });
    newer.close();

    await expect(memoryDb(factory)).rejects.toMatchObject({ code: 'database-newer' });

    const later = await new Dexie(DB_NAME).open();
    expect(later.tables.map(({ name }) => name)).toEqual(['future']);
    expect(await later.table('future').toArray()).toEqual([{ id: 'kept' }]);
  });
});
