import { AppError } from '@/lib/core/errors';
import type { Environment } from '@/lib/core/model';
import { sameValues } from '@/lib/core/same-values';
import type { SecretContent, Variable } from '@/lib/core/variables';
import type { PushView, ReviewView } from '@/lib/messaging/editing';
import type { JobView } from '@/lib/messaging/views';
import type { KeyferryDb } from '@/lib/storage/db';
import { SECRET, type SessionStore } from '@/lib/storage/session';
import type { ValueStore } from '@/lib/storage/values';
import { changesBetween, type Choices } from '@/lib/sync/merge';
import { commitPush, pushBlind, reviewAgainst, type PushRequest, type Review } from '@/lib/sync/push';

import { createBulkPush } from './bulk-push';
import type { Connections } from './connections';
import type { Drafts } from './drafts';
import type { Jobs } from './jobs';
import type { Platform } from './ports';
import { environmentOfReview, reviewView, type StoredReview } from './review-view';
import { createSettling } from './settling';
import { createTargets, type Target } from './target';

/** A review holds values of three sides, so it lives and dies with the unlocked session. One per environment. */
const REVIEW = `${SECRET}review:`;

interface SavingDeps {
  readonly db: KeyferryDb;
  readonly session: SessionStore;
  readonly values: ValueStore;
  readonly drafts: Drafts;
  readonly connections: Pick<Connections, 'effective' | 'provider'>;
  readonly jobs: Jobs;
  readonly platform: Pick<Platform, 'now' | 'broadcast' | 'keepAwake'>;
  readonly onPulled: () => void;
}

/** Save: review, commit, conflicts; and the push of many. */
export function createSaving(deps: SavingDeps) {
  const { db, session, drafts, jobs, platform } = deps;
  const target = createTargets(db, deps.connections);
  const settle = createSettling(deps);

  const requestOf = async (environment: Environment): Promise<Omit<PushRequest, 'choices'>> => {
    const draft = await drafts.open(environment);
    if (!draft) throw new AppError('not-pulled', { path: environment.path });
    return { path: environment.path, base: draft.base, mine: { form: draft.form, variables: draft.mine } };
  };

  const keepReview = async (
    environment: Environment,
    request: Omit<PushRequest, 'choices'>,
    review: Review,
    compareAndSwap: boolean,
  ): Promise<ReviewView> => {
    const stored: StoredReview = {
      id: `${environment.id}:${crypto.randomUUID()}`,
      request,
      theirs: review.theirs,
      compareAndSwap,
    };
    await session.set(REVIEW + environment.id, stored);
    await drafts.setConflicts(environment.id, review.merge.overlaps.length);
    platform.broadcast({ type: 'changed', area: 'environments' });
    return reviewView(stored, review);
  };

  /** @throws AppError `review-over` when there is another review by now, or none. */
  const stored = async (reviewId: string): Promise<StoredReview & { environmentId: string }> => {
    const environmentId = environmentOfReview(reviewId);
    const review = await session.get<StoredReview>(REVIEW + environmentId);
    if (review?.id !== reviewId) throw new AppError('review-over');
    return { ...review, environmentId };
  };

  const conflictOf = async (
    { environment, provider }: Target,
    request: Omit<PushRequest, 'choices'>,
    review: Review,
    signal: AbortSignal,
  ): Promise<ReviewView> => {
    const { compareAndSwap } = await provider.capabilities(signal);
    return keepReview(environment, request, review, compareAndSwap);
  };

  const runBulk = createBulkPush({
    jobs,
    settle,
    async push(environmentId, signal) {
      const at = await target(environmentId);
      const { environment } = at;
      const request = await requestOf(environment);
      const outcome = await pushBlind(at.provider, request, signal);
      if (outcome.state === 'conflict') {
        const { conflicts } = await conflictOf(at, request, outcome.review, signal);
        throw new AppError('conflict', { count: conflicts.length, path: environment.path });
      }
      return { ...outcome, environment, sent: request.mine.variables };
    },
  });

  const edited = async (workspaceId: string, only?: readonly string[]): Promise<Environment[]> => {
    const rows = (await db.environments.where({ workspaceId }).toArray()).filter(
      ({ id, sync }) => sync && (only === undefined || only.includes(id)),
    );
    const summaries = await drafts.summaries();
    return rows.filter(({ id }) => summaries[id] !== undefined);
  };

  return {
    /** What is at the provider now becomes what the environment holds; unsaved edits stay, as a draft over it. */
    adopt: (environment: Environment, version: string | null, content: SecretContent): Promise<void> =>
      settle([{ environment, version, content, sent: null }]),

    /** What a Save would do now. A draft that says what is there already is done: nothing is left to push. */
    async review(environmentId: string, signal: AbortSignal): Promise<ReviewView> {
      const { environment, provider } = await target(environmentId);
      const request = await requestOf(environment);
      provider.check(environment.path, request.mine);
      const review = reviewAgainst(request, await provider.read(environment.path, signal));
      const { compareAndSwap } = await provider.capabilities(signal);
      const view = await keepReview(environment, request, review, compareAndSwap);
      const { theirs, merge } = review;
      if (theirs && merge.overlaps.length === 0 && merge.changes.length === 0) {
        await settle([
          { environment, version: theirs.version, content: theirs.content, sent: request.mine.variables },
        ]);
      }
      return view;
    },

    /** @throws AppError `review-over` when the draft, the path or the review is another by now. */
    async commit(reviewId: string, choices: Choices, signal: AbortSignal): Promise<PushView> {
      const { environmentId, request, theirs } = await stored(reviewId);
      const at = await target(environmentId);
      const now = await requestOf(at.environment);
      if (now.path !== request.path || !sameValues(now.mine, request.mine)) throw new AppError('review-over');
      const chosen = { ...request, choices };
      const outcome = await commitPush(at.provider, chosen, reviewAgainst(chosen, theirs), signal);
      if (outcome.state === 'conflict') {
        return { state: 'conflict', review: await conflictOf(at, request, outcome.review, signal) };
      }
      const { state, version, content } = outcome;
      const { environment } = at;
      await session.remove(REVIEW + environmentId);
      await settle([{ environment, version, content, sent: request.mine.variables }]);
      const changes = changesBetween(request.base?.content.variables ?? [], request.mine.variables).length;
      return { state, version, changes };
    },

    async value(
      reviewId: string,
      name: string,
      side: 'base' | 'mine' | 'theirs' | 'result',
    ): Promise<Variable | null> {
      const { request, theirs } = await stored(reviewId);
      const sides = {
        base: request.base?.content,
        mine: request.mine,
        theirs: theirs?.content,
        result: reviewAgainst(request, theirs).content,
      };
      return sides[side]?.variables.find((variable) => variable.name === name) ?? null;
    },

    /** All edited environments, or those named; each conflict is skipped and named. */
    async bulk(workspaceId: string, only?: readonly string[]): Promise<JobView> {
      const environments = await edited(workspaceId, only);
      const source = (await deps.connections.effective(workspaceId))?.source ?? 'global';
      const { job, signal } = await jobs.start({ kind: 'push', scope: source, workspaceId });
      await jobs.keep(job.id, () => ({ total: environments.length }));
      void platform.keepAwake(runBulk(job, environments, signal));
      return jobs.current() ?? job;
    },
  };
}

export type Saving = ReturnType<typeof createSaving>;
