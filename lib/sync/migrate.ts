import { AppError, toAppError, UNSEEN } from '@/lib/core/errors';
import { sameValues } from '@/lib/core/same-values';
import type { SecretRecord } from '@/lib/providers/contract';
import type { Removal, SecretMetadata, WritableProvider } from '@/lib/providers/write-contract';

/** The steps of a move, in their order. */
export type MigrationStep = 'read' | 'write' | 'verify' | 'link' | 'remove';

/** How far a move has come. Paths and versions only, so it may be stored. */
export interface Migration {
  readonly from: string;
  readonly to: string;
  readonly step: MigrationStep;
  /** Version of the old secret that was copied, and of the copy. */
  readonly fromVersion: string | null;
  readonly toVersion: string | null;
  /** The user agreed to a removal for good (KV v1). */
  readonly permanent: boolean;
  /** The user agreed that metadata which the login may not see does not come along. */
  readonly withoutMetadata?: boolean;
}

export interface MigrationHost {
  /** Keeps the progress before the next step begins. */
  keep(migration: Migration): Promise<void>;
  /** Points the environment to the new path, with the copy as its values. */
  link(record: SecretRecord): Promise<void>;
}

type Mover = Pick<WritableProvider, 'read' | 'write' | 'remove' | 'metadata' | 'check'>;

export function planMigration(from: string, to: string, permanent: boolean): Migration {
  return { from, to, step: 'read', fromVersion: null, toVersion: null, permanent };
}

/**
 * Moves a secret: copy to a path where nothing is, read back and compare, link the environment, remove the old
 * one recoverably. Interrupted anywhere it leaves the old secret or both; called again with the progress that was
 * kept, it goes on.
 *
 * @throws AppError `missing` (the old one is gone before it was copied), `denied` with the detail `UNSEEN` (the metadata
 *   would be lost, which nobody agreed to; nothing is written), `path-taken`, `verify-failed`, `changed-since`
 *   (the old one was changed after it was copied: it stays), and whatever the provider throws.
 */
export async function runMigration(
  provider: Mover,
  start: Migration,
  host: MigrationHost,
  signal: AbortSignal,
): Promise<Removal> {
  let migration = start;
  const advance = async (change: Partial<Migration>) => {
    migration = { ...migration, ...change };
    await host.keep(migration);
  };
  const { from, to, permanent } = migration;

  if (migration.step === 'read' || migration.step === 'write') {
    const old = await provider.read(from, signal);
    if (!old) throw new AppError('missing', { path: from });
    provider.check(to, old.content);
    const metadata = await metadataOf(provider, migration, signal);
    await advance({ step: 'write', fromVersion: old.version });
    const toVersion = await copy(provider, old, to, metadata, signal);
    await advance({ step: 'verify', toVersion });
  }

  if (migration.step === 'verify') {
    const copied = await provider.read(to, signal);
    const old = await provider.read(from, signal);
    if (!old) throw new AppError('missing', { path: from });
    // Compared with the old one as it is now: a newer version of it would otherwise be left behind.
    if (!copied || !sameValues(copied.content, old.content))
      throw new AppError('verify-failed', { old: from, new: to });
    await advance({ step: 'link', fromVersion: old.version, toVersion: copied.version });
  }

  if (migration.step === 'link') {
    const copied = await provider.read(to, signal);
    if (!copied) throw new AppError('verify-failed', { old: from, new: to });
    await host.link(copied);
    await advance({ step: 'remove' });
  }

  const [old, copied] = await Promise.all([provider.read(from, signal), provider.read(to, signal)]);
  // Nothing is removed while its copy is not there.
  if (!copied) throw new AppError('verify-failed', { old: from, new: to });
  if (!old) {
    return migration.fromVersion === null
      ? { kind: 'permanent' }
      : { kind: 'soft', version: migration.fromVersion };
  }
  // Where there are no versions only the values tell whether somebody wrote since they were compared.
  const isCopied =
    old.version === migration.fromVersion &&
    (old.version !== null || sameValues(old.content, copied.content));
  if (!isCopied) throw new AppError('changed-since', { path: from });
  const expected = { state: 'read' as const, version: old.version, content: old.content };
  return provider.remove(from, expected, { permanent }, signal).catch((error: unknown) => {
    const isNewer = error instanceof AppError && error.code === 'conflict';
    throw isNewer ? new AppError('changed-since', { path: from }) : error;
  });
}

/** What is to move along; none where the login may not see it and that was agreed to. */
async function metadataOf(
  provider: Mover,
  { from, withoutMetadata }: Migration,
  signal: AbortSignal,
): Promise<SecretMetadata | undefined> {
  try {
    return (await provider.metadata(from, signal)) ?? undefined;
  } catch (thrown) {
    const { code, details } = toAppError(thrown);
    if (code !== 'denied') throw thrown;
    if (withoutMetadata) return undefined;
    throw new AppError(code, { ...details, [UNSEEN]: 'metadata' });
  }
}

/** Writes the copy where nothing is. A copy of ours from an interrupted try, with the same content, counts as written. */
async function copy(
  provider: Mover,
  old: SecretRecord,
  to: string,
  metadata: SecretMetadata | undefined,
  signal: AbortSignal,
): Promise<string | null> {
  try {
    const args = [to, old.content, { state: 'absent' } as const, signal] as const;
    return (await (metadata ? provider.write(...args, metadata) : provider.write(...args))).version;
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'conflict') throw error;
    const there = await provider.read(to, signal);
    if (there && sameValues(there.content, old.content)) return there.version;
    throw new AppError('path-taken', { path: to, variables: there?.content.variables.length ?? 0 });
  }
}
