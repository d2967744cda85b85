import { AppError } from '@/lib/core/errors';
import { isJsonObject, toVariables } from '@/lib/core/variables';
import type { SecretRecord } from '@/lib/providers/contract';
import type { HttpResponse } from '@/lib/providers/transport';
import { dataPath, encodePath } from './addresses';
import type { Engine } from './addresses';
import { body, exactBody, isVersionedWarning } from './answers';
import type { Turn } from './client';
import type { Send } from './engine';
import { faultOf } from './errors';

export interface Reading {
  readonly send: Send;
  readonly host: string;
  readonly engine: Engine;
}

/** What is at a path. */
export interface Seen {
  /** `null` when there is no secret, or this version is deleted or destroyed. */
  readonly record: SecretRecord | null;
  /** KV v2: the version looked at, also when it is deleted; 0 where nothing was ever written. */
  readonly version: number;
  readonly destroyed: boolean;
  /** KV v2: custom metadata of the secret. */
  readonly custom: Readonly<Record<string, string>>;
}

export interface Look {
  readonly turn?: Turn;
  /** KV v2: an older version, instead of the current one. */
  readonly version?: number;
  /** One of the many reads of a pull, which standbys may serve a little late; other reads are as current as can be. */
  readonly bulk?: boolean;
}

/**
 * Reads one secret; `null` when there is none, or its current version is deleted or destroyed.
 *
 * @throws AppError for anything else.
 */
export async function readSecret(
  reading: Reading,
  path: string,
  look: Look,
  signal: AbortSignal,
): Promise<SecretRecord | null> {
  return (await lookAt(reading, path, signal, look)).record;
}

/** Reads one secret, and what is known of a deleted one. @throws AppError as `readSecret`. */
export async function lookAt(
  { send, host, engine }: Reading,
  path: string,
  signal: AbortSignal,
  { turn = { first: true }, version, bulk = false }: Look = {},
): Promise<Seen> {
  const subject = dataPath(engine, path);
  const query = version === undefined ? '' : `?version=${version}`;
  const call = { path: encodePath(subject) + query, action: 'read', subject, turn, marks: !bulk };
  const answer = await send(call, signal);
  if (answer.status === 200) return seenIn(answer, engine, path, host);
  if (isVersionedWarning(answer)) throw new AppError('engine-upgrading', { engine: engine.mount }, true);
  const fault = faultOf(answer, { host, action: 'read', path: subject });
  if (answer.status === 404 && fault.code !== 'engine-not-found' && fault.code !== 'namespace-unknown')
    return engine.version === 1 ? NOTHING : deletedIn(body(answer));
  throw fault;
}

const NOTHING: Seen = { record: null, version: 0, destroyed: false, custom: {} };

/** A deleted version's 404 still tells its number; that of a secret that never was does not. */
function deletedIn(answer: Record<string, unknown> | null): Seen {
  const outer = answer?.['data'];
  const metadata = isJsonObject(outer) ? outer['metadata'] : null;
  if (!isJsonObject(metadata) || typeof metadata['version'] !== 'number') return NOTHING;
  const { version, destroyed } = metadata;
  return { record: null, version, destroyed: destroyed === true, custom: customOf(metadata) };
}

function seenIn(answer: HttpResponse, engine: Engine, path: string, host: string): Seen {
  const inner = valuesOf(body(answer), engine);
  // Strings are exact already; a second reading keeps the digits of numbers, and few secrets have any.
  const isExact = inner === null || Object.values(inner.values).every((value) => typeof value === 'string');
  const exact = isExact ? inner : valuesOf(exactBody(answer), engine);
  if (inner === null || exact === null)
    throw new AppError('malformed-answer', { host, status: answer.status, path });
  const { metadata } = inner;
  const version = metadata === null ? null : String(metadata['version']);
  const made = metadata?.['created_time'];
  return {
    record: {
      path,
      version,
      ...(typeof made === 'string' ? { madeAt: made } : {}),
      content: { form: 'object', variables: toVariables(exact.values) },
    },
    version: Number(version ?? 0),
    destroyed: false,
    custom: metadata === null ? {} : customOf(metadata),
  };
}

/** `custom_metadata` of an answer; `null` there means none. */
export function customOf(metadata: Record<string, unknown>): Record<string, string> {
  const custom = metadata['custom_metadata'];
  return isJsonObject(custom)
    ? Object.fromEntries(Object.entries(custom).map(([key, value]) => [key, String(value)]))
    : {};
}

interface Values {
  readonly values: Record<string, unknown>;
  /** KV v2 only. */
  readonly metadata: Record<string, unknown> | null;
}

function valuesOf(answer: Record<string, unknown> | null, { version }: Engine): Values | null {
  const outer = answer?.['data'];
  if (!isJsonObject(outer)) return null;
  if (version === 1) return { values: outer, metadata: null };
  const { data, metadata } = outer;
  if (!isJsonObject(metadata) || typeof metadata['version'] !== 'number') return null;
  // `{"data": null}` can be written: a version that holds nothing.
  if (data !== null && !isJsonObject(data)) return null;
  return { values: data ?? {}, metadata };
}
