import type { SecretContent } from '@/lib/core/variables';

import type { SecretProvider, SecretRecord } from './contract';

/**
 * What must still be true at the provider for a write to happen: nothing at the path, or exactly what was read.
 * The content is what a backend without versions (KV v1) compares just before it writes.
 */
export type Expected =
  | { readonly state: 'absent' }
  | { readonly state: 'read'; readonly version: string | null; readonly content: SecretContent };

export interface Written {
  /** The new version; `null` where the backend has none. */
  readonly version: string | null;
  /** What a read will tell, where that has another form: in AWS a plain text that is JSON now. */
  readonly content?: SecretContent;
}

/** How a removed secret can come back. */
export type Removal =
  /** KV v2: that version can be undeleted. */
  | { readonly kind: 'soft'; readonly version: string }
  /** AWS: restorable until then, in milliseconds since the epoch. */
  | { readonly kind: 'scheduled'; readonly until: number }
  /** KV v1: gone for good. */
  | { readonly kind: 'permanent' };

export interface VersionInfo {
  readonly version: string;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  /** `deleted` can be undeleted, `destroyed` cannot. */
  readonly state: 'current' | 'kept' | 'deleted' | 'destroyed';
  /** AWS staging labels of the version. */
  readonly labels: readonly string[];
}

/** What the login may do at a path; `null` where the provider cannot tell beforehand. */
export interface Permissions {
  readonly read: boolean | null;
  readonly create: boolean | null;
  readonly update: boolean | null;
  readonly remove: boolean | null;
  readonly list: boolean | null;
}

/** Metadata of the secret that moves along with it: KV v2 `custom_metadata`; AWS description and tags. */
export interface SecretMetadata {
  readonly custom: Readonly<Record<string, string>>;
  readonly description?: string | undefined;
  readonly kmsKeyId?: string | undefined;
}

/** The writing side of a provider. Everything throws `AppError` only, as in `SecretProvider`. */
export interface WritableProvider extends SecretProvider {
  /** Whether the content fits the provider's limits, without asking it. @throws AppError `too-large`, `too-many-strings`, `path-invalid`. */
  check(path: string, content: SecretContent): void;
  /**
   * Compare-and-swap: writes only while `expected` holds. A write whose answer was lost is read back before the
   * error is thrown; when the new content is there, it is a success.
   *
   * @param metadata Set along with a new secret (migration).
   * @throws AppError `conflict` when something else is there by now; `deletion-pending`; `denied`;
   *   `outcome-unknown` when the answer was lost and the path cannot be read back.
   */
  write(
    path: string,
    content: SecretContent,
    expected: Expected,
    signal: AbortSignal,
    metadata?: SecretMetadata,
  ): Promise<Written>;
  /**
   * Removes what was read, recoverably where the backend can: a newer version that came in between survives.
   *
   * @param options `days` is AWS's recovery window (7–30, default 30); `permanent` must be true for KV v1.
   * @throws AppError `conflict` when something newer is there; `no-cas` for KV v1 without `permanent`.
   */
  remove(
    path: string,
    expected: Extract<Expected, { state: 'read' }>,
    options: { readonly days?: number; readonly permanent?: boolean },
    signal: AbortSignal,
  ): Promise<Removal>;
  /** Newest first; `null` when there is no such secret (or the backend keeps no history). */
  history(path: string, signal: AbortSignal): Promise<readonly VersionInfo[] | null>;
  readVersion(path: string, version: string, signal: AbortSignal): Promise<SecretRecord | null>;
  /** Brings a soft-deleted version or a secret scheduled for deletion back. */
  undelete(path: string, version: string | null, signal: AbortSignal): Promise<void>;
  /** `null` when there is no such secret. @throws AppError `denied` where the login may read a secret, but not this of it. */
  metadata(path: string, signal: AbortSignal): Promise<SecretMetadata | null>;
  permissions(path: string, signal: AbortSignal): Promise<Permissions>;
}
