import { AppError, toAppError, WRITTEN } from '@/lib/core/errors';
import type { Environment } from '@/lib/core/model';
import type { SecretContent, Variable } from '@/lib/core/variables';
import type { KeyferryDb } from '@/lib/storage/db';
import type { ValueStore } from '@/lib/storage/values';

import type { Connections, EffectiveConnection } from './connections';
import type { Drafts } from './drafts';
import type { Platform } from './ports';

/** What is at the provider now, and the edits of the draft that went there; `null` when none did. */
export interface Settled {
  readonly environment: Environment;
  readonly version: string | null;
  readonly madeAt?: string | undefined;
  readonly content: SecretContent;
  readonly sent: readonly Variable[] | null;
}

/**
 * Keeps here what is written at the provider. Where that fails, by full memory or a lock, the error says what is written:
 * the draft stays, and the next Save finds nothing left to push.
 */
export function afterWrite(path: string, keeping: Promise<void>): Promise<void> {
  return keeping.catch((thrown: unknown) => {
    const { code, details, retryable } = toAppError(thrown);
    throw new AppError(code, { ...details, [WRITTEN]: path }, retryable);
  });
}

interface SettlingDeps {
  readonly db: KeyferryDb;
  readonly values: ValueStore;
  readonly drafts: Pick<Drafts, 'arrived'>;
  readonly connections: Pick<Connections, 'isInForce'>;
  readonly platform: Pick<Platform, 'now' | 'broadcast'>;
  readonly onPulled: () => void;
}

/**
 * What is at the provider now becomes what these environments hold, and drafts that were sent there are done. An
 * environment that was pointed elsewhere, or deleted, meanwhile stays as it is; all do where the workspace has another
 * connection by now.
 *
 * @param connection What they, all of one workspace, arrived by.
 * @throws AppError `memory-full`; nothing has changed here then.
 */
export function createSettling({ db, values, drafts, connections, platform, onPulled }: SettlingDeps) {
  return async (connection: EffectiveConnection, arrived: readonly Settled[]): Promise<void> => {
    const rows = await db.environments.bulkGet(arrived.map(({ environment }) => environment.id));
    const news = arrived.filter(
      ({ environment }, at) => rows[at]?.sync === true && rows[at].path === environment.path,
    );
    const [first] = news;
    if (!first) return;
    const isInForce = () => connections.isInForce(first.environment.workspaceId, connection);
    const pulledAt = platform.now();
    const kept = await values.put(
      new Map(
        news.map(({ environment: { id, path }, version, madeAt, content: { form, variables } }) => [
          id,
          { path, version, madeAt, pulledAt, form, variables },
        ]),
      ),
      isInForce,
    );
    if (!kept) return;
    await db.transaction('rw', db.environments, db.connections, db.scopes, async () => {
      if (!(await isInForce())) return;
      await db.environments.bulkUpdate(
        news.map(({ environment, version }) => ({
          key: environment.id,
          changes: { version: version ?? undefined, pulledAt, missing: undefined, failure: undefined },
        })),
      );
    });
    await drafts.arrived(
      news.map(({ environment, ...rest }) => ({ environmentId: environment.id, ...rest })),
    );
    platform.broadcast({ type: 'changed', area: 'environments' });
    onPulled();
  };
}

/** Settles what arrived by one connection. */
export type Settle = (arrived: readonly Settled[]) => Promise<void>;
