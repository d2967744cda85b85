import { computed, ref, watch, type Ref } from 'vue';

import { settingsOf, type VaultDraft } from '@/lib/ui/vault-form';

/** Whether the result of a connection's test is still about what the form says. */
export function useTested(draft: Ref<VaultDraft | null>) {
  // Of credentials only that they were typed: the page keeps no second copy of them.
  const typed = ref(0);
  watch(
    () => draft.value?.secrets,
    (secrets) => {
      if (secrets && Object.values(secrets).some((secret) => secret !== '')) typed.value += 1;
    },
    { deep: true },
  );
  const now = computed(() => {
    if (!draft.value) return '';
    const { provider, settings } = settingsOf(draft.value);
    // When it pulls is nothing that a test looks at.
    return JSON.stringify([provider, { ...settings, autoSync: null }, typed.value]);
  });
  const tested = ref<string | null>(null);
  const outdated = computed(() => tested.value !== null && tested.value !== now.value);

  return {
    /** The form was changed after `test` was called. */
    outdated,
    test: () => {
      tested.value = now.value;
    },
    /** Saves by `work`, which may write settings in another way than they were typed: that is no change. */
    save: async (work: () => Promise<void>): Promise<void> => {
      const before = outdated.value;
      await work();
      if (tested.value !== null && !before) tested.value = now.value;
    },
  };
}
