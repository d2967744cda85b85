import type { EnvironmentView } from '@/lib/messaging/views';

export interface EnvironmentFolder {
  /** Path below what all have in common; '' for those right there. */
  readonly name: string;
  readonly environments: readonly EnvironmentView[];
}

const folderOf = ({ path }: EnvironmentView) => path.split('/').slice(0, -1);

/** Groups environments by the folder of their path, below the folder that all of them share. The top comes first. */
export function byFolder(environments: readonly EnvironmentView[]): EnvironmentFolder[] {
  const synced = environments.filter(({ sync }) => sync).map(folderOf);
  const first = synced[0] ?? [];
  let shared = 0;
  while (shared < first.length && synced.every((folder) => folder[shared] === first[shared])) shared += 1;
  const folders = Map.groupBy(environments, (one) => (one.sync ? folderOf(one).slice(shared).join('/') : ''));
  return [...folders]
    .map(([name, inside]) => ({ name, environments: inside }))
    .sort((a, b) => (a.name === '' ? -1 : b.name === '' ? 1 : a.name.localeCompare(b.name)));
}
