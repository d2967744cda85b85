import { createFetch } from 'ofetch';
import { AppError } from '@/lib/core/errors';
import type { ErrorCode } from '@/lib/core/errors';
import { UNSENT } from './transport';
import type { HttpResponse, Transport } from './transport';

export interface FetchTransportOptions {
  readonly fetch?: typeof globalThis.fetch;
  /**
   * Why the browser got no answer from this address, where something can tell: `fetch` itself says only
   * "Failed to fetch". `null` when unknown.
   */
  readonly explain?: (url: string) => Promise<ErrorCode | null>;
  /** Until the last byte of the answer. */
  readonly timeoutMs?: number;
}

/** Failures that may pass by themselves. */
const PASSING: readonly ErrorCode[] = ['unreachable', 'connection-reset', 'timeout'];

/**
 * The transport over the browser's own `fetch`. Redirects are never followed: browsers send custom headers
 * such as `X-Vault-Token` on to the other host (measured in Chromium 156). They are asked for as `manual`,
 * since with `error` a redirect cannot be told from a server that is down.
 *
 * @throws AppError as `Transport` says; what `fetch` threw holds the request with its headers, so it ends here.
 */
export function createFetchTransport(options: FetchTransportOptions = {}): Transport {
  const { explain = async () => null, timeoutMs = 30_000 } = options;
  const fetch =
    options.fetch ?? ((input: RequestInfo | URL, init?: RequestInit) => globalThis.fetch(input, init));
  const http = createFetch({
    fetch,
    defaults: {
      retry: false,
      responseType: 'text',
      ignoreResponseError: true,
      redirect: 'manual',
      cache: 'no-store',
      credentials: 'omit',
      referrerPolicy: 'no-referrer',
    },
  });
  const protocolOf = createProtocolReader();

  async function failure(url: string, host: string, wasOffline: boolean): Promise<AppError> {
    const offline = isOffline();
    const said = await explain(url).catch(() => null);
    const code = said ?? (offline ? 'offline' : 'unreachable');
    // The browser's own word for it: a server on this computer can be reached all the same.
    const unsent = wasOffline && said === 'offline' ? { [UNSENT]: 1 } : {};
    return new AppError(code, { host, port: portOf(url), ...unsent }, PASSING.includes(code));
  }

  return async function send(request, signal): Promise<HttpResponse> {
    const { url, method, headers, body } = request;
    const host = new URL(url).host;
    if (signal.aborted) throw new AppError('cancelled');
    const controller = new AbortController();
    const wasOffline = isOffline();
    let late = false;
    const cancel = () => controller.abort();
    const timer = setTimeout(() => {
      late = true;
      controller.abort();
    }, timeoutMs);
    signal.addEventListener('abort', cancel, { once: true });
    try {
      const response = await http.raw<string, 'text'>(url, {
        method,
        headers: { ...headers },
        signal: controller.signal,
        ...(body === undefined ? {} : { body }),
      });
      if (isRedirect(response)) throw new AppError('redirected', { host, ...target(response, url) });
      return {
        status: response.status,
        headers: Object.fromEntries(response.headers),
        text: response._data ?? '',
        protocol: protocolOf(url),
      };
    } catch (error) {
      if (error instanceof AppError) throw error;
      // Of our own `fetch`, wrapped by ofetch.
      if (error instanceof Error && error.cause instanceof AppError) throw error.cause;
      if (signal.aborted) throw new AppError('cancelled');
      if (late) throw new AppError('timeout', { host, seconds: timeoutMs / 1_000 }, true);
      throw await failure(url, host, wasOffline);
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', cancel);
    }
  };
}

function isOffline(): boolean {
  return globalThis.navigator?.onLine === false;
}

/** Browsers hide a redirect that was not followed (`opaqueredirect`, status 0); Node shows it. */
function isRedirect(response: Response): boolean {
  return response.type === 'opaqueredirect' || [301, 302, 303, 307, 308].includes(response.status);
}

function target(response: Response, url: string): { other?: string } {
  const location = response.headers.get('location');
  const other = location === null ? null : URL.parse(location, url)?.origin;
  return other ? { other } : {};
}

function portOf(url: string): number {
  const { port, protocol } = new URL(url);
  return port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port);
}

/**
 * Reads the protocol of an origin's answers off the resource timings: looked up until known, and the
 * timings are dropped each time, as they keep every address.
 */
function createProtocolReader(): (url: string) => string | undefined {
  const known = new Map<string, string>();
  return (url) => {
    const { origin } = new URL(url);
    let protocol = known.get(origin);
    if (protocol === undefined) {
      const timing = performance.getEntriesByName(url, 'resource').at(-1);
      const seen = timing && 'nextHopProtocol' in timing ? timing.nextHopProtocol : undefined;
      if (typeof seen === 'string' && seen !== '') {
        protocol = seen;
        known.set(origin, seen);
      }
    }
    performance.clearResourceTimings();
    return protocol;
  };
}
