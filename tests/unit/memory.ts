import { IDBFactory, IDBKeyRange } from 'fake-indexeddb';
import { Dexie } from 'dexie';

import { createDb, openDb, type KeyferryDb } from '@/lib/storage/db';
import { createSessionStore, type SessionArea } from '@/lib/storage/session';

/** `storage.session` in memory: JSON only and 10 MB, like the browser's. */
function memoryArea(quota = 10_485_760): SessionArea & {
  readonly items: Map<string, unknown>;
  readonly fill: () => void;
} {
  const items = new Map<string, unknown>();
  const bytes = () =>
    [...items].reduce((sum, [key, value]) => sum + key.length + JSON.stringify(value).length, 0);
  return {
    items,
    fill: () => {
      items.set('rest', '');
      items.set('rest', 'x'.repeat(quota - bytes()));
    },
    get: (keys) =>
      Promise.resolve(
        Object.fromEntries(
          [...items].filter(([key]) => keys === null || keys.includes(key)).map(([k, v]) => [k, v]),
        ),
      ),
    set: (added) => {
      const before = [...items];
      for (const [key, value] of Object.entries(added)) items.set(key, JSON.parse(JSON.stringify(value)));
      if (bytes() <= quota) return Promise.resolve();
      items.clear();
      for (const [key, value] of before) items.set(key, value);
      return Promise.reject(new Error('QUOTA_BYTES quota exceeded'));
    },
    remove: (keys) => {
      for (const key of keys) items.delete(key);
      return Promise.resolve();
    },
  };
}

/** A session store and what lies in it; `fill` leaves no room for more. */
export function memorySession(quota?: number) {
  const area = memoryArea(quota);
  return { session: createSessionStore(area), items: area.items, fill: area.fill };
}

/** A database of its own, in memory. */
export async function memoryDb(factory: IDBFactory = new IDBFactory()): Promise<KeyferryDb> {
  Dexie.dependencies.indexedDB = factory;
  Dexie.dependencies.IDBKeyRange = IDBKeyRange;
  const db = createDb();
  await openDb(db, { id: 'default', name: 'My workspace', order: 0 });
  return db;
}
