import type { SecretContent } from '@/lib/core/variables';
import type { ConflictRow, DiffRow, ReviewView } from '@/lib/messaging/editing';
import type { SecretRecord } from '@/lib/providers/contract';
import { changesBetween } from '@/lib/sync/merge';
import type { PushRequest, Review } from '@/lib/sync/push';

/** A review as it is kept until its answer: the id is the environment's, with one of its own. */
export interface StoredReview {
  readonly id: string;
  /** The identity of the connection that it was made by. */
  readonly server: string;
  readonly request: Omit<PushRequest, 'choices'>;
  readonly theirs: SecretRecord | null;
  readonly compareAndSwap: boolean;
}

/** The environment that a review's id names. */
export function environmentOfReview(reviewId: string): string {
  return reviewId.slice(0, reviewId.lastIndexOf(':'));
}

/** A review as the pages see it: names and kinds of change, no values. */
export function reviewView(
  { id, request, theirs, compareAndSwap }: StoredReview,
  { merge }: Review,
): ReviewView {
  const find = (content: SecretContent | null | undefined, name: string) =>
    content?.variables.find((variable) => variable.name === name)?.type ?? null;
  const { base, mine, path } = request;
  const rows = merge.changes.map(({ name, kind }): DiffRow => ({
    name,
    change: kind,
    before: find(theirs?.content, name),
    after: kind === 'removed' ? null : find(mine, name),
  }));
  const conflicts = merge.overlaps.map(({ name, base: was, mine: my, theirs: their }): ConflictRow => ({
    name,
    base: was?.type ?? null,
    mine: my?.type ?? null,
    theirs: their?.type ?? null,
  }));
  const overlapping = new Set(conflicts.map(({ name }) => name));
  return {
    id,
    environmentId: environmentOfReview(id),
    path,
    version: theirs?.version ?? null,
    creates: theirs === null,
    rows,
    kept: theirs
      ? changesBetween(base?.content.variables ?? [], theirs.content.variables)
          .map(({ name }) => name)
          .filter((name) => !overlapping.has(name))
      : [],
    conflicts,
    compareAndSwap,
  };
}
