import { browser } from 'wxt/browser';

/** One event of a page's request, as `webRequest` tells it: with the fragment, which never leaves the browser. */
export interface RequestEvent {
  readonly requestId: string;
  readonly url: string;
  readonly method: string;
  readonly tabId: number;
  readonly frameId: number;
  /** Origin that started the request, where the browser tells it. */
  readonly initiator: string | undefined;
}

export interface RequestWatchers {
  readonly started: (event: RequestEvent) => void;
  readonly ended: (event: RequestEvent) => void;
}

interface Details {
  readonly requestId: string;
  readonly url: string;
  readonly method: string;
  readonly tabId: number;
  readonly frameId: number;
  readonly initiator?: string;
  readonly originUrl?: string;
}

/**
 * Watches page requests while rules are armed. The listeners cost every request in the browser a message to
 * the worker, so they are there only while `start` is in force. Call `start` in the worker's first turn, as the
 * event that wakes the worker may be one of these, and `stop` once it is known that no rule is armed.
 */
export function createRequestWatch(watchers: RequestWatchers): { start(): void; stop(): void } {
  const filter = { urls: ['http://*/*', 'https://*/*'], types: ['xmlhttprequest' as const] };
  const started = (details: Details) => void watchers.started(toEvent(details));
  const ended = (details: Details) => void watchers.ended(toEvent(details));
  const { onBeforeRequest, onCompleted, onErrorOccurred } = browser.webRequest;
  return {
    start: () => {
      if (onBeforeRequest.hasListener(started)) return;
      onBeforeRequest.addListener(started, filter);
      onCompleted.addListener(ended, filter);
      onErrorOccurred.addListener(ended, filter);
    },
    stop: () => {
      onBeforeRequest.removeListener(started);
      onCompleted.removeListener(ended);
      onErrorOccurred.removeListener(ended);
    },
  };
}

function toEvent(details: Details): RequestEvent {
  const { requestId, url, method, tabId, frameId, initiator, originUrl } = details;
  return {
    requestId,
    url,
    method,
    tabId,
    frameId,
    initiator: initiator ?? (originUrl && new URL(originUrl).origin),
  };
}
