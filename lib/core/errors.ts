/**
 * The closed list of what can go wrong. Every code has one sentence and one next step in
 * `lib/core/copy/errors.ts`; a test proves it.
 */
export const ERROR_CODES = [
  // the vault key
  'wrong-passphrase',
  'record-damaged',
  'record-moved',
  'record-weak',
  'locked',
  'locked-meanwhile',
  'not-set-up',
  'already-set-up',
  'credentials-missing',
  // the browser
  'worker-restarted',
  'host-permission',
  'memory-full',
  'clipboard-denied',
  'not-supported-here',
  // reaching a server
  'offline',
  'unreachable',
  'tls-untrusted',
  'tls-not-accepted',
  'host-unknown',
  'refused',
  'connection-reset',
  'plain-http',
  'timeout',
  'redirected',
  'cancelled',
  'malformed-answer',
  // HashiCorp Vault and OpenBao
  'origin-refused',
  'sealed',
  'not-initialised',
  'no-active-node',
  'standby-behind',
  'namespace-unknown',
  'namespace-locked',
  'token-invalid',
  'token-expired',
  'token-uses',
  'token-wrapped',
  'approle-refused',
  'approle-locked',
  'approle-incomplete',
  'approle-missing',
  'denied',
  'engine-not-found',
  'engine-other',
  'engine-upgrading',
  'header-required',
  'no-cas',
  'too-many-strings',
  'number-unsafe',
  // AWS
  'key-unknown',
  'signature-wrong',
  'session-expired',
  'clock-skew',
  'region-wrong',
  'region-invalid',
  'region-empty',
  'kms-denied',
  'deletion-pending',
  'helper-missing',
  'profile-unknown',
  // either provider
  'throttled',
  'server-error',
  'missing',
  'not-an-object',
  'not-pulled',
  'not-synced',
  'edited-first',
  'review-over',
  'conflict',
  'conflict-again',
  'changed-since',
  'outcome-unknown',
  'verify-failed',
  'path-invalid',
  'path-taken',
  'settings-invalid',
  'variable-invalid',
  'too-large',
  // on the wire
  'unresolved',
  'header-illegal',
  'header-forbidden',
  'place-unsupported',
  'request-refused',
  'request-timeout',
  'request-gone',
  'request-changed',
  'not-enabled',
  'embedded',
  'page-orphaned',
  // workspaces and configuration
  'workspace-missing',
  'workspace-last',
  'name-taken',
  'file-invalid',
  'preview-over',
  'tester-known',
  'tester-elsewhere',
  'sync-differs',
  'move-first',
  'policy-locked',
  'policy-forbidden',
  // ourselves
  'untrusted-sender',
  'bad-message',
  'database-newer',
  'unexpected',
] as const;

export type ErrorCode = (typeof ERROR_CODES)[number];

/** What a sentence may name: hosts, paths, numbers. Never a value, token, key, header or query string. */
export type ErrorDetails = Readonly<Record<string, string | number>>;

/** The detail of an error that came after a write: the path at which the provider holds what was to be saved. */
export const WRITTEN = 'written';

/** The detail of a `denied` that keeps a secret's metadata from moving along. */
export const UNSEEN = 'unseen';

/**
 * The only error that crosses a module's edge. It carries no `cause`: foreign errors hold requests,
 * headers and tokens, so they are translated and dropped where they are met.
 */
export class AppError extends Error {
  override readonly name = 'AppError';

  constructor(
    readonly code: ErrorCode,
    readonly details: ErrorDetails = {},
    /** Whether the same call may succeed a moment later without anybody changing anything. */
    readonly retryable = false,
  ) {
    super(code);
  }
}

/** Any thrown thing as an `AppError`; what is not ours becomes `unexpected`, without its text. */
export function toAppError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  if (error instanceof DOMException && error.name === 'AbortError') return new AppError('cancelled');
  return new AppError('unexpected', { where: error instanceof Error ? error.name : typeof error });
}

/** Narrows a code that came over the wire; unknown codes become `unexpected`. */
export function asErrorCode(code: unknown): ErrorCode {
  return ERROR_CODES.find((known) => known === code) ?? 'unexpected';
}
