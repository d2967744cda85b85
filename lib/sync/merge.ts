import { sameValue } from '@/lib/core/same-values';
import type { Variable } from '@/lib/core/variables';

/** One variable on one side: its value, or `null` when it is not there. */
type Side = Variable | null;

export interface Change {
  readonly name: string;
  readonly kind: 'new' | 'edited' | 'removed';
}

/** A variable that both sides changed, each otherwise. */
export interface Overlap {
  readonly name: string;
  readonly base: Side;
  readonly mine: Side;
  readonly theirs: Side;
}

export interface Merge {
  /** What would be written: theirs with my changes; overlapping variables stand as theirs until chosen. */
  readonly merged: readonly Variable[];
  /** What I changed against theirs, without the overlaps. */
  readonly changes: readonly Change[];
  readonly overlaps: readonly Overlap[];
}

/** Which side to take for each overlapping variable, by name. */
export type Choices = ReadonlyMap<string, 'mine' | 'theirs'>;

/** What one side changed against the other, in the order of `after`, removals last. */
export function changesBetween(before: readonly Variable[], after: readonly Variable[]): Change[] {
  const old = byName(before);
  const now = byName(after);
  return [
    ...after.flatMap(({ name }): Change[] => {
      const was = old.get(name) ?? null;
      if (was === null) return [{ name, kind: 'new' }];
      return sameValue(was, now.get(name) ?? null) ? [] : [{ name, kind: 'edited' }];
    }),
    ...before.filter(({ name }) => !now.has(name)).map(({ name }): Change => ({ name, kind: 'removed' })),
  ];
}

/**
 * Three-way merge per variable: base as pulled, mine, theirs. A variable that only one side changed takes that
 * side; one that both changed alike takes it; one that both changed otherwise is an overlap, and stands as
 * theirs unless `choices` says mine. So nothing of theirs is ever lost without a choice.
 */
export function mergeVariables(
  base: readonly Variable[],
  mine: readonly Variable[],
  theirs: readonly Variable[],
  choices: Choices = new Map(),
): Merge {
  const [was, my, their] = [byName(base), byName(mine), byName(theirs)];
  const overlaps: Overlap[] = [];
  const pick = (name: string): Side => {
    const sides = {
      base: was.get(name) ?? null,
      mine: my.get(name) ?? null,
      theirs: their.get(name) ?? null,
    };
    if (sameValue(sides.mine, sides.base) || sameValue(sides.mine, sides.theirs)) return sides.theirs;
    if (sameValue(sides.theirs, sides.base)) return sides.mine;
    const choice = choices.get(name);
    if (choice === undefined) overlaps.push({ name, ...sides });
    return choice === 'mine' ? sides.mine : sides.theirs;
  };
  const names = new Set([...theirs, ...mine, ...base].map(({ name }) => name));
  const merged = [...names].flatMap((name) => pick(name) ?? []);
  return { merged, changes: changesBetween(theirs, merged), overlaps };
}

function byName(variables: readonly Variable[]): Map<string, Variable> {
  return new Map(variables.map((variable) => [variable.name, variable]));
}
