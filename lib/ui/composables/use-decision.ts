import { computed, shallowRef } from 'vue';

import type { ApprovalView } from '@/lib/messaging/views';
import type { Decision } from '@/lib/ui/stores/popup';

import { useGuard } from './use-guard';

/** Gives the user's answer about a card; over when it is in. Says itself what went wrong. */
export type Answer = (approval: ApprovalView, decision: Decision) => Promise<void>;

/**
 * The buttons of a card of waiting requests: they do nothing for a moment after the card changed, and none does
 * anything while an answer about this very card is on its way.
 */
export function useDecision(card: () => ApprovalView | null, answer: Answer) {
  const subject = computed(() => {
    const shown = card();
    return shown ? `${shown.id} ${shown.requestIds.join(' ')}` : '';
  });
  const ready = useGuard(() => subject.value);
  // Bound to what was decided about: a card that comes meanwhile waits for nobody.
  const given = shallowRef<{ readonly subject: string; readonly decision: Decision } | null>(null);
  const deciding = computed(() => (given.value?.subject === subject.value ? given.value.decision : null));

  return {
    /** Whether a press decides. */
    ready: computed(() => ready.value && deciding.value === null),
    /** The answer that is on its way. */
    deciding,
    decide: async (decision: Decision): Promise<void> => {
      const shown = card();
      if (!shown || !ready.value || deciding.value !== null) return;
      const mine = { subject: subject.value, decision };
      given.value = mine;
      try {
        await answer(shown, decision);
      } finally {
        if (given.value === mine) given.value = null;
      }
    },
  };
}
