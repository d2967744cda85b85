import { computed, watch } from 'vue';
import { useRouter } from 'vue-router';

import { useStatusStore } from '@/lib/ui/stores/status';
import { useWorkspaceConnectionStore } from '@/lib/ui/stores/workspace-connection';

/**
 * Whose settings Settings → Vault shows. The address and the workspace chosen in the side bar are one state: an
 * address of another workspace opens that one, and choosing another one (in the popup, say) moves the address.
 *
 * @param scope `global`, a workspace's id, or `null` for the settings that are in force now.
 */
export function useVaultScope(scope: () => string | null) {
  const router = useRouter();
  const status = useStatusStore();
  const mine = useWorkspaceConnectionStore();
  void mine.refresh();

  const known = computed(() => (id: string) => status.view?.workspaces.some((one) => one.id === id) ?? false);

  watch(
    [scope, () => mine.view],
    ([now, view]) => {
      if (now === null && view) {
        void router.replace(`/vault/${mine.own ? (status.workspaceId ?? 'global') : 'global'}`);
      }
    },
    { immediate: true },
  );
  watch(
    scope,
    (now) => {
      if (now !== null && now !== 'global' && now !== status.workspaceId && known.value(now)) {
        void status.switchTo(now);
      }
    },
    { immediate: true },
  );
  watch(
    () => status.workspaceId,
    (id, before) => {
      const now = scope();
      if (before !== null && id && now !== null && now !== 'global' && now !== id) {
        void router.replace(`/vault/${id}`);
      }
    },
  );

  return {
    /** The connection in force for the workspace. */
    mine,
    isWorkspace: computed(() => scope() !== null && scope() !== 'global'),
    /** The address names a workspace that is not there. */
    isGone: computed(() => {
      const now = scope();
      return now !== null && now !== 'global' && status.view !== null && !known.value(now);
    }),
    workspace: computed(() => status.workspace?.name ?? ''),
    /** Its name where it tells something: there are several. */
    tellingName: computed(() =>
      (status.view?.workspaces.length ?? 0) > 1 ? (status.workspace?.name ?? '') : '',
    ),
    go: async (toWorkspace: boolean): Promise<void> => {
      await router.push(`/vault/${toWorkspace ? (status.workspaceId ?? 'global') : 'global'}`);
    },
  };
}
