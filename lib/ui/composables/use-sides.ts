import { computed, type ComputedRef } from 'vue';

import { showFailure } from './use-copy';
import { useReveal } from './use-reveal';

/**
 * One eye for several sides of a variable: all are asked for, shown and hidden together, as `useReveal` does with
 * one.
 *
 * @param ask Gets one side; `null` when the variable is not there.
 */
export function useSides<Side extends string>(
  sides: readonly Side[],
  ask: (side: Side) => Promise<string | null>,
) {
  const reveals = sides.map((side) => ({ side, ...useReveal(() => ask(side), showFailure) }));
  const values = computed(
    () =>
      Object.fromEntries(reveals.map(({ side, value }) => [side, value.value])) as Record<
        Side,
        string | null
      >,
  );
  const shown = computed(() => reveals.some(({ value }) => value.value !== null));
  const each = (act: 'press' | 'release' | 'hide') => () => {
    for (const reveal of reveals) reveal[act]();
  };
  return {
    values: values as ComputedRef<Record<Side, string | null>>,
    shown,
    press: each('press'),
    release: each('release'),
    hide: each('hide'),
    toggle: () => {
      if (shown.value) each('hide')();
      else for (const { show } of reveals) show().catch(showFailure);
    },
  };
}
