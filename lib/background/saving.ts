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
import type { Draft } from '@/lib/sync/draft';
import { commitPush, pushBlind, reviewAgainst, type PushRequest, type Review } from '@/lib/sync/push';

import { createBulkPush, type Push, type Pushed } from './bulk-push';
import type { Connections } from './connections';
import type { Drafts, ReadAhead } from './drafts';
import type { Jobs } from './jobs';
import type { Platform } from './ports';
import { environmentOfReview, reviewView, type StoredReview } from './review-view';
import { afterWrite, createSettling } from './settling';
import { createTargets, targetOf, type Target } from './target';

/** A review holds values of three sides, so it lives and dies with the unlocked session. One per environment. */
const REVIEW = `${SECRET}review:`;
/** Drafts that a bulk push reads in one go. */
const READ_AHEAD = 64;

interface SavingDeps {
  readonly db: KeyferryDb;
  readonly session: SessionStore;
  readonly values: ValueStore;
  readonly drafts: Drafts;
  readonly connections: Pick<Connections, 'effective' | 'isInForce' | 'provider'>;
  readonly jobs: Jobs;
  readonly platform: Pick<Platform, 'now' | 'broadcast' | 'keepAwake'>;
  readonly onPulled: () => void;
}

/** Save: review, commit, conflicts; and the push of many. */
export function createSaving(deps: SavingDeps) {
  const { db, session, drafts, jobs, platform } = deps;
  const target = createTargets(db, deps.connections);
  const settle = createSettling(deps);

  const requestFrom = ({ path }: Environment, draft: Draft | null): Omit<PushRequest, 'choices'> => {
    if (!draft) throw new AppError('not-pulled', { path });
    return { path, base: draft.base, mine: { form: draft.form, variables: draft.mine } };
  };
  const requestOf = async (environment: Environment) =>
    requestFrom(environment, await drafts.open(environment));

  const keepReview = async (
    { environment, connection }: Target,
    request: Omit<PushRequest, 'choices'>,
    review: Review,
    compareAndSwap: boolean,
  ): Promise<ReviewView> => {
    const stored: StoredReview = {
      id: `${environment.id}:${crypto.randomUUID()}`,
      server: connection.identity,
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
    at: Target,
    request: Omit<PushRequest, 'choices'>,
    review: Review,
    signal: AbortSignal,
  ): Promise<ReviewView> => {
    const { compareAndSwap } = await at.provider.capabilities(signal);
    return keepReview(at, request, review, compareAndSwap);
  };

  /** The draft as it is when its turn comes: it may have been discarded, or its environment linked elsewhere, since. */
  const stillMeant = async (
    environment: Environment,
    ahead: ReadAhead | undefined,
  ): Promise<Draft | null> => {
    if (ahead && !ahead.isOld()) return ahead.draft;
    const row = await db.environments.get(environment.id);
    if (!row?.sync || row.path !== environment.path) throw new AppError('review-over');
    return drafts.open(row);
  };

  /** The pushes of these environments; rows and drafts are read some at a time, so that none is old when it is sent. */
  async function* pushesOf(at: Omit<Target, 'environment'>, ids: readonly string[]): AsyncGenerator<Push> {
    for (let from = 0; from < ids.length; from += READ_AHEAD) {
      const rows = await db.environments.bulkGet(ids.slice(from, from + READ_AHEAD));
      const synced = rows.filter((row): row is Environment => row?.sync === true);
      // Where one cannot be opened each is, in its own turn: so that one alone fails.
      const opened = await drafts.openMany(synced).catch(() => null);
      for (const [nth, environment] of synced.entries()) {
        const draft = () => stillMeant(environment, opened?.[nth]);
        yield { environment, run: async (signal) => push({ ...at, environment }, await draft(), signal) };
      }
    }
  }

  const push = async (at: Target, draft: Draft | null, signal: AbortSignal): Promise<Pushed> => {
    const { environment, provider } = at;
    const request = requestFrom(environment, draft);
    const outcome = await pushBlind(provider, request, signal);
    if (outcome.state === 'conflict') {
      const { conflicts } = await conflictOf(at, request, outcome.review, signal);
      throw new AppError('conflict', { count: conflicts.length, path: environment.path });
    }
    return { ...outcome, environment, sent: request.mine.variables };
  };

  const edited = async (workspaceId: string, only?: readonly string[]): Promise<string[]> => {
    const rows = (await db.environments.where({ workspaceId }).toArray()).filter(
      ({ id, sync }) => sync && (only === undefined || only.includes(id)),
    );
    const summaries = await drafts.summaries();
    return rows.map(({ id }) => id).filter((id) => summaries[id] !== undefined);
  };

  return {
    /** What is at the provider now becomes what the environment holds; unsaved edits stay, as a draft over it. */
    adopt: (
      { environment, connection }: Target,
      version: string | null,
      content: SecretContent,
    ): Promise<void> => settle(connection, [{ environment, version, content, sent: null }]),

    /** What a Save would do now. A draft that says what is there already is done: nothing is left to push. */
    async review(environmentId: string, signal: AbortSignal): Promise<ReviewView> {
      const at = await target(environmentId);
      const { environment, connection, provider } = at;
      const request = await requestOf(environment);
      provider.check(environment.path, request.mine);
      const review = reviewAgainst(request, await provider.read(environment.path, signal));
      const { compareAndSwap } = await provider.capabilities(signal);
      const view = await keepReview(at, request, review, compareAndSwap);
      const { theirs, merge } = review;
      if (theirs && merge.overlaps.length === 0 && merge.changes.length === 0) {
        const { version, madeAt, content } = theirs;
        await settle(connection, [{ environment, version, madeAt, content, sent: request.mine.variables }]);
      }
      return view;
    },

    /** @throws AppError `review-over` when the draft, the path, the connection or the review is another by now. */
    async commit(reviewId: string, choices: Choices, signal: AbortSignal): Promise<PushView> {
      const { environmentId, server, request, theirs } = await stored(reviewId);
      const at = await target(environmentId);
      const now = await requestOf(at.environment);
      const isSamePlace = now.path === request.path && at.connection.identity === server;
      if (!isSamePlace || !sameValues(now.mine, request.mine)) throw new AppError('review-over');
      const chosen = { ...request, choices };
      const outcome = await commitPush(at.provider, chosen, reviewAgainst(chosen, theirs), signal);
      if (outcome.state === 'conflict') {
        return { state: 'conflict', review: await conflictOf(at, request, outcome.review, signal) };
      }
      const { state, version, madeAt, content } = outcome;
      const { environment, connection } = at;
      await session.remove(REVIEW + environmentId);
      await afterWrite(
        environment.path,
        settle(connection, [{ environment, version, madeAt, content, sent: request.mine.variables }]),
      );
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
      const at = await targetOf(workspaceId, deps.connections);
      const ids = await edited(workspaceId, only);
      const { job, signal } = await jobs.start({ kind: 'push', scope: at.connection.source, workspaceId });
      // Begun it must also end: that there is no room to keep the number is no reason to leave it.
      await jobs.keep(job.id, () => ({ total: ids.length })).catch(() => undefined);
      const run = createBulkPush({ jobs, settle: (arrived) => settle(at.connection, arrived) });
      void platform.keepAwake(run(job, pushesOf(at, ids), signal));
      return jobs.current() ?? job;
    },
  };
}

export type Saving = ReturnType<typeof createSaving>;
