import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { AppError } from '@/lib/core/errors';
import type { Offscreen } from '@/lib/browser/offscreen';
import type { OffscreenAnswer, OffscreenRequest } from '@/lib/browser/offscreen-protocol';

/** The browser's side of the port: no unit test has an offscreen document. */
const outside = vi.hoisted(() => ({
  connect: undefined as unknown as (port: unknown) => void,
  made: 0,
  there: false,
  /** What hinders the browser to make any. */
  fault: null as Error | null,
}));
vi.mock('wxt/browser', () => ({
  browser: {
    runtime: {
      id: 'keyferry',
      getURL: (path: string) => `chrome-extension://keyferry/${path.replace(/^\//, '')}`,
      onConnect: {
        addListener: (listener: (port: unknown) => void) => {
          outside.connect = listener;
        },
      },
      getContexts: async ({ contextTypes }: { contextTypes: string[] }) =>
        outside.there && contextTypes.includes('OFFSCREEN_DOCUMENT') ? [{}] : [],
    },
    offscreen: {
      createDocument: async () => {
        if (outside.fault) throw outside.fault;
        if (outside.there) throw new Error('one document only');
        outside.there = true;
        outside.made += 1;
      },
      closeDocument: async () => {
        outside.there = false;
      },
    },
  },
}));
const { createOffscreen } = await import('@/lib/browser/offscreen');

function documentPort(url = 'chrome-extension://keyferry/offscreen.html') {
  const asked: OffscreenRequest[] = [];
  let hear: ((answer: OffscreenAnswer) => void) | undefined;
  const port = {
    name: 'offscreen',
    sender: { id: 'keyferry', url },
    postMessage: (request: OffscreenRequest) => void asked.push(request),
    onMessage: { addListener: (listener: NonNullable<typeof hear>) => (hear = listener) },
    onDisconnect: { addListener: () => undefined },
    disconnect: vi.fn<() => void>(),
  };
  const fetched = (id: string, text: string) =>
    hear?.({ type: 'fetched', id, status: 200, headers: {}, text, redirected: false });
  return { port, asked, fetched };
}
const request = (url: string) => ({ url, method: 'GET', headers: {} });
const idOf = (asked: OffscreenRequest[], url: string) => {
  const found = asked.find((one) => one.type === 'fetch' && one.url === url);
  return found?.type === 'fetch' ? found.id : '';
};

describe('the offscreen document', () => {
  let offscreen: Offscreen;
  let control: AbortController;
  const fetchText = async (url: string) =>
    (await offscreen.fetch(request(url), control.signal))?.text ?? null;
  beforeEach(() => {
    Object.assign(outside, { made: 0, there: false, fault: null });
    offscreen = createOffscreen(() => undefined);
    control = new AbortController();
  });

  it('answers all that was asked before it was up', async () => {
    const urls = ['https://a', 'https://b', 'https://c', 'https://d'];
    const answers = Promise.all(urls.map(fetchText));
    await Promise.resolve();
    const { port, asked, fetched } = documentPort();
    outside.connect(port);
    await vi.waitFor(() => expect(asked).toHaveLength(4));
    for (const url of urls) fetched(idOf(asked, url), `of ${url}`);
    expect(await answers).toEqual(urls.map((url) => `of ${url}`));
  });

  it('keeps nobody who gives up on one that never comes up', async () => {
    const answer = fetchText('https://a');
    control.abort();
    expect(await answer).toBeNull();
  });

  it('is not believed when it answers what an earlier worker has asked', async () => {
    const earlier = documentPort();
    outside.connect(earlier.port);
    void fetchText('https://a');
    await vi.waitFor(() => expect(earlier.asked).toHaveLength(1));

    offscreen = createOffscreen(() => undefined);
    const { port, asked, fetched } = documentPort();
    outside.connect(port);
    const answer = fetchText('https://b');
    await vi.waitFor(() => expect(asked).toHaveLength(1));
    fetched(idOf(earlier.asked, 'https://a'), 'of a');
    fetched(idOf(asked, 'https://b'), 'of b');
    expect(await answer).toBe('of b');
  });

  it('is turned away when it is another page', () => {
    const { port } = documentPort('chrome-extension://keyferry/popup.html');
    outside.connect(port);
    expect(port.disconnect).toHaveBeenCalledOnce();
  });

  describe('when none comes up', () => {
    const clear = { type: 'clear-clipboard', at: 0, onlyIf: null } as const;
    /** `none` once the order has gone out, the code when it failed, `waits` until then. */
    const outcomeOf = (done: Promise<unknown>) => {
      const outcome = { code: 'waits' };
      done.then(
        () => (outcome.code = 'none'),
        (error: unknown) => (outcome.code = error instanceof AppError ? error.code : String(error)),
      );
      return outcome;
    };
    beforeEach(() => void vi.useFakeTimers());
    afterEach(() => void vi.useRealTimers());

    it('fails all that was asked of it, and is made at the next try', async () => {
      outside.fault = new Error('no offscreen documents today');
      const outcomes = [offscreen.order(clear), offscreen.order(clear), fetchText('https://a')].map(
        outcomeOf,
      );
      await vi.advanceTimersByTimeAsync(0);
      expect(outcomes.map(({ code }) => code)).toEqual(['unexpected', 'unexpected', 'unexpected']);

      outside.fault = null;
      const next = outcomeOf(offscreen.order(clear));
      await vi.advanceTimersByTimeAsync(0);
      const { port, asked } = documentPort();
      outside.connect(port);
      await vi.advanceTimersByTimeAsync(0);
      expect([next.code, asked, outside.made]).toEqual(['none', [clear], 1]);
    });

    it('fails when it stays silent, and makes another at the next try', async () => {
      const outcome = outcomeOf(offscreen.order(clear));
      await vi.advanceTimersByTimeAsync(60_000);
      expect(outcome.code).toBe('unexpected');

      const next = outcomeOf(offscreen.order(clear));
      await vi.advanceTimersByTimeAsync(0);
      expect(outside.made).toBe(2);
      outside.connect(documentPort().port);
      await vi.advanceTimersByTimeAsync(0);
      expect(next.code).toBe('none');
    });

    it('takes one that is there already', async () => {
      outside.there = true;
      const outcome = outcomeOf(offscreen.order(clear));
      await vi.advanceTimersByTimeAsync(0);
      outside.connect(documentPort().port);
      await vi.advanceTimersByTimeAsync(0);
      expect([outcome.code, outside.made]).toEqual(['none', 0]);
      expect(vi.getTimerCount()).toBe(0);
    });

    it('makes the next where the one of an earlier worker was about to close', async () => {
      outside.there = true;
      const outcome = outcomeOf(offscreen.order(clear));
      await vi.advanceTimersByTimeAsync(0);
      outside.there = false;
      await vi.advanceTimersByTimeAsync(1_000);
      expect(outside.made).toBe(1);
      outside.connect(documentPort().port);
      await vi.advanceTimersByTimeAsync(0);
      expect(outcome.code).toBe('none');
    });
  });
});
