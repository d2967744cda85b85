import { computed, ref, shallowRef, watch } from 'vue';

import { commonCopy } from '@/lib/core/copy/common';
import { popupCopy } from '@/lib/core/copy/popup';
import { accessPattern } from '@/lib/core/origins';
import type { ApprovalView, Failure, JobView } from '@/lib/messaging/views';
import { useOutside } from '@/lib/ui/client';
import { toFailure } from '@/lib/ui/composables/use-act';
import { hostOf } from '@/lib/ui/format';
import { useJobStore } from '@/lib/ui/stores/job';
import { usePopupStore, type Decision } from '@/lib/ui/stores/popup';
import { currentToast, dismissToast, showToast } from '@/lib/ui/toasts';

import { showCountdown, showFailure } from './use-copy';

/** A pull that ended badly is still shown when the popup opens so soon after it. */
const RECENT_MS = 60_000;

/** What the popup's buttons do. Failures become toasts; only those of a form stay beside it. */
export function usePopupActs() {
  const outside = useOutside();
  const store = usePopupStore();
  const jobs = useJobStore();
  const openedAt = Date.now();

  /** Runs an act and says in a toast what went wrong. */
  const attempt = (work: Promise<unknown>): Promise<void> => work.then(() => undefined, showFailure);

  // Enable on this site.
  const enabling = ref(false);
  const enableFailure = shallowRef<Failure | null>(null);
  async function enable(): Promise<void> {
    const tab = store.view?.tab;
    const environmentId = store.environment?.id;
    if (!tab?.origin || environmentId === undefined) return;
    // First of all: the browser asks only while it counts this as the click.
    const access = outside.requestHostAccess(accessPattern(tab.origin));
    enabling.value = true;
    enableFailure.value = null;
    try {
      if (await access) await store.enable(tab.tabId, tab.origin, environmentId);
      else enableFailure.value = { code: 'host-permission', details: { host: hostOf(tab.origin) } };
    } catch (error) {
      enableFailure.value = toFailure(error);
    } finally {
      enabling.value = false;
    }
  }

  /** The decision goes first: the browser's prompt may close the popup, and with it this code. */
  async function answer(approval: ApprovalView, decision: Decision): Promise<void> {
    const told = store.answer(approval, decision);
    const asks = approval.needsAccess !== null && (decision === 'once' || decision === 'always');
    const access = asks ? outside.requestHostAccess(approval.needsAccess) : Promise.resolve(true);
    try {
      await told;
      const { refused, sent, sentAsTyped, accessDenied, accessDeniedText } = popupCopy.approval;
      if (!(await access)) {
        showToast({
          tone: 'bad',
          title: accessDenied(hostOf(approval.destination)),
          text: accessDeniedText,
        });
      } else if (decision === 'refuse') showToast({ tone: 'held', title: refused });
      else showToast({ title: decision === 'as-typed' ? sentAsTyped : sent });
    } catch (error) {
      showFailure(error);
    }
  }

  // The countdown of a copied value, also of one copied before the popup was closed.
  let counting: number | null = null;
  watch(
    () => store.view?.clipboard ?? null,
    (clipboard) => {
      if (clipboard && clipboard.clearsAt > Date.now()) {
        counting = clipboard.clearsAt;
        showCountdown(clipboard, () => store.clearClipboard());
      } else if (counting !== null && currentToast.value?.until === counting) {
        counting = null;
        dismissToast();
        showToast({ title: commonCopy.clipboardCleared });
      }
    },
    { immediate: true },
  );

  // A pull that went well is a toast; one that needs a look stays at the bottom.
  const needsLook = (job: JobView) => job.state !== 'done' || job.failures.length > 0;
  watch(
    () => jobs.job,
    (job, before) => {
      if (!job || before?.id !== job.id || before.state !== 'running' || job.state !== 'done') return;
      if (needsLook(job)) return;
      const { done, pushed, unchanged } = popupCopy.pull;
      if (job.kind === 'push') showToast({ title: pushed(job.pushed) });
      else showToast({ title: job.read === 0 && job.total > 0 ? unchanged : done(job.done) });
      jobs.dismiss();
    },
  );
  const shownJob = computed(() => {
    const { job } = jobs;
    if (!job || job.state === 'running') return job;
    return needsLook(job) && (job.endedAt ?? 0) > openedAt - RECENT_MS ? job : null;
  });

  return {
    enabling,
    enableFailure,
    enable,
    answer,
    shownJob,
    disable: () => {
      const tester = store.view?.tab?.tester;
      return tester ? attempt(store.disable(tester.id)) : Promise.resolve();
    },
    choose: async (environmentId: string, where: 'tab' | 'all') => {
      const tab = store.view?.tab;
      if (!tab?.tester) return;
      const { id } = tab.tester;
      if (where === 'tab') return attempt(store.setEnvironment(id, environmentId, tab.tabId));
      await attempt(store.setEnvironment(id, environmentId));
      // This tab's own choice would stay above that of all tabs.
      if (tab.overridden) await attempt(store.setEnvironment(id, environmentId, tab.tabId));
    },
    grant: async () => {
      const origin = store.view?.tab?.origin;
      if (!origin) return;
      if (await outside.requestHostAccess(accessPattern(origin))) await store.refresh();
    },
    reload: () => {
      const tab = store.view?.tab;
      return tab ? attempt(outside.reloadTab(tab.tabId)) : Promise.resolve();
    },
    dismissNotice: (noticeId: string) => {
      const tab = store.view?.tab;
      return tab ? attempt(store.dismissNotice(tab.tabId, noticeId)) : Promise.resolve();
    },
    pull: () => {
      // What is shown is pulled: an enabled site brings its own workspace.
      const scope = store.view?.tab?.tester?.workspaceId ?? store.view?.status.workspaceId;
      return scope ? attempt(jobs.pullAll(scope, store.view?.tab?.tabId)) : Promise.resolve();
    },
    pullOne: (environmentId: string) => attempt(jobs.pullOne(environmentId)),
    /** Pushes one environment's unsaved changes; what others changed too is skipped and named. */
    push: (environmentId: string) => {
      const workspaceId = store.view?.tab?.tester?.workspaceId ?? store.view?.status.workspaceId;
      if (workspaceId === undefined) return Promise.resolve();
      return attempt(
        outside.client('push/bulk', { workspaceId, environmentIds: [environmentId] }).then(jobs.accept),
      );
    },
    cancelPull: () => attempt(jobs.cancel()),
    switchTo: (workspaceId: string) => attempt(store.switchTo(workspaceId)),
    lock: () => attempt(store.lock()),
    open: (route: string) => attempt(outside.openOptions(route)),
  };
}
