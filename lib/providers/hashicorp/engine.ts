import { AppError } from '@/lib/core/errors';
import type { HashicorpSettings } from '@/lib/core/model';
import { isJsonObject } from '@/lib/core/variables';
import type { HttpResponse } from '@/lib/providers/transport';
import { encodePath, folderPath, joinPath, trimSlashes } from './addresses';
import type { Engine } from './addresses';
import { body, data, isVersionedWarning } from './answers';
import { faultOf } from './errors';
import type { TokenCall } from './tokens';

export type Send = (call: TokenCall, signal: AbortSignal) => Promise<HttpResponse>;

export interface EngineQuestion {
  readonly send: Send;
  readonly host: string;
  readonly settings: HashicorpSettings;
  /** A folder that is listed, or a secret that is read, in case the server has to be tried out. */
  readonly folder: string;
  readonly secret?: string | undefined;
}

const KV_TYPES = ['kv', 'generic', 'cubbyhole'];

/**
 * Finds out what the Engine Path is, the way the CLI does: `sys/internal/ui/mounts/<path>` answers any token
 * with some right below the mount (openbao `internal/command/kv_helpers.go`). Where it does not answer (an old
 * server, a gateway that lets only some paths through), KV is tried out with calls that only read.
 *
 * @throws AppError `engine-not-found`, `engine-other`, `path-invalid`, or what kept the server from answering.
 */
export async function findEngine(question: EngineQuestion, signal: AbortSignal): Promise<Engine> {
  const { host, settings } = question;
  const path = trimSlashes(settings.enginePath.trim());
  if (path === '') throw new AppError('engine-not-found', { engine: path });
  for (const namespace of namespacesToTry(path, trimSlashes(settings.namespace.trim()))) {
    const inner = namespace === '' ? path : path.slice(namespace.length + 1);
    const address = encodePath(joinPath(namespace, 'sys/internal/ui/mounts', inner));
    const call = { path: address, action: 'find', subject: path, free: true };
    const answer = await question.send(call, signal);
    if (answer.status === 200) return engineFrom(data(answer, host), path, namespace);
    if (answer.status !== 403 && answer.status !== 404) {
      throw faultOf(answer, { host, action: call.action, path });
    }
  }
  return tryOut(question, path, signal);
}

/** As the whole path, then inside the namespace of the login, where that is how the path begins. */
function namespacesToTry(path: string, namespace: string): string[] {
  return namespace !== '' && path.startsWith(`${namespace}/`) ? ['', namespace] : [''];
}

function engineFrom(found: Record<string, unknown>, asked: string, namespace: string): Engine {
  const { type, path, options } = found;
  if (typeof type !== 'string' || !KV_TYPES.includes(type)) {
    throw new AppError('engine-other', { engine: asked, type: typeof type === 'string' ? type : '' });
  }
  const version = isJsonObject(options) && options['version'] === '2' ? 2 : 1;
  const told = typeof path === 'string' ? trimSlashes(path) : asked;
  // Told from inside a namespace, the path leaves that namespace out.
  const full = asked === told || asked.startsWith(`${told}/`) ? told : joinPath(namespace, told);
  if (asked !== full && !asked.startsWith(`${full}/`)) {
    return { mount: asked, base: '', version, certain: true };
  }
  const base = asked.slice(full.length + 1);
  if (version === 2 && /^(data|metadata)(\/|$)/.test(base)) {
    throw new AppError('engine-not-found', { engine: asked, mount: full });
  }
  return { mount: full, base, version, certain: true };
}

/**
 * Only reads, in an order in which each answer leaves one reading: a KV v1 style call is answered by v2 with a
 * warning of its own; a v2 style call is tried only where the v1 style is forbidden.
 */
async function tryOut(question: EngineQuestion, mount: string, signal: AbortSignal): Promise<Engine> {
  const { send, host, folder, secret } = question;
  const v1: Engine = { mount, base: '', version: 1, certain: false };
  const v2: Engine = { mount, base: '', version: 2, certain: false };
  const ask = (path: string, query = '') =>
    send({ path: encodePath(path) + query, action: query ? 'list' : 'read', subject: path }, signal);

  const asV1 = await ask(folderPath(v1, folder, 'plain'), '?list=true');
  if (isVersionedWarning(asV1)) return { ...v2, certain: true };
  if (asV1.status === 200) return { ...v1, certain: true };
  const isOpen = asV1.status !== 403;
  if (isOpen && !isMerelyEmpty(asV1)) throw faultOf(asV1, { host, action: 'list', path: mount });
  if (isOpen) return v1;

  const asV2 = await ask(folderPath(v2, folder, 'plain'), '?list=true');
  if (asV2.status === 200 || isMerelyEmpty(asV2)) return v2;

  if (secret !== undefined) {
    const readV2 = await ask(joinPath(mount, 'data', secret));
    const found = body(readV2)?.['data'];
    if (isJsonObject(found) && isJsonObject(found['metadata'])) return { ...v2, certain: true };
    const readV1 = await ask(joinPath(mount, secret));
    if (readV1.status === 200) return { ...v1, certain: true };
    if (isVersionedWarning(readV1) || isMerelyEmpty(readV2))
      return { ...v2, certain: isVersionedWarning(readV1) };
  }
  throw new AppError('engine-not-found', { engine: mount });
}

/** 404 with an empty list of errors: the engine is there, the folder or secret is not. */
function isMerelyEmpty(answer: HttpResponse): boolean {
  const errors = body(answer)?.['errors'];
  return answer.status === 404 && Array.isArray(errors) && errors.length === 0;
}
