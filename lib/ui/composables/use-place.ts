import { computed } from 'vue';

import { useWorkspaceConnectionStore } from '@/lib/ui/stores/workspace-connection';
import { draftOf, patternOf, settingsOf } from '@/lib/ui/vault-form';

/** Where the environments of this workspace are: provider, engine, prefix, and what to ask the browser for. */
export function usePlace() {
  const connection = useWorkspaceConnectionStore();
  void connection.refresh();
  const view = computed(() => connection.view);
  const provider = computed(() => view.value?.provider ?? 'hashicorp');
  return {
    provider,
    connected: computed(() => view.value?.saved === true),
    /** What stands in front of every path: the engine and a slash; '' for AWS. */
    engine: computed(() =>
      view.value && provider.value === 'hashicorp' ? `${view.value.hashicorp.enginePath}/` : '',
    ),
    /** What new paths begin with: the prefix, ended by a slash; '' without one. */
    folder: computed(() => {
      const prefix = view.value?.[provider.value].prefix ?? '';
      return prefix === '' || prefix.endsWith('/') ? prefix : `${prefix}/`;
    }),
    /** For the browser's question about access; `null` while there is no server to ask for. */
    pattern: computed(() => view.value && patternOf(settingsOf(draftOf(view.value)))),
  };
}
