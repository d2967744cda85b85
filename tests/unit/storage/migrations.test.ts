import { readdirSync, readFileSync } from 'node:fs';

import { Dexie } from 'dexie';
import { IDBFactory, IDBKeyRange } from 'fake-indexeddb';
import { describe, expect, it } from 'vitest';

import { openCredentials } from '@/lib/crypto/credentials';
import { openVaultKey, type VaultKeyRecord } from '@/lib/crypto/vault-key';
import { DB_NAME, type ConnectionRow } from '@/lib/storage/db';
import { DB_VERSIONS } from '@/lib/storage/versions';

import { memoryDb } from '../memory';

/** A database as that version wrote it, rows in the order of their keys; sealed with the passphrase. */
interface Fixture {
  readonly version: number;
  readonly passphrase: string;
  readonly stores: Readonly<Record<string, string>>;
  readonly rows: Readonly<Record<string, readonly unknown[]>>;
}

const FOLDER = new URL('./fixtures/', import.meta.url);
const fixtures = readdirSync(FOLDER).map(
  (file) => JSON.parse(readFileSync(new URL(file, FOLDER), 'utf8')) as Fixture,
);
const newest = Math.max(...DB_VERSIONS.map(({ version }) => version));
const fixtureOf = (wanted: number) => fixtures.find(({ version }) => version === wanted);

/** What the browser itself says is stored. */
async function stored(factory: IDBFactory) {
  Dexie.dependencies.indexedDB = factory;
  const db = await new Dexie(DB_NAME).open();
  const rows = await Promise.all(
    db.tables.map(async (table) => [table.name, await table.toArray()] as const),
  );
  const schema = db.tables.map(({ name, schema: { primKey, indexes } }) => [
    name,
    [primKey, ...indexes].map(({ src }) => src).sort(),
  ]);
  const version = db.verno;
  db.close();
  return { version, rows: Object.fromEntries(rows), schema: Object.fromEntries(schema) };
}

async function writeAs(fixture: Fixture): Promise<IDBFactory> {
  const factory = new IDBFactory();
  Dexie.dependencies.indexedDB = factory;
  Dexie.dependencies.IDBKeyRange = IDBKeyRange;
  const db = new Dexie(DB_NAME);
  db.version(fixture.version).stores({ ...fixture.stores });
  await db.open();
  for (const [table, rows] of Object.entries(fixture.rows)) await db.table(table).bulkAdd([...rows]);
  db.close();
  return factory;
}

describe.each(DB_VERSIONS)('a database of version $version', ({ version }) => {
  const fixture = fixtureOf(version);

  it('has a fixture with something in every store', () => {
    expect(Object.values(fixture?.rows ?? {}).map((rows) => rows.length > 0)).toEqual(
      Object.keys(fixture?.stores ?? {}).map(() => true),
    );
    expect(fixture).toBeDefined();
  });

  it('comes out as the newest, row for row', async () => {
    if (!fixture) throw new Error('no fixture');
    const factory = await writeAs(fixture);
    (await memoryDb(factory)).close();
    const now = await stored(factory);
    expect(now.version).toBe(newest);
    expect(now.rows).toEqual(fixtureOf(newest)?.rows);
    const fresh = new IDBFactory();
    (await memoryDb(fresh)).close();
    expect(now.schema).toEqual((await stored(fresh)).schema);
  });

  it('keeps its sealed credentials good', async () => {
    if (!fixture) throw new Error('no fixture');
    const db = await memoryDb(await writeAs(fixture));
    const record = (await db.settings.get('vault-key'))?.value as VaultKeyRecord;
    const key = await openVaultKey(record, fixture.passphrase);
    const open = async (scope: string, provider: ConnectionRow['provider'], server: string) => {
      const credentials = (await db.connections.get([scope, provider]))?.credentials;
      return credentials && openCredentials(key, credentials, { scope, provider, server });
    };
    expect(await open('global', 'hashicorp', 'https://vault.tidewater.example:8200')).toEqual({
      kind: 'token',
      token: 'hvs.fixture',
    });
    expect(await open('orders', 'aws', 'aws:aws')).toMatchObject({ secretAccessKey: 'fixture' });
    db.close();
  });
});

it('the newest fixture has the stores that the code makes', async () => {
  const fixture = fixtureOf(newest);
  if (!fixture) throw new Error('no fixture');
  const made = new IDBFactory();
  (await memoryDb(made)).close();
  expect((await stored(await writeAs(fixture))).schema).toEqual((await stored(made)).schema);
});
