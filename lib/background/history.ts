import { AppError, toAppError } from '@/lib/core/errors';
import type { Environment } from '@/lib/core/model';
import type { Variable } from '@/lib/core/variables';
import type { DiffRow, PushView, VersionView } from '@/lib/messaging/editing';
import type { KeyferryDb } from '@/lib/storage/db';
import { SECRET, type SessionStore } from '@/lib/storage/session';
import type { SecretRecord } from '@/lib/providers/contract';
import type { Expected } from '@/lib/providers/write-contract';
import { changesBetween } from '@/lib/sync/merge';

import type { Connections } from './connections';
import type { Saving } from './saving';
import { afterWrite } from './settling';
import { createTargets, type Target } from './target';

/**
 * Old versions that were looked at: values, so they go with the lock. By server and path, since numbers of two are often
 * the same; of one a version never changes, so no check is needed.
 */
const VERSION = `${SECRET}version:`;

interface HistoryDeps {
  readonly db: KeyferryDb;
  readonly session: SessionStore;
  readonly connections: Pick<Connections, 'effective' | 'provider'>;
  readonly saving: Pick<Saving, 'adopt'>;
}

/** Version history: compare, reveal, restore an old version as a new one, undelete. */
export function createHistory({ db, session, connections, saving }: HistoryDeps) {
  const target = createTargets(db, connections);

  const versionOf = async (
    { environment, connection, provider }: Target,
    version: string,
    signal: AbortSignal,
  ): Promise<SecretRecord> => {
    const key = `${VERSION}${environment.id}:${connection.identity}:${environment.path}:${version}`;
    const kept = await session.get<SecretRecord>(key);
    if (kept) return kept;
    const record = await provider.readVersion(environment.path, version, signal);
    if (!record) throw new AppError('missing', { path: environment.path, version });
    await session.set(key, record);
    return record;
  };

  return {
    /** Newest first. */
    async list(environmentId: string, signal: AbortSignal): Promise<VersionView[]> {
      const { environment, provider } = await target(environmentId);
      const versions = await provider.history(environment.path, signal);
      if (!versions) throw new AppError('missing', { path: environment.path });
      return versions.map((version) => ({ ...version, pulled: version.version === environment.version }));
    },

    async compare(
      environmentId: string,
      before: string,
      after: string,
      signal: AbortSignal,
    ): Promise<DiffRow[]> {
      const at = await target(environmentId);
      const [old, now] = await Promise.all([versionOf(at, before, signal), versionOf(at, after, signal)]);
      const type = (record: SecretRecord, name: string) =>
        record.content.variables.find((variable) => variable.name === name)?.type ?? null;
      return changesBetween(old.content.variables, now.content.variables).map(({ name, kind }) => ({
        name,
        change: kind,
        before: type(old, name),
        after: type(now, name),
      }));
    },

    async value(
      environmentId: string,
      version: string,
      name: string,
      signal: AbortSignal,
    ): Promise<Variable | null> {
      const { content } = await versionOf(await target(environmentId), version, signal);
      return content.variables.find((variable) => variable.name === name) ?? null;
    },

    /**
     * Writes an old version as a new one, over the version that the user saw as the current one.
     *
     * @throws AppError `changed-since` when somebody wrote in between.
     */
    async restore(
      environmentId: string,
      version: string,
      shown: string | null,
      signal: AbortSignal,
    ): Promise<PushView> {
      const at = await target(environmentId);
      const { environment, provider } = at;
      const old = await versionOf(at, version, signal);
      const current = await provider.read(environment.path, signal);
      if ((current?.version ?? null) !== shown) throw changedSince(environment);
      const expected: Expected = current
        ? { state: 'read', version: current.version, content: current.content }
        : { state: 'absent' };
      const written = await provider
        .write(environment.path, old.content, expected, signal)
        .catch((thrown: unknown) => {
          throw toAppError(thrown).code === 'conflict' ? changedSince(environment) : thrown;
        });
      const changes = changesBetween(current?.content.variables ?? [], old.content.variables).length;
      await afterWrite(environment.path, saving.adopt(at, written.version, old.content));
      return { state: 'pushed', version: written.version, changes };
    },

    async undelete(environmentId: string, version: string | null, signal: AbortSignal): Promise<void> {
      const { environment, provider } = await target(environmentId);
      await provider.undelete(environment.path, version, signal);
      await db.environments.update(environmentId, { missing: undefined });
    },
  };
}

function changedSince({ path }: Environment): AppError {
  return new AppError('changed-since', { path });
}

export type History = ReturnType<typeof createHistory>;
