import { browser } from 'wxt/browser';

import { AppError } from '@/lib/core/errors';

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
  closeDocument(): Promise<void>;
}

/** One that is loading, or connecting again, does so in milliseconds. */
const CONNECT_MS = 5_000;
/** One that closes itself tells nobody: so often it is looked whether a new one can be made. */
const CLOSING_MS = 100;

/** With Chromium's kind of context, which the polyfill's types leave out. */
interface ContextsApi {
  getContexts(filter: { contextTypes: string[] }): Promise<unknown[]>;
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

  /** Makes the document. @returns `false` when there is one already. @throws What hinders the browser. */
  async function make(offscreen: OffscreenApi, again = false): Promise<boolean> {
    try {
      await offscreen.createDocument({
        url: OFFSCREEN_PATH,
        reasons: ['CLIPBOARD'],
        justification:
          'Clears copied secrets from the clipboard; reaches a Vault whose certificate you accepted by hand.',
      });
      return true;
    } catch (error) {
      if (await isThere()) return false;
      // The one that was in the way may have closed since.
      if (again) throw error;
      return make(offscreen, true);
    }
  }

  /** Waits until the document connects, and makes it while there is none. @throws What hinders the browser. */
  async function bringUp(offscreen: OffscreenApi, { promise }: PromiseWithResolvers<Port>): Promise<void> {
    const until = Date.now() + CONNECT_MS;
    let made = false;
    do {
      // One that is there connects by itself, unless it was about to close: then the next is made.
      made ||= await make(offscreen);
      const waiting = made ? until - Date.now() : CLOSING_MS;
      if (await isSettled(promise, waiting)) return;
    } while (Date.now() < until);
    // It says nothing and keeps the place of another, which the next try makes.
    await offscreen.closeDocument();
    throw new Error('silent');
  }

  function connected(): Promise<Port> {
    if (port) return Promise.resolve(port);
    if (arrival) return arrival.promise;
    const mine = Promise.withResolvers<Port>();
    arrival = mine;
    const failed = () => {
      if (arrival === mine) arrival = null;
      mine.reject(new AppError('unexpected', { where: 'offscreen' }));
    };
    if (api) bringUp(api, mine).catch(failed);
    else failed();
    return mine.promise;
  }
  const order = async (request: OffscreenRequest) => (await connected()).postMessage(request);

  return {
    /** @throws AppError `unexpected` when there can be no document; the next try makes one anew. */
    order,
    /**
     * `null` when the fetch failed without an answer, or was aborted.
     *
     * @throws AppError `unexpected` when there can be no document: nothing was sent.
     */
    async fetch(request: Omit<OffscreenFetch, 'type' | 'id'>, signal: AbortSignal) {
      const id = crypto.randomUUID();
      const { promise, resolve, reject } = Promise.withResolvers<OffscreenAnswer | null>();
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
        .catch(reject);
      try {
        const result = await promise;
        return result?.type === 'fetched' ? result : null;
      } finally {
        pending.delete(id);
        signal.removeEventListener('abort', abort);
      }
    },
  };
}

async function isThere(): Promise<boolean> {
  const runtime = browser.runtime as unknown as ContextsApi;
  return (await runtime.getContexts({ contextTypes: ['OFFSCREEN_DOCUMENT'] })).length > 0;
}

/** Whether a promise settles within a time. */
async function isSettled(promise: Promise<unknown>, ms: number): Promise<boolean> {
  const late = Promise.withResolvers<false>();
  const timer = setTimeout(() => late.resolve(false), ms);
  try {
    return await Promise.race([promise.then(() => true), late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

export type Offscreen = ReturnType<typeof createOffscreen>;
