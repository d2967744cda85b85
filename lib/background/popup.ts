import type { PopupView, StatusView } from '@/lib/messaging/views';
import type { Injection } from '@/lib/injection/contract';

import type { Clipboard } from './clipboard';
import type { Connections } from './connections';
import type { Environments } from './environments';
import type { Testers } from './testers';

interface PopupDeps {
  readonly status: () => Promise<StatusView>;
  readonly testers: Pick<Testers, 'tabView'>;
  readonly environments: Pick<Environments, 'list' | 'variables'>;
  readonly connections: Pick<Connections, 'effective'>;
  readonly wire: Pick<Injection, 'approvals'>;
  readonly clipboard: Pick<Clipboard, 'view'>;
}

/** Everything the popup draws, in one answer; while locked only what was asked or copied before: names, no variables. */
export function createPopup({ status, testers, environments, connections, wire, clipboard }: PopupDeps) {
  return async (tabId?: number): Promise<PopupView> => {
    const now = await status();
    if (now.phase === 'first-run' || now.broken) {
      return {
        status: now,
        tab: null,
        environments: [],
        variables: null,
        approvals: [],
        clipboard: null,
        connected: false,
      };
    }
    const [tab, approvals, copied] = await Promise.all([
      testers.tabView(tabId),
      wire.approvals(),
      clipboard.view(),
    ]);
    if (now.phase === 'locked') {
      return {
        status: now,
        tab,
        environments: [],
        variables: null,
        approvals,
        clipboard: copied,
        connected: false,
      };
    }
    const workspaceId = tab?.tester?.workspaceId ?? now.workspaceId;
    const [list, connection] = await Promise.all([
      environments.list(workspaceId),
      connections.effective(workspaceId),
    ]);
    const shown = tab?.environmentId ?? null;
    return {
      status: now,
      tab,
      environments: list.map(({ id, name, state, production, pulledAt }) => ({
        id,
        name,
        state,
        production,
        pulledAt,
      })),
      variables: shown === null ? null : await environments.variables(shown),
      approvals,
      clipboard: copied,
      connected: connection !== null,
    };
  };
}
