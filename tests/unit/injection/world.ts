import { AppError } from '@/lib/core/errors';
import type {
  Asker,
  HeaderRule,
  HeldRequest,
  Injection,
  InjectionDeps,
  Passage,
  WireEvent,
} from '@/lib/injection/contract';
import { createInjection } from '@/lib/injection/engine';

const PAGE = 'https://docs.test';
export const API = 'https://api.test';
export const asker: Asker = { origin: PAGE, tabId: 7, frameId: 0, documentId: 'doc' };

let lastRequest = 0;

/** A request as the bridge would hand it in. */
export function held(overrides: Partial<HeldRequest> = {}): HeldRequest {
  lastRequest += 1;
  return {
    requestId: `00000000-0000-4000-8000-${String(lastRequest).padStart(12, '0')}`,
    url: `${API}/v1/items?x=1`,
    method: 'GET',
    headers: [['X-Api-Key', '{{vault:API_KEY}}']],
    elsewhere: [],
    framed: 'top',
    ...overrides,
  };
}

/** What the browser would report of a request sent with a nonce. */
export function onWire(nonce: string, overrides: Partial<WireEvent> = {}): WireEvent {
  return {
    requestId: 'w1',
    url: `${API}/v1/items?x=1#kf-${nonce}`,
    method: 'GET',
    tabId: 7,
    frameId: 0,
    initiator: PAGE,
    ...overrides,
  };
}

/** Lets everything that is ready run; the engine's own waits are `after` timers and do not count. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 10; turn += 1) {
    // A digest is made on another thread: one of our own comes back after it.
    await crypto.subtle.digest('SHA-256', new Uint8Array(1_000));
    await new Promise((resolve) => setImmediate(resolve));
  }
}

export async function codeOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
    return 'none';
  } catch (error) {
    return (error as AppError).code;
  }
}

/** Browser and vault around the engine. What a worker's death leaves alone is here; `restart` is the death. */
export function createWorld() {
  let now = 1_000_000;
  let ids = 0;
  let timers: { at: number; run: () => void }[] = [];
  let life = 0;
  let stored: string | null = null;
  const rules = new Map<number, HeaderRule>();
  const grants = new Set<string>();
  /** Destinations that a policy rules out. */
  const forbidden = new Set<string>();
  const access = new Set(['https://docs.test/*', 'https://api.test/*', 'http://lan.test/*']);
  const notes = { changed: [] as number[], held: [] as string[], alarms: [] as number[], updates: 0 };
  const vault = {
    state: 'ready' as 'locked' | 'not-pulled' | 'ready',
    enabled: true,
    /** The origins of testers. */
    pages: [PAGE],
    environmentId: 'env',
    boundTo: 'server|path',
    values: { API_KEY: 'canary-1', OTHER: 'canary-2', BROKEN: 'a\nb', EMPTY: '' } as Record<string, string>,
  };
  const key = (passage: Passage) => JSON.stringify(Object.entries(passage).sort());
  const faults = { update: null as null | ((add: readonly HeaderRule[]) => void) };

  function deps(): InjectionDeps {
    const born = life;
    /** A dead worker does nothing more. */
    const living = async () => {
      if (born !== life) await new Promise(() => undefined);
    };
    return {
      now: () => now,
      randomId: () => `id-${(ids += 1)}-${'x'.repeat(32)}`,
      after: (ms, run) => {
        const timer = { at: now + ms, run };
        timers.push(timer);
        return () => {
          timers = timers.filter((one) => one !== timer);
        };
      },
      wakeAt: (when) => notes.alarms.push(when),
      store: {
        load: async () => stored,
        save: async (text) => {
          await living();
          stored = text;
        },
      },
      rules: {
        update: async (add, remove) => {
          await living();
          notes.updates += 1;
          faults.update?.(add);
          for (const id of remove) rules.delete(id);
          for (const rule of add) {
            if (rules.has(rule.id)) throw new Error('duplicate id');
            rules.set(rule.id, rule);
          }
        },
        ids: async () => [1, ...rules.keys()],
      },
      isUnlocked: async () => vault.state !== 'locked',
      tester: async (origin) => {
        await living();
        if (!vault.pages.includes(origin) || !vault.enabled) return null;
        const { environmentId, boundTo, values, state } = vault;
        return {
          testerId: 'tester',
          environmentId,
          environmentName: `Name of ${environmentId}`,
          production: false,
          boundTo,
          values: state === 'ready' ? { state, text: (name) => values[name] } : { state },
        };
      },
      grants: {
        has: async (passage) => grants.has(key(passage)),
        add: async (passage) => {
          await living();
          grants.add(key(passage));
        },
      },
      checkDestination: (destination) => {
        if (forbidden.has(destination)) throw new AppError('policy-forbidden', { what: 'destination' });
      },
      hasAccess: async (pattern) => access.has(pattern),
      changed: (waiting) => notes.changed.push(waiting),
      held: ({ tabId, reason }) => notes.held.push(`${tabId} ${reason}`),
    };
  }

  const world = {
    engine: createInjection(deps()) as Injection,
    rules,
    access,
    forbidden,
    notes,
    vault,
    faults,
    grant(destination = API): void {
      const { environmentId, boundTo } = vault;
      grants.add(key({ testerId: 'tester', environmentId, destination, boundTo }));
    },
    revokeAll: () => grants.clear(),
    get stored() {
      return stored ?? '';
    },
    /** The worker dies, whatever it was doing, and a new one starts. */
    restart(): void {
      life += 1;
      timers = [];
      world.engine = createInjection(deps());
    },
    async pass(ms: number): Promise<void> {
      now += ms;
      for (const timer of timers.filter(({ at }) => at <= now)) {
        timers = timers.filter((one) => one !== timer);
        timer.run();
        await settle();
      }
    },
    /** The value that a rule sets, if there is just one rule. */
    get onlyRule(): HeaderRule {
      const [rule, ...more] = rules.values();
      if (!rule || more.length > 0) throw new Error(`${rules.size} rules`);
      return rule;
    },
  };
  return world;
}
export type World = ReturnType<typeof createWorld>;
