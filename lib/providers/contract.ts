import type { AppError } from '@/lib/core/errors';
import type { ProviderKind } from '@/lib/core/model';
import type { TestStep } from '@/lib/core/test-steps';
import type { SecretContent } from '@/lib/core/variables';

/** A secret as read: what it holds and which version that was. */
export interface SecretRecord {
  readonly path: string;
  /** KV v2 version number or AWS version id, as text; `null` where the backend has none (KV v1). */
  readonly version: string | null;
  /** KV v2: when that version was made, in the server's words. A secret wiped and made anew has the same numbers again. */
  readonly madeAt?: string | undefined;
  readonly content: SecretContent;
}

/** A version by its number and, where that is known, the time that it was made at. */
export function versionStamp({ version, madeAt }: Pick<SecretRecord, 'version' | 'madeAt'>): string | null {
  return version === null || madeAt === undefined ? version : `${version} ${madeAt}`;
}

/** Whether two of one secret are the same version, as far as is known. */
export function isSameVersion(
  a: Pick<SecretRecord, 'version' | 'madeAt'>,
  b: Pick<SecretRecord, 'version' | 'madeAt'>,
): boolean {
  const isKnown = a.madeAt !== undefined && b.madeAt !== undefined;
  return a.version === b.version && (!isKnown || a.madeAt === b.madeAt);
}

/** A name from a listing. `version` is the current one where the listing tells it. */
export interface ListedSecret {
  readonly path: string;
  readonly version: string | null;
}

/** What this backend can do, told before a button is offered. */
export interface Capabilities {
  /** Writes can be made conditional on the version read. KV v1: no. */
  readonly compareAndSwap: boolean;
  readonly history: boolean;
}

export interface PullRequest {
  /** Folder (Vault) or name prefix (AWS); '' for everything. */
  readonly prefix: string;
  /** Versions (`versionStamp`) whose values are in memory already: such a secret is not read again while it has that. */
  readonly known: ReadonlyMap<string, string>;
  /** Paths to read before all others (the tab's environment). They need not be known to the listing. */
  readonly first?: readonly string[];
  /** When given, no listing is made: exactly these paths are read. */
  readonly only?: readonly string[];
}

/** Where a pull reports to, as it goes. Each listed path gets exactly one of the last four calls. */
export interface PullSink {
  /** So many secrets are known so far; the number only grows. */
  listed(total: number): void;
  secret(record: SecretRecord): void;
  unchanged(path: string): void;
  /** Gone between listing and reading, soft-deleted, or without a value. */
  missing(path: string): void;
  /** This path alone failed; the pull goes on. A folder that could not be listed is reported by its path with a trailing `/`. */
  failed(path: string, error: AppError): void;
}

/**
 * One connected backend. Absent is a value (`null`), broken is a thrown `AppError`; nothing thrown
 * carries a secret, token, key, header or a foreign error.
 */
export interface SecretProvider {
  readonly kind: ProviderKind;
  /** @throws AppError `denied`, `engine-not-found` … */
  capabilities(signal: AbortSignal): Promise<Capabilities>;
  /** Every secret below `prefix`, recursively. Names and versions, never values. */
  list(prefix: string, signal: AbortSignal): Promise<readonly ListedSecret[]>;
  /** `null` when there is no such secret or it is deleted. @throws AppError for anything else. */
  read(path: string, signal: AbortSignal): Promise<SecretRecord | null>;
  /** Lists and reads at once. @throws AppError only when nothing can be pulled at all; failures of single paths go to the sink. */
  pull(request: PullRequest, sink: PullSink, signal: AbortSignal): Promise<void>;
  /** Reach, authenticate, engine path or region, list; each step is reported as it starts and ends. Never throws but for `cancelled`. */
  test(report: (step: TestStep) => void, signal: AbortSignal): Promise<void>;
  /** Gives back what the session holds at the server (revokes a token got by a login). Never throws. */
  close(): Promise<void>;
}
