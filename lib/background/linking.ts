import { AppError, toAppError } from '@/lib/core/errors';
import type { Environment } from '@/lib/core/model';
import { pathProblem, slug } from '@/lib/core/paths';
import type { PathState, RemovalView } from '@/lib/messaging/editing';
import type { EnvironmentView } from '@/lib/messaging/views';
import type { SecretRecord } from '@/lib/providers/contract';
import type { KeyferryDb } from '@/lib/storage/db';
import type { ValueStore } from '@/lib/storage/values';
import { startDraft } from '@/lib/sync/draft';

import type { Connections } from './connections';
import type { Drafts } from './drafts';
import type { Environments } from './environments';
import type { Platform } from './ports';
import { createTargets, targetOf, type Target } from './target';

interface LinkingDeps {
  readonly db: KeyferryDb;
  readonly values: ValueStore;
  readonly drafts: Drafts;
  readonly environments: Environments;
  readonly connections: Pick<Connections, 'effective' | 'provider'>;
  readonly platform: Pick<Platform, 'now' | 'broadcast'>;
  /** Grants hang on the path: an environment that points elsewhere loses them. */
  readonly onRelinked: (environmentId: string) => Promise<void>;
}

/** Making, naming, linking and deleting environments. No secret is ever overwritten here. */
export function createLinking(deps: LinkingDeps) {
  const { db, values, drafts, environments, connections, platform } = deps;
  const target = createTargets(db, connections);

  const view = async (environmentId: string): Promise<EnvironmentView> => {
    platform.broadcast({ type: 'changed', area: 'environments' });
    const environment = await environments.view(environmentId);
    if (!environment) throw new AppError('missing', { path: '' });
    return environment;
  };
  const row = async (environmentId: string): Promise<Environment> => {
    const environment = await db.environments.get(environmentId);
    if (!environment) throw new AppError('missing', { path: '' });
    return environment;
  };

  /** @throws AppError `path-invalid`. */
  const checkPath = ({ connection }: Omit<Target, 'environment'>, path: string) => {
    const problem = pathProblem(connection.form.provider, path);
    if (problem) throw new AppError('path-invalid', { path, problem });
  };

  const linkedTo = async (workspaceId: string, path: string, besides?: string): Promise<Environment | null> =>
    (await db.environments.where({ workspaceId, path }).toArray()).find(
      ({ id, sync }) => sync && id !== besides,
    ) ?? null;

  /** What a synced environment starts from: the secret as it is, or nothing yet, which the first Save makes. */
  const begin = async (environment: Environment, record: SecretRecord | null) => {
    if (!record) {
      await drafts.keep(environment, startDraft(null));
      return;
    }
    const { path, version, content } = record;
    await values.put(
      new Map([
        [
          environment.id,
          { path, version, pulledAt: platform.now(), form: content.form, variables: content.variables },
        ],
      ]),
    );
    await db.environments.update(environment.id, { version: version ?? undefined, pulledAt: platform.now() });
  };

  const link = async (environment: Environment, path: string, record: SecretRecord | null) => {
    const elsewhere = { sync: true, path, version: undefined, missing: undefined, failure: undefined };
    // Only these: what else was changed while the provider was asked stays.
    await db.environments.update(environment.id, elsewhere);
    const linked = await row(environment.id);
    await deps.onRelinked(environment.id);
    await drafts.moved(environment.id);
    await begin(linked, record);
  };

  return {
    async create(workspaceId: string, name: string, sync: boolean, path: string, signal: AbortSignal) {
      const clean = name.trim();
      if (clean === '') throw new AppError('settings-invalid', { field: 'name' });
      const environment: Environment = {
        id: crypto.randomUUID(),
        workspaceId,
        name: clean,
        sync,
        path,
        production: false,
      };
      if (!sync) {
        const local = { ...environment, path: slug(clean) };
        await db.environments.add(local);
        await drafts.keepLocal(local, []);
        return view(environment.id);
      }
      const at = await targetOf(workspaceId, connections);
      checkPath(at, path);
      const other = await linkedTo(workspaceId, path);
      if (other) throw new AppError('path-taken', { path, name: other.name });
      const record = await at.provider.read(path, signal);
      await db.environments.add(environment);
      // Something is there already: it is linked and pulled, never overwritten.
      await begin(environment, record);
      return view(environment.id);
    },

    async rename(environmentId: string, name: string) {
      const clean = name.trim();
      if (clean === '') throw new AppError('settings-invalid', { field: 'name' });
      await db.environments.update(environmentId, { name: clean });
      return view(environmentId);
    },

    async pathState(
      workspaceId: string,
      path: string,
      environmentId: string | undefined,
      signal: AbortSignal,
    ): Promise<PathState> {
      const at = await targetOf(workspaceId, connections);
      checkPath(at, path);
      const other = await linkedTo(workspaceId, path, environmentId);
      if (other) return { state: 'linked', environment: other.name };
      try {
        const record = await at.provider.read(path, signal);
        return record ? { state: 'taken', variables: record.content.variables.length } : { state: 'free' };
      } catch (error) {
        const { code, details } = toAppError(error);
        if (code !== 'denied') throw error;
        return { state: 'unknown', failure: { code, details } };
      }
    },

    /** Off: the values stay for this session only; the secret stays at the provider. */
    async unlink(environmentId: string) {
      const environment = await row(environmentId);
      if (!environment.sync) return view(environmentId);
      const draft = await drafts.open(environment);
      const local = {
        ...environment,
        sync: false,
        version: undefined,
        missing: undefined,
        failure: undefined,
      };
      await db.environments.put(local);
      await drafts.drop(environmentId);
      await drafts.keepLocal(local, draft?.mine ?? []);
      await deps.onRelinked(environmentId);
      return view(environmentId);
    },

    /**
     * On, or to another path. A path that holds something needs `join`: `theirs` takes what is there, `merge` keeps
     * mine as a draft over it. Nothing is written before the next Save.
     */
    async link(
      environmentId: string,
      path: string,
      join: 'theirs' | 'merge' | undefined,
      signal: AbortSignal,
    ) {
      const environment = await row(environmentId);
      const at = await targetOf(environment.workspaceId, connections);
      checkPath(at, path);
      const other = await linkedTo(environment.workspaceId, path, environmentId);
      if (other) throw new AppError('path-taken', { path, name: other.name });
      const mine = (await drafts.open(environment))?.mine ?? [];
      const record = await at.provider.read(path, signal);
      if (record && join === undefined) {
        throw new AppError('path-taken', { path, variables: record.content.variables.length });
      }
      if (record && join === 'merge' && record.content.form !== 'object') {
        throw new AppError('not-an-object', { path, form: record.content.form });
      }
      await drafts.drop(environmentId);
      await link(environment, path, record);
      await drafts.dropLocal(environmentId);
      if (!record || join === 'merge') {
        const linked = await row(environmentId);
        const start = startDraft(record);
        const names = new Set(mine.map(({ name }) => name));
        const merged = [...mine, ...start.mine.filter(({ name }) => !names.has(name))];
        await drafts.keep(linked, { ...start, mine: merged, past: record ? [start.mine] : [] });
      }
      return view(environmentId);
    },

    /** Points to another path with the values that are there: the end of a move. */
    relink: link,

    /** The environment only, or its secret too: recoverably, where the provider can. */
    async delete(
      environmentId: string,
      where: 'here' | 'provider',
      options: { readonly days?: number; readonly permanent?: boolean },
      signal: AbortSignal,
    ): Promise<RemovalView | null> {
      let removal: RemovalView | null = null;
      if (where === 'provider') {
        const { environment, provider } = await target(environmentId);
        const { path } = environment;
        const record = await provider.read(path, signal);
        if (record) {
          const { version, content } = record;
          removal = await provider.remove(path, { state: 'read', version, content }, options, signal);
        }
      }
      await deps.onRelinked(environmentId);
      await drafts.drop(environmentId);
      await drafts.dropLocal(environmentId);
      await db.migrations.delete(environmentId);
      await environments.forget(environmentId);
      platform.broadcast({ type: 'changed', area: 'environments' });
      return removal;
    },
  };
}

export type Linking = ReturnType<typeof createLinking>;
