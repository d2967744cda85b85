import { browser } from 'wxt/browser';

import { createClipboardTimer } from './clipboard';
import {
  OFFSCREEN_PORT,
  type OffscreenAnswer,
  type OffscreenFetch,
  type OffscreenRequest,
} from './offscreen-protocol';

/**
 * The offscreen document's side: it fetches for the worker where a certificate was accepted by hand (a worker's
 * own fetch does not honour that; Chromium 156), and holds the clipboard's countdown. It takes orders over its
 * own port only, and answers no message.
 */
export function serveOffscreen(): void {
  const running = new Map<string, AbortController>();
  let port: ReturnType<typeof browser.runtime.connect>;
  const answer = (message: OffscreenAnswer) => port.postMessage(message);
  const clipboard = createClipboardTimer(document, () => answer({ type: 'clipboard-cleared' }));

  const connect = () => {
    port = browser.runtime.connect({ name: OFFSCREEN_PORT });
    port.onMessage.addListener((message: unknown) => {
      const request = message as OffscreenRequest;
      if (request.type === 'fetch') void run(request);
      else if (request.type === 'abort') running.get(request.id)?.abort();
      else void clipboard.clearAt(request.at, request.onlyIf);
    });
    port.onDisconnect.addListener(() => {
      // Nobody waits for these any more.
      for (const control of running.values()) control.abort();
      // Connecting wakes the worker that was stopped: worth it only for a countdown that it is to hear of. Else the
      // document goes, and the worker makes a new one when it needs it.
      if (clipboard.isCounting()) connect();
      else close();
    });
  };

  const run = async ({ id, url, method, headers, body }: OffscreenFetch) => {
    const control = new AbortController();
    running.set(id, control);
    try {
      const response = await fetch(url, {
        method,
        headers,
        body: body ?? null,
        redirect: 'manual',
        cache: 'no-store',
        credentials: 'omit',
        referrerPolicy: 'no-referrer',
        signal: control.signal,
      });
      answer({
        type: 'fetched',
        id,
        status: response.status,
        headers: Object.fromEntries(response.headers),
        text: await response.text(),
        redirected: response.type === 'opaqueredirect',
      });
    } catch {
      answer({ type: 'fetch-failed', id });
    } finally {
      running.delete(id);
    }
  };

  connect();
}
