import { AppError } from '@/lib/core/errors';
import { httpOrigin } from '@/lib/core/origins';

import type { InjectionDeps, WireEvent } from './contract';
import type { Armed, Ledger } from './ledger';
import { headerRule, isRuleId, matchesPattern, nonceOf, pathPattern, RULE_IDS, type RuleSpec } from './rule';
import { createUpdates } from './updates';

/** A rule that nothing was sent with goes after so long. */
const UNUSED_MS = 10_000;
/** A preflight may be slow, and the request itself comes after it. Counted from the arming, or preflights of a page's own
 * making would keep the rule for as long as it likes. */
const PREFLIGHT_MS = 60_000;
/** For a request whose end was missed: its headers have long been sent. */
const STARTED_MS = 300_000;
const SENT_MS = 60_000;
/** The shortest alarm that browsers keep. */
const ALARM_MS = 30_000;
const MOST_ARMED = 1_000;
const MOST_RETIRED = 200;

export interface ArmRequest extends Omit<RuleSpec, 'id' | 'nonce'> {
  readonly requestId: string;
  readonly tabId: number;
  readonly testerId: string;
  readonly environmentId: string;
}

/** What the armoury tells the engine. */
interface Listeners {
  /** The browser has begun to send the request: a once-decision is used up. */
  started(requestId: string): void;
  /** The rule went without having been used. */
  unused(requestId: string): void;
}

function isPreflight(event: WireEvent, armed: Armed): boolean {
  return event.method === 'OPTIONS' && armed.method.toUpperCase() !== 'OPTIONS';
}

/** Whether an event is of the request that the rule was made for. A page's service worker hides the tab (−1). */
function fits(event: WireEvent, armed: Armed): boolean {
  return (
    matchesPattern(event.url, armed.pattern) &&
    event.method.toUpperCase() === armed.method.toUpperCase() &&
    (event.tabId === armed.tabId || event.tabId === -1) &&
    (event.initiator === undefined || httpOrigin(event.initiator) === armed.origin)
  );
}

/** The one-shot rules: makes them, watches the wire for their use, and takes them away. */
export function createArmoury(deps: InjectionDeps, ledger: Ledger, listeners: Listeners) {
  const { state } = ledger;
  const change = createUpdates(deps.rules);
  /** Nonces that were replaced before their use: using one anyway uses up the request. */
  const retired = new Map<string, string>();
  let timer: { at: number; cancel: () => void } | null = null;
  let alarmAt = 0;

  const all = () => Object.values(state.armed);
  /** What an address shows the nonce of; the page may have written any word there. */
  const shownBy = ({ url }: WireEvent): Armed | undefined => {
    const nonce = nonceOf(url) ?? '';
    return Object.hasOwn(state.armed, nonce) ? state.armed[nonce] : undefined;
  };

  function put(armed: Armed): void {
    state.armed[armed.nonce] = armed;
    watch(armed.deadline);
  }

  /** Sees to it that `expire` runs at the time, in this worker or the next. */
  function watch(at: number): void {
    const now = deps.now();
    if (!timer || at < timer.at) {
      timer?.cancel();
      timer = { at, cancel: deps.after(Math.max(0, at - now), () => void expire()) };
    }
    if (alarmAt <= now) {
      alarmAt = now + ALARM_MS;
      deps.wakeAt(alarmAt);
    }
  }

  /** Takes rules away; a browser that refuses is asked again by the next `tidy`. */
  async function drop(gone: readonly Armed[]): Promise<void> {
    if (gone.length === 0) return;
    for (const { nonce } of gone) Reflect.deleteProperty(state.armed, nonce);
    await Promise.all([
      change(
        [],
        gone.map(({ ruleId }) => ruleId),
      ).catch(() => undefined),
      ledger.save(),
    ]);
    for (const { wireId, requestId } of gone) if (wireId === null) listeners.unused(requestId);
  }

  async function expire(): Promise<void> {
    timer = null;
    const now = deps.now();
    const dropped = drop(all().filter(({ deadline }) => deadline <= now));
    const next = Math.min(...all().map(({ deadline }) => deadline));
    if (Number.isFinite(next)) watch(next);
    await dropped;
  }

  /** Removes every rule of ours that is not in the books. */
  async function tidy(): Promise<void> {
    const there = await deps.rules.ids();
    const booked = new Set(all().map(({ ruleId }) => ruleId));
    await change(
      [],
      there.filter((id) => isRuleId(id) && !booked.has(id)),
    );
  }

  function nextRuleId(): number {
    const used = new Set(all().map(({ ruleId }) => ruleId));
    do {
      state.nextRule = state.nextRule >= RULE_IDS.last ? RULE_IDS.first : state.nextRule + 1;
    } while (used.has(state.nextRule));
    return state.nextRule;
  }

  return {
    /**
     * Makes the rule and resolves when both the browser and the books have it.
     *
     * @returns The nonce, or `null` when a sweep took the rule away meanwhile.
     * @throws AppError throttled (retryable), unexpected.
     */
    async arm(request: ArmRequest): Promise<string | null> {
      if (all().length >= MOST_ARMED) throw new AppError('throttled', {}, true);
      // Asked again (the answer was lost with a worker): one request has one rule, not two.
      const earlier = all().filter((one) => one.requestId === request.requestId && one.wireId === null);
      for (const { nonce } of earlier) {
        Reflect.deleteProperty(state.armed, nonce);
        retired.set(nonce, request.requestId);
        const [oldest] = retired.keys();
        if (retired.size > MOST_RETIRED && oldest !== undefined) retired.delete(oldest);
      }
      const nonce = deps.randomId();
      const armedAt = deps.now();
      const ruleId = nextRuleId();
      put({
        nonce,
        ruleId,
        requestId: request.requestId,
        tabId: request.tabId,
        origin: request.initiator,
        testerId: request.testerId,
        environmentId: request.environmentId,
        destination: request.url.origin,
        pattern: pathPattern(request.url),
        method: request.method,
        armedAt,
        deadline: armedAt + UNUSED_MS,
        wireId: null,
      });
      try {
        await Promise.all([
          change(
            [headerRule({ ...request, id: ruleId, nonce })],
            earlier.map((one) => one.ruleId),
          ),
          ledger.save(),
        ]);
      } catch {
        Reflect.deleteProperty(state.armed, nonce);
        void ledger.save();
        throw new AppError('unexpected', { where: 'rule' });
      }
      return state.armed[nonce] ? nonce : null;
    },

    /** Takes away what matches, used or not. */
    disarm(matches: (armed: Armed) => boolean): Promise<void> {
      return drop(all().filter(matches));
    },

    tidy,

    /** The alarm: what a dead worker's timer would have done, and whatever slipped through. */
    async tick(): Promise<void> {
      alarmAt = 0;
      await expire();
      await tidy().catch(() => undefined);
    },

    /**
     * After a worker start. Rules live longer than the worker: those that are not in the books, or past their
     * deadline, go. Younger ones stay to their deadline, because the event that woke the worker may be the
     * preflight of the very request that still needs its rule.
     */
    async reconcile(): Promise<void> {
      const there = new Set(await deps.rules.ids());
      const now = deps.now();
      const unlocked = await deps.isUnlocked();
      for (const armed of all()) {
        if (!unlocked || armed.deadline <= now || !there.has(armed.ruleId)) {
          Reflect.deleteProperty(state.armed, armed.nonce);
        } else if (armed.wireId === null) {
          watch(armed.deadline);
        } else {
          // Its header has long been set, and the worker that died may have missed its end.
          put({ ...armed, deadline: Math.min(armed.deadline, now + UNUSED_MS) });
        }
      }
      await tidy();
    },

    started(event: WireEvent): void {
      const armed = shownBy(event);
      if (!armed) {
        const requestId = retired.get(nonceOf(event.url) ?? '');
        if (requestId === undefined) return;
        listeners.started(requestId);
        void drop(all().filter((one) => one.requestId === requestId));
      } else if (isPreflight(event, armed)) {
        put({ ...armed, deadline: armed.armedAt + PREFLIGHT_MS });
        void ledger.save();
      } else if ((armed.wireId ?? event.requestId) !== event.requestId || !fits(event, armed)) {
        // A second request shows the nonce, or it is used elsewhere: it is burnt.
        listeners.started(armed.requestId);
        void drop([{ ...armed, wireId: armed.wireId ?? event.requestId }]);
      } else if (armed.wireId === null) {
        put({ ...armed, wireId: event.requestId, deadline: deps.now() + STARTED_MS });
        listeners.started(armed.requestId);
        void ledger.save();
      }
    },

    sent(event: WireEvent): void {
      const armed = shownBy(event);
      if (armed?.wireId === event.requestId) put({ ...armed, deadline: deps.now() + SENT_MS });
    },

    /** @param failed Without an answer. */
    ended(event: WireEvent, failed: boolean): void {
      const armed = shownBy(event);
      if (!armed) return;
      if (isPreflight(event, armed) && !failed) {
        const soon = Math.min(deps.now() + UNUSED_MS, armed.armedAt + PREFLIGHT_MS);
        if (armed.wireId === null) put({ ...armed, deadline: soon });
      } else {
        void drop([armed]);
      }
    },
  };
}
