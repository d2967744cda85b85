import { AppError } from '@/lib/core/errors';
import type { ErrorCode, ErrorDetails } from '@/lib/core/errors';
import { RETRY_AFTER } from '@/lib/providers/queue';
import type { HttpResponse } from '@/lib/providers/transport';
import { body, errorText } from './answers';

/** What a call was about, for the error's sentence. */
export interface CallContext {
  readonly host: string;
  /** As in "may not read": `read`, `list`, `log in`. */
  readonly action: string;
  /** The path a policy would name: `secret/data/app`. */
  readonly path: string;
  readonly namespace?: string | undefined;
}

type Details = 'host' | 'path' | 'engine' | 'namespace' | 'answer' | 'denied';

interface Row {
  readonly status?: readonly number[];
  readonly text?: RegExp;
  readonly code: ErrorCode;
  readonly details: Details;
  readonly retryable?: boolean;
}

/**
 * Error answers of Vault and OpenBao, the first row that fits counts. Texts: openbao `internal/http`,
 * `internal/vault`, vault-plugin-secrets-kv `path_data.go`; statuses: https://openbao.org/api-docs/#http-status-codes.
 */
const ROWS: readonly Row[] = [
  { text: /Client sent an HTTP request to an HTTPS server/, code: 'plain-http', details: 'host' },
  { text: /^origin not allowed$/m, code: 'origin-refused', details: 'host' },
  { text: /^namespace not found$/m, code: 'namespace-unknown', details: 'namespace' },
  { text: /API access to this namespace has been locked/, code: 'namespace-locked', details: 'namespace' },
  { text: /Vault is sealed/i, code: 'sealed', details: 'host' },
  { text: /not (yet )?initialized/i, code: 'not-initialised', details: 'host' },
  {
    text: /no active .*instance found|active cluster node not found/i,
    code: 'no-active-node',
    details: 'host',
    retryable: true,
  },
  { text: /missing "X-Vault-Request" header/, code: 'header-required', details: 'host' },
  { status: [412], code: 'standby-behind', details: 'host', retryable: true },
  { status: [429], code: 'throttled', details: 'answer', retryable: true },
  {
    text: /^Upgrading from non-versioned to versioned/m,
    code: 'engine-upgrading',
    details: 'engine',
    retryable: true,
  },
  { text: /no handler for route/, code: 'engine-not-found', details: 'engine' },
  { text: /preflight capability check returned 403/, code: 'engine-not-found', details: 'engine' },
  { text: /exceeded maximum number of strings/, code: 'too-many-strings', details: 'path' },
  { status: [413], code: 'too-large', details: 'path' },
  { text: /maximum estimated memory limits|value being too large/, code: 'too-large', details: 'path' },
  { text: /check-and-set parameter/, code: 'conflict', details: 'path' },
  {
    text: /relative paths not supported|path ending in '\/'|could not find version data/,
    code: 'path-invalid',
    details: 'path',
  },
  // Go's clean-path handler refuses what is not printable without a word.
  { status: [400], text: /^$/, code: 'path-invalid', details: 'path' },
  { text: /missing (role_id|secret_id)/, code: 'approle-incomplete', details: 'host' },
  { text: /missing client token/, code: 'token-invalid', details: 'host' },
  { status: [403], code: 'denied', details: 'denied' },
];

/** An error answer as one of our errors. Nothing of the answer's text goes into it. */
export function faultOf(answer: HttpResponse, context: CallContext): AppError {
  const text = errorText(answer);
  const row = ROWS.find(
    (one) => (one.status?.includes(answer.status) ?? true) && (one.text?.test(text) ?? true),
  );
  if (!row) return new AppError('server-error', detailsOf('answer', answer, context), mayPass(answer));
  return new AppError(row.code, detailsOf(row.details, answer, context), row.retryable ?? false);
}

/** Gateways have numbers of their own for a server that did not answer them in time, such as 524. */
function mayPass({ status }: HttpResponse): boolean {
  return status === 408 || status >= 500;
}

/**
 * An error answer to a write. What is not in the server's words was said by something in between, or cut on its way,
 * and tells nothing of the write. So does a 400 without a word: Go's clean-path handler refuses in that way, but of
 * paths that we let through only those with signs newer than its Unicode (OpenBao 2.7.2 takes all of Unicode 17), as
 * any look at them then shows.
 */
export function writeFaultOf(answer: HttpResponse, context: CallContext): AppError {
  const fault = faultOf(answer, context);
  const unsaid = fault.code === 'path-invalid' || fault.code === 'server-error';
  if (!unsaid || fault.retryable || Array.isArray(body(answer)?.['errors'])) return fault;
  return new AppError('malformed-answer', { host: context.host, status: answer.status, path: context.path });
}

/** An error answer to an AppRole login. Older servers name what was wrong; newer say the same for all. */
export function loginFaultOf(answer: HttpResponse, context: CallContext): AppError {
  const text = errorText(answer);
  const details = { host: context.host, ...(context.namespace ? { namespace: context.namespace } : {}) };
  if (/no handler for route/.test(text)) return new AppError('approle-missing', details);
  if (/unauthorized (by|through) CIDR/.test(text)) {
    return new AppError('approle-refused', { ...details, reason: 'address' });
  }
  const fault = faultOf(answer, context);
  const byDefault = fault.code === 'server-error' || fault.code === 'path-invalid';
  return answer.status === 400 && byDefault ? new AppError('approle-refused', details) : fault;
}

/**
 * Whether a 403 is about the token itself and not about a policy: OpenBao says a bare `permission denied`,
 * newer Vault adds `invalid token`; a policy's refusal is wrapped as `1 error occurred`.
 */
export function isTokenTrouble(answer: HttpResponse): boolean {
  if (answer.status !== 403) return false;
  const text = errorText(answer);
  return /invalid token|bad token/.test(text) || text === 'permission denied';
}

function detailsOf(kind: Details, answer: HttpResponse, context: CallContext): ErrorDetails {
  const { host, action, path, namespace } = context;
  switch (kind) {
    case 'path':
      return { path };
    case 'engine':
      return { engine: path };
    case 'denied':
      return { action, path };
    case 'namespace': {
      const named = /"([^"]+)" must be unlocked/.exec(errorText(answer))?.[1]?.replace(/\/$/, '');
      return { namespace: namespace || named || path.split('/')[0] || '' };
    }
    case 'answer': {
      const wait = Number(answer.headers['retry-after']);
      return {
        host,
        provider: 'Vault',
        status: answer.status,
        path,
        ...(Number.isInteger(wait) && wait > 0 ? { [RETRY_AFTER]: wait } : {}),
      };
    }
    case 'host':
      return { host };
  }
}
