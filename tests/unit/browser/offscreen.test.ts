import { beforeEach, describe, expect, it, vi } from 'vitest';

import type { Offscreen } from '@/lib/browser/offscreen';
import type { OffscreenAnswer, OffscreenRequest } from '@/lib/browser/offscreen-protocol';

/** The browser's side of the port: no unit test has an offscreen document. */
const outside = vi.hoisted(() => ({
  connect: undefined as unknown as (port: unknown) => void,
  made: 0,
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
    },
    offscreen: {
      createDocument: () => {
        outside.made += 1;
        return outside.made === 1 ? Promise.resolve() : Promise.reject(new Error('one document only'));
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
    outside.made = 0;
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
});
