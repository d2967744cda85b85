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
  readonly sending: (event: RequestEvent) => void;
  readonly answered: (event: RequestEvent) => void;
  readonly completed: (event: RequestEvent) => void;
  readonly failed: (event: RequestEvent) => void;
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

/** Adding the listeners takes some milliseconds of a request's time: those that follow soon find them there. */
const LINGER_MS = 5_000;

/**
 * Watches page requests while rules are armed. The listeners cost every request in the browser a message to
 * the worker, so they are there only from `start` until some seconds after `stop`. Call `start` in the worker's first
 * turn, as the event that wakes the worker may be one of these, and `stop` once it is known that no rule is armed.
 *
 * Chromium tells a listener nothing of hosts that the extension got access to after the listener was added (measured,
 * 156): call `renew` when access was given.
 */
export function createRequestWatch(watchers: RequestWatchers): {
  start(): void;
  stop(): void;
  renew(): void;
} {
  const filter = { urls: ['http://*/*', 'https://*/*'], types: ['xmlhttprequest' as const] };
  const told = (tell: (event: RequestEvent) => void) => (details: Details) => {
    tell(toEvent(details));
    return undefined;
  };
  const pair = <Listener>(event: WireEvent<Listener>, listener: Listener) => ({
    add: () => event.addListener(listener, filter),
    remove: () => event.removeListener(listener),
  });
  const { webRequest } = browser;
  const pairs = [
    pair(webRequest.onBeforeRequest, told(watchers.started)),
    pair(webRequest.onSendHeaders, told(watchers.sending)),
    pair(webRequest.onResponseStarted, told(watchers.answered)),
    pair(webRequest.onCompleted, told(watchers.completed)),
    pair(webRequest.onErrorOccurred, told(watchers.failed)),
  ];
  let watching = false;
  let leaving: ReturnType<typeof setTimeout> | undefined;
  const add = () => {
    for (const one of pairs) one.add();
  };
  const remove = () => {
    for (const one of pairs) one.remove();
  };
  return {
    start: () => {
      clearTimeout(leaving);
      leaving = undefined;
      if (watching) return;
      watching = true;
      add();
    },
    stop: () => {
      if (!watching) return;
      leaving ??= setTimeout(() => {
        watching = false;
        remove();
      }, LINGER_MS);
    },
    renew: () => {
      if (!watching) return;
      remove();
      add();
    },
  };
}

interface WireEvent<Listener> {
  addListener(listener: Listener, filter: { urls: string[]; types: 'xmlhttprequest'[] }): void;
  removeListener(listener: Listener): void;
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
