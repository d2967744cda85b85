import { defineStore } from 'pinia';
import { onScopeDispose, ref, shallowRef } from 'vue';

import type { Scope } from '@/lib/core/model';
import type { TestStep } from '@/lib/core/test-steps';
import type { ConnectionForm } from '@/lib/messaging/protocol';
import { useOutside } from '@/lib/ui/client';

import { useWorkerView } from './worker-view';

/** The saved connection of one scope, and the test of what is typed. */
export const useConnectionStore = defineStore('connection', () => {
  const { client, onEvent } = useOutside();
  const scope = ref<Scope>('global');
  const { view, failure, loading, refresh } = useWorkerView(
    () => client('connection/view', { scope: scope.value }),
    ['connection'],
  );

  const steps = shallowRef<readonly TestStep[]>([]);
  const testId = ref<string | null>(null);

  onScopeDispose(
    onEvent((event) => {
      if (event.type !== 'test' || event.testId !== testId.value) return;
      const others = steps.value.filter(({ step }) => step !== event.step.step);
      steps.value = [...others, event.step];
    }),
  );

  return {
    scope,
    view,
    failure,
    loading,
    refresh,
    choose: (next: Scope) => {
      scope.value = next;
      return refresh();
    },
    /** @throws AppError `settings-invalid`, `credentials-missing`, `locked` … */
    save: async (form: ConnectionForm) => {
      await client('connection/save', form);
      await refresh();
    },
    /** The workspace goes back to the global defaults. @throws AppError `workspace-missing`. */
    reset: async () => {
      await client('connection/reset', { scope: scope.value });
      await refresh();
    },
    /** Steps of the last test, as they came. */
    steps,
    testing: testId,
    /** Tests what is typed; steps appear in `steps` as they happen. @throws AppError when no test could be made. */
    test: async (form: ConnectionForm) => {
      const id = crypto.randomUUID();
      testId.value = id;
      steps.value = [];
      try {
        const all = await client('connection/test', { testId: id, form });
        if (testId.value === id) steps.value = all;
      } finally {
        if (testId.value === id) testId.value = null;
      }
    },
    cancelTest: async () => {
      if (testId.value) await client('connection/test-cancel', { testId: testId.value });
    },
    forgetTest: () => {
      steps.value = [];
    },
  };
});
