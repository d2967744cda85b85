import type { Environment } from '@/lib/core/model';
import type { Variable } from '@/lib/core/variables';
import type { ChangeCounts } from '@/lib/messaging/editing';
import type { SealedStore } from '@/lib/storage/sealed';
import type { SessionStore } from '@/lib/storage/session';
import type { ValueStore } from '@/lib/storage/values';
import { draftRows, isEdited, startDraft, type Draft } from '@/lib/sync/draft';

/** Counts of unsaved changes by environment: no names, so they may stay readable over a lock. */
const EDITED = 'edited';
const DRAFT = 'draft:';
const LOCAL = 'local:';

export interface DraftSummary extends ChangeCounts {
  /** Variables that were changed on both sides at the last push; 0 when none are known. */
  readonly conflicts: number;
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
  const summaries = async () => (await session.get<Record<string, DraftSummary>>(EDITED)) ?? {};
  const summarise = async (environmentId: string, summary: DraftSummary | null) => {
    const others = Object.entries(await summaries()).filter(([id]) => id !== environmentId);
    await session.set(EDITED, Object.fromEntries(summary ? [...others, [environmentId, summary]] : others));
  };

  /** The draft, or the pulled values as a draft without edits; `null` when there is nothing to edit. */
  const open = async ({ id, sync, path }: Environment): Promise<Draft | null> => {
    const kept = await sealed.get<Draft>(DRAFT + id);
    if (kept) return kept;
    if (!sync)
      return startDraft({ version: null, content: { form: 'object', variables: (await local(id)) ?? [] } });
    const pulled = await values.get(id);
    // Values of another path are no base for this one.
    if (pulled?.path !== path) return null;
    const { version, form, variables } = pulled;
    return startDraft({ version, content: { form, variables } });
  };

  const local = (id: string) => sealed.get<readonly Variable[]>(LOCAL + id);

  const useLocal = (id: string, path: string, variables: readonly Variable[]) =>
    values.put(new Map([[id, { path, version: null, pulledAt: now(), form: 'object', variables }]]));

  return {
    summaries,
    open,

    /** Keeps an edited draft; one without a change left is dropped, unless its secret is yet to be made. */
    async keep({ id }: Environment, draft: Draft): Promise<void> {
      if (!isEdited(draft) && draft.base && draft.past.length === 0) {
        await this.drop(id);
        return;
      }
      await sealed.set(DRAFT + id, draft);
      await summarise(id, isEdited(draft) || !draft.base ? { ...countChanges(draft), conflicts: 0 } : null);
    },

    async setConflicts(environmentId: string, conflicts: number): Promise<void> {
      const summary = (await summaries())[environmentId];
      if (summary) await summarise(environmentId, { ...summary, conflicts });
    },

    async drop(environmentId: string): Promise<void> {
      await sealed.remove(DRAFT + environmentId);
      await summarise(environmentId, null);
    },

    /** The variables of an environment without Vault Sync: sealed, and in use at once. */
    async keepLocal(environment: Environment, variables: readonly Variable[]): Promise<void> {
      await sealed.set(LOCAL + environment.id, variables);
      await useLocal(environment.id, environment.path, variables);
    },

    /** Everything unsaved of many environments at once. */
    async forget(environmentIds: readonly string[]): Promise<void> {
      if (environmentIds.length === 0) return;
      await sealed.remove(...environmentIds.flatMap((id) => [DRAFT + id, LOCAL + id]));
      const gone = new Set(environmentIds);
      const kept = Object.entries(await summaries()).filter(([id]) => !gone.has(id));
      await session.set(EDITED, Object.fromEntries(kept));
    },

    async dropLocal(environmentId: string): Promise<void> {
      await sealed.remove(LOCAL + environmentId);
    },

    /** After an unlock: what lives in this session only is usable again. */
    async restoreLocals(environments: readonly Environment[]): Promise<void> {
      for (const { id, path, sync } of environments) {
        const variables = sync ? null : await local(id);
        if (variables) await useLocal(id, path, variables);
      }
    },
  };
}

export function countChanges(draft: Draft): ChangeCounts {
  const counts = { new: 0, edited: 0, removed: 0 };
  for (const { change } of draftRows(draft)) if (change !== 'same') counts[change] += 1;
  return counts;
}

export type Drafts = ReturnType<typeof createDrafts>;
