import { defineStore } from 'pinia';
import { computed, ref, watch } from 'vue';

import type { RequestOf } from '@/lib/messaging/protocol';
import type { ApprovalView } from '@/lib/messaging/views';
import { useClient } from '@/lib/ui/client';

import { useJobStore } from './job';
import { useWorkerView } from './worker-view';

export type Decision = RequestOf<'approval/answer'>['decision'];

/** Everything the popup draws, in one message. */
export const usePopupStore = defineStore('popup', () => {
  const client = useClient();
  const jobs = useJobStore();
  /** Set when the popup was opened as a page for a certain tab; else the worker takes the active one. */
  const tabId = ref<number | undefined>();
  const { view, failure, loading, refresh } = useWorkerView(async () => {
    const next = await client('popup/view', tabId.value === undefined ? {} : { tabId: tabId.value });
    jobs.accept(next.status.job);
    return next;
  }, ['environments', 'testers', 'approvals', 'connection', 'clipboard']);

  // On a page that is no tester any environment may be looked at; that choice ends with the popup.
  const browsed = ref<string | null>(null);
  const ofTab = computed(() => view.value?.tab?.environmentId ?? null);
  /** The environment in force in this tab, else the one looked at, else the first. */
  const environment = computed(() => {
    const all = view.value?.environments ?? [];
    const wanted = ofTab.value ?? browsed.value;
    return all.find(({ id }) => id === wanted) ?? (ofTab.value === null ? (all[0] ?? null) : null);
  });
  const other = useWorkerView(async () => {
    const environmentId = environment.value?.id;
    if (environmentId === undefined || ofTab.value !== null) return null;
    return { environmentId, variables: await client('environment/variables', { environmentId }) };
  }, ['environments']);
  watch(
    () => (ofTab.value === null ? (environment.value?.id ?? null) : null),
    (id) => {
      if (id === null) other.forget();
      else void other.refresh();
    },
  );
  const fetched = computed(() =>
    other.view.value?.environmentId === environment.value?.id ? other.view.value : null,
  );

  return {
    tabId,
    view,
    failure,
    loading,
    refresh,
    phase: computed(() => view.value?.status.phase ?? null),
    environment,
    browse: (environmentId: string) => {
      browsed.value = environmentId;
    },
    /** Names of the environment's variables; `null` when it is not in memory (or not known yet). */
    variables: computed(() =>
      ofTab.value === null ? (fetched.value?.variables ?? null) : (view.value?.variables ?? null),
    ),
    variablesPending: computed(
      () => ofTab.value === null && fetched.value === null && other.failure.value === null,
    ),
    variablesFailure: other.failure,
    unlock: async (passphrase: string) => {
      await client('lock/unlock', { passphrase });
      await refresh();
    },
    lock: async () => {
      await client('lock/lock', {});
      await refresh();
    },
    switchTo: async (workspaceId: string) => {
      await client('workspace/switch', { workspaceId });
      await refresh();
    },
    enable: async (tab: number, origin: string, environmentId: string) => {
      await client('tester/enable', { tabId: tab, origin, environmentId });
      await refresh();
    },
    disable: async (testerId: string) => {
      await client('tester/disable', { testerId });
      await refresh();
    },
    /** With `tab` for that tab only, until it closes. */
    setEnvironment: async (testerId: string, environmentId: string, tab?: number) => {
      await client(
        'tester/environment',
        tab === undefined ? { testerId, environmentId } : { testerId, environmentId, tabId: tab },
      );
      await refresh();
    },
    dismissNotice: async (tab: number, noticeId: string) => {
      await client('tester/notice-dismiss', { tabId: tab, noticeId });
      await refresh();
    },
    /** Answers exactly the requests that the card showed. */
    answer: async ({ id, requestIds }: ApprovalView, decision: Decision) => {
      await client('approval/answer', { approvalId: id, requestIds: [...requestIds], decision });
      await refresh();
    },
    clearClipboard: async () => {
      await client('clipboard/clear', {});
      await refresh();
    },
  };
});
