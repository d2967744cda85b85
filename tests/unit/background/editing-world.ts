import { createDrafts } from '@/lib/background/drafts';
import { createEditor } from '@/lib/background/editor';
import { createEnvironments } from '@/lib/background/environments';
import { createHistory } from '@/lib/background/history';
import { createJobs } from '@/lib/background/jobs';
import { createLinking } from '@/lib/background/linking';
import { createMoving } from '@/lib/background/moving';
import { createPulls } from '@/lib/background/pulls';
import { createSaving } from '@/lib/background/saving';
import { fromBase64 } from '@/lib/core/bytes';
import { AppError } from '@/lib/core/errors';
import { DEFAULT_AWS, DEFAULT_HASHICORP } from '@/lib/core/model';
import type { ProviderKind, ProviderSettings } from '@/lib/core/model';
import type { Edit } from '@/lib/messaging/protocol';
import type { UiEvent } from '@/lib/messaging/views';
import type { PullRequest, PullSink } from '@/lib/providers/contract';
import type { WritableProvider } from '@/lib/providers/write-contract';
import { createSealedStore } from '@/lib/storage/sealed';
import { SECRET } from '@/lib/storage/session';
import { createValueStore } from '@/lib/storage/values';

import { memoryDb, memorySession } from '../memory';
import { memoryProvider } from '../sync/memory-provider';

export const WORKSPACE = 'default';
export const { signal } = new AbortController();
const VAULT_KEY = `${SECRET}vault-key`;

interface Options {
  readonly kind?: ProviderKind;
  /** Bytes of session memory. */
  readonly quota?: number;
  /** Called before each call of the provider; what it throws stops the call. */
  readonly before?: (call: string, path: string) => void;
  /** Called after each call has had its effect; what it throws loses the answer. */
  readonly after?: (call: string, path: string) => void;
  /** What a call waits for before it has its effect. */
  readonly gate?: (call: string, path: string) => Promise<void>;
  readonly compareAndSwap?: boolean;
  /** The connection's path prefix, beyond which a listing tells nothing. */
  readonly prefix?: string;
  /** Paths that a listing leaves out, and the folder that it says could not be listed, if any. */
  readonly unlisted?: { readonly paths: readonly string[]; readonly folder?: string };
}

/**
 * The background's editing modules on a database and a session in memory and a provider with versions. `start` makes
 * them anew over what is stored, as the next worker does.
 */
export async function editingWorld(options: Options = {}) {
  const { kind = 'hashicorp', compareAndSwap = true } = options;
  const db = await memoryDb();
  const { session, items } = memorySession(options.quota);
  const remote = memoryProvider(options.before, options.after);
  const provider = withTheRest(remote, options, compareAndSwap);
  const clock = { now: 1_800_000_000_000 };
  const relinked: string[] = [];
  /** Where the workspace's connection leads; another one is told by it alone. */
  const server = { identity: 'global' };
  const events: UiEvent[] = [];
  let under: Promise<unknown>[] = [];
  /** Of what kept the worker awake, why it was rejected: nobody would hear of it. */
  const rejected: unknown[] = [];

  const platform = {
    now: () => clock.now,
    broadcast: (event: UiEvent) => void events.push(event),
    keepAwake<Result>(work: Promise<Result>): Promise<Result> {
      under.push(work);
      return work;
    },
  };
  const { prefix = '' } = options;
  const form: ProviderSettings =
    kind === 'aws'
      ? { provider: 'aws', settings: { ...DEFAULT_AWS, prefix } }
      : { provider: 'hashicorp', settings: { ...DEFAULT_HASHICORP, prefix } };
  const vaultKey = async () => {
    const key = await session.get<string>(VAULT_KEY);
    if (key === undefined) throw new AppError('locked');
    return fromBase64(key);
  };
  const connections = {
    effective: async () => ({ source: 'global', form, identity: server.identity }),
    isInForce: async (_: string, { identity }: { identity: string }) => identity === server.identity,
    provider: async () => {
      await vaultKey();
      return provider;
    },
  };
  const unlock = () => session.set(VAULT_KEY, btoa('k'.repeat(32)));
  await unlock();

  const start = () => {
    const values = createValueStore(session);
    const sealed = createSealedStore(session, vaultKey);
    const drafts = createDrafts({ session, sealed, values, now: platform.now });
    const jobs = createJobs(session, platform);
    const environments = createEnvironments({
      db,
      values,
      now: platform.now,
      drafts: drafts.summaries,
      isPulling: () => false,
      lastPullAt: async (id) => (await db.workspaces.get(id))?.lastPullAt ?? 0,
    });
    const common = { db, session, values, drafts, environments, connections, jobs, platform };
    const saving = createSaving({ ...common, onPulled: () => {} });
    const linking = createLinking({ ...common, onRelinked: async (id) => void relinked.push(id) });
    const pulls = createPulls({
      ...common,
      changes: { quiet: async () => 0 },
      onPulled: async () => {},
    });
    return {
      values,
      drafts,
      jobs,
      environments,
      saving,
      linking,
      pulls,
      editor: createEditor(common),
      history: createHistory({ ...common, saving }),
      moving: createMoving({ ...common, linking }),
    };
  };

  let worker = start();
  const at = {
    db,
    session,
    items,
    remote,
    clock,
    server,
    relinked,
    events,
    rejected,
    get worker() {
      return worker;
    },
    /** The worker dies; what it had under way goes nowhere, and the next one begins. */
    async restart() {
      under = [];
      worker = start();
      await worker.jobs.resume();
    },
    async lock() {
      await session.clear(SECRET);
    },
    async unlock() {
      await unlock();
      await worker.drafts.restoreLocals(await db.environments.toArray());
    },
    /** Everything that keeps the worker awake is over. */
    async idle() {
      while (under.length > 0)
        for (const end of await Promise.allSettled(under.splice(0)))
          if (end.status === 'rejected') rejected.push(end.reason);
    },
    async pullAll() {
      await worker.pulls.all('global', WORKSPACE, null);
      await at.idle();
    },
    /** The id of the environment that is linked to a path. */
    async idOf(path: string): Promise<string> {
      const row = await db.environments.where({ workspaceId: WORKSPACE, path }).first();
      if (!row) throw new Error(`no environment at ${path}`);
      return row.id;
    },
    edit: (id: string, ...edits: Edit[]) => worker.editor.edit(id, edits),
    set: (id: string, name: string, text: string) =>
      worker.editor.edit(id, [{ op: 'set', name, type: 'string', text }]),
    state: async (id: string) => (await worker.environments.view(id))?.state,
    /** What the editor shows, name → value and change. */
    async rows(id: string) {
      const { rows } = await worker.editor.view(id);
      if (!rows) return null;
      const shown = rows.map(async ({ name, change }) => {
        const side = change === 'removed' ? ('base' as const) : ('mine' as const);
        return [name, (await worker.editor.value(id, name, side))?.text, change];
      });
      return Promise.all(shown);
    },
    /** Save without a look: review, then commit. */
    async save(id: string) {
      const review = await worker.saving.review(id, signal);
      return worker.saving.commit(review.id, new Map(), signal);
    },
  };
  return at;
}
export type EditingWorld = Awaited<ReturnType<typeof editingWorld>>;

/** Pull, versions and the rest of the contract over the provider in memory. */
function withTheRest(
  remote: ReturnType<typeof memoryProvider>,
  { gate = async () => {}, before = () => {}, unlisted }: Options,
  compareAndSwap: boolean,
): WritableProvider {
  const { provider } = remote;
  return {
    ...provider,
    kind: 'hashicorp',
    capabilities: async () => ({ compareAndSwap, history: true }),
    permissions: async () => ({ read: true, create: true, update: true, remove: true, list: true }),
    async read(path, abort) {
      await gate('read', path);
      return provider.read(path, abort);
    },
    async write(path, ...rest) {
      await gate('write', path);
      if (rest[2].aborted) throw new AppError('cancelled');
      return provider.write(path, ...rest);
    },
    async remove(path, ...rest) {
      await gate('remove', path);
      return provider.remove(path, ...rest);
    },
    async pull({ only, prefix }: PullRequest, sink: PullSink, abort) {
      const isListed = (path: string) => path.startsWith(prefix) && !unlisted?.paths.includes(path);
      const paths = only ?? remote.paths().filter(isListed);
      await gate('list', prefix);
      sink.listed(paths.length);
      if (!only && unlisted?.folder) sink.failed(unlisted.folder, new AppError('denied', { action: 'list' }));
      for (const path of paths) {
        try {
          const record = await provider.read(path, abort);
          if (record) sink.secret(record);
          else sink.missing(path);
        } catch (error) {
          sink.failed(path, error as AppError);
        }
      }
    },
    history: async (path) => {
      before('history', path);
      return remote.versions(path);
    },
    readVersion: async (path, version) => remote.version(path, version),
    undelete: async (path) => remote.undelete(path),
  };
}

/** The code that a promise was refused with, `done` when it was not. */
export const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'done',
    (error: unknown) => (error instanceof AppError ? error.code : String(error)),
  );
