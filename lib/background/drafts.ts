import { AppError } from '@/lib/core/errors';
import type { Environment } from '@/lib/core/model';
import { createTurns } from '@/lib/core/turns';
import type { SecretContent, Variable } from '@/lib/core/variables';
import type { ChangeCounts } from '@/lib/messaging/editing';
import { isSameVersion } from '@/lib/providers/contract';
import type { SealedStore } from '@/lib/storage/sealed';
import type { SessionStore } from '@/lib/storage/session';
import type { ValuesSummary, ValueStore } from '@/lib/storage/values';
import { draftRows, isEdited, rebaseDraft, startDraft, type Draft } from '@/lib/sync/draft';

/** Counts of unsaved changes by environment: no names, so they may stay readable over a lock. */
const EDITED = 'edited';
const DRAFT = 'draft:';
const LOCAL = 'local:';
/** Environments whose draft was made from another secret, by path or server. Ids only, so it can be told while locked. */
const MOVED = 'moved';

export interface DraftSummary extends ChangeCounts {
  /** Variables that were changed on both sides at the last push; 0 when none are known. */
  readonly conflicts: number;
}

/** What an environment without Vault Sync holds, and the way back. */
type Local = Pick<Draft, 'mine' | 'past'>;

/** What is at the provider now, and the edits that went there: `null` when none did. */
export interface Arrived {
  readonly environmentId: string;
  readonly version: string | null;
  readonly madeAt?: string | undefined;
  readonly content: SecretContent;
  readonly sent: readonly Variable[] | null;
}

/** What tells whether the version that a draft was made from is still one of the secret that it is for. */
interface Whereabouts {
  readonly elsewhere: readonly string[];
  readonly summaries: Readonly<Record<string, ValuesSummary>>;
}

const NOWHERE: Whereabouts = { elsewhere: [], summaries: {} };

/** A draft that was opened some time before it is used. */
export interface ReadAhead {
  readonly draft: Draft | null;
  readonly isOld: () => boolean;
}

interface DraftDeps {
  readonly session: SessionStore;
  readonly sealed: SealedStore;
  readonly values: ValueStore;
  readonly now: () => number;
}

/**
 * What the user has typed and not saved: drafts of synced environments, and the variables of those without Vault
 * Sync. Sealed with the vault key at every edit, so a lock, a closed tab or a dead worker loses none of it.
 */
export function createDrafts({ session, sealed, values, now }: DraftDeps) {
  /** Each change reads what is there and writes it back, the counts of all in one key: they come one at a time. */
  const inTurn = createTurns();

  const summaries = async () => (await session.get<Record<string, DraftSummary>>(EDITED)) ?? {};
  const summarise = async (changes: ReadonlyMap<string, DraftSummary | null>) => {
    const before = await summaries();
    if ([...changes].every(([id, summary]) => !summary && !before[id])) return;
    const others = Object.entries(before).filter(([id]) => !changes.has(id));
    const changed = [...changes].flatMap(([id, summary]) => (summary ? [[id, summary] as const] : []));
    await session.set(EDITED, Object.fromEntries([...others, ...changed]));
  };

  const whereabouts = async (): Promise<Whereabouts> => {
    const [elsewhere, pulls] = await Promise.all([moved(), values.summaries()]);
    return { elsewhere, summaries: pulls };
  };
  const moved = async () => (await session.get<string[]>(MOVED)) ?? [];
  const setMoved = async (ids: readonly string[], isMoved: boolean) => {
    const before = await moved();
    if (ids.every((id) => before.includes(id) === isMoved)) return;
    await session.set(MOVED, [...before.filter((id) => !ids.includes(id)), ...(isMoved ? ids : [])]);
  };

  /** The draft, or the pulled values as a draft without edits; `null` when there is nothing to edit. */
  const open = async (environment: Environment): Promise<Draft | null> => {
    if (!environment.sync) return openLocal(environment);
    const stored = await sealed.get<Draft>(DRAFT + environment.id);
    return opened(environment, stored, stored ? await whereabouts() : NOWHERE);
  };

  const openLocal = async ({ id }: Environment): Promise<Draft> => {
    const { mine = [], past = [] } = (await sealed.get<Local>(LOCAL + id)) ?? {};
    return { ...startDraft({ version: null, content: { form: 'object', variables: mine } }), past };
  };

  const opened = async (
    { id, path }: Environment,
    stored: Draft | null,
    { elsewhere, summaries: pulls }: Whereabouts,
  ): Promise<Draft | null> => {
    const isMoved = elsewhere.includes(id);
    const summary = pulls[id]?.path === path ? pulls[id] : null;
    const isOther = isMoved || isMadeAnew(stored?.base ?? null, summary);
    // Version numbers of two secrets are often the same: a write by that of the other would overwrite this one unseen.
    const kept = stored && isOther ? unversioned(stored) : stored;
    if (kept && (isEdited(kept) || !kept.base)) return kept;
    const pulled = await values.get(id);
    // Values of another path are no base for this one.
    if (pulled?.path !== path) return isMoved ? null : kept;
    // Without an edit left there is only the way back to keep, and that of older values leads nowhere.
    if (kept?.base && pulled.version !== null && isSameVersion(kept.base, pulled)) return kept;
    const { version, madeAt, form, variables } = pulled;
    return startDraft({ version, madeAt, content: { form, variables } });
  };

  const useLocal = (id: string, path: string, variables: readonly Variable[]) =>
    values.put(new Map([[id, { path, version: null, pulledAt: now(), form: 'object', variables }]]));

  /** How often each draft was changed: what was read ahead tells by it whether it is old. */
  const changes = new Map<string, number>();
  const touch = (id: string) => changes.set(id, (changes.get(id) ?? 0) + 1);

  const dropNow = async (...ids: string[]) => {
    if (ids.length === 0) return;
    for (const id of ids) touch(id);
    await sealed.remove(...ids.map((id) => DRAFT + id));
    await summarise(new Map(ids.map((id) => [id, null])));
    await setMoved(ids, false);
  };

  const keepNow = async (id: string, draft: Draft): Promise<void> => {
    if (!isEdited(draft) && draft.base && draft.past.length === 0) {
      await dropNow(id);
      return;
    }
    touch(id);
    await sealed.set(DRAFT + id, draft);
    const isUnsaved = isEdited(draft) || !draft.base;
    await summarise(new Map([[id, isUnsaved ? { ...countChanges(draft), conflicts: 0 } : null]]));
    await setMoved([id], false);
  };

  const keepLocalNow = async ({ id, path }: Environment, { mine, past }: Local) => {
    await sealed.set(LOCAL + id, { mine, past } satisfies Local);
    await useLocal(id, path, mine);
  };

  return {
    summaries,
    open,

    /** The same for many synced environments, in their order, and whether it has been changed since. */
    async openMany(environments: readonly Environment[]): Promise<ReadAhead[]> {
      const before = environments.map(({ id }) => changes.get(id));
      const kept = await sealed.getMany<Draft>(environments.map(({ id }) => DRAFT + id));
      const where = await whereabouts();
      return Promise.all(
        environments.map(async (environment, at) => ({
          draft: await opened(environment, kept[at] ?? null, where),
          isOld: () => changes.get(environment.id) !== before[at],
        })),
      );
    },

    /** Keeps an edited draft; one without a change left is dropped, unless its secret is yet to be made. */
    keep: ({ id }: Environment, draft: Draft): Promise<void> => inTurn(() => keepNow(id, draft)),

    /**
     * Changes the draft as it is when its turn comes, or what the session alone holds.
     *
     * @param find The environment as it is then: it may have been linked or unlinked since.
     * @throws AppError `not-pulled` when there is nothing to edit, and what `next` throws; the draft stays then.
     */
    change: (find: () => Promise<Environment>, next: (draft: Draft) => Draft): Promise<void> =>
      inTurn(async () => {
        const environment = await find();
        const draft = await open(environment);
        // A failed load must never be saved over the secret.
        if (!draft) throw new AppError('not-pulled', { path: environment.path });
        const changed = next(draft);
        if (environment.sync) await keepNow(environment.id, changed);
        else await keepLocalNow(environment, changed);
      }),

    setConflicts: (environmentId: string, conflicts: number): Promise<void> =>
      inTurn(async () => {
        const summary = (await summaries())[environmentId];
        if (summary) await summarise(new Map([[environmentId, { ...summary, conflicts }]]));
      }),

    /** Back to what was pulled. A secret that is yet to be made has nothing to fall back to but its empty beginning. */
    discard: (environment: Environment): Promise<void> =>
      inTurn(async () => {
        const draft = await open(environment);
        if (draft && !draft.base) await keepNow(environment.id, startDraft(null, draft.form));
        else await dropNow(environment.id);
      }),

    /** Drafts whose edits are at the provider are done; what was edited since they were sent stays, as a draft over it. */
    arrived: (news: readonly Arrived[]): Promise<void> =>
      inTurn(async () => {
        const kept = await sealed.getMany<Draft>(news.map(({ environmentId }) => DRAFT + environmentId));
        const done: string[] = [];
        for (const [at, { environmentId, sent, version, madeAt, content }] of news.entries()) {
          const draft = kept[at];
          const rest = draft && rebaseDraft(draft, { version, madeAt, content }, sent);
          if (rest && isEdited(rest)) await keepNow(environmentId, rest);
          else done.push(environmentId);
        }
        await dropNow(...done);
      }),

    /** These environments point to other secrets now, where the versions that drafts were made from tell nothing. */
    moved: (environmentIds: readonly string[]): Promise<void> =>
      inTurn(async () => {
        const kept = new Set(await sealed.keys(DRAFT));
        await setMoved(
          environmentIds.filter((id) => kept.has(DRAFT + id)),
          true,
        );
      }),

    /**
     * Points an environment to another secret together with what was typed, edits of the last moment included. That is
     * kept for the new place before anything goes from the old one: a lock or a dead worker in between loses nothing.
     *
     * @param next What is unsaved at the new place; `null` for nothing.
     * @param point Points the environment there; when it throws, the draft stays as it was.
     */
    linked: (
      find: () => Promise<Environment>,
      next: (draft: Draft | null) => Draft | null,
      point: (environment: Environment) => Promise<void>,
    ): Promise<void> =>
      inTurn(async () => {
        const environment = await find();
        const { id, sync } = environment;
        const draft = next(await open(environment));
        const before = await sealed.get<Draft>(DRAFT + id);
        const wasMoved = (await moved()).includes(id);
        try {
          await setMoved([id], true);
          if (draft) await sealed.set(DRAFT + id, draft);
          await point(environment);
        } catch (error) {
          if (before) await sealed.set(DRAFT + id, before);
          else await sealed.remove(DRAFT + id);
          await setMoved([id], wasMoved);
          throw error;
        }
        if (draft) await keepNow(id, draft);
        else await dropNow(id);
        if (!sync) await sealed.remove(LOCAL + id);
      }),

    /** Keeps what an environment holds, edits included, as the session's own; then `point` takes it off its secret. */
    unlinked: (find: () => Promise<Environment>, point: (environment: Environment) => Promise<void>) =>
      inTurn(async () => {
        const environment = await find();
        if (!environment.sync) return;
        const local = { mine: (await open(environment))?.mine ?? [], past: [] };
        await sealed.set(LOCAL + environment.id, local satisfies Local);
        await point(environment);
        await keepLocalNow(environment, local);
        await dropNow(environment.id);
      }),

    /** The variables of an environment without Vault Sync: sealed, and in use at once. */
    keepLocal: (environment: Environment, variables: readonly Variable[]): Promise<void> =>
      inTurn(() => keepLocalNow(environment, { mine: variables, past: [] })),

    /** Everything unsaved of many environments at once. */
    forget: (environmentIds: readonly string[]): Promise<void> =>
      inTurn(async () => {
        if (environmentIds.length === 0) return;
        await sealed.remove(...environmentIds.map((id) => LOCAL + id));
        await dropNow(...environmentIds);
      }),

    /** After an unlock: what lives in this session only is usable again. */
    async restoreLocals(environments: readonly Environment[]): Promise<void> {
      for (const { id, path, sync } of environments) {
        // One that cannot be opened must not keep the others, or the unlock itself, from going on.
        const local = sync ? null : await sealed.get<Local>(LOCAL + id).catch(() => null);
        if (local) await useLocal(id, path, local.mine);
      }
    },
  };
}

/** Whether a secret was wiped and made anew since, and has come to the same number again. */
function isMadeAnew(base: Draft['base'], summary: ValuesSummary | null): boolean {
  return base !== null && summary?.version === base.version && !isSameVersion(base, summary);
}

/** A draft for another secret: the version that it was made from tells nothing there. */
export function unversioned(draft: Draft): Draft {
  return draft.base ? { ...draft, base: { ...draft.base, version: null } } : draft;
}

export function countChanges(draft: Draft): ChangeCounts {
  const counts = { new: 0, edited: 0, removed: 0 };
  for (const { change } of draftRows(draft)) if (change !== 'same') counts[change] += 1;
  return counts;
}

export type Drafts = ReturnType<typeof createDrafts>;
