import { AppError, toAppError } from '@/lib/core/errors';
import { pathProblem } from '@/lib/core/paths';
import { isJsonObject } from '@/lib/core/variables';
import type { HttpResponse } from '@/lib/providers/transport';
import { encodePath, folderPath, joinPath } from './addresses';
import type { Engine, ListingKind } from './addresses';
import { data, isVersionedWarning } from './answers';
import type { Send } from './engine';
import { faultOf } from './errors';

/** A name as a listing tells it. */
export interface Found {
  readonly path: string;
  /** The current version; `null` where the listing does not tell. */
  readonly version: string | null;
  readonly madeAt?: string | undefined;
  /** `unsure`: only reading tells whether it has a value now. */
  readonly state: 'alive' | 'deleted' | 'unsure';
}

export interface ListingSink {
  found(batch: readonly Found[]): void;
  /** A folder below the first that could not be listed, or a name that cannot be asked for. */
  failed(path: string, error: AppError): void;
}

export interface Listing {
  readonly send: Send;
  readonly host: string;
  readonly engine: Engine;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** Around the moment of a planned deletion the two clocks may disagree, in ms. */
const CLOCKS_APART = 300_000;

/**
 * Lists everything below a folder, names as they come. OpenBao does it in one call (`scan`), with the versions of
 * KV v2 where `withVersions` asks for them and a policy allows it; else folder by folder, in parallel.
 *
 * @throws AppError when the first folder cannot be listed.
 */
export async function listSecrets(
  listing: Listing,
  folder: string,
  withVersions: boolean,
  sink: ListingSink,
  signal: AbortSignal,
): Promise<void> {
  const kinds: ListingKind[] =
    withVersions && listing.engine.version === 2 ? ['detailed', 'plain'] : ['plain'];
  for (const kind of kinds) {
    const batch = await scan(listing, folder, kind, signal);
    if (batch !== null) {
      report(batch, sink);
      return;
    }
  }
  await walk(listing, folder, sink, signal);
}

/** The whole tree in one call; `null` where this server or login cannot. */
async function scan(
  { send, engine, now }: Listing,
  folder: string,
  kind: ListingKind,
  signal: AbortSignal,
): Promise<Found[] | null> {
  const path = folderPath(engine, folder, kind);
  const retry = (error: AppError) => error.retryable && error.code !== 'server-error';
  const call = {
    path: `${encodePath(path)}?scan=true`,
    action: 'scan',
    subject: path,
    turn: { first: true, retry },
  };
  let answer: HttpResponse;
  try {
    answer = await send(call, signal);
  } catch (error) {
    // What a server that does not know `scan` makes of such a call is no reason to give up.
    if (toAppError(error).code === 'server-error') return null;
    throw error;
  }
  if (answer.status !== 200) return null;
  const found = data(answer, '');
  // OpenBao says `{}` for an empty tree; a server without `scan` would have read a secret instead.
  if (Object.keys(found).length === 0) return [];
  const keys = keysOf(found);
  if (keys === null || (engine.version === 1 && Object.keys(found).length > 1)) return null;
  const details = isJsonObject(found['key_info']) ? found['key_info'] : {};
  return keys
    .filter((key) => !key.endsWith('/'))
    .map((key) => ({ path: joinPath(folder, key), ...stateOf(details[key], now()) }));
}

/** Breadth first, every folder as soon as it is known. */
async function walk(
  { send, host, engine }: Listing,
  top: string,
  sink: ListingSink,
  signal: AbortSignal,
): Promise<void> {
  async function visit(folder: string): Promise<void> {
    const path = folderPath(engine, folder, 'plain');
    const call = {
      path: `${encodePath(path)}?list=true`,
      action: 'list',
      subject: path,
      turn: { first: true },
    };
    const answer = await send(call, signal);
    if (isVersionedWarning(answer)) throw new AppError('engine-upgrading', { engine: engine.mount }, true);
    const fault = answer.status === 200 ? null : faultOf(answer, { host, action: 'list', path });
    // An empty folder, or one that has gone since its name was listed.
    if (answer.status === 404 && fault?.code !== 'engine-not-found') return;
    if (fault) throw fault;
    const keys = keysOf(data(answer, host));
    if (keys === null) throw new AppError('malformed-answer', { host, status: answer.status });
    const names = keys.filter((key) => !key.endsWith('/')).map((key) => joinPath(folder, key));
    report(
      names.map((name) => ({ path: name, version: null, state: 'unsure' })),
      sink,
    );
    const folders = keys.filter((key) => key.endsWith('/')).map((key) => joinPath(folder, key.slice(0, -1)));
    await Promise.all(folders.map((one) => visit(one).catch((error: unknown) => blame(one, error))));
  }

  function blame(folder: string, thrown: unknown): void {
    const error = toAppError(thrown);
    if (error.code === 'cancelled') throw error;
    sink.failed(`${folder}/`, error);
  }

  await visit(top);
}

/** Names that no address can be built for are reported, not dropped. */
function report(batch: readonly Found[], sink: ListingSink): void {
  const good: Found[] = [];
  for (const one of batch) {
    const problem = pathProblem('hashicorp', one.path);
    if (problem === null) good.push(one);
    else sink.failed(one.path, new AppError('path-invalid', { path: one.path, problem }));
  }
  sink.found(good);
}

function keysOf(found: Record<string, unknown>): string[] | null {
  const keys = found['keys'];
  return Array.isArray(keys) && keys.every((key) => typeof key === 'string') ? keys : null;
}

/** Reads an entry of `key_info` (https://openbao.org/api-docs/secret/kv/kv-v2/#list-secrets). */
function stateOf(info: unknown, now: number): Pick<Found, 'version' | 'madeAt' | 'state'> {
  if (!isJsonObject(info) || typeof info['current_version'] !== 'number')
    return { version: null, state: 'unsure' };
  const version = String(info['current_version']);
  const current = isJsonObject(info['versions']) ? info['versions'][version] : undefined;
  if (info['current_version'] === 0) return { version, state: 'deleted' };
  if (!isJsonObject(current)) return { version, state: 'unsure' };
  if (current['destroyed'] === true) return { version, state: 'deleted' };
  const deletion = current['deletion_time'];
  const made = current['created_time'];
  const alive = { version, state: 'alive' as const, ...(typeof made === 'string' ? { madeAt: made } : {}) };
  if (typeof deletion !== 'string' || deletion === '') return alive;
  const left = Date.parse(deletion) - now;
  if (left > CLOCKS_APART) return alive;
  return { version, state: left < -CLOCKS_APART ? 'deleted' : 'unsure' };
}
