import { defineStore } from 'pinia';
import { computed } from 'vue';

import { useClient } from '@/lib/ui/client';

import { useStatusStore } from './status';
import { useWorkerView } from './worker-view';

/** The connection in force for the chosen workspace: its own, or the global defaults that it inherits. */
export const useWorkspaceConnectionStore = defineStore('workspace-connection', () => {
  const client = useClient();
  const status = useStatusStore();
  const { view, failure, loading, refresh } = useWorkerView(
    async () => {
      if (!status.workspaceId) await status.refresh();
      return client('connection/view', { scope: status.workspaceId ?? 'global' });
    },
    ['connection', 'environments'],
    () => status.workspaceId,
  );

  return {
    view,
    failure,
    loading,
    refresh,
    /** Whether it is the workspace's own. */
    own: computed(() => view.value !== null && view.value.source !== 'global'),
  };
});
