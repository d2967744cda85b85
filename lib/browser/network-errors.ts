import { browser } from 'wxt/browser';

import type { ErrorCode } from '@/lib/core/errors';

/**
 * What the browsers call a failed connection. Chromium: net error names
 * (https://source.chromium.org/chromium/chromium/src/+/main:net/base/net_error_list.h); Firefox: names, and for TLS a
 * sentence of its security module in the user's language. Measured on Chromium 156 and Firefox 153.
 */
const NAMES: readonly (readonly [pattern: RegExp, code: ErrorCode])[] = [
  [/ERR_CERT_|ERR_SSL_|SEC_ERROR_|SSL_ERROR_|MOZILLA_PKIX/, 'tls-untrusted'],
  [/ERR_CONNECTION_REFUSED|NS_ERROR_CONNECTION_REFUSED/, 'refused'],
  [/ERR_NAME_NOT_RESOLVED|ERR_NAME_RESOLUTION_FAILED|NS_ERROR_UNKNOWN_HOST/, 'host-unknown'],
  [
    /ERR_CONNECTION_(RESET|CLOSED|ABORTED)|ERR_EMPTY_RESPONSE|ERR_HTTP2_|NS_ERROR_NET_(RESET|INTERRUPT|EMPTY_RESPONSE|PARTIAL_TRANSFER)/,
    'connection-reset',
  ],
  [/ERR_INTERNET_DISCONNECTED|NS_ERROR_OFFLINE/, 'offline'],
  [/ERR_(CONNECTION_)?TIMED_OUT|NS_ERROR_NET_TIMEOUT/, 'timeout'],
  [/REDIRECT/, 'redirected'],
];

/** The event may come after the promise rejected (measured: within some 100 ms). */
const PATIENCE_MS = 400;
const REMEMBERED = 200;

/** The error code for a browser's own name of a network error, or `null` when it tells nothing more. */
export function networkErrorCode(name: string): ErrorCode | null {
  const known = NAMES.find(([pattern]) => pattern.test(name))?.[1];
  return known ?? (isSentence(name) ? 'tls-untrusted' : null);
}

/** In any language it holds a small letter, or one of a script without case; names are in capitals (`NS_ERROR_…`). */
const isSentence = (text: string) => /[\p{Ll}\p{Lo}]/u.test(text.replace(/^net::/, ''));

/**
 * Listens to why our own requests fail: `fetch` itself says only "Failed to fetch". Must be called in the
 * worker's first turn.
 *
 * @returns Why the last request to this URL failed, or `null` when the browser did not say.
 */
export function watchNetworkErrors(): (url: string) => Promise<ErrorCode | null> {
  const reasons = new Map<string, string>();
  const waiting = new Map<string, (reason: string) => void>();
  const listener = ({ url, tabId, error }: { url: string; tabId: number; error: string }) => {
    // -1: no tab, so the worker's or the offscreen document's own request.
    if (tabId !== -1) return;
    const wake = waiting.get(url);
    if (wake) {
      waiting.delete(url);
      wake(error);
      return;
    }
    reasons.delete(url);
    reasons.set(url, error);
    const [oldest] = reasons.keys();
    if (reasons.size > REMEMBERED && oldest !== undefined) reasons.delete(oldest);
  };
  const { onErrorOccurred } = browser.webRequest;
  // A running worker's requests to a host that was granted since its start are not told of until a listener with
  // another filter is added (Chromium 156): so two that differ in words only take turns.
  const filters = [['<all_urls>'], ['http://*/*', 'https://*/*']];
  const listen = () => {
    const [urls = []] = filters;
    filters.reverse();
    const mine: typeof listener = (details) => listener(details);
    onErrorOccurred.addListener(mine, { urls, types: ['xmlhttprequest'] });
    return () => onErrorOccurred.removeListener(mine);
  };
  let stop = listen();
  browser.permissions.onAdded.addListener(() => {
    const before = stop;
    stop = listen();
    before();
  });
  return async (url) => {
    const known = reasons.get(url);
    reasons.delete(url);
    const reason = known ?? (await nextReason(waiting, url));
    return reason === undefined ? null : networkErrorCode(reason);
  };
}

function nextReason(
  waiting: Map<string, (reason: string) => void>,
  url: string,
): Promise<string | undefined> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      waiting.delete(url);
      resolve(undefined);
    }, PATIENCE_MS);
    waiting.set(url, (reason) => {
      clearTimeout(timer);
      resolve(reason);
    });
  });
}
