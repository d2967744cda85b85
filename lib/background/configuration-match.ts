import type { Configuration, FileEnvironment } from '@/lib/core/configuration';
import type { Environment } from '@/lib/core/model';
import type { WorkspaceRow } from '@/lib/storage/db';

import type { Matches } from './configuration-items';
import type { Stored } from './configuration-stored';
import { sameName } from './workspaces';

/**
 * Who is who: workspaces by id, else by name; within them environments by id, else by path, else by name. The first
 * workspace of every Keyferry has the same id, so that one goes by its name alone.
 */
export function matchConfiguration(file: Configuration, { workspaces, environments }: Stored): Matches {
  const found = new Map<string, WorkspaceRow>();
  const taken = new Set<string>();
  const pair = (fileId: string, row: WorkspaceRow | undefined) => {
    if (!row || taken.has(row.id)) return;
    found.set(fileId, row);
    taken.add(row.id);
  };
  for (const { id } of file.workspaces) {
    if (id !== 'default')
      pair(
        id,
        workspaces.find((row) => row.id === id),
      );
  }
  for (const { id, name } of file.workspaces) {
    if (!found.has(id))
      pair(
        id,
        workspaces.find((row) => sameName(row.name, name) && !taken.has(row.id)),
      );
  }
  const rows = new Map<string, Environment>();
  for (const { id, environments: listed } of file.workspaces) {
    const local = found.get(id);
    if (!local) continue;
    matchEnvironments(
      listed,
      environments.filter(({ workspaceId }) => workspaceId === local.id),
      rows,
    );
  }
  const inUse = new Set([...workspaces, ...environments].map(({ id }) => id));
  return { workspaces: found, environments: rows, taken: inUse };
}

function matchEnvironments(
  listed: readonly FileEnvironment[],
  rows: readonly Environment[],
  found: Map<string, Environment>,
): void {
  const free = new Map(rows.map((row) => [row.id, row]));
  const by = (key: (one: Pick<Environment, 'id' | 'name' | 'sync' | 'path'>) => string | null) => {
    const index = new Map<string, Environment>();
    for (const row of free.values()) {
      const value = key(row);
      if (value !== null && !index.has(value)) index.set(value, row);
    }
    for (const one of listed) {
      const value = key(one);
      const row = found.has(one.id) || value === null ? undefined : index.get(value);
      if (!row || !free.has(row.id)) continue;
      found.set(one.id, row);
      free.delete(row.id);
    }
  };
  by(({ id }) => id);
  by(({ sync, path }) => (sync ? path : null));
  by(({ sync, name }) => `${sync} ${name}`);
}
