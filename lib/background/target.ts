import { AppError } from '@/lib/core/errors';
import type { Environment } from '@/lib/core/model';
import type { WritableProvider } from '@/lib/providers/write-contract';
import type { KeyferryDb } from '@/lib/storage/db';

import type { Connections, EffectiveConnection } from './connections';

/** A synced environment with the connection and the provider that its secret is at. */
export interface Target {
  readonly environment: Environment;
  readonly connection: EffectiveConnection;
  readonly provider: WritableProvider;
}

/** Finds an environment's target. @throws AppError `missing`, `not-synced`, `credentials-missing`, `locked` … */
export function createTargets(db: KeyferryDb, connections: Pick<Connections, 'effective' | 'provider'>) {
  return async (environmentId: string): Promise<Target> => {
    const environment = await db.environments.get(environmentId);
    if (!environment) throw new AppError('missing', { path: '' });
    if (!environment.sync) throw new AppError('not-synced', { name: environment.name });
    return { environment, ...(await targetOf(environment.workspaceId, connections)) };
  };
}

/** The connection in force for a workspace, and its provider. */
export async function targetOf(
  workspaceId: string,
  connections: Pick<Connections, 'effective' | 'provider'>,
): Promise<Omit<Target, 'environment'>> {
  const connection = await connections.effective(workspaceId);
  if (!connection) throw new AppError('credentials-missing', { scope: workspaceId });
  return { connection, provider: await connections.provider(connection) };
}
