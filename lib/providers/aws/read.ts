import PQueue from 'p-queue';

import { AppError, toAppError } from '@/lib/core/errors';
import type { ErrorCode } from '@/lib/core/errors';
import type { SecretRecord } from '@/lib/providers/contract';

import type { AwsCall } from './call';
import { contentOf } from './content';
import type { StoredValue } from './content';
import type { AwsEndpoint } from './endpoint';
import { translateFault } from './errors';
import { bareCode } from './fault';

/** The most ids that BatchGetSecretValue takes. */
export const BATCH = 20;

/** Batches in flight; with the listing beside them that makes the six connections of HTTP/1.1. */
const BATCHES_AT_ONCE = 5;

/** What became of one secret: its record, `null` when it is gone or without a value, or why it failed. */
export type Outcome = SecretRecord | null | AppError;

export interface ReadOptions {
  readonly signal: AbortSignal;
  /** Ahead of everything that waits. */
  readonly first?: boolean;
}

/** @property version A version's id; the current one when left out. */
export interface ReadOneOptions extends ReadOptions {
  readonly version?: string;
}

export interface Reader {
  /** `null` when there is no such secret, it is marked for deletion or has no value. @throws AppError. */
  one(path: string, options: ReadOneOptions): Promise<SecretRecord | null>;
  /**
   * Reads up to `BATCH` secrets; each path is settled exactly once.
   *
   * @throws AppError `cancelled` only.
   */
  many(
    paths: readonly string[],
    settle: (path: string, outcome: Outcome) => void,
    options: ReadOptions,
  ): Promise<void>;
}

/** Failures that a single read of each secret would meet again. */
const OF_THE_CONNECTION: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'key-unknown',
  'signature-wrong',
  'session-expired',
  'clock-skew',
  'region-wrong',
  'throttled',
  'credentials-missing',
  'offline',
  'unreachable',
  'tls-untrusted',
  'host-unknown',
  'refused',
  'connection-reset',
  'timeout',
  'redirected',
  'host-permission',
]);

/** Reads values: by twenty where the policy allows it, else one by one. */
export function createReader(call: AwsCall, endpoint: AwsEndpoint): Reader {
  const batches = new PQueue({ concurrency: BATCHES_AT_ONCE });
  /** Whether this login may use BatchGetSecretValue, as far as seen. */
  let batchAllowed = true;

  async function one(path: string, { version, ...options }: ReadOneOptions): Promise<SecretRecord | null> {
    try {
      const payload = { SecretId: path, ...(version === undefined ? {} : { VersionId: version }) };
      return recordOf(path, await call('GetSecretValue', payload, { ...options, path }));
    } catch (error) {
      if (isAbsence(error)) return null;
      throw error;
    }
  }

  /** @param settle Answers `false` for a path that was not asked for. */
  async function batch(
    paths: readonly string[],
    settle: (path: string, outcome: Outcome) => void,
    options: ReadOptions,
  ): Promise<void> {
    let token: unknown;
    const tokens = new Set<unknown>();
    do {
      tokens.add(token);
      const answer = await call(
        'BatchGetSecretValue',
        { SecretIdList: paths, ...(token ? { NextToken: token } : {}) },
        { ...options, path: '' },
      );
      for (const value of listOf(answer['SecretValues'])) {
        const path = value['Name'];
        if (typeof path === 'string') settle(path, recordOf(path, value));
      }
      for (const failure of listOf(answer['Errors'])) {
        const path = nameOf(textOf(failure['SecretId']));
        const error = failureOf(path, failure);
        // One that may pass is left open: the single read that follows repeats it.
        if (!error.retryable) settle(path, isAbsence(error) ? null : error);
      }
      token = answer['NextToken'];
    } while (token && !tokens.has(token));
  }

  function failureOf(path: string, failure: Readonly<Record<string, unknown>>): AppError {
    const fault = {
      code: bareCode(textOf(failure['ErrorCode'])),
      message: textOf(failure['Message']),
      status: 400,
    };
    return translateFault(fault, { endpoint, action: 'GetSecretValue', path });
  }

  return {
    one,
    async many(paths, settle, options) {
      const open = new Set(paths);
      const settleOpen = (path: string, outcome: Outcome) => {
        if (open.delete(path)) settle(path, outcome);
      };
      if (batchAllowed) {
        try {
          await batches.add(
            async () => {
              if (batchAllowed) await batch(paths, settleOpen, options);
            },
            { priority: options.first ? 1 : 0 },
          );
        } catch (thrown) {
          const error = toAppError(thrown);
          if (error.code === 'cancelled') throw error;
          if (error.code === 'denied') batchAllowed = false;
          if (OF_THE_CONNECTION.has(error.code)) for (const path of open) settleOpen(path, error);
        }
      }
      // What the batch did not answer: no right to use it, one bad secret that failed the whole call, or left out.
      await Promise.all(
        [...open].map(async (path) => {
          const outcome = await one(path, options).catch(toAppError);
          if (outcome instanceof AppError && outcome.code === 'cancelled') throw outcome;
          settleOpen(path, outcome);
        }),
      );
    },
  };
}

function isAbsence(error: unknown): boolean {
  return error instanceof AppError && (error.code === 'missing' || error.code === 'deletion-pending');
}

function recordOf(path: string, value: Readonly<Record<string, unknown>>): SecretRecord | null {
  const content = contentOf(value as StoredValue);
  const version = value['VersionId'];
  return content && { path, version: typeof version === 'string' ? version : null, content };
}

function listOf(list: unknown): readonly Readonly<Record<string, unknown>>[] {
  return Array.isArray(list) ? list.filter((one) => typeof one === 'object' && one !== null) : [];
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** A secret's name; AWS may answer with its ARN, which ends in the name, a hyphen and six characters. */
function nameOf(id: string): string {
  return /^arn:[^:]*:secretsmanager:[^:]*:[^:]*:secret:(.+)-[A-Za-z0-9]{6}$/.exec(id)?.[1] ?? id;
}
