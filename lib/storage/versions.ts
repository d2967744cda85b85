import type { Transaction } from 'dexie';

/** One version of the database: what changed in its stores, and how what was there is carried over. */
interface DbVersion {
  readonly version: number;
  readonly stores: Readonly<Record<string, string>>;
  readonly upgrade?: (transaction: Transaction) => Promise<void>;
}

/**
 * Every version that was ever written, oldest first; none is taken away or changed. Each has a fixture in
 * `tests/unit/storage/fixtures` and a test that it comes out as the newest.
 */
export const DB_VERSIONS: readonly DbVersion[] = [
  {
    version: 1,
    stores: {
      settings: 'name',
      workspaces: 'id',
      scopes: 'scope',
      connections: '[scope+provider]',
      environments: 'id, workspaceId, [workspaceId+path]',
      testers: 'id, &origin, workspaceId, environmentId',
      migrations: 'environmentId',
      grants: 'id, testerId, environmentId, [testerId+environmentId+destination]',
    },
  },
  // Workspaces that share the global defaults are pulled one by one, so each knows when; grants can be proposals.
  { version: 2, stores: {}, upgrade: pullTimesToWorkspaces },
];

async function pullTimesToWorkspaces(transaction: Transaction): Promise<void> {
  const scopes = transaction.table<{ scope: string; lastPullAt?: number | null }>('scopes');
  const times = new Map((await scopes.toArray()).map(({ scope, lastPullAt }) => [scope, lastPullAt ?? null]));
  await transaction
    .table<{ id: string; lastPullAt?: number | null }>('workspaces')
    .toCollection()
    .modify((workspace) => {
      workspace.lastPullAt =
        (times.has(workspace.id) ? times.get(workspace.id) : times.get('global')) ?? null;
    });
  await scopes.toCollection().modify((scope) => {
    delete scope.lastPullAt;
  });
  await transaction
    .table<{ proposed?: boolean }>('grants')
    .toCollection()
    .modify((grant) => {
      grant.proposed = false;
    });
}
