import type { Environment, Tester } from '@/lib/core/model';
import type { ConnectionRow, GrantRow, KeyferryDb, ScopeRow, WorkspaceRow } from '@/lib/storage/db';

/** Everything that a configuration file is made of and compared with, read at one moment. */
export interface Stored {
  readonly workspaces: readonly WorkspaceRow[];
  readonly scopes: readonly ScopeRow[];
  readonly connections: readonly ConnectionRow[];
  readonly environments: readonly Environment[];
  readonly testers: readonly Tester[];
  readonly grants: readonly GrantRow[];
  /** Environments that are being moved. */
  readonly moving: ReadonlySet<string>;
}

export function readStored(db: KeyferryDb): Promise<Stored> {
  return db.transaction('r', db.tables, async () => {
    const [workspaces, scopes, connections, environments, testers, grants, moves] = await Promise.all([
      db.workspaces.orderBy('id').toArray(),
      db.scopes.toArray(),
      db.connections.toArray(),
      db.environments.toArray(),
      db.testers.toArray(),
      db.grants.toArray(),
      db.migrations.toCollection().primaryKeys(),
    ]);
    return {
      workspaces: workspaces.sort((a, b) => a.order - b.order || a.name.localeCompare(b.name)),
      scopes,
      connections,
      environments,
      testers,
      grants,
      moving: new Set(moves),
    };
  });
}
