import { defineStore } from 'pinia';

import { useClient } from '@/lib/ui/client';

import { useStatusStore } from './status';
import { useWorkerView } from './worker-view';

/** The enabled testers of the chosen workspace and their destinations. */
export const useTestersStore = defineStore('testers', () => {
  const client = useClient();
  const status = useStatusStore();
  const { view, failure, loading, refresh } = useWorkerView(
    async () => {
      if (!status.workspaceId) await status.refresh();
      return status.workspaceId ? await client('testers/list', { workspaceId: status.workspaceId }) : [];
    },
    ['testers', 'environments'],
    () => status.workspaceId,
  );

  return {
    view,
    failure,
    loading,
    refresh,
    /** By its origin; the browser's access must be there. */
    add: async (origin: string, environmentId: string) => {
      await client('tester/add', { origin, environmentId });
      await refresh();
    },
    addDestination: async (testerId: string, environmentId: string, destination: string) => {
      await client('grant/add', { testerId, environmentId, destination });
      await refresh();
    },
    disable: async (testerId: string) => {
      await client('tester/disable', { testerId });
      await refresh();
    },
    setEnvironment: async (testerId: string, environmentId: string) => {
      await client('tester/environment', { testerId, environmentId });
      await refresh();
    },
    /** Puts a proposal of an imported file in force. */
    accept: async (grantId: string) => {
      await client('grant/accept', { grantId });
      await refresh();
    },
    revoke: async (grantId: string) => {
      await client('grant/revoke', { grantId });
      await refresh();
    },
  };
});
