import { ref, shallowRef, type ShallowRef } from 'vue';

import { toAppError } from '@/lib/core/errors';
import type { Failure } from '@/lib/messaging/views';

/** What was thrown, as the pages show it. */
export function toFailure(thrown: unknown): Failure {
  const { code, details } = toAppError(thrown);
  return { code, details };
}

/**
 * The work behind a button: whether it runs, and why it failed, to be shown beside it.
 *
 * @param failure Shared with other acts of the same place, where a later one replaces the word of an earlier one.
 */
export function useAct(failure: ShallowRef<Failure | null> = shallowRef(null)) {
  const busy = ref(false);

  /** Runs the work unless it runs already. Its first part runs in the caller's own turn. @returns Whether it went through. */
  async function act(work: () => Promise<unknown>): Promise<boolean> {
    if (busy.value) return false;
    busy.value = true;
    failure.value = null;
    try {
      await work();
      return true;
    } catch (thrown) {
      failure.value = toFailure(thrown);
      return false;
    } finally {
      busy.value = false;
    }
  }

  return { busy, failure, act };
}
