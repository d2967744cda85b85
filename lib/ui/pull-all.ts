import { computed, ref, watch } from 'vue';

import { pullCopy } from '@/lib/core/copy/vault';
import type { Scope } from '@/lib/core/model';
import type { JobView } from '@/lib/messaging/views';
import { useOutside } from '@/lib/ui/client';
import { useAct } from '@/lib/ui/composables/use-act';
import { useJobStore } from '@/lib/ui/stores/job';
import { showToast } from '@/lib/ui/toasts';

/**
 * Pull All and Pull of one, from a button. When the pull that was started here is over, a toast says so, or
 * `onFailures` is called with its id when paths failed.
 */
export function usePull(onFailures: (jobId: string) => void) {
  const outside = useOutside();
  const jobs = useJobStore();
  const started = ref<string | null>(null);
  const { busy: starting, failure, act } = useAct();

  /** Call it in the click's handler: the browser's question comes first, before anything is awaited. */
  async function start(pattern: string | null, work: () => Promise<void>): Promise<void> {
    const access = pattern === null ? Promise.resolve(true) : outside.requestHostAccess(pattern);
    await act(async () => {
      // Refused or not, the worker decides: it names the host in its error.
      await access;
      await work();
      started.value = jobs.job?.id ?? null;
      if (jobs.job) finish(jobs.job);
    });
  }

  function finish(job: JobView): void {
    if (job.id !== started.value || job.state === 'running') return;
    started.value = null;
    if (job.failure) failure.value = job.failure;
    else if (job.failures.length > 0) onFailures(job.id);
    else if (job.state === 'done') {
      showToast({
        title: pullCopy.doneToast(job.read + job.unchanged),
        text: pullCopy.doneText(job.read, job.unchanged),
      });
    }
  }

  watch(
    () => jobs.job,
    (job) => {
      if (job) finish(job);
    },
  );

  return {
    busy: computed(() => starting.value || jobs.running !== null),
    failure,
    pullAll: (scope: Scope, pattern: string | null) => start(pattern, () => jobs.pullAll(scope)),
    pullOne: (environmentId: string, pattern: string | null) =>
      start(pattern, () => jobs.pullOne(environmentId)),
  };
}
