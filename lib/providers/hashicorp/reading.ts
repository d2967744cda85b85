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

/**
 * Reads one secret; `null` when there is none, or its current version is deleted or destroyed.
 *
 * @throws AppError for anything else.
 */
export async function readSecret(
  { send, host, engine }: Reading,
  path: string,
  turn: Turn,
  signal: AbortSignal,
): Promise<SecretRecord | null> {
  const subject = dataPath(engine, path);
  const answer = await send({ path: encodePath(subject), action: 'read', subject, turn }, signal);
  if (answer.status === 200) return recordOf(answer, engine, path, host);
  if (isVersionedWarning(answer)) throw new AppError('engine-upgrading', { engine: engine.mount }, true);
  const fault = faultOf(answer, { host, action: 'read', path: subject });
  if (answer.status === 404 && fault.code !== 'engine-not-found' && fault.code !== 'namespace-unknown')
    return null;
  throw fault;
}

function recordOf(answer: HttpResponse, engine: Engine, path: string, host: string): SecretRecord {
  const inner = valuesOf(body(answer), engine);
  // Strings are exact already; a second reading keeps the digits of numbers, and few secrets have any.
  const isExact = inner === null || Object.values(inner.values).every((value) => typeof value === 'string');
  const exact = isExact ? inner : valuesOf(exactBody(answer), engine);
  if (exact === null) throw new AppError('malformed-answer', { host, status: answer.status, path });
  return { path, version: exact.version, content: { form: 'object', variables: toVariables(exact.values) } };
}

interface Values {
  readonly values: Record<string, unknown>;
  readonly version: string | null;
}

function valuesOf(answer: Record<string, unknown> | null, { version }: Engine): Values | null {
  const outer = answer?.['data'];
  if (!isJsonObject(outer)) return null;
  if (version === 1) return { values: outer, version: null };
  const { data, metadata } = outer;
  if (!isJsonObject(metadata) || typeof metadata['version'] !== 'number') return null;
  // `{"data": null}` can be written: a version that holds nothing.
  if (data !== null && !isJsonObject(data)) return null;
  return { values: data ?? {}, version: String(metadata['version']) };
}
