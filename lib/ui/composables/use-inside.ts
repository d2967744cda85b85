import { computed, ref, watch, type Ref } from 'vue';

import { AppError } from '@/lib/core/errors';
import type { InnerName } from '@/lib/core/inner-names';
import { LONGEST_NAME } from '@/lib/core/variables';
import type { DraftRow, EditorView } from '@/lib/messaging/editing';
import { useEditorStore } from '@/lib/ui/stores/editor';
import { useWorkerView } from '@/lib/ui/stores/worker-view';

import { showFailure } from './use-copy';

/** Rows shown at first, and added on request: of the variables, and of what is inside of one. */
export const STEP = 200;

/** What is shown of the inside of one open variable. */
export interface Inside {
  readonly names: readonly InnerName[];
  /** How many more there are. */
  readonly more: number;
  /** Members that no placeholder leads to. */
  readonly leftOut: number;
}

/** Whether there is something inside of a row's variable that can be opened. */
export function canOpen({ members, change }: DraftRow): boolean {
  return members !== null && members > 0 && change !== 'removed';
}

/**
 * The insides of the JSON variables of a draft: which are open, and the names that are in them. They follow the draft,
 * and a search opens those in which it finds something.
 */
export function useInside(view: () => EditorView, query: Readonly<Ref<string>>) {
  const store = useEditorStore();
  /** What the user opened, with so many names at most, or closed (0). */
  const chosen = ref<ReadonlyMap<string, number>>(new Map());
  const choose = (name: string, most: number) => {
    chosen.value = new Map([...chosen.value, [name, most]]);
  };

  const wanted = computed(() => query.value.trim().toLowerCase());
  const holds = (name: string) => name.toLowerCase().includes(wanted.value);
  const canBeOpen = computed(() => new Set((view().rows ?? []).filter(canOpen).map(({ name }) => name)));

  const asked = computed(() => {
    const open = [...chosen.value].filter(([name, most]) => most > 0 && canBeOpen.value.has(name));
    const isSearch = wanted.value !== '' && wanted.value.length <= LONGEST_NAME && canBeOpen.value.size > 0;
    return open.length > 0 || isSearch ? { query: isSearch ? wanted.value : '', open } : null;
  });
  const environmentId = () => view().environment.id;
  const answer = useWorkerView(
    async () => (asked.value ? store.inside(environmentId(), asked.value.query, [...asked.value.open]) : []),
    [],
    environmentId,
  );
  // Each new view may be of another draft.
  watch(
    [asked, view],
    () => {
      if (asked.value) void answer.refresh();
      else answer.forget();
    },
    { immediate: true },
  );
  watch(answer.failure, (failure) => {
    if (failure) showFailure(new AppError(failure.code, failure.details));
  });
  // What was closed by hand is closed for that search; what was opened stays.
  watch(wanted, () => {
    chosen.value = new Map([...chosen.value].filter(([, most]) => most > 0));
  });
  watch(environmentId, () => {
    chosen.value = new Map();
  });

  const known = computed(() => new Map((answer.view.value ?? []).map((one) => [one.of, one])));
  /** What is known of the inside of a variable; `names` without those of a search before this one. */
  const insideOf = (name: string) => {
    const inside = canBeOpen.value.has(name) ? known.value.get(name) : undefined;
    return inside ? { ...inside, names: inside.names.filter((inner) => holds(inner.name)) } : null;
  };
  const isFound = (name: string): boolean => {
    if (wanted.value === '' || holds(name)) return false;
    // Where a search finds more than is shown at once, the rest is told by its number alone.
    const isCounted = known.value.get(name)?.names.length === 0 && (known.value.get(name)?.found ?? 0) > 0;
    const inside = insideOf(name);
    return inside !== null && (inside.names.length > 0 || isCounted);
  };
  const isOpen = (name: string): boolean => {
    if (!canBeOpen.value.has(name)) return false;
    const most = chosen.value.get(name);
    if (most !== undefined) return most > 0;
    return isFound(name) && insideOf(name)?.names.length !== 0;
  };

  return {
    /** The search is under way: what is found may be more than is known yet. */
    isLooking: answer.loading,
    /** The search finds a name inside of this variable, and not its own. */
    isFound,
    /** How many names the search finds inside of variables whose own name it does not find. */
    matches: computed(() =>
      [...known.value.values()].reduce((sum, one) => sum + (isFound(one.of) ? one.found : 0), 0),
    ),
    /** `null` while it is closed. */
    of: (name: string): Inside | null => {
      if (!isOpen(name)) return null;
      const { names = [], found = 0, leftOut = 0 } = insideOf(name) ?? {};
      return {
        names,
        more: found - (known.value.get(name)?.names.length ?? 0),
        leftOut: wanted.value === '' ? leftOut : 0,
      };
    },
    setOpen: (name: string, open: boolean) => {
      if (open !== isOpen(name)) choose(name, open ? STEP : 0);
    },
    showMore: (name: string) => choose(name, (known.value.get(name)?.names.length ?? 0) + STEP),
  };
}
