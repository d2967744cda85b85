import { AppError } from '@/lib/core/errors';
import type { Environment } from '@/lib/core/model';
import type { KeyferryDb } from '@/lib/storage/db';

import type { Matches, Write } from './configuration-items';

/** What has to follow once the rows are written. */
export interface Written {
  /** Environments that point elsewhere now. */
  readonly moved: readonly string[];
  /** Testers that use another environment now. */
  readonly rebound: readonly string[];
  /** Scopes whose server is another one. */
  readonly untrusted: readonly string[];
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * Writes the chosen items of a plan. Runs in one transaction of all stores: all of it or nothing.
 *
 * @param writes In the plan's order, so that what is needed comes before what needs it.
 */
export async function writeConfiguration(
  db: KeyferryDb,
  writes: readonly Write[],
  { workspaces, environments, taken }: Matches,
  now: number,
): Promise<Written> {
  const workspaceIds = new Map([...workspaces].map(([fileId, { id }]) => [fileId, id]));
  const environmentIds = new Map([...environments].map(([fileId, { id }]) => [fileId, id]));
  const moved: string[] = [];
  const rebound: string[] = [];
  const untrusted: string[] = [];

  /** The file's own id where it is free, so that the same file finds its rows again; never one of ours. */
  const newId = (wanted: string): string =>
    UUID.test(wanted) && !taken.has(wanted) ? wanted : crypto.randomUUID();
  const known = (ids: ReadonlyMap<string, string>, fileId: string): string => {
    const id = ids.get(fileId);
    if (id === undefined) throw new AppError('preview-over');
    return id;
  };

  const writeEnvironment = async (write: Extract<Write, { kind: 'environment' }>) => {
    const { file, local, production, moved: isMoved } = write;
    const name = file.name.trim();
    if (!local) {
      const id = newId(file.id);
      const workspaceId = known(workspaceIds, write.workspace);
      const { sync, path } = file;
      await db.environments.add({ id, workspaceId, name, sync, path, production } satisfies Environment);
      environmentIds.set(file.id, id);
      return;
    }
    await db.environments.update(local.id, { name, production, ...(isMoved ? { path: file.path } : {}) });
    if (!isMoved) return;
    await db.grants.where({ environmentId: local.id }).delete();
    moved.push(local.id);
  };

  const writeConnection = async (write: Extract<Write, { kind: 'connection' }>) => {
    const scope = write.scope === 'global' ? 'global' : known(workspaceIds, write.scope);
    const { provider, settings } = write.form;
    const stored = await db.connections.get([scope, provider]);
    const credentials = write.keepsCredentials ? (stored?.credentials ?? null) : null;
    await db.connections.put({ scope, provider, settings, credentials });
    if (write.activates) await db.scopes.put({ scope, provider });
    if (!write.keepsCredentials) untrusted.push(scope);
  };

  const writeGrant = async ({ origin, environment, destination }: Extract<Write, { kind: 'grant' }>) => {
    const testerId = (await db.testers.where({ origin }).first())?.id;
    const environmentId = known(environmentIds, environment);
    if (testerId === undefined) throw new AppError('preview-over');
    if ((await db.grants.where({ testerId, environmentId, destination }).count()) > 0) return;
    const id = crypto.randomUUID();
    // Bound to nothing: it allows nothing before it is accepted.
    await db.grants.add({
      id,
      testerId,
      environmentId,
      destination,
      boundTo: '',
      grantedAt: now,
      proposed: true,
    });
  };

  for (const write of writes) {
    switch (write.kind) {
      case 'lock':
        await db.settings.put({ name: 'lock', value: write.settings });
        break;
      case 'workspace': {
        const name = write.file.name.trim();
        if (write.local) {
          await db.workspaces.update(write.local.id, { name });
          break;
        }
        const id = newId(write.file.id);
        const orders = (await db.workspaces.toArray()).map(({ order }) => order);
        await db.workspaces.add({ id, name, order: Math.max(-1, ...orders) + 1, lastPullAt: null });
        workspaceIds.set(write.file.id, id);
        break;
      }
      case 'connection':
        await writeConnection(write);
        break;
      case 'environment':
        await writeEnvironment(write);
        break;
      case 'tester': {
        const environmentId = known(environmentIds, write.file.environment);
        if (write.local) {
          await db.testers.update(write.local.id, { environmentId });
          rebound.push(write.local.id);
          break;
        }
        const { origin, kind } = write.file;
        const workspaceId = known(workspaceIds, write.workspace);
        const id = crypto.randomUUID();
        await db.testers.add({ id, origin, kind, workspaceId, environmentId, enabledAt: now });
        break;
      }
      case 'grant':
        await writeGrant(write);
        break;
    }
  }
  return { moved, rebound, untrusted };
}
