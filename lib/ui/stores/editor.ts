import { defineStore } from 'pinia';
import { computed, ref, shallowRef, watch } from 'vue';

import type { AbilitiesView, PushView, ReviewView } from '@/lib/messaging/editing';
import type { Edit, RequestOf } from '@/lib/messaging/protocol';
import { useClient } from '@/lib/ui/client';

import { useStatusStore } from './status';
import { useWorkerView } from './worker-view';

type Choices = RequestOf<'push/commit'>['choices'];

/**
 * The environment that is being edited: names, types and kinds of change. Values stay with the worker; a component
 * that shows or edits one holds it for as long as it does so.
 */
export const useEditorStore = defineStore('editor', () => {
  const client = useClient();
  const status = useStatusStore();
  const id = ref<string | null>(null);
  const { view, failure, refresh } = useWorkerView(
    async () => (id.value === null ? null : await client('editor/view', { environmentId: id.value })),
    ['environments'],
  );
  const abilities = shallowRef<AbilitiesView | null>(null);
  const review = shallowRef<ReviewView | null>(null);

  // Edits are made one after another: each is made on the draft that the one before has left.
  let last: Promise<unknown> = Promise.resolve();
  function queue<Result>(work: () => Promise<Result>): Promise<Result> {
    const next = last.then(work);
    last = next.catch(() => undefined);
    return next;
  }
  /** One change of the draft of the environment that is open now. */
  const change = (work: (environmentId: string) => Promise<unknown>): Promise<void> => {
    const environmentId = id.value;
    if (environmentId === null) return Promise.resolve();
    return queue(async () => {
      await work(environmentId);
      await refresh();
    });
  };

  async function askAbilities(environmentId: string): Promise<void> {
    abilities.value = null;
    // Only a hint: what the provider does not tell beforehand is told by the call that needs it.
    const told = await client('editor/abilities', { environmentId }).catch(() => null);
    if (id.value === environmentId) abilities.value = told;
  }

  // A review names what a push would do while the vault is open.
  watch(
    () => status.phase,
    (phase) => {
      if (phase !== 'unlocked') review.value = null;
    },
  );

  return {
    /** Of the environment that is open; `null` until it is known. */
    view: computed(() => (view.value?.environment.id === id.value ? view.value : null)),
    failure,
    abilities,
    review,
    refresh,

    /** Looks at an environment; what is known of another one is let go. */
    open: async (environmentId: string): Promise<void> => {
      if (id.value !== environmentId) {
        id.value = environmentId;
        review.value = null;
        abilities.value = null;
      }
      await refresh();
      if (view.value?.environment.sync) await askAbilities(environmentId);
    },

    /** @throws AppError `variable-invalid`, `not-pulled`, `locked` … */
    edit: (edits: readonly Edit[]) =>
      change((environmentId) => client('editor/edit', { environmentId, edits: [...edits] })),
    /**
     * One side of one variable, after all edits that are on their way; for a reveal, a copy or an edit.
     *
     * @param within The JSON variable that a dotted name leads into.
     */
    valueOf: (environmentId: string, name: string, side: 'mine' | 'base', within?: string) =>
      queue(() =>
        client('editor/value', { environmentId, name, side, ...(within !== undefined && { within }) }),
      ),
    /** The names inside of JSON variables, see `editor/inside`; no value. */
    inside: (environmentId: string, query: string, open: RequestOf<'editor/inside'>['open']) =>
      queue(() => client('editor/inside', { environmentId, query, open })),
    undo: () => change((environmentId) => client('editor/undo', { environmentId })),
    discard: () =>
      change(async (environmentId) => {
        await client('editor/discard', { environmentId });
        review.value = null;
      }),
    importText: (text: string, names: readonly string[]) =>
      change((environmentId) => client('editor/import', { environmentId, text, names: [...names] })),

    /** What a Save would do now, after all edits that are on their way. @throws AppError `missing`, `denied` … */
    askReview: async (environmentId: string): Promise<ReviewView> => {
      review.value = await queue(() => client('push/review', { environmentId }));
      return review.value;
    },
    /** @throws AppError `review-over`, `conflict-again`, and what the provider says. */
    commit: async (reviewId: string, choices: Choices = []): Promise<PushView> => {
      const outcome = await client('push/commit', { reviewId, choices });
      review.value = outcome.state === 'conflict' ? outcome.review : null;
      await refresh();
      return outcome;
    },

    rename: async (environmentId: string, name: string) => {
      await client('environment/rename', { environmentId, name });
      await refresh();
    },
    unlink: (environmentId: string) =>
      queue(async () => {
        await client('environment/sync', { environmentId, sync: false });
        await refresh();
      }),
    /** @throws AppError `path-taken` when something is there and `join` does not say how to go on. */
    link: (environmentId: string, path: string, join?: 'theirs' | 'merge') =>
      queue(async () => {
        await client('environment/sync', { environmentId, sync: true, path, ...(join && { join }) });
        await refresh();
        void askAbilities(environmentId);
      }),
    undelete: async (environmentId: string, version?: string) => {
      await client('history/undelete', { environmentId, ...(version !== undefined && { version }) });
      await refresh();
    },
  };
});
