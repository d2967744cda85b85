import { AppError } from '@/lib/core/errors';
import type { ErrorCode, ErrorDetails } from '@/lib/core/errors';

import type { AwsEndpoint } from './endpoint';
import type { Fault } from './fault';

/** What a call was about, for the error's sentence. */
export interface CallContext {
  readonly endpoint: AwsEndpoint;
  /** `ListSecrets`, `GetSecretValue` … */
  readonly action: string;
  /** The secret asked for, or the name prefix of a listing. */
  readonly path: string;
}

/**
 * Codes that need no look at the message. Sources: botocore's service-2.json of Secrets Manager,
 * https://docs.aws.amazon.com/secretsmanager/latest/apireference/CommonErrors.html and the retry
 * constants of smithy-typescript (Apache-2.0); the names without `Exception` are those of XML bodies.
 */
const CODES: Readonly<Record<string, ErrorCode>> = {
  UnrecognizedClientException: 'key-unknown',
  InvalidClientTokenId: 'key-unknown',
  InvalidAccessKeyId: 'key-unknown',
  MissingAuthenticationToken: 'key-unknown',
  MissingAuthenticationTokenException: 'key-unknown',
  // Says which part of the Authorization header is not well-formed; with our headers only a key ID can be.
  IncompleteSignature: 'key-unknown',
  IncompleteSignatureException: 'key-unknown',
  ExpiredToken: 'session-expired',
  ExpiredTokenException: 'session-expired',
  TokenRefreshRequired: 'session-expired',
  RequestExpired: 'clock-skew',
  RequestInTheFuture: 'clock-skew',
  RequestTimeTooSkewed: 'clock-skew',
  OptInRequired: 'region-wrong',
  SubscriptionRequiredException: 'region-wrong',
  DecryptionFailure: 'kms-denied',
  EncryptionFailure: 'kms-denied',
  // A secret of this name, or a version of this token with another value.
  ResourceExistsException: 'conflict',
  ResourceNotFoundException: 'missing',
  InternalServiceError: 'server-error',
  InternalServiceErrorException: 'server-error',
  InternalFailure: 'server-error',
  InternalServerError: 'server-error',
  ServiceUnavailable: 'server-error',
  ServiceUnavailableException: 'server-error',
  RequestTimeout: 'server-error',
  RequestTimeoutException: 'server-error',
  BandwidthLimitExceeded: 'throttled',
  LimitExceededException: 'throttled',
  PriorRequestNotComplete: 'throttled',
  ProvisionedThroughputExceededException: 'throttled',
  RequestLimitExceeded: 'throttled',
  RequestThrottled: 'throttled',
  RequestThrottledException: 'throttled',
  SlowDown: 'throttled',
  ThrottledException: 'throttled',
  Throttling: 'throttled',
  ThrottlingException: 'throttled',
  TooManyRequestsException: 'throttled',
};

/** What a denied action wanted to do, for `This login may not … team/api`; the others want to read it. */
const DEEDS: Readonly<Record<string, string>> = {
  ListSecrets: 'list',
  CreateSecret: 'create',
  PutSecretValue: 'write',
  UpdateSecretVersionStage: 'write',
  DeleteSecret: 'delete',
  RestoreSecret: 'restore',
  ListSecretVersionIds: 'list the versions of',
  DescribeSecret: 'describe',
  TagResource: 'tag',
};

/**
 * A secret that is created with tags needs a second right, and AWS names the one that is missing.
 * https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html
 */
const TAGGING = /\bsecretsmanager:TagResource\b/;

/** Actions that encrypt a value. */
const WRITES: ReadonlySet<string> = new Set(['CreateSecret', 'PutSecretValue']);

const RETRYABLE: ReadonlySet<ErrorCode> = new Set(['throttled', 'server-error']);

/** Words of AWS for a time outside the five minutes it allows. */
export const TIME_REFUSED = /Signature expired|Signature not yet current|too skewed/i;

/** AWS's codes for a request that it does not take as it is; which part of it, only the message says. */
const REQUEST_REFUSED = /^(Validation|InvalidParameter)/;

/**
 * Words of such a message that point at the name. Our own check (`pathProblem`) is wider than some of AWS's: "!" is a
 * sign of a name in one list of AWS's and not in another.
 * https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html
 */
const NAME_REFUSED = /\binvalid (secret )?name\b|\bat '(name|secretId)'/i;

/** Actions that send a path as a secret's name; a listing sends a filter, which takes whatever our check does. */
const NAMELESS: ReadonlySet<string> = new Set(['ListSecrets', 'BatchGetSecretValue']);

/** Whether AWS has read the request, and refused something in it that is no key and no right. */
export function isRequestRefused({ code, details }: AppError): boolean {
  return code === 'malformed-answer' && REQUEST_REFUSED.test(String(details['fault'] ?? ''));
}

/** An AWS fault as one of our errors. Nothing of the fault's message goes into it. */
export function translateFault(fault: Fault, context: CallContext): AppError {
  const code = codeOf(fault, context);
  return new AppError(code, detailsOf(code, fault, context), RETRYABLE.has(code));
}

function codeOf({ code, message, status }: Fault, { endpoint, action, path }: CallContext): ErrorCode {
  const known = CODES[code];
  if (known) return known;
  if (/^AccessDenied/.test(code)) return /\bkms\b/i.test(message) ? 'kms-denied' : 'denied';
  if (/^(InvalidSignature|SignatureDoesNotMatch)/.test(code)) {
    if (TIME_REFUSED.test(message)) return 'clock-skew';
    return /valid region/i.test(message) ? 'region-wrong' : 'signature-wrong';
  }
  if (/^InvalidRequest/.test(code)) {
    if (/marked (for deletion|deleted)|scheduled for deletion/i.test(message)) return 'deletion-pending';
    if (/\bkms\b/i.test(message)) return 'kms-denied';
  }
  // The label is not, or no longer, where the call expected it.
  if (/^InvalidParameter/.test(code) && action === 'UpdateSecretVersionStage') return 'conflict';
  if (REQUEST_REFUSED.test(code)) {
    const isName = path !== '' && !NAMELESS.has(action) && NAME_REFUSED.test(message);
    return isName ? 'path-invalid' : 'malformed-answer';
  }
  if (status === 429) return 'throttled';
  if (status >= 500) return 'server-error';
  // LocalStack refuses unknown origins in this way, before it reads the request.
  if (code === '' && status === 403 && endpoint.custom) return 'origin-refused';
  return 'malformed-answer';
}

function detailsOf(code: ErrorCode, fault: Fault, { endpoint, action, path }: CallContext): ErrorDetails {
  const { host, region } = endpoint;
  const where = path ? { path } : {};
  switch (code) {
    case 'denied': {
      const refused = action === 'CreateSecret' && TAGGING.test(fault.message) ? 'TagResource' : action;
      return {
        action: DEEDS[refused] ?? 'read',
        permission: `secretsmanager:${refused}`,
        path: path || `the secrets in ${region}`,
      };
    }
    case 'kms-denied':
      // https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html
      return WRITES.has(action) ? { ...where, permission: 'kms:GenerateDataKey' } : where;
    case 'conflict':
    case 'missing':
    case 'deletion-pending':
      return where;
    case 'path-invalid':
      return { ...where, problem: 'aws-sign' };
    case 'key-unknown':
    case 'signature-wrong':
    case 'session-expired':
    case 'region-wrong':
      return { host, region };
    case 'throttled':
    case 'server-error':
      return { host, provider: 'aws', status: fault.status, ...where };
    case 'malformed-answer':
      // AWS's own name for it, if it is one: for the report, and never more than a name.
      return {
        host,
        provider: 'aws',
        status: fault.status,
        action,
        ...(/^[A-Za-z]{1,64}$/.test(fault.code) ? { fault: fault.code } : {}),
        ...where,
      };
    default:
      return { host };
  }
}
