import { AppError, toAppError } from '@/lib/core/errors';
import type { Environment } from '@/lib/core/model';
import type { SecretContent, Variable } from '@/lib/core/variables';
import type { ConflictRow, DiffRow, PushView, ReviewView } from '@/lib/messaging/editing';
import type { JobFailure, JobView } from '@/lib/messaging/views';
import type { SecretRecord } from '@/lib/providers/contract';
import type { KeyferryDb } from '@/lib/storage/db';
import { SECRET, type SessionStore } from '@/lib/storage/session';
import type { ValueStore } from '@/lib/storage/values';
import { changesBetween, type Choices } from '@/lib/sync/merge';
import {
  commitPush,
  pushBlind,
  reviewAgainst,
  type PushOutcome,
  type PushRequest,
  type Review,
} from '@/lib/sync/push';

import type { Connections } from './connections';
import type { Drafts } from './drafts';
import type { Jobs } from './jobs';
import type { Platform } from './ports';
import { createTargets, type Target } from './target';

/** A review holds values of three sides, so it lives and dies with the unlocked session. One per environment. */
const REVIEW = `${SECRET}review:`;
/** Writes in flight in a bulk push. */
const PUSHES = 16;

interface StoredReview {
  readonly id: string;
  readonly request: Omit<PushRequest, 'choices'>;
  readonly theirs: SecretRecord | null;
  readonly compareAndSwap: boolean;
}

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
  const { db, session, values, drafts, jobs, platform } = deps;
  const target = createTargets(db, deps.connections);

  const requestOf = async (environment: Environment): Promise<Omit<PushRequest, 'choices'>> => {
    const draft = await drafts.open(environment);
    if (!draft) throw new AppError('not-pulled', { path: environment.path });
    return { path: environment.path, base: draft.base, mine: { form: draft.form, variables: draft.mine } };
  };

  /** What is at the provider now becomes what this environment holds, and its draft is done. */
  const settle = async (environment: Environment, version: string | null, content: SecretContent) => {
    const pulledAt = platform.now();
    await values.put(
      new Map([
        [
          environment.id,
          { path: environment.path, version, pulledAt, form: content.form, variables: content.variables },
        ],
      ]),
    );
    await db.environments.update(environment.id, {
      version: version ?? undefined,
      pulledAt,
      missing: undefined,
      failure: undefined,
    });
    await drafts.drop(environment.id);
    await session.remove(REVIEW + environment.id);
    platform.broadcast({ type: 'changed', area: 'environments' });
    deps.onPulled();
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

  /** @throws AppError `review-over` when the draft or the review is another by now. */
  const stored = async (reviewId: string): Promise<StoredReview & { environmentId: string }> => {
    const environmentId = reviewId.slice(0, reviewId.lastIndexOf(':'));
    const review = await session.get<StoredReview>(REVIEW + environmentId);
    if (review?.id !== reviewId) throw new AppError('review-over');
    return { ...review, environmentId };
  };

  const outcomeView = async (
    { environment, provider }: Target,
    request: Omit<PushRequest, 'choices'>,
    outcome: PushOutcome,
    signal: AbortSignal,
  ): Promise<PushView> => {
    if (outcome.state === 'conflict') {
      const { compareAndSwap } = await provider.capabilities(signal);
      return {
        state: 'conflict',
        review: await keepReview(environment, request, outcome.review, compareAndSwap),
      };
    }
    const changes = changesBetween(request.base?.content.variables ?? [], request.mine.variables).length;
    await settle(environment, outcome.version, outcome.content);
    return { state: outcome.state, version: outcome.version, changes };
  };

  const pushOne = async (environmentId: string, signal: AbortSignal): Promise<PushView> => {
    const at = await target(environmentId);
    const request = await requestOf(at.environment);
    const outcome = await pushBlind(at.provider, request, signal);
    return outcomeView(at, request, outcome, signal);
  };

  const edited = async (workspaceId: string, only?: readonly string[]): Promise<Environment[]> => {
    const rows = (await db.environments.where({ workspaceId }).toArray()).filter(
      ({ id, sync }) => sync && (only === undefined || only.includes(id)),
    );
    const summaries = await drafts.summaries();
    return rows.filter(({ id }) => summaries[id] !== undefined);
  };

  const runBulk = async (job: JobView, environments: readonly Environment[], signal: AbortSignal) => {
    const queue = [...environments];
    const failed = (environment: Environment, error: AppError): JobFailure => ({
      path: environment.path,
      environmentId: environment.id,
      code: error.code,
      details: error.details,
    });
    const worker = async () => {
      for (let next = queue.shift(); next && !signal.aborted; next = queue.shift()) {
        const environment = next;
        const result = await pushOne(environment.id, signal).catch((error: unknown) => toAppError(error));
        const failure =
          result instanceof AppError
            ? result
            : result.state === 'conflict'
              ? new AppError('conflict', { count: result.review.conflicts.length, path: environment.path })
              : null;
        if (failure?.code === 'cancelled') return;
        jobs.progress(job.id, ({ done, pushed, unchanged, failures }) => ({
          done: done + 1,
          current: environment.path,
          pushed: pushed + (failure || (result as PushView).state !== 'pushed' ? 0 : 1),
          unchanged: unchanged + (failure || (result as PushView).state !== 'nothing' ? 0 : 1),
          failures: failure ? [...failures, failed(environment, failure)] : failures,
        }));
      }
    };
    await Promise.all(Array.from({ length: PUSHES }, worker));
    await jobs.end(job.id, signal.aborted ? 'cancelled' : 'done', null);
  };

  return {
    /** What is at the provider now becomes what the environment holds. */
    adopt: settle,

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
        await settle(environment, theirs.version, theirs.content);
      }
      return view;
    },

    async commit(reviewId: string, choices: Choices, signal: AbortSignal): Promise<PushView> {
      const { environmentId, request, theirs } = await stored(reviewId);
      const at = await target(environmentId);
      const chosen = { ...request, choices };
      const outcome = await commitPush(at.provider, chosen, reviewAgainst(chosen, theirs), signal);
      return outcomeView(at, request, outcome, signal);
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
      jobs.progress(job.id, () => ({ total: environments.length }));
      void platform.keepAwake(runBulk(job, environments, signal));
      return jobs.current() ?? job;
    },
  };
}

function reviewView({ id, request, theirs, compareAndSwap }: StoredReview, { merge }: Review): ReviewView {
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
    environmentId: id.slice(0, id.lastIndexOf(':')),
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

export type Saving = ReturnType<typeof createSaving>;
