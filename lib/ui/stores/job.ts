import { defineStore } from 'pinia';
import { computed, onScopeDispose, shallowRef } from 'vue';

import type { Scope } from '@/lib/core/model';
import type { JobView } from '@/lib/messaging/views';
import { useOutside } from '@/lib/ui/client';

/** The pull under way, or the last one. */
export const useJobStore = defineStore('job', () => {
  const { client, onEvent } = useOutside();
  const job = shallowRef<JobView | null>(null);

  /** Takes a job that a view or an answer told of, unless what is known is newer: answers and events may cross. */
  function accept(next: JobView | null): void {
    const now = job.value;
    if (!next) {
      if (now?.state !== 'running') return;
      job.value = null;
      return;
    }
    if (now?.id === next.id) {
      const older = now.state !== 'running' && next.state === 'running';
      if (older || (next.state === 'running' && next.done < now.done)) return;
    } else if (now && now.startedAt > next.startedAt) return;
    job.value = next;
  }

  onScopeDispose(
    onEvent((event) => {
      if (event.type === 'job') accept(event.job);
    }),
  );

  return {
    job,
    running: computed(() => (job.value?.state === 'running' ? job.value : null)),
    accept,
    /** Starts a pull of everything in a scope; `tabId` names the tab whose environment comes first. */
    pullAll: async (scope: Scope, tabId?: number) => {
      accept(await client('pull/all', tabId === undefined ? { scope } : { scope, tabId }));
    },
    pullOne: async (environmentId: string) => {
      accept(await client('pull/one', { environmentId }));
    },
    cancel: async () => {
      if (job.value) await client('pull/cancel', { jobId: job.value.id });
    },
    /** Stops showing a job that is over. */
    dismiss: () => {
      if (job.value?.state !== 'running') job.value = null;
    },
  };
});
