import { AppError, toAppError } from '@/lib/core/errors';
import { httpOrigin } from '@/lib/core/origins';
import { findInHeader, type Placeholder } from '@/lib/core/placeholders';

import { isForwardingProxy } from './address';
import { createArmoury } from './armoury';
import type {
  Answer,
  Asker,
  HeldRequest,
  HoldReason,
  Injection,
  InjectionDeps,
  Passage,
  Sweep,
  TesterInForce,
  WireEvent,
} from './contract';
import { digest } from './digest';
import { createLedger, type Waiting } from './ledger';
import { makePlan, type Plan } from './plan';
import { RULE_IDS } from './rule';
import { createSentAsTyped } from './sent-as-typed';
import { createWaitingRoom, isAskedBy } from './waiting-room';

/** How long a repeated question waits for news before it is answered `held` once more. */
const POLL_MS = 20_000;

/** Where a request goes. @throws AppError bad-message for an address that no rule can be made for. */
function readTarget(held: HeldRequest, sender: Asker): URL {
  if (httpOrigin(held.url) === null) throw new AppError('bad-message');
  const url = new URL(held.url);
  // The preflight of a cross-origin OPTIONS looks like the request itself and would carry the value.
  if (held.method.toUpperCase() === 'OPTIONS' && url.origin !== sender.origin) {
    throw new AppError('place-unsupported', { place: 'OPTIONS request' });
  }
  return url;
}

/** Whether nothing in it is written as ours: a bare form may be the page's own. */
function isBareOnly({ headers, elsewhere }: HeldRequest): boolean {
  return elsewhere.length === 0 && headers.every(([, value]) => findInHeader(value).every(isBare));
}
const isBare = ({ form }: Placeholder) => form === 'bare';

/** Whether what the card said (or says) about a request still holds. */
function isAbout(one: Waiting, tester: TesterInForce, plan: Plan): boolean {
  return (
    one.testerId === tester.testerId &&
    one.environmentId === tester.environmentId &&
    one.environmentName === tester.environmentName &&
    one.production === tester.production &&
    one.boundTo === tester.boundTo &&
    JSON.stringify(one.places) === JSON.stringify(plan.places)
  );
}

function covers(what: Sweep, one: Omit<Passage, 'boundTo'>): boolean {
  if (what === 'all') return true;
  return (
    (what.testerId ?? one.testerId) === one.testerId &&
    (what.environmentId ?? one.environmentId) === one.environmentId &&
    (what.destination ?? one.destination) === one.destination
  );
}

/**
 * Decides what becomes of held requests and keeps the one-shot rules. Everything it must not forget is in
 * the session store, so it may be rebuilt on it at any point (the worker's death).
 */
export function createInjection(deps: InjectionDeps): Injection {
  const ledger = createLedger(deps.store, RULE_IDS.first);
  const room = createWaitingRoom(deps, ledger);
  const typed = createSentAsTyped(deps, ledger, room.changed);
  const armoury = createArmoury(deps, ledger, { started: room.forget, unused: room.forget });
  /** Grows with each sweep: what was decided on values from before it does not count. */
  let sweeps = 0;
  let running = false;

  const ready = (async () => {
    await ledger.load();
    // A browser that cannot list its rules now is asked again by the alarm.
    await armoury.reconcile().catch(() => deps.wakeAt(deps.now()));
    running = true;
    room.changed();
  })();

  const onWire = (handle: (event: WireEvent) => void) => (event: WireEvent) => {
    if (running) handle(event);
    else void ready.then(() => handle(event));
  };

  async function hold(
    held: HeldRequest,
    sender: Asker,
    { url, tester, plan, reason }: { url: URL; tester: TesterInForce; plan: Plan; reason: HoldReason },
  ): Promise<Answer> {
    const { requestId, method } = held;
    const fingerprint = await digest([held.url, method, held.headers]);
    const known = room.get(requestId);
    if (known && known.digest !== fingerprint) throw new AppError('request-changed');
    if (room.isAbandoned(requestId)) throw new AppError('request-gone');
    const { testerId, environmentId, environmentName, production, boundTo } = tester;
    if (known?.reason !== reason || !isAbout(known, tester, plan)) {
      await room.put({
        requestId,
        tabId: sender.tabId,
        frameId: sender.frameId,
        documentId: sender.documentId,
        origin: sender.origin,
        digest: fingerprint,
        testerId,
        environmentId,
        environmentName,
        production,
        boundTo,
        destination: url.origin,
        method,
        path: url.pathname,
        proxy: isForwardingProxy(url),
        places: plan.places,
        bareOnly: plan.bareOnly,
        reason,
        heldSince: known?.heldSince ?? deps.now(),
        card: null,
        decision: null,
      });
    }
    return { state: 'held', reason, names: [...new Set(plan.places.map(({ name }) => name))] };
  }

  /** One look at how things stand. @returns `null` when a sweep came in between: look again. */
  async function look(held: HeldRequest, sender: Asker): Promise<Answer | null> {
    const before = sweeps;
    const { requestId, method } = held;
    // Firefox runs hook and bridge on every port of a tester's host: other sites there keep what is theirs.
    if (!room.get(requestId) && isBareOnly(held) && !(await deps.tester(sender.origin, sender.tabId))) {
      return { state: 'as-typed' };
    }
    // The bridge's word, but a fenced frame is its own parent, and the browser knows which frame is the tab's.
    if (held.framed === 'foreign' || (held.framed === 'top' && sender.frameId !== 0)) {
      throw new AppError('embedded');
    }
    const [place] = held.elsewhere;
    if (place) throw new AppError('place-unsupported', { place: place === 'url' ? 'URL' : 'body' });
    const url = readTarget(held, sender);
    deps.checkDestination?.(url.origin);
    // Asked side by side, as both take the browser some time.
    const [tester, missing] = await Promise.all([
      deps.tester(sender.origin, sender.tabId),
      room.missingAccess(url.origin, sender.origin),
    ]);
    if (!tester) throw new AppError('not-enabled', { host: new URL(sender.origin).host });
    const plan = makePlan(held.headers, tester);

    const known = room.get(requestId);
    if (known && known.digest !== (await digest([held.url, method, held.headers]))) {
      throw new AppError('request-changed');
    }
    if (known?.decision === 'refuse') throw new AppError('request-refused');
    if (plan.state === 'nothing' || (known?.decision === 'as-typed' && plan.bareOnly)) {
      room.forget(requestId);
      await typed.note(
        plan.state === 'nothing' ? plan.untouched : plan.places.map(({ name }) => name),
        sender,
      );
      return { state: 'as-typed' };
    }
    if (plan.state !== 'fill') {
      return hold(held, sender, { url, tester, plan, reason: plan.state === 'locked' ? 'unlock' : 'pull' });
    }

    const { testerId, environmentId, boundTo } = tester;
    const destination = url.origin;
    const once = known?.decision === 'once' && isAbout(known, tester, plan);
    const granted = once || (await deps.grants.has({ testerId, environmentId, destination, boundTo }));
    if (!granted || missing !== null) {
      return hold(held, sender, { url, tester, plan, reason: 'destination' });
    }
    if (plan.illegal) throw new AppError('header-illegal', plan.illegal);
    if (room.isAbandoned(requestId)) throw new AppError('request-gone');
    if (sweeps !== before) return null;
    const nonce = await armoury.arm({
      requestId,
      url,
      method,
      tabId: sender.tabId,
      initiator: sender.origin,
      headers: plan.headers,
      testerId,
      environmentId,
    });
    if (nonce === null) return null;
    // A once-decision stays until the browser has begun to send: the answer may be lost with the worker.
    if (!once) room.forget(requestId);
    if (plan.untouched.length > 0) await typed.note(plan.untouched, sender);
    return { state: 'armed', nonce };
  }

  async function request(held: HeldRequest, sender: Asker): Promise<Answer> {
    await ready;
    const { requestId } = held;
    const known = room.get(requestId);
    if (known && !isAskedBy(known, sender)) throw new AppError('request-changed');
    const until = deps.now() + POLL_MS;
    const done = room.ask(requestId);
    try {
      for (;;) {
        const news = room.news();
        const answer = await look(held, sender);
        if (!answer) continue;
        const left = until - deps.now();
        if (answer.state !== 'held' || answer.reason !== known?.reason || left <= 0) return answer;
        await news(left);
      }
    } catch (error) {
      const { code, retryable } = toAppError(error);
      // Else the same question comes again, and finds its place.
      if (!retryable && code !== 'unexpected') room.forget(requestId);
      throw error;
    } finally {
      done();
    }
  }

  async function sweep(what: Sweep): Promise<void> {
    sweeps += 1;
    await ready;
    room.undecide((one) => covers(what, one));
    await armoury.disarm((one) => covers(what, one));
    if (what === 'all') await armoury.tidy();
    await ledger.save();
    room.wake();
    room.changed();
  }

  const wake = () => void ready.then(room.wake);

  return {
    reconcile: () => ready,
    request,
    sweep,

    async abandon(requestId, sender) {
      await ready;
      const known = room.get(requestId);
      if (known && !isAskedBy(known, sender)) return;
      room.abandon(requestId);
      await armoury.disarm(
        (one) => one.requestId === requestId && one.tabId === sender.tabId && one.wireId === null,
      );
    },

    async answer(approvalId, requestIds, decision) {
      await ready;
      await room.answer(approvalId, requestIds, decision);
    },

    async approvals() {
      await ready;
      room.purge();
      return room.approvals();
    },

    async waiting() {
      await ready;
      return room.count();
    },

    async asTyped(tabId) {
      await ready;
      return typed.list(tabId);
    },

    async dismissAsTyped(tabId, noticeId) {
      await ready;
      await typed.dismiss(tabId, noticeId);
    },

    async onPageLoaded({ tabId, frameId, documentId }) {
      await ready;
      room.purge((one) => one.tabId === tabId && one.frameId === frameId && one.documentId !== documentId);
      if (frameId === 0) typed.loaded(tabId, documentId);
    },

    async onTabRemoved(tabId) {
      await ready;
      room.purge((one) => one.tabId === tabId);
      typed.forget(tabId);
      await armoury.disarm((one) => one.tabId === tabId);
    },

    async tick() {
      await ready;
      room.purge();
      await armoury.tick();
    },

    onRequestStarted: onWire(armoury.started),
    onSendHeaders: onWire(armoury.sent),
    onResponseStarted: onWire((event) => armoury.ended(event, false)),
    onCompleted: onWire((event) => armoury.ended(event, false)),
    onErrorOccurred: onWire((event) => armoury.ended(event, true)),
    onUnlocked: wake,
    onPulled: wake,
    onGrantChanged: wake,
    onAccessChanged: wake,
  };
}
