import { defineStore } from 'pinia';
import { computed } from 'vue';

import type { LockSettings } from '@/lib/core/model';
import { useClient } from '@/lib/ui/client';

import { useJobStore } from './job';
import { useWorkerView } from './worker-view';

/** Locked or not, the workspaces, how many requests wait. */
export const useStatusStore = defineStore('status', () => {
  const client = useClient();
  const jobs = useJobStore();
  const { view, failure, loading, refresh } = useWorkerView(async () => {
    const status = await client('status/view', {});
    jobs.accept(status.job);
    return status;
  }, ['approvals']);

  return {
    view,
    failure,
    loading,
    refresh,
    phase: computed(() => view.value?.phase ?? null),
    workspaceId: computed(() => view.value?.workspaceId ?? null),
    workspace: computed(
      () => view.value?.workspaces.find(({ id }) => id === view.value?.workspaceId) ?? null,
    ),
    /** @throws AppError `already-set-up`. */
    setUp: async (passphrase: string) => {
      await client('lock/set-up', { passphrase });
      await refresh();
    },
    /** @throws AppError `wrong-passphrase`, `record-damaged`, `record-weak`. */
    unlock: async (passphrase: string) => {
      await client('lock/unlock', { passphrase });
      await refresh();
    },
    lock: async () => {
      await client('lock/lock', {});
      await refresh();
    },
    saveLockSettings: async (settings: LockSettings) => {
      await client('lock/settings', { ...settings });
      await refresh();
    },
    /** @throws AppError `workspace-missing`. */
    switchTo: async (workspaceId: string) => {
      await client('workspace/switch', { workspaceId });
      await refresh();
    },
    /** Forgets everything that Keyferry stored here. */
    wipe: async () => {
      await client('lock/wipe', {});
      await refresh();
    },
  };
});
