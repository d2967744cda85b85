import { onScopeDispose, ref, shallowRef, watch, type Ref, type ShallowRef } from 'vue';

import type { Failure, UiEvent } from '@/lib/messaging/views';
import { useOutside } from '@/lib/ui/client';
import { toFailure } from '@/lib/ui/composables/use-act';

type Area = Extract<UiEvent, { type: 'changed' }>['area'];

export interface WorkerView<View> {
  /** The last answer; it stays while a newer one is fetched or has failed. */
  readonly view: Readonly<ShallowRef<View | null>>;
  /** Why the last fetch failed; `null` when it did not. */
  readonly failure: Readonly<ShallowRef<Failure | null>>;
  readonly loading: Readonly<Ref<boolean>>;
  /** Fetches again. Calls during a fetch share one more fetch after it, so that the last answer is the newest. Never throws. */
  readonly refresh: () => Promise<void>;
  readonly forget: () => void;
}

/**
 * A view of the worker's state that follows the worker: fetched by `load`, fetched again whenever one of
 * `areas` changed. After the worker was restarted it says `status` only, so that counts for every view.
 *
 * @param of What the view is of, such as a workspace: when it changes the view is forgotten and fetched again.
 */
export function useWorkerView<View>(
  load: () => Promise<View>,
  areas: readonly Area[],
  of: () => unknown = () => null,
): WorkerView<View> {
  const view = shallowRef<View | null>(null);
  const failure = shallowRef<Failure | null>(null);
  const loading = ref(false);
  let wanted = false;
  let again = false;
  let running: Promise<void> | null = null;

  async function run(): Promise<void> {
    loading.value = true;
    do {
      again = false;
      const subject = of();
      try {
        const answer = await load();
        // An answer about what was looked at before would stand under the new name.
        if (subject !== null && of() !== subject) again = true;
        else view.value = answer;
        failure.value = null;
      } catch (error) {
        failure.value = toFailure(error);
      }
    } while (again);
    loading.value = false;
    running = null;
  }

  function refresh(): Promise<void> {
    wanted = true;
    if (running) again = true;
    else running = run();
    return running ?? Promise.resolve();
  }

  function forget(): void {
    wanted = false;
    view.value = null;
    failure.value = null;
  }

  const stop = useOutside().onEvent((event) => {
    if (!wanted || event.type !== 'changed') return;
    if (event.area === 'status' || areas.includes(event.area)) void refresh();
  });
  onScopeDispose(stop);

  watch(of, (_now, before) => {
    if (!wanted || before === null) return;
    view.value = null;
    void refresh();
  });

  return { view, failure, loading, refresh, forget };
}
