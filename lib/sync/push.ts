import { AppError } from '@/lib/core/errors';
import { sameValues } from '@/lib/core/same-values';
import type { SecretContent } from '@/lib/core/variables';
import type { SecretRecord } from '@/lib/providers/contract';
import type { Expected, WritableProvider } from '@/lib/providers/write-contract';

import { mergeVariables, type Choices, type Merge } from './merge';

/** What is at the provider, or was when it was pulled. */
type Base = Pick<SecretRecord, 'version' | 'madeAt' | 'content'>;

/** What I want to write, and what it was made from. */
export interface PushRequest {
  readonly path: string;
  /** As pulled; `null` for a secret that does not exist yet. */
  readonly base: Base | null;
  readonly mine: SecretContent;
  /** One per overlapping variable, after a conflict was shown. They hold for the `theirs` that was shown only. */
  readonly choices?: Choices;
}

/** What a push would do now, against what is at the provider now. */
export interface Review {
  /** `null` when nothing is there. */
  readonly theirs: SecretRecord | null;
  readonly merge: Merge;
  readonly content: SecretContent;
}

export type PushOutcome =
  /** `content` and `version` are what is at the provider now: the new base. */
  | ({ readonly state: 'pushed' | 'nothing' } & Base)
  /** Variables were changed on both sides: nothing was written. */
  | { readonly state: 'conflict'; readonly review: Review };

/** So often a push meets a newer version before it gives up. */
const TRIES = 3;

type Writer = Pick<WritableProvider, 'read' | 'write' | 'check'>;

/**
 * Reads theirs and merges, for the review before a single Save.
 *
 * @throws AppError `missing` when the secret that was pulled is gone; `path-taken` when something is where a new
 *   secret should go.
 */
export async function reviewPush(
  provider: Writer,
  request: PushRequest,
  signal: AbortSignal,
): Promise<Review> {
  const theirs = await provider.read(request.path, signal);
  return reviewAgainst(request, theirs);
}

/**
 * Writes what was reviewed, while theirs is still what was reviewed. A newer version without an overlap is merged
 * and written again, a bounded number of times.
 *
 * @throws AppError `conflict-again` after that; `missing`, `path-taken`, and whatever `write` throws.
 */
export async function commitPush(
  provider: Writer,
  request: PushRequest,
  reviewed: Review,
  signal: AbortSignal,
): Promise<PushOutcome> {
  let review = reviewed;
  for (let tries = 0; tries < TRIES; tries += 1) {
    if (review.merge.overlaps.length > 0) return { state: 'conflict', review };
    const { theirs, content } = review;
    if (theirs && sameValues(theirs.content, content)) {
      return { state: 'nothing', version: theirs.version, madeAt: theirs.madeAt, content: theirs.content };
    }
    const written = await tryWrite(provider, request.path, content, expectedOf(theirs), signal);
    if (written !== 'conflict') return { state: 'pushed', content, ...written };
    // What was chosen was chosen against the version that was shown; a newer one is asked about anew.
    const { path, base, mine } = request;
    review = await reviewPush(provider, { path, base, mine }, signal);
  }
  throw new AppError('conflict-again', { path: request.path, tries: TRIES });
}

/**
 * Bulk push: writes against the pulled version at once, one call, and reads theirs only after a mismatch.
 *
 * @throws AppError as `commitPush`.
 */
export async function pushBlind(
  provider: Writer,
  request: PushRequest,
  signal: AbortSignal,
): Promise<PushOutcome> {
  const { path, base, mine } = request;
  if (base && sameValues(base.content, mine)) return { state: 'nothing', ...base };
  const written = await tryWrite(provider, path, mine, expectedOf(base), signal);
  if (written !== 'conflict') return { state: 'pushed', content: mine, ...written };
  return commitPush(provider, request, await reviewPush(provider, request, signal), signal);
}

async function tryWrite(
  provider: Writer,
  path: string,
  content: SecretContent,
  expected: Expected,
  signal: AbortSignal,
) {
  provider.check(path, content);
  return provider.write(path, content, expected, signal).catch((error: unknown) => {
    if (error instanceof AppError && error.code === 'conflict') return 'conflict' as const;
    throw error;
  });
}

function expectedOf(record: Base | null): Expected {
  return record ? { state: 'read', version: record.version, content: record.content } : { state: 'absent' };
}

/** What a push would do against theirs as it was read. @throws AppError as `reviewPush`. */
export function reviewAgainst(
  { path, base, mine, choices }: PushRequest,
  theirs: SecretRecord | null,
): Review {
  if (theirs === null) {
    // Gone since the pull: writing it again is a decision, not a merge.
    if (base) throw new AppError('missing', { path });
    const merge = mergeVariables([], mine.variables, [], choices);
    return { theirs, merge, content: mine };
  }
  if (!base && !sameValues(theirs.content, mine)) {
    throw new AppError('path-taken', { path, variables: theirs.content.variables.length });
  }
  if (theirs.content.form !== mine.form)
    throw new AppError('not-an-object', { path, form: theirs.content.form });
  const merge = mergeVariables(
    base?.content.variables ?? [],
    mine.variables,
    theirs.content.variables,
    choices,
  );
  return { theirs, merge, content: { form: mine.form, variables: merge.merged } };
}
