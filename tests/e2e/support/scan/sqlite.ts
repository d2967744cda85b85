/** What SQLite files hold, whole: in the file a long value is cut into pages. */
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

const MAGIC = Buffer.from('SQLite format 3\0');

export const isSqlite = (file: Buffer) => file.subarray(0, MAGIC.length).equals(MAGIC);

/** All texts and blobs of all tables. Reads a copy with its journals, so that nothing in the profile changes. */
export async function readSqlite(path: string): Promise<Buffer[]> {
  const dir = await mkdtemp(join(tmpdir(), 'keyferry-sqlite-'));
  try {
    for (const suffix of ['', '-wal', '-journal']) {
      if (existsSync(path + suffix)) await cp(path + suffix, join(dir, `db${suffix}`));
    }
    const db = new DatabaseSync(join(dir, 'db'));
    try {
      const tables = db.prepare(
        `SELECT name FROM sqlite_schema WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%'`,
      );
      return tables.all().flatMap(({ name }) => {
        const rows = db.prepare(`SELECT * FROM "${String(name)}"`);
        rows.setReadBigInts(true);
        return rows.all().flatMap((row) => Object.values(row).flatMap(asBytes));
      });
    } finally {
      db.close();
    }
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

function asBytes(value: unknown): Buffer[] {
  if (typeof value === 'string') return [Buffer.from(value)];
  return value instanceof Uint8Array ? [Buffer.from(value)] : [];
}
