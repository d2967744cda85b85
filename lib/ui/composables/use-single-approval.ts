import { watch } from 'vue';

import { useClient } from '@/lib/ui/client';
import { useStatusStore } from '@/lib/ui/stores/status';
import { useWorkerView } from '@/lib/ui/stores/worker-view';

/**
 * The card of the one request that waits; `null` while none or several do. Of several nothing is asked: what was shown
 * once grows no more, and the popup would get a card for each.
 */
export function useSingleApproval() {
  const client = useClient();
  const status = useStatusStore();
  const { view, refresh } = useWorkerView(async () => {
    if (status.view?.waiting !== 1) return null;
    const { approvals, status: now } = await client('popup/view', {});
    return now.waiting === 1 && approvals.length === 1 ? (approvals[0] ?? null) : null;
  }, ['approvals']);
  watch(
    () => status.view?.waiting,
    () => void refresh(),
    { immediate: true },
  );
  return view;
}
