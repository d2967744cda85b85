import { onScopeDispose, shallowRef, watch, type Ref, type ShallowRef } from 'vue';

import type { ProviderKind } from '@/lib/core/model';
import { pathProblem, type PathProblem } from '@/lib/core/paths';
import type { PathState } from '@/lib/messaging/editing';
import type { Failure } from '@/lib/messaging/views';
import { useClient } from '@/lib/ui/client';
import { toFailure } from '@/lib/ui/composables/use-act';

/** What is known of a path that is being typed. */
export type PathCheck =
  | { readonly state: 'idle' }
  | { readonly state: 'checking' }
  | { readonly state: 'invalid'; readonly problem: PathProblem }
  | { readonly state: 'failed'; readonly failure: Failure }
  | PathState;

/** So long after the last key the provider is asked. */
const PAUSE_MS = 300;

/**
 * Looks up what is at a path while it is typed.
 *
 * @param about Whose path it is; `null` while nothing should be asked.
 */
export function usePathCheck(
  path: Ref<string>,
  about: () => {
    readonly workspaceId: string;
    readonly provider: ProviderKind;
    readonly environmentId?: string | undefined;
  } | null,
): Readonly<ShallowRef<PathCheck>> {
  const client = useClient();
  const check = shallowRef<PathCheck>({ state: 'idle' });
  let timer: ReturnType<typeof setTimeout> | undefined;
  let turn = 0;

  async function ask(mine: number): Promise<void> {
    const whose = about();
    if (!whose) return;
    const { workspaceId, environmentId } = whose;
    let answer: PathCheck;
    try {
      answer = await client('environment/path-state', {
        workspaceId,
        path: path.value,
        ...(environmentId !== undefined && { environmentId }),
      });
    } catch (thrown) {
      answer = { state: 'failed', failure: toFailure(thrown) };
    }
    if (mine === turn) check.value = answer;
  }

  watch(
    [path, () => JSON.stringify(about())],
    () => {
      clearTimeout(timer);
      turn += 1;
      const whose = about();
      if (!whose || path.value === '') {
        check.value = { state: 'idle' };
        return;
      }
      const problem = pathProblem(whose.provider, path.value);
      if (problem) {
        check.value = { state: 'invalid', problem };
        return;
      }
      check.value = { state: 'checking' };
      const mine = turn;
      timer = setTimeout(() => void ask(mine), PAUSE_MS);
    },
    { immediate: true },
  );
  onScopeDispose(() => {
    clearTimeout(timer);
    turn += 1;
  });
  return check;
}
