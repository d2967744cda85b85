import { AppError, toAppError } from '@/lib/core/errors';
import type { ErrorDetails } from '@/lib/core/errors';
import type { HashicorpCredentials, HashicorpSettings } from '@/lib/core/model';
import { TEST_STEPS } from '@/lib/core/test-steps';
import type { TestStep, TestStepName } from '@/lib/core/test-steps';
import type { HttpResponse } from '@/lib/providers/transport';
import { trimSlashes } from './addresses';
import type { Engine } from './addresses';
import { body } from './answers';
import type { VaultClient } from './client';
import { faultOf } from './errors';
import type { ListingSink } from './listing';
import type { Tokens } from './tokens';

export interface TestParts {
  readonly settings: HashicorpSettings;
  readonly credentials: HashicorpCredentials;
  readonly door: VaultClient;
  readonly tokens: Tokens;
  readonly now: () => number;
  engine(signal: AbortSignal): Promise<Engine>;
  list(folder: string, withVersions: boolean, sink: ListingSink, signal: AbortSignal): Promise<void>;
}

/**
 * Takes the steps of Test Connection. The first that fails ends it; those behind it are `skipped`.
 *
 * @throws AppError `cancelled` only.
 */
export async function testConnection(
  parts: TestParts,
  report: (step: TestStep) => void,
  signal: AbortSignal,
): Promise<void> {
  let usesLeft: number | null = null;
  const steps: Record<TestStepName, () => Promise<ErrorDetails>> = {
    reach: () => reach(parts, signal),
    async authenticate() {
      const facts = await authenticate(parts, signal);
      usesLeft = typeof facts['usesLeft'] === 'number' ? facts['usesLeft'] : null;
      return facts;
    },
    place: () => place(parts, signal),
    list: () => list(parts, usesLeft, signal),
  };
  let failed = false;
  for (const step of TEST_STEPS) {
    if (failed) {
      report({ step, state: 'skipped' });
      continue;
    }
    const since = parts.now();
    report({ step, state: 'running' });
    try {
      const facts = await steps[step]();
      report({ step, state: 'done', ms: parts.now() - since, facts });
    } catch (thrown) {
      if (signal.aborted) throw new AppError('cancelled');
      const { code, details } = toAppError(thrown);
      report({ step, state: 'failed', ms: parts.now() - since, failure: { code, details } });
      failed = true;
    }
  }
}

/** https://openbao.org/api-docs/system/health/ and Vault's 472–474, 530. Never with a namespace. */
async function reach({ door }: TestParts, signal: AbortSignal): Promise<ErrorDetails> {
  const { host } = door;
  const call = { path: 'sys/health', action: 'reach' };
  const answer = await door.sendOnce(call, signal);
  const health = body(answer);
  if (typeof health?.['initialized'] !== 'boolean') throw notAHealthReport(answer, door);
  switch (answer.status) {
    case 200:
    // Standbys answer for themselves or forward.
    case 429:
    case 473:
      break;
    case 501:
      throw new AppError('not-initialised', { host });
    case 503:
      throw new AppError('sealed', { host });
    default:
      throw new AppError('no-active-node', { host, status: answer.status }, true);
  }
  const version = health['version'];
  return {
    host,
    ...(typeof version === 'string' ? { version } : {}),
    ...(answer.protocol ? { protocol: answer.protocol } : {}),
    ...(answer.status === 200 ? {} : { standby: 'yes' }),
  };
}

/** Something else answers at this address, or stands in front of Vault. */
function notAHealthReport(answer: HttpResponse, door: VaultClient): AppError {
  const fault = faultOf(answer, { host: door.host, action: 'reach', path: 'sys/health' });
  const isVaults = answer.status >= 400 && fault.code !== 'denied' && fault.code !== 'path-invalid';
  const isUnclear = fault.code === 'server-error' && answer.status < 500;
  return isVaults && !isUnclear
    ? fault
    : new AppError('malformed-answer', { host: door.host, status: answer.status });
}

async function authenticate(parts: TestParts, signal: AbortSignal): Promise<ErrorDetails> {
  const { credentials, tokens, now } = parts;
  if (credentials.kind === 'token') await refuseWrapping(parts, credentials.token.trim(), signal);
  const facts = await tokens.facts(signal);
  const auth = credentials.kind;
  if (facts === null) return { auth, hidden: 'yes' };
  const { expiresAt, renewable, usesLeft } = facts;
  return {
    auth,
    renewable: renewable ? 'yes' : 'no',
    // 0: it never expires.
    ttl: expiresAt === null ? 0 : Math.max(1, Math.round((expiresAt - now()) / 1_000)),
    ...(usesLeft === null ? {} : { usesLeft }),
  };
}

/**
 * The first use of a wrapping token destroys it; this question does not, and needs no token of its own
 * (https://openbao.org/api-docs/system/wrapping-lookup/). Any answer but "it is one" is left to the next call.
 */
async function refuseWrapping({ door }: TestParts, token: string, signal: AbortSignal): Promise<void> {
  const call = { method: 'POST', path: 'sys/wrapping/lookup', body: { token }, action: 'read' } as const;
  const answer = await door.sendOnce(call, signal);
  if (answer.status === 200) throw new AppError('token-wrapped', { host: door.host });
}

async function place({ engine, settings }: TestParts, signal: AbortSignal): Promise<ErrorDetails> {
  const { version, certain } = await engine(signal);
  return {
    engine: trimSlashes(settings.enginePath.trim()),
    kv: version,
    cas: version === 2 && certain ? 'yes' : 'no',
  };
}

async function list(parts: TestParts, usesLeft: number | null, signal: AbortSignal): Promise<ErrorDetails> {
  const prefix = trimSlashes(parts.settings.prefix.trim());
  let secrets = 0;
  let unlisted = 0;
  const sink: ListingSink = {
    found: (batch) => void (secrets += batch.filter(({ state }) => state !== 'deleted').length),
    failed: () => void (unlisted += 1),
  };
  await parts.list(prefix, false, sink, signal);
  return {
    secrets,
    ...(prefix === '' ? {} : { prefix }),
    ...(unlisted === 0 ? {} : { unlisted }),
    // What a pull takes: one call for each secret and one for their names.
    ...(usesLeft !== null && usesLeft < secrets + 1
      ? { warning: 'token-uses', usesLeft, usesNeeded: secrets + 1 }
      : {}),
  };
}
