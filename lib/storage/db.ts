import { Dexie, type EntityTable, type Table } from 'dexie';

import { AppError, type ErrorCode, type ErrorDetails } from '@/lib/core/errors';
import type {
  AwsSettings,
  Environment,
  Grant,
  HashicorpSettings,
  ProviderKind,
  Scope,
  Tester,
  Workspace,
} from '@/lib/core/model';
import type { SealedCredentials } from '@/lib/crypto/credentials';

import { DB_VERSIONS } from './versions';

/** One provider's settings and sealed credentials for one scope. Both providers' rows are kept while toggling. */
export interface ConnectionRow {
  readonly scope: Scope;
  readonly provider: ProviderKind;
  readonly settings: HashicorpSettings | AwsSettings;
  readonly credentials: SealedCredentials | null;
}

/** Which provider a scope uses. A workspace without a row uses the global defaults. */
export interface ScopeRow {
  readonly scope: Scope;
  readonly provider: ProviderKind;
}

export interface WorkspaceRow extends Workspace {
  /** When its source was last pulled whole: once here, not once per environment. */
  readonly lastPullAt: number | null;
}

export interface GrantRow extends Grant {
  /** Came with an imported file and allows nothing before the user accepts it. */
  readonly proposed: boolean;
}

/** A setting by name: `vault-key`, `lock`, `workspace`. */
export interface SettingRow {
  readonly name: string;
  readonly value: unknown;
}

/** A move to another path that is under way or was stopped: paths, versions and the step. */
export interface MigrationRow {
  readonly environmentId: string;
  readonly from: string;
  readonly to: string;
  readonly step: 'read' | 'write' | 'verify' | 'link' | 'remove';
  readonly fromVersion: string | null;
  readonly toVersion: string | null;
  readonly permanent: boolean;
  readonly withoutMetadata?: boolean;
  readonly failure: { readonly code: ErrorCode; readonly details: ErrorDetails } | null;
}

/**
 * The metadata on disk. No value, token or key, and no variable name either; credentials are sealed.
 * The schema of each version is in `versions.ts`.
 */
export type KeyferryDb = Dexie & {
  readonly settings: Table<SettingRow, string>;
  readonly workspaces: EntityTable<WorkspaceRow, 'id'>;
  readonly scopes: Table<ScopeRow, string>;
  readonly connections: Table<ConnectionRow, [string, string]>;
  readonly environments: EntityTable<Environment, 'id'>;
  readonly testers: EntityTable<Tester, 'id'>;
  readonly grants: EntityTable<GrantRow, 'id'>;
  readonly migrations: EntityTable<MigrationRow, 'environmentId'>;
  /**
   * Grows before anything in the database, or in the tables that are named, changes. Only the worker writes, so it
   * misses nothing.
   */
  readonly changes: (...tables: readonly string[]) => number;
};

export const DB_NAME = 'keyferry';
const DB_VERSION = DB_VERSIONS.at(-1)?.version ?? 0;

/** The database, not opened yet. */
export function createDb(name: string = DB_NAME): KeyferryDb {
  const counts = new Map<string, number>();
  const changes = (...tables: readonly string[]) =>
    (tables.length > 0 ? tables : [...counts.keys()]).reduce((sum, one) => sum + (counts.get(one) ?? 0), 0);
  const db = Object.assign(new Dexie(name), { changes }) as KeyferryDb;
  // A reader that comes later waits for the writer's transaction, so counting at its start is early enough.
  db.use({
    stack: 'dbcore',
    name: 'changes',
    create: (core) => ({
      ...core,
      table(tableName) {
        const table = core.table(tableName);
        return {
          ...table,
          mutate(request) {
            counts.set(tableName, (counts.get(tableName) ?? 0) + 1);
            return table.mutate(request);
          },
        };
      },
    }),
  });
  for (const { version, stores, upgrade } of DB_VERSIONS) {
    const declared = db.version(version).stores(stores);
    if (upgrade) declared.upgrade(upgrade);
  }
  return db;
}

/**
 * Opens it, making the one default workspace on the first start.
 *
 * @throws AppError `database-newer` when a newer Keyferry wrote it; it is left as it is then.
 */
export async function openDb(db: KeyferryDb, firstWorkspace: Workspace): Promise<void> {
  db.on('populate', (transaction) => {
    void transaction.table('workspaces').add({ ...firstWorkspace, lastPullAt: null } satisfies WorkspaceRow);
    void transaction
      .table('settings')
      .add({ name: 'workspace', value: firstWorkspace.id } satisfies SettingRow);
  });
  // Looked at before it is opened: Dexie opens a newer database as well, and may change it.
  const stored = (await Dexie.dependencies.indexedDB.databases()).find(({ name }) => name === db.name);
  // Dexie's number in the browser is ours times ten.
  if ((stored?.version ?? 0) > DB_VERSION * 10) throw new AppError('database-newer');
  try {
    await db.open();
  } catch {
    throw new AppError('unexpected', { where: 'database' });
  }
}
