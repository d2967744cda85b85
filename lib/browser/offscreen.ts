import { browser } from 'wxt/browser';

import {
  OFFSCREEN_PATH,
  OFFSCREEN_PORT,
  type OffscreenAnswer,
  type OffscreenFetch,
  type OffscreenRequest,
} from './offscreen-protocol';
import { ownIdentity } from './runtime';

type Port = ReturnType<typeof browser.runtime.connect>;

interface OffscreenApi {
  createDocument(options: { url: string; reasons: string[]; justification: string }): Promise<void>;
  hasDocument?(): Promise<boolean>;
}

/** `chrome.offscreen`: Chromium only, so the polyfill's types leave it out. */
const api = (browser as unknown as { offscreen?: OffscreenApi }).offscreen;

export const hasOffscreen = api !== undefined;

/**
 * The worker's side of the one offscreen document, made on first use. Must be created in the worker's first
 * turn, as the document connects by itself when the worker comes back.
 */
export function createOffscreen(onCleared: () => void) {
  const { id: self, origin } = ownIdentity();
  /** By an id that no other worker's life gives: the document outlives the worker, and so may an answer of its. */
  const pending = new Map<string, { resolve: (answer: OffscreenAnswer | null) => void }>();
  let port: Port | null = null;
  /** Shared by all who wait for the document to connect. */
  let arrival: PromiseWithResolvers<Port> | null = null;

  browser.runtime.onConnect.addListener((candidate) => {
    if (candidate.name !== OFFSCREEN_PORT) return;
    if (candidate.sender?.id !== self || candidate.sender.url !== origin + OFFSCREEN_PATH) {
      candidate.disconnect();
      return;
    }
    port = candidate;
    candidate.onMessage.addListener((message: unknown) => {
      const answer = message as OffscreenAnswer;
      if (answer.type === 'clipboard-cleared') onCleared();
      else {
        pending.get(answer.id)?.resolve(answer);
        pending.delete(answer.id);
      }
    });
    candidate.onDisconnect.addListener(() => {
      if (port === candidate) port = null;
      for (const { resolve } of pending.values()) resolve(null);
      pending.clear();
    });
    arrival?.resolve(candidate);
    arrival = null;
  });

  const connected = async (): Promise<Port> => {
    if (port) return port;
    arrival ??= Promise.withResolvers<Port>();
    const { promise } = arrival;
    // Fails when the document is there already: then it connects by itself.
    await api
      ?.createDocument({
        url: OFFSCREEN_PATH,
        reasons: ['CLIPBOARD'],
        justification:
          'Clears copied secrets from the clipboard; reaches a Vault whose certificate you accepted by hand.',
      })
      .catch(() => undefined);
    return port ?? promise;
  };
  const order = async (request: OffscreenRequest) => (await connected()).postMessage(request);

  return {
    order,
    /** `null` when the fetch failed without an answer, or was aborted. */
    async fetch(request: Omit<OffscreenFetch, 'type' | 'id'>, signal: AbortSignal) {
      const id = crypto.randomUUID();
      const { promise, resolve } = Promise.withResolvers<OffscreenAnswer | null>();
      pending.set(id, { resolve });
      const abort = () => {
        // Not waited for: a document that does not come up must not keep the caller.
        resolve(null);
        if (port) port.postMessage({ type: 'abort', id } satisfies OffscreenRequest);
      };
      signal.addEventListener('abort', abort, { once: true });
      void connected()
        .then((document) => {
          if (!signal.aborted) document.postMessage({ type: 'fetch', id, ...request });
        })
        .catch(() => resolve(null));
      const result = await promise;
      pending.delete(id);
      signal.removeEventListener('abort', abort);
      return result?.type === 'fetched' ? result : null;
    },
  };
}

export type Offscreen = ReturnType<typeof createOffscreen>;
