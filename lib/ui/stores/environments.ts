import { defineStore } from 'pinia';
import { computed } from 'vue';

import { useClient } from '@/lib/ui/client';

import { useStatusStore } from './status';
import { useWorkerView } from './worker-view';

/** The environments of the chosen workspace: names and states. */
export const useEnvironmentsStore = defineStore('environments', () => {
  const client = useClient();
  const status = useStatusStore();
  const { view, failure, loading, refresh } = useWorkerView(
    async () => {
      if (!status.workspaceId) await status.refresh();
      return status.workspaceId ? await client('environments/list', { workspaceId: status.workspaceId }) : [];
    },
    ['environments'],
    () => status.workspaceId,
  );

  return {
    view,
    /** Those with unsaved changes that can be pushed: a session's own have nowhere to go. */
    edited: computed(() =>
      (view.value ?? []).filter(
        ({ sync, state, changes }) => sync && (changes > 0 || state === 'edited' || state === 'conflict'),
      ),
    ),
    failure,
    loading,
    refresh,
    setProduction: async (environmentId: string, production: boolean) => {
      await client('environment/production', { environmentId, production });
      await refresh();
    },
  };
});
