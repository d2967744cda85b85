import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { createWire } from '@/lib/background/wire';
import { createMemo } from '@/lib/storage/memo';
import { createValueStore } from '@/lib/storage/values';

import { asker, held, settle } from '../injection/world';
import { memoryDb, memorySession } from '../memory';

/** The browser's side, of which a unit test has none: its rules, and which of its events are listened to. */
const outside = vi.hoisted(() => {
  const listeners = new Set<unknown>();
  const event = () => ({
    addListener: (listener: unknown) => void listeners.add(listener),
    removeListener: (listener: unknown) => void listeners.delete(listener),
  });
  const rules = new Set<number>();
  return {
    listeners,
    rules,
    /** How long the browser takes to make a rule. */
    slow: null as Promise<void> | null,
    browser: {
      webRequest: {
        onBeforeRequest: event(),
        onSendHeaders: event(),
        onResponseStarted: event(),
        onCompleted: event(),
        onErrorOccurred: event(),
      },
      declarativeNetRequest: {
        getSessionRules: async () => [...rules].map((id) => ({ id })),
        updateSessionRules: async (change: { addRules: { id: number }[]; removeRuleIds: number[] }) => {
          await outside.slow;
          for (const id of change.removeRuleIds) rules.delete(id);
          for (const { id } of change.addRules) rules.add(id);
        },
      },
      alarms: { create: async () => undefined },
    },
  };
});
vi.mock('wxt/browser', () => ({ browser: outside.browser }));

async function world() {
  const db = await memoryDb();
  const { session } = memorySession();
  const values = createValueStore(session);
  const access = new Set(['https://docs.test/*', 'https://api.test/*']);
  const popups: number[] = [];
  await db.environments.add({ id: 'e', workspaceId: 'default', path: 'app', name: 'App' } as never);
  await values.put(
    new Map([
      [
        'e',
        {
          path: 'app',
          source: '',
          version: '1',
          pulledAt: 1,
          form: 'json',
          variables: [{ name: 'API_KEY', type: 'string', text: 'canary' }],
        } as never,
      ],
    ]),
  );
  const tester = { id: 't', origin: asker.origin, workspaceId: 'default', environmentId: 'e' };
  const wire = createWire({
    db,
    session,
    values,
    remember: createMemo(() => String(db.changes())),
    lock: { phase: async () => 'unlocked' },
    connections: { effective: async () => null },
    testers: () =>
      ({
        byOrigin: async () => tester,
        environmentIn: async () => 'e',
        grantFor: async () => ({ id: 'g' }),
        addGrant: async () => undefined,
      }) as never,
    policy: { checkDestination: () => undefined, checkTester: () => undefined },
    platform: {
      now: () => Date.now(),
      hasHostAccess: async (pattern) => access.has(pattern),
      openPopup: async (tabId) => popups.push(tabId) > 0,
      broadcast: () => undefined,
    },
    onWaiting: () => undefined,
    onPullWanted: () => undefined,
  });
  await wire.reconcile();
  return { wire, access, popups };
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
  outside.rules.clear();
  outside.listeners.clear();
  outside.slow = null;
});
afterEach(() => vi.useRealTimers());

it('the popup opens for each burst, but not again at once for a page that gave up', async () => {
  const { wire, access, popups } = await world();
  access.delete('https://api.test/*');
  const first = held();
  await wire.request(first, asker);
  expect(popups).toEqual([asker.tabId]);
  await wire.abandon(first.requestId, asker);
  const second = held();
  await wire.request(second, asker);
  await wire.abandon(second.requestId, asker);
  expect(popups).toHaveLength(1);
  const other = { ...asker, tabId: asker.tabId + 1 };
  await wire.request(held(), other);
  expect(popups).toEqual([asker.tabId, other.tabId]);
  await vi.advanceTimersByTimeAsync(5_000);
  await wire.request(held(), asker);
  expect(popups).toHaveLength(3);
});

describe('the listeners of webRequest', () => {
  it('go some seconds after the last question, and come with the next', async () => {
    const { wire } = await world();
    const unknown = held({ headers: [['X-Key', '{{vault:NOPE}}']] });
    await expect(wire.request(unknown, asker)).rejects.toMatchObject({ code: 'unresolved' });
    await vi.advanceTimersByTimeAsync(4_000);
    expect(outside.listeners.size).toBe(5);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(outside.listeners.size).toBe(0);
    await expect(wire.request(unknown, asker)).rejects.toThrow();
    expect(outside.listeners.size).toBe(5);
  });

  it('stay for a live rule, whatever ends while it is made', async () => {
    const { wire } = await world();
    const made = Promise.withResolvers<void>();
    outside.slow = made.promise;
    const first = wire.request(held(), asker);
    await settle();
    const other = held({ headers: [['X-Key', '{{vault:NOPE}}']] });
    await expect(wire.request(other, asker)).rejects.toThrow();
    made.resolve();
    expect(await first).toMatchObject({ state: 'armed' });
    await vi.advanceTimersByTimeAsync(8_000);
    expect(outside.rules.size).toBe(1);
    expect(outside.listeners.size).toBe(5);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(outside.rules.size).toBe(0);
    expect(outside.listeners.size).toBe(0);
  });

  it('are added anew with access that they were added before', async () => {
    const { wire, access } = await world();
    access.delete('https://api.test/*');
    expect(await wire.request(held(), asker)).toMatchObject({ state: 'held' });
    const before = vi.spyOn(outside.browser.webRequest.onBeforeRequest, 'addListener');
    access.add('https://api.test/*');
    wire.onAccessChanged();
    expect(before).toHaveBeenCalledTimes(1);
    expect(outside.listeners.size).toBe(5);
  });
});
