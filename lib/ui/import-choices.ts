import type { ConfigurationItem } from '@/lib/messaging/configuration';

/** Which items of a previewed configuration are to be imported. */

/** Whether there is anything to choose about an item. */
export function isOffered({ change }: ConfigurationItem): boolean {
  return change === 'new' || change === 'changed';
}

/** What is chosen at first: all that is new. What would change something that is here waits for the user's tick. */
export function firstChoices(items: readonly ConfigurationItem[]): ReadonlySet<string> {
  const fresh = items.filter(({ change }) => change === 'new').map(({ id }) => id);
  return choose(items, new Set(), fresh, true);
}

/**
 * The choices after items were ticked or not: what a ticked one needs comes too, and what needs an unticked one
 * goes too. (`needs` names only what is not here already.)
 */
export function choose(
  items: readonly ConfigurationItem[],
  chosen: ReadonlySet<string>,
  ids: readonly string[],
  on: boolean,
): ReadonlySet<string> {
  const byId = new Map(items.map((item) => [item.id, item]));
  const isThere = (id: string) => {
    const item = byId.get(id);
    return item !== undefined && isOffered(item);
  };
  const offered = ids.filter(isThere);
  const next = new Set(chosen);
  if (on) {
    const waiting = [...offered];
    for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
      if (next.has(id)) continue;
      next.add(id);
      waiting.push(...(byId.get(id)?.needs ?? []).filter(isThere));
    }
    return next;
  }
  const dependents = new Map<string, string[]>();
  for (const { id, needs } of items) {
    for (const need of needs) dependents.set(need, [...(dependents.get(need) ?? []), id]);
  }
  const waiting = [...offered];
  for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
    if (next.delete(id)) waiting.push(...(dependents.get(id) ?? []));
  }
  return next;
}

export interface ImportGroup {
  /** Workspace; `null` for what is for all of them. */
  readonly workspace: string | null;
  readonly items: readonly ConfigurationItem[];
}

const ORDER = ['workspace', 'lock', 'connection', 'environment', 'tester', 'grant'] as const;

/** What is not the same, by workspace, and within one from the whole to its parts. */
export function groupsOf(items: readonly ConfigurationItem[]): readonly ImportGroup[] {
  const groups = new Map<string | null, ConfigurationItem[]>();
  for (const item of items) {
    if (item.change === 'same') continue;
    const workspace = item.kind === 'workspace' ? (item.workspace ?? item.name) : item.workspace;
    const group = groups.get(workspace);
    if (group) group.push(item);
    else groups.set(workspace, [item]);
  }
  return [...groups]
    .sort(([a], [b]) => (a === null ? -1 : b === null ? 1 : a.localeCompare(b)))
    .map(([workspace, group]) => ({
      workspace,
      items: group.sort((a, b) => ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind)),
    }));
}
