import { setAlarm } from '@/lib/browser/alarms';
import { createRequestWatch } from '@/lib/browser/request-watch';
import { sessionRuleIds, updateSessionRules } from '@/lib/browser/rules';
import type { Environment } from '@/lib/core/model';
import { lookUp } from '@/lib/core/variables';
import type { Injection, InjectionDeps, TesterInForce } from '@/lib/injection/contract';
import { createInjection } from '@/lib/injection/engine';
import type { KeyferryDb } from '@/lib/storage/db';
import type { Memo } from '@/lib/storage/memo';
import type { SessionStore } from '@/lib/storage/session';
import type { PulledValues, ValueStore } from '@/lib/storage/values';

import type { Connections } from './connections';
import { grantBinding } from './grant-binding';
import type { Lock } from './lock';
import type { PolicyInForce } from './policy';
import type { Platform } from './ports';
import type { Testers } from './testers';

/** Wakes the worker to sweep rules and approvals whose time is over. */
export const WIRE_ALARM = 'wire';
/** Ids, names, digests and destinations of held and armed requests; never a value or a header. */
const WIRE = 'wire';

const MOST_MISSED = 500;
/**
 * A page that asks, gives up and asks again must not throw the popup at the user each time: so long after it gave up,
 * badge and notice tell alone.
 */
const CALM_MS = 5_000;

interface WireDeps {
  readonly db: KeyferryDb;
  /** Holds what the database and the policy say. */
  readonly remember: Memo;
  readonly session: SessionStore;
  readonly values: ValueStore;
  readonly lock: Pick<Lock, 'phase'>;
  readonly connections: Pick<Connections, 'effective'>;
  readonly testers: () => Testers;
  readonly policy: Pick<PolicyInForce, 'checkDestination' | 'checkTester'>;
  readonly platform: Pick<Platform, 'now' | 'hasHostAccess' | 'openPopup' | 'broadcast'>;
  readonly onWaiting: (waiting: number) => void;
  /** A request waits for values that are not in memory. */
  readonly onPullWanted: (environmentId: string) => void;
}

/** The injection engine on the browser's rules and events. Makes its listeners in the worker's first turn. */
export function createWire(deps: WireDeps): Injection {
  const { db, remember, session, values, lock, connections, testers, policy, platform } = deps;
  const live = new Set<number>();
  /** Questions that may end in a rule. */
  let asking = 0;
  const restIfIdle = () => {
    if (live.size === 0 && asking === 0) watch.stop();
  };
  /** When the page of a tab last gave a request up. */
  const gaveUp = new Map<number, number>();
  /** Places that the browser gave no access to when last asked. */
  const missed = new Set<string>();

  const inForce = async (origin: string, tabId: number): Promise<TesterInForce | null> => {
    const tester = await remember(`tester ${origin}`, () => testers().byOrigin(origin));
    if (!tester) return null;
    policy.checkTester(origin);
    // A request waits for this: what does not need each other is asked for at once, and the tester's own environment
    // before it is known whether the tab has another.
    const [environmentId, connection, phase, usual] = await Promise.all([
      testers().environmentIn(tester, tabId),
      connections.effective(tester.workspaceId),
      lock.phase(),
      values.get(tester.environmentId),
    ]);
    const [environment, pulled] = await Promise.all([
      remember(`environment ${environmentId}`, () => db.environments.get(environmentId)),
      environmentId === tester.environmentId ? usual : values.get(environmentId),
    ]);
    return {
      testerId: tester.id,
      environmentId,
      environmentName: environment?.name ?? '',
      production: environment?.production ?? false,
      boundTo: grantBinding(connection, environment),
      values: valuesInForce(environment, phase !== 'unlocked', pulled),
    };
  };

  const injectionDeps: InjectionDeps = {
    now: platform.now,
    randomId: () => crypto.randomUUID(),
    after: (ms, run) => {
      const timer = setTimeout(run, ms);
      return () => clearTimeout(timer);
    },
    wakeAt: (when) => void setAlarm(WIRE_ALARM, when),
    store: {
      load: async () => (await session.get<string>(WIRE)) ?? null,
      save: (text) => session.set(WIRE, text),
    },
    rules: {
      update: async (add, remove) => {
        // Watched from before the rule is there: its request may start at once.
        if (add.length > 0) watch.start();
        await updateSessionRules(add as Parameters<typeof updateSessionRules>[0], remove);
        for (const id of remove) live.delete(id);
        for (const { id } of add) live.add(id);
        restIfIdle();
      },
      ids: sessionRuleIds,
    },
    isUnlocked: async () => (await lock.phase()) === 'unlocked',
    tester: inForce,
    checkDestination: (destination) => policy.checkDestination(destination),
    grants: {
      has: async ({ testerId, environmentId, destination, boundTo }) =>
        (await testers().grantFor(testerId, environmentId, destination, boundTo)) !== null,
      add: (passage) => testers().addGrant(passage),
    },
    hasAccess: async (pattern) => {
      const has = await platform.hasHostAccess(pattern);
      // Its event may come after the access itself.
      if (has && missed.delete(pattern)) watch.renew();
      if (!has) missed.add(pattern);
      // A page may name as many places as it likes.
      if (missed.size > MOST_MISSED) missed.clear();
      return has;
    },
    changed: (waiting) => {
      deps.onWaiting(waiting);
      platform.broadcast({ type: 'changed', area: 'approvals' });
    },
    held: ({ tabId, reason, environmentId }) => {
      if (reason === 'pull') deps.onPullWanted(environmentId);
      const calm = platform.now() - (gaveUp.get(tabId) ?? -CALM_MS) >= CALM_MS;
      if (calm) void platform.openPopup(tabId);
    },
  };

  const injection = createInjection(injectionDeps);
  const watch = createRequestWatch({
    started: (event) => injection.onRequestStarted(event),
    sending: (event) => injection.onSendHeaders(event),
    answered: (event) => injection.onResponseStarted(event),
    completed: (event) => injection.onCompleted(event),
    failed: (event) => injection.onErrorOccurred(event),
  });
  // The event that woke the worker may be one of these; they go again when no rule is left from before.
  watch.start();
  return {
    ...injection,
    request: async (held, sender) => {
      // The browser adds the listeners while it is found out whether they are needed.
      watch.start();
      asking += 1;
      try {
        return await injection.request(held, sender);
      } finally {
        asking -= 1;
        restIfIdle();
      }
    },
    abandon: (requestId, sender) => {
      gaveUp.set(sender.tabId, platform.now());
      return injection.abandon(requestId, sender);
    },
    onTabRemoved: (tabId) => {
      gaveUp.delete(tabId);
      return injection.onTabRemoved(tabId);
    },
    onAccessChanged: () => {
      watch.renew();
      injection.onAccessChanged();
    },
    reconcile: async () => {
      await injection.reconcile();
      for (const id of await sessionRuleIds()) live.add(id);
      restIfIdle();
    },
  };
}

/** Values of another path are none, and an environment that is gone has no variable left to wait for. */
export function valuesInForce(
  environment: Pick<Environment, 'path'> | undefined,
  locked: boolean,
  pulled: Pick<PulledValues, 'path' | 'variables'> | null,
): TesterInForce['values'] {
  if (locked) return { state: 'locked' };
  if (!environment) return { state: 'ready', text: () => undefined };
  if (pulled?.path !== environment.path) return { state: 'not-pulled' };
  return { state: 'ready', text: (name) => lookUp(pulled.variables, name) };
}
