import { isJsonObject } from '@/lib/core/variables';
import { toAppError } from '@/lib/core/errors';
import type { HashicorpSettings } from '@/lib/core/model';
import type { Permissions } from '@/lib/providers/write-contract';
import { dataPath, encodePath, folderPath, joinPath, trimSlashes } from './addresses';
import type { Engine } from './addresses';
import { body } from './answers';
import type { Reading } from './reading';

const UNKNOWN: Permissions = { read: null, create: null, update: null, remove: null, list: null };

/**
 * What the login may do at a path, by `capabilities-self`, which must be asked in the token's own namespace and with
 * paths as they are called there (measured with OpenBao 2.7.2).
 *
 * @returns All `null` where a policy hides it.
 */
export async function permissionsAt(
  reading: Reading,
  settings: HashicorpSettings,
  path: string,
  signal: AbortSignal,
): Promise<Permissions> {
  const paths = pathsOf(reading.engine, path);
  const guess = settings.auth === 'approle' ? trimSlashes(settings.namespace.trim()) : '';
  try {
    const found =
      (await ask(reading, guess, Object.values(paths), signal)) ??
      (await askWhereTheTokenIs(reading, guess, Object.values(paths), signal));
    return found ? permissionsFrom(found, paths, reading.engine.version) : UNKNOWN;
  } catch (thrown) {
    const error = toAppError(thrown);
    if (error.code === 'denied' || error.code === 'namespace-unknown') return UNKNOWN;
    throw error;
  }
}

interface Paths {
  readonly data: string;
  readonly remove: string;
  readonly list: string;
}

function pathsOf(engine: Engine, path: string): Paths {
  const { mount, base, version } = engine;
  const data = dataPath(engine, path);
  const folder = path.split('/').slice(0, -1).join('/');
  return {
    data,
    remove: version === 2 ? joinPath(mount, 'delete', base, path) : data,
    // Without the slash at its end a folder is another path.
    list: folderPath(engine, folder, 'plain'),
  };
}

async function askWhereTheTokenIs(
  reading: Reading,
  guess: string,
  paths: readonly string[],
  signal: AbortSignal,
): Promise<Map<string, readonly unknown[]> | null> {
  const call = { path: 'auth/token/lookup-self', action: 'read', turn: { first: true } };
  const found = body(await reading.send(call, signal))?.['data'];
  const told = isJsonObject(found) ? found['namespace_path'] : undefined;
  const namespace = typeof told === 'string' ? trimSlashes(told) : '';
  return namespace === guess ? null : ask(reading, namespace, paths, signal);
}

/** Capabilities by full path; `null` when this namespace does not answer. */
async function ask(
  { send }: Reading,
  namespace: string,
  paths: readonly string[],
  signal: AbortSignal,
): Promise<Map<string, readonly unknown[]> | null> {
  const inside = namespace === '' ? '' : `${namespace}/`;
  if (!paths.every((path) => path.startsWith(inside))) return null;
  const call = {
    method: 'POST',
    path: encodePath(joinPath(namespace, 'sys/capabilities-self')),
    body: { paths: paths.map((path) => path.slice(inside.length)) },
    action: 'read',
    turn: { first: true },
  } as const;
  const answer = await send(call, signal);
  const found = answer.status === 200 ? body(answer)?.['data'] : null;
  if (!isJsonObject(found)) return null;
  return new Map(
    paths.map((path) => {
      const capabilities = found[path.slice(inside.length)];
      return [path, Array.isArray(capabilities) ? capabilities : []];
    }),
  );
}

function permissionsFrom(
  found: Map<string, readonly unknown[]>,
  { data, remove, list }: Paths,
  version: 1 | 2,
): Permissions {
  const may = (path: string, capability: string) => {
    const capabilities = found.get(path) ?? [];
    return capabilities.includes(capability) || capabilities.includes('root');
  };
  return {
    read: may(data, 'read'),
    create: may(data, 'create'),
    update: may(data, 'update'),
    // KV v2 deletes a version by a write to `delete/`, which exists already for the policy.
    remove: may(remove, version === 2 ? 'update' : 'delete'),
    list: may(list, 'list'),
  };
}
