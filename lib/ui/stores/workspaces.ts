import { defineStore } from 'pinia';

import { useClient } from '@/lib/ui/client';

import { useStatusStore } from './status';
import { useWorkerView } from './worker-view';

/** The workspaces with what is in each, and what can be done with them. */
export const useWorkspacesStore = defineStore('workspaces', () => {
  const client = useClient();
  const status = useStatusStore();
  const { view, failure, loading, refresh } = useWorkerView(
    () => client('workspaces/list', {}),
    ['environments', 'testers', 'connection'],
  );

  /** The names are in the status too, and which one is chosen. */
  const refreshAll = () => Promise.all([refresh(), status.refresh()]);

  return {
    view,
    failure,
    loading,
    refresh,
    /** Makes a workspace and goes into it. @throws AppError `name-taken`, `settings-invalid`. */
    create: async (name: string) => {
      const made = await client('workspace/create', { name });
      await client('workspace/switch', { workspaceId: made.id });
      await refreshAll();
      return made;
    },
    /** @throws AppError `name-taken`, `settings-invalid`, `workspace-missing`. */
    rename: async (workspaceId: string, name: string) => {
      await client('workspace/rename', { workspaceId, name });
      await refreshAll();
    },
    /** With everything in it. @throws AppError `workspace-last`, `workspace-missing`. */
    remove: async (workspaceId: string) => {
      await client('workspace/delete', { workspaceId });
      await refreshAll();
    },
  };
});
