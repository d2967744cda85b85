/** Looks for texts in every file of a folder: as they lie there, and inside the browser's compressed stores. */
import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { openStreams } from './compressed';
import { readLog, readTable } from './leveldb';
import { formsOf } from './needles';
import type { Needle } from './needles';
import { isSqlite, readSqlite } from './sqlite';

/** Where a needle was found. */
export interface Find {
  readonly label: string;
  /** Below the folder that was scanned. */
  readonly file: string;
  /** `as it lies`, or the store and compression that it was taken out of. */
  readonly inside: string;
  readonly form: string;
}

/** Every find in the folder, file names included; each file, store and form once. */
export async function scanFolder(folder: string, needles: readonly Needle[]): Promise<Find[]> {
  const forms = needles.flatMap(formsOf);
  const finds = new Map<string, Find>();
  const look = (file: string, inside: string, bytes: Buffer) => {
    for (const { label, form, bytes: wanted } of forms) {
      if (!bytes.includes(wanted)) continue;
      const find = { label, file, inside, form };
      finds.set(JSON.stringify(find), find);
    }
  };
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    const file = relative(folder, path);
    look(file, 'its name', Buffer.from(file));
    if (!entry.isFile()) continue;
    // The browser may remove a file while it runs.
    const bytes = await readFile(path).catch(() => null);
    if (!bytes) continue;
    look(file, 'as it lies', bytes);
    for (const [inside, part] of await partsOf(path, bytes)) look(file, inside, part);
  }
  return [...finds.values()];
}

async function partsOf(path: string, bytes: Buffer): Promise<(readonly [inside: string, part: Buffer])[]> {
  const stored: (readonly [string, Buffer])[] = [['', bytes]];
  if (/\.(ldb|sst)$/.test(path))
    stored.push(...readTable(bytes).map((part) => ['LevelDB table', part] as const));
  if (path.endsWith('.log')) stored.push(...readLog(bytes).map((part) => ['LevelDB log', part] as const));
  if (isSqlite(bytes)) stored.push(...(await readSqlite(path)).map((part) => ['SQLite', part] as const));
  const opened = stored.flatMap(([inside, part]) =>
    [...openStreams(part)].map(([how, stream]) => [inside ? `${inside}, ${how}` : how, stream] as const),
  );
  return [...stored.slice(1), ...opened];
}
