import { AppError, toAppError } from '@/lib/core/errors';
import type { Environment } from '@/lib/core/model';
import { pathProblem, slug } from '@/lib/core/paths';
import { sameValues } from '@/lib/core/same-values';
import type { PathState, RemovalView } from '@/lib/messaging/editing';
import type { EnvironmentView } from '@/lib/messaging/views';
import { isSameVersion, type SecretRecord } from '@/lib/providers/contract';
import type { KeyferryDb } from '@/lib/storage/db';
import type { ValueStore } from '@/lib/storage/values';
import { isEdited, startDraft, type Draft } from '@/lib/sync/draft';

import type { Connections, EffectiveConnection } from './connections';
import { unversioned, type Drafts } from './drafts';
import type { Environments } from './environments';
import type { Platform } from './ports';
import { createTargets, targetOf, type Target } from './target';

interface LinkingDeps {
  readonly db: KeyferryDb;
  readonly values: ValueStore;
  readonly drafts: Drafts;
  readonly environments: Environments;
  readonly connections: Pick<Connections, 'effective' | 'isInForce' | 'provider'>;
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

  /** A synced environment holds the secret as it is, unless its workspace has another connection by now. */
  const begin = async (connection: EffectiveConnection, environment: Environment, record: SecretRecord) => {
    const isInForce = () => connections.isInForce(environment.workspaceId, connection);
    const { path, version, madeAt, content } = record;
    const kept = await values.put(
      new Map([
        [
          environment.id,
          {
            ...{ path, version, madeAt, pulledAt: platform.now() },
            ...{ form: content.form, variables: content.variables },
          },
        ],
      ]),
      isInForce,
    );
    if (!kept) return;
    await db.transaction('rw', db.environments, db.connections, db.scopes, async () => {
      if (!(await isInForce())) return;
      const pulledAt = platform.now();
      await db.environments.update(environment.id, { version: version ?? undefined, pulledAt });
    });
  };

  /**
   * Points an environment to another path, unless another one is linked there by now.
   *
   * @param connection What the record was read by.
   * @param next What is unsaved there; `null` for nothing.
   */
  const link = async (
    connection: EffectiveConnection,
    environmentId: string,
    path: string,
    record: SecretRecord | null,
    next: (draft: Draft | null) => Draft | null,
  ) => {
    const elsewhere = { sync: true, path, version: undefined, missing: undefined, failure: undefined };
    await drafts.linked(
      () => row(environmentId),
      next,
      async ({ workspaceId }) => {
        // Only these: what else was changed while the provider was asked stays.
        await pointing(connection, workspaceId, path, environmentId, () =>
          db.environments.update(environmentId, elsewhere),
        );
        await deps.onRelinked(environmentId);
      },
    );
    if (record) await begin(connection, await row(environmentId), record);
  };

  /**
   * @throws AppError `path-taken` when another environment of the workspace is linked there, `cancelled` when the path
   *   was looked up by a connection that the workspace no longer has.
   */
  const pointing = (
    connection: EffectiveConnection,
    workspaceId: string,
    path: string,
    environmentId: string,
    point: () => PromiseLike<unknown>,
  ): Promise<void> =>
    db.transaction('rw', db.environments, db.connections, db.scopes, async () => {
      if (!(await connections.isInForce(workspaceId, connection))) throw new AppError('cancelled');
      const other = await linkedTo(workspaceId, path, environmentId);
      if (other) throw new AppError('path-taken', { path, name: other.name });
      await point();
    });

  /** Whether what is at the provider is what was pulled; where nothing was, there is nothing that could have changed. */
  const isSeen = async (
    { id, path, version: lastPulled }: Environment,
    now: SecretRecord,
  ): Promise<boolean> => {
    const pulled = await values.get(id);
    if (pulled?.path !== path) return lastPulled === undefined || lastPulled === now.version;
    const { version, form, variables } = pulled;
    if (version === null) return sameValues({ form, variables }, now.content);
    return isSameVersion(pulled, now);
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
      await pointing(at.connection, workspaceId, path, environment.id, () =>
        db.environments.add(environment),
      );
      // Something is there already: it is linked and pulled, never overwritten. Nothing yet is made by the first Save.
      if (record) await begin(at.connection, environment, record);
      else await drafts.keep(environment, startDraft(null));
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
      await drafts.unlinked(
        () => row(environmentId),
        async () => {
          const off = { sync: false, version: undefined, missing: undefined, failure: undefined };
          await db.environments.update(environmentId, off);
          await deps.onRelinked(environmentId);
        },
      );
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
      const record = await at.provider.read(path, signal);
      if (record && join === undefined) {
        throw new AppError('path-taken', { path, variables: record.content.variables.length });
      }
      if (record && join === 'merge' && record.content.form !== 'object') {
        throw new AppError('not-an-object', { path, form: record.content.form });
      }
      const start = startDraft(record);
      const overTheirs = (draft: Draft | null): Draft => {
        const mine = draft?.mine ?? [];
        const names = new Set(mine.map(({ name }) => name));
        const merged = [...mine, ...start.mine.filter(({ name }) => !names.has(name))];
        return { ...start, mine: merged, past: record ? [start.mine] : [] };
      };
      await link(
        at.connection,
        environmentId,
        path,
        record,
        record && join === 'theirs' ? () => null : overTheirs,
      );
      return view(environmentId);
    },

    /** Points to another path with the values that are there: the end of a move. Edits since its start stay. */
    relink: ({ environment, connection }: Omit<Target, 'provider'>, path: string, record: SecretRecord) =>
      link(connection, environment.id, path, record, (draft) =>
        draft && isEdited(draft) ? unversioned(draft) : null,
      ),

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
          if (!(await isSeen(environment, record))) throw new AppError('changed-since', { path });
          const expected = { state: 'read' as const, version, content };
          removal = await provider.remove(path, expected, options, signal).catch((thrown: unknown) => {
            throw toAppError(thrown).code === 'conflict' ? new AppError('changed-since', { path }) : thrown;
          });
        }
      }
      await deps.onRelinked(environmentId);
      await drafts.forget([environmentId]);
      await db.migrations.delete(environmentId);
      await environments.forget(environmentId);
      platform.broadcast({ type: 'changed', area: 'environments' });
      return removal;
    },
  };
}

export type Linking = ReturnType<typeof createLinking>;
