import { afterEach, beforeEach, expect, it, vi } from 'vitest';

/** A browser without offscreen documents, as Firefox: the background page has a document of its own. */
const outside = vi.hoisted(() => ({ calls: 0 }));
vi.mock('wxt/browser', () => {
  const event = { addListener: () => undefined, removeListener: () => undefined };
  return {
    browser: {
      runtime: {
        id: 'keyferry',
        getURL: () => 'moz-extension://keyferry/',
        onConnect: event,
        getPlatformInfo: async () => void (outside.calls += 1),
      },
      permissions: { onAdded: event },
      webRequest: { onErrorOccurred: event },
    },
  };
});
const { createPlatform } = await import('@/lib/background/platform');

let copies = 0;
const element = () => ({ value: '', append() {}, select() {}, focus() {}, remove() {} });
const page = {
  body: element(),
  createElement: element,
  addEventListener: () => undefined,
  removeEventListener: () => undefined,
  // Without the permission nothing can be pasted.
  execCommand: (command: string) => command === 'copy' && (copies += 1) > 0,
};

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('document', page);
  outside.calls = 0;
  copies = 0;
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const MINUTE = 60_000;
/** An idle event page is gone after that. */
const IDLE = 30_000;

it("keeps Firefox's event page while a copied value waits to be cleared, and no longer", async () => {
  const cleared = vi.fn<() => void>();
  const { clipboard } = createPlatform(cleared);
  await clipboard.clearAt(Date.now() + 5 * MINUTE, 'canary');
  for (let passed = 0; passed < 5 * MINUTE - IDLE; passed += IDLE) {
    const before = outside.calls;
    await vi.advanceTimersByTimeAsync(IDLE);
    expect(outside.calls).toBeGreaterThan(before);
  }
  expect([copies, cleared.mock.calls.length]).toEqual([0, 0]);
  await vi.advanceTimersByTimeAsync(IDLE);
  expect([copies, cleared.mock.calls.length]).toEqual([1, 1]);
  expect(vi.getTimerCount()).toBe(0);
});

it('lets it go when another copy took its place and was cleared at once', async () => {
  const { clipboard } = createPlatform(() => undefined);
  await clipboard.clearAt(Date.now() + 5 * MINUTE, null);
  await clipboard.clearAt(Date.now() + 6 * MINUTE, null);
  await clipboard.clearNow();
  expect(copies).toBe(1);
  await vi.advanceTimersByTimeAsync(0);
  expect(vi.getTimerCount()).toBe(0);
});

it('asks by its own fetch for a certificate that was accepted by hand, as Firefox goes by it everywhere', () => {
  const { transport, acceptedTransport } = createPlatform(() => undefined);
  expect(acceptedTransport).toBe(transport);
});
