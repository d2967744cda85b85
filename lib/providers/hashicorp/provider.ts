import { AppError } from '@/lib/core/errors';
import type { HashicorpCredentials, HashicorpSettings } from '@/lib/core/model';
import { pathProblem } from '@/lib/core/paths';
import type { ListedSecret, SecretRecord } from '@/lib/providers/contract';
import { createAdaptiveQueue } from '@/lib/providers/queue';
import type { AdaptiveQueue } from '@/lib/providers/queue';
import type { Transport } from '@/lib/providers/transport';
import type { WritableProvider } from '@/lib/providers/write-contract';
import { trimSlashes } from './addresses';
import type { Engine } from './addresses';
import { createVaultClient } from './client';
import type { Turn } from './client';
import { findEngine } from './engine';
import { createLimits } from './limits';
import { listSecrets } from './listing';
import type { ListingSink } from './listing';
import { pullSecrets } from './pull';
import { readSecret } from './reading';
import type { Look } from './reading';
import { testConnection } from './test-connection';
import { createTokens } from './tokens';
import type { TokenSession } from './token-session';
import type { Place } from './write-versioned';
import { createWriting } from './writing';

export interface HashicorpProviderOptions {
  readonly settings: HashicorpSettings;
  readonly credentials: HashicorpCredentials;
  readonly transport: Transport;
  readonly queue?: AdaptiveQueue;
  /** Keeps the token of an AppRole login; one of its own for each connection. */
  readonly session: TokenSession;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
}

/**
 * HashiCorp Vault or OpenBao, one KV engine, as a provider of secrets.
 *
 * @throws AppError `settings-invalid` when the Vault URL is no http(s) address.
 */
export function createHashicorpProvider(options: HashicorpProviderOptions): WritableProvider {
  const { settings, credentials, transport, session, now = Date.now } = options;
  const queue = options.queue ?? createAdaptiveQueue();
  const client = createVaultClient(settings.url, transport, queue);
  // Logins do not wait behind the calls that need them.
  const door = createVaultClient(
    settings.url,
    transport,
    createAdaptiveQueue({ concurrency: 4, h2Concurrency: 4 }),
  );
  const tokens = createTokens({ settings, credentials, session, client, door, now });
  const { host } = client;
  const { send } = tokens;
  const limits = createLimits(door);
  let engine: Engine | null = null;

  /** Asked for once; forgotten when the mount turns out to be another one. */
  async function findOnce(folder: string, secret: string | undefined, signal: AbortSignal): Promise<Engine> {
    engine ??= await findEngine({ send, host, settings, folder, secret }, signal);
    return engine;
  }

  async function forgetting<T>(work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (error) {
      if (error instanceof AppError && error.code === 'engine-upgrading') engine = null;
      throw error;
    }
  }

  async function listBelow(
    prefix: string,
    withVersions: boolean,
    sink: ListingSink,
    signal: AbortSignal,
  ): Promise<void> {
    const folder = folderOf(prefix);
    const listing = { send, host, now, engine: await findOnce(folder, undefined, signal) };
    await forgetting(listSecrets(listing, folder, withVersions, sink, signal));
  }

  async function readOne(path: string, look: Look, signal: AbortSignal): Promise<SecretRecord | null> {
    const reading = { send, host, engine: await findOnce('', path, signal) };
    const record = await forgetting(readSecret(reading, path, look, signal));
    if (record) limits.saw(record.content);
    return record;
  }

  const place = (found: Engine): Place => ({
    send,
    host,
    engine: found,
    isClustered: () => client.clustered,
  });

  const writing = createWriting({
    settings,
    limits,
    now,
    known: () => engine,
    async at(path, signal, work) {
      refuseOddPath(path);
      return forgetting(work(place(await findOnce('', path, signal))));
    },
    async sureAt(path, signal, work) {
      refuseOddPath(path);
      let found = await findOnce('', path, signal);
      if (!found.certain) {
        // The secret itself may tell what its folder did not.
        engine = null;
        found = await findOnce('', path, signal);
      }
      // A write in the manner of KV v2 makes an odd secret in KV v1.
      if (!found.certain)
        throw new AppError('denied', { action: 'ask for the KV version of', path: found.mount });
      return forgetting(work(place(found)));
    },
  });

  return {
    kind: 'hashicorp',
    async capabilities(signal) {
      const [{ version, certain }] = await Promise.all([
        findOnce(folderOf(settings.prefix), undefined, signal),
        // So that an editor can tell of the limits before anything is sent.
        limits.learn(signal),
      ]);
      return { compareAndSwap: version === 2 && certain, history: version === 2 };
    },
    async list(prefix, signal) {
      const listed: ListedSecret[] = [];
      const sink: ListingSink = {
        found(batch) {
          for (const { path, version, state } of batch)
            if (state !== 'deleted') listed.push({ path, version });
        },
        failed(_path, error) {
          throw error;
        },
      };
      await listBelow(prefix, true, sink, signal);
      return listed;
    },
    async read(path, signal) {
      refuseOddPath(path);
      return readOne(path, {}, signal);
    },
    async pull(request, sink, signal) {
      const prefix = folderOf(request.prefix);
      // Before anything is listed or read, so that its failure is one failure and not one for each path.
      await findOnce(prefix, request.only?.[0] ?? request.first?.[0], signal);
      const read = (path: string, turn: Turn, until: AbortSignal) =>
        readOne(path, { turn, bulk: true }, until);
      await pullSecrets({ list: listBelow, read }, { ...request, prefix }, sink, signal);
    },
    test(report, signal) {
      const parts = {
        settings,
        credentials,
        door,
        tokens,
        now,
        engine: (until: AbortSignal) => findOnce(folderOf(settings.prefix), undefined, until),
        list: listBelow,
      };
      return testConnection(parts, report, signal);
    },
    close: () => tokens.giveBack(),
    ...writing,
  };
}

/** @throws AppError `path-invalid` when no secret can be called so. */
function refuseOddPath(path: string): void {
  const problem = pathProblem('hashicorp', path);
  if (problem !== null) throw new AppError('path-invalid', { path, problem });
}

/** @throws AppError `path-invalid` when no folder can be called so. */
function folderOf(prefix: string): string {
  const folder = trimSlashes(prefix.trim());
  const problem = folder === '' ? null : pathProblem('hashicorp', folder);
  if (problem !== null) throw new AppError('path-invalid', { path: folder, problem });
  return folder;
}
