import { AppError } from '@/lib/core/errors';
import { accessPattern } from '@/lib/core/origins';

import { cardsOf, dealCards } from './cards';
import type { Approval, Asker, Decision, InjectionDeps } from './contract';
import type { Ledger, Waiting } from './ledger';

/** A request that its bridge has not asked about for so long is gone: the longest poll, and a restart. */
const SILENT_MS = 45_000;
/** The bridge gives up after 5 minutes; this is for one that died. */
const LONGEST_MS = 330_000;
/** Of all testers together. */
const MOST_WAITING = 1_000;
/** Of all that wait together, as they are kept: session memory is there for values and drafts. */
const MOST_CHARACTERS = 1_000_000;
const MOST_ABANDONED = 1_000;
const MOST_TAKEN = 100;
/** News of one burst go out together. */
const CHANGED_MS = 30;

const sizeOf = (waiting: readonly Waiting[]) => JSON.stringify(waiting).length;

/**
 * Whether a new request has room. A tester takes no more than it leaves free, so that the next one always finds room,
 * however many hostile ones came before; all of them together never fill it.
 */
function hasRoom(one: Waiting, others: readonly Waiting[]): boolean {
  const mine = [one, ...others.filter(({ origin }) => origin === one.origin)];
  const theirs = others.filter(({ origin }) => origin !== one.origin);
  return (
    mine.length <= (MOST_WAITING - theirs.length) / 2 &&
    sizeOf(mine) <= (MOST_CHARACTERS - sizeOf(theirs)) / 2
  );
}

/** Whether a request is asked about by the document that brought it. */
export function isAskedBy(one: Waiting, asker: Asker): boolean {
  return (
    one.origin === asker.origin &&
    one.tabId === asker.tabId &&
    one.frameId === asker.frameId &&
    one.documentId === asker.documentId
  );
}

function decisionsOf(card: Omit<Approval, 'needsAccess'>): Decision[] {
  if (card.reason !== 'destination') return card.bareOnly ? ['as-typed', 'refuse'] : ['refuse'];
  return card.plainHttp ? ['once', 'refuse'] : ['once', 'always', 'refuse'];
}

/** The requests that wait for the user: their cards, the answers, and who wants to hear of news. */
export function createWaitingRoom(deps: InjectionDeps, ledger: Ledger) {
  const { state } = ledger;
  const bornAt = deps.now();
  const lastAsked = new Map<string, number>();
  const asking = new Map<string, number>();
  const abandoned = new Set<string>();
  /** Answers that were taken last, by card and requests: the same again is a button that was pressed twice. */
  const taken = new Map<string, Decision>();
  let news = Promise.withResolvers<void>();
  let telling = false;

  function isAlive(one: Waiting): boolean {
    const now = deps.now();
    if (now - one.heldSince > LONGEST_MS) return false;
    // After a worker's death the bridge needs a moment to ask again.
    return asking.has(one.requestId) || now - (lastAsked.get(one.requestId) ?? bornAt) < SILENT_MS;
  }

  const alive = () => Object.values(state.waiting).filter(isAlive);

  function changed(): void {
    if (telling) return;
    telling = true;
    deps.after(CHANGED_MS, () => {
      telling = false;
      deps.changed(count());
    });
  }

  function count(): number {
    return alive().filter(({ decision }) => decision === null).length;
  }

  function forget(requestId: string): void {
    if (!state.waiting[requestId]) return;
    Reflect.deleteProperty(state.waiting, requestId);
    lastAsked.delete(requestId);
    void ledger.save();
    changed();
  }

  const kept = (decision: Decision) => (decision === 'always' ? 'once' : decision);
  const cardKey = (approvalId: string, requestIds: readonly string[]) =>
    [approvalId, ...[...requestIds].sort()].join();

  function isTaken(approvalId: string, requestIds: readonly string[], decision: Decision): boolean {
    if (taken.get(cardKey(approvalId, requestIds)) !== decision) return false;
    // What was asked about anew since, or taken back, is not answered by it.
    return requestIds.every((id) => {
      const one = state.waiting[id];
      return !one || one.decision === kept(decision);
    });
  }

  function wake(): void {
    news.resolve();
    news = Promise.withResolvers();
  }

  async function missingAccess(...origins: string[]): Promise<string | null> {
    const patterns = origins.map(accessPattern);
    const there = await Promise.all(patterns.map((pattern) => deps.hasAccess(pattern)));
    return patterns.find((_, index) => !there[index]) ?? null;
  }

  return {
    changed,
    count,
    forget,
    wake,
    missingAccess,

    get: (requestId: string): Waiting | undefined => state.waiting[requestId],
    isAbandoned: (requestId: string): boolean => abandoned.has(requestId),

    /** A question about a request begins. @returns Ends it. */
    ask(requestId: string): () => void {
      asking.set(requestId, (asking.get(requestId) ?? 0) + 1);
      return () => {
        const left = (asking.get(requestId) ?? 1) - 1;
        if (left > 0) asking.set(requestId, left);
        else asking.delete(requestId);
        if (state.waiting[requestId]) lastAsked.set(requestId, deps.now());
      };
    },

    /** Listens from now on. @returns Resolves at the next news, or after `ms`. */
    news(): (ms: number) => Promise<void> {
      const { promise } = news;
      return async (ms) => {
        const late = Promise.withResolvers<void>();
        const cancel = deps.after(ms, late.resolve);
        await Promise.race([promise, late.promise]);
        cancel();
      };
    },

    /** Takes a request in, or puts it at a new place. @throws AppError throttled when its tester's share is full. */
    async put(one: Waiting): Promise<void> {
      // What nobody asks about any more takes no room.
      this.purge();
      const known = state.waiting[one.requestId];
      const others = alive().filter(({ requestId }) => requestId !== one.requestId);
      // One that is in stays in, as testers that came later made its own tester's share smaller.
      const fits = known ? sizeOf([one, ...others]) <= MOST_CHARACTERS : hasRoom(one, others);
      if (!fits) throw new AppError('throttled', {}, true);
      state.waiting[one.requestId] = one;
      // The same trouble of the same environment is told once: it asks for a pull, or opens the popup.
      const { tabId, reason, environmentId } = one;
      const isSame = (other: Waiting) =>
        other.tabId === tabId && other.reason === reason && other.environmentId === environmentId;
      const burst = others.some((other) => isSame(other) && other.decision === null);
      if (!(known && isSame(known)) && !burst) deps.held({ tabId, reason, environmentId });
      changed();
      await ledger.save();
    },

    abandon(requestId: string): void {
      abandoned.add(requestId);
      const [oldest] = abandoned;
      if (abandoned.size > MOST_ABANDONED && oldest !== undefined) abandoned.delete(oldest);
      forget(requestId);
      wake();
    },

    /** Forgets those that nobody asks about any more, and those that match. */
    purge(matches: (one: Waiting) => boolean = () => false): void {
      for (const one of Object.values(state.waiting)) {
        if (!isAlive(one) || matches(one)) forget(one.requestId);
      }
    },

    /** Takes back once-decisions that have not been used. */
    undecide(matches: (one: Waiting) => boolean): void {
      for (const one of Object.values(state.waiting)) {
        if (one.decision === 'once' && matches(one)) {
          state.waiting[one.requestId] = { ...one, decision: null, card: null };
        }
      }
    },

    async approvals(): Promise<Approval[]> {
      const dealt = dealCards(alive(), deps.randomId);
      for (const one of dealt) state.waiting[one.requestId] = one;
      if (dealt.length > 0) await ledger.save();
      const waiting = alive();
      const cards = await cardsOf(waiting);
      const shown = await Promise.all(
        cards.map(async (card) => ({
          ...card,
          needsAccess: await missingAccess(card.destination, card.tester),
        })),
      );
      const undecided = new Set(
        waiting.filter(({ decision }) => decision === null).map(({ requestId }) => requestId),
      );
      const allowed = new Set(
        waiting.filter(({ decision }) => decision === 'once').map(({ requestId }) => requestId),
      );
      // What was allowed stays to be seen while the browser's own access is missing.
      return shown.filter(({ requestIds, needsAccess }) =>
        requestIds.some((id) => undecided.has(id) || (needsAccess !== null && allowed.has(id))),
      );
    },

    /** The same answer once more changes nothing. @throws AppError request-changed, bad-message. */
    async answer(approvalId: string, requestIds: readonly string[], decision: Decision): Promise<void> {
      const seen = new Map(alive().map((one) => [one.requestId, one]));
      const card = (await cardsOf([...seen.values()])).find(({ id }) => id === approvalId);
      const same = (id: string) => seen.get(id) !== undefined && state.waiting[id] === seen.get(id);
      if (!card || [...requestIds].sort().join() !== card.requestIds.join() || !requestIds.every(same)) {
        if (isTaken(approvalId, requestIds, decision)) return;
        throw new AppError('request-changed');
      }
      if (!decisionsOf(card).includes(decision)) throw new AppError('bad-message');
      const [first] = requestIds.map((id) => seen.get(id));
      if (decision === 'always' && first) {
        const { testerId, environmentId, destination, boundTo } = first;
        await deps.grants.add({ testerId, environmentId, destination, boundTo });
      }
      for (const id of requestIds) {
        const one = state.waiting[id];
        // What changed while the grant was stored will find the grant, or be asked about anew.
        if (one && same(id)) {
          state.waiting[id] = { ...one, decision: kept(decision) };
        }
      }
      taken.set(cardKey(approvalId, requestIds), decision);
      const [oldest] = taken.keys();
      if (taken.size > MOST_TAKEN && oldest !== undefined) taken.delete(oldest);
      await ledger.save();
      wake();
      changed();
    },
  };
}
