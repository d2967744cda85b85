import { hookCopy } from '@/lib/core/copy/hook';
import { holdsVaultPlaceholder } from '@/lib/core/placeholders';

import {
  absolute,
  bodyHoldsVault,
  headersMayHold,
  heldHeaders,
  normalMethod,
  requestBodyHoldsVault,
  withNonce,
  type Held,
} from './inspect';
import type { Line } from './line';
import type { Natives } from './natives';

type FetchArguments = [input: RequestInfo | URL, init?: RequestInit | undefined];

/** A body that is read to be looked at. */
function isReadable(body: unknown): boolean {
  return typeof body === 'object' && body !== null && !(body instanceof Blob);
}

/** What fetch would send, as far as it is to be decided about. */
interface Described {
  readonly url: string;
  readonly method: string;
  readonly headers: (readonly [string, string])[];
  readonly signal: AbortSignal | null;
  /** The input when it is a Request. */
  readonly request: Request | null;
}

/** `window.fetch` that holds back what has a placeholder and sends everything else at once, as it came. */
export function hookFetch(natives: Natives, line: Line): typeof fetch {
  /** `null` for anything that is no Request (of any realm). */
  function asRequest(input: unknown): Request | null {
    if (typeof input !== 'object' || input === null) return null;
    try {
      natives.urlOf(input);
      return input as Request;
    } catch {
      return null;
    }
  }

  function isPlain(input: unknown, init: RequestInit | undefined): boolean {
    if (typeof input === 'string') {
      if (holdsVaultPlaceholder(input)) return false;
    } else if (input instanceof URL) {
      if (holdsVaultPlaceholder(input.href)) return false;
    } else {
      return false;
    }
    if (init === undefined || init === null) return true;
    const { headers, body } = init;
    if (headers !== undefined && headersMayHold(natives, headers)) return false;
    return typeof body === 'string' ? !holdsVaultPlaceholder(body) : !isReadable(body);
  }

  function describe(input: RequestInfo | URL, init: RequestInit): Described | null {
    const request = asRequest(input);
    const url = absolute(request ? natives.urlOf(request) : String(input));
    if (url === null) return null;
    const typed = new Map<string, string>();
    const headers: [string, string][] = [];
    const given = init.headers ?? (request ? natives.headersOf(request) : undefined);
    if (given !== undefined && headersMayHold(natives, given)) {
      // Read as the browser does: names in small letters, repeated ones joined.
      natives.eachHeader(new natives.Headers(given), (value, name) => headers.push([name, value]));
      // The card shows names as they were typed.
      if (!(given instanceof natives.Headers) && !(Symbol.iterator in given)) {
        for (const name of Object.keys(given)) typed.set(name.toLowerCase(), name);
      }
    }
    return {
      url,
      method: normalMethod(String(init.method ?? (request ? natives.methodOf(request) : 'GET'))),
      headers: headers.map(([name, value]) => [typed.get(name) ?? name, value]),
      signal: init.signal ?? (request ? natives.signalOf(request) : null),
      request,
    };
  }

  /** The page's own Request at the new address. Its body is read, as sending it would have done. */
  async function rebuild(request: Request, init: RequestInit | undefined, url: string): Promise<Request> {
    const whole = init === undefined ? request : new natives.Request(request, init);
    const { method, headers, mode, credentials, cache, redirect } = whole;
    const { referrer, referrerPolicy, integrity, keepalive, signal } = whole;
    const bodiless = method === 'GET' || method === 'HEAD';
    const body = bodiless ? null : await whole.blob();
    return new natives.Request(url, {
      ...{ method, headers, credentials, cache, redirect },
      ...{ referrer, referrerPolicy, integrity, keepalive, signal },
      mode: mode === 'navigate' ? 'same-origin' : mode,
      body: body && body.size > 0 ? body : null,
    });
  }

  async function hold(
    pass: (args: FetchArguments) => Promise<Response>,
    [input, init]: FetchArguments,
    { url, method, signal, request }: Described,
    { headers, ours }: Held,
    elsewhere: ('url' | 'body')[],
  ): Promise<Response> {
    const question = line.ask({ url, method, headers, elsewhere, silent: false });
    const aborted = Promise.withResolvers<'aborted'>();
    const onAbort = () => aborted.resolve('aborted');
    signal?.addEventListener('abort', onAbort);
    const outcome = await Promise.race([question.outcome, aborted.promise]);
    signal?.removeEventListener('abort', onAbort);
    if (outcome === 'aborted' || signal?.aborted) {
      question.drop();
      // The page's own reason, whatever it is.
      throw signal?.reason;
    }
    if (outcome.kind === 'failed') throw new TypeError(outcome.message);
    if (outcome.kind === 'orphaned' && ours) throw new TypeError(hookCopy.orphaned);
    if (outcome.kind !== 'armed') return pass([input, init]);
    const address = withNonce(url, outcome.nonce);
    return request ? pass([await rebuild(request, init, address)]) : pass([address, init]);
  }

  function closely(
    pass: (args: FetchArguments) => Promise<Response>,
    args: FetchArguments,
  ): Promise<Response> {
    const input = args[0];
    const init = args[1] ?? {};
    let described: Described | null;
    try {
      described = describe(input, init);
    } catch {
      // The browser has the right words for what is wrong with these arguments.
      return pass(args);
    }
    if (!described || described.signal?.aborted) return pass(args);
    const { request, url, method } = described;
    const held = heldHeaders(described.headers);
    const elsewhere: ('url' | 'body')[] = [];
    if (holdsVaultPlaceholder(url)) elsewhere.push('url');
    if (bodyHoldsVault(init.body)) elsewhere.push('body');
    const decide = (): Promise<Response> => {
      if (described.signal?.aborted) return pass(args);
      if (elsewhere.length > 0) {
        return hold(pass, args, described, { headers: held?.headers ?? [], ours: true }, elsewhere);
      }
      return held ? hold(pass, args, described, held, []) : pass(args);
    };
    const unread =
      request &&
      init.body === undefined &&
      !request.bodyUsed &&
      !request.keepalive &&
      !/^(?:GET|HEAD)$/.test(method);
    if (!unread) return decide();
    return requestBodyHoldsVault(request)
      .catch(() => false)
      .then((found) => {
        if (found) elsewhere.push('body');
        return decide();
      });
  }

  return function fetch(this: unknown, ...args: FetchArguments): Promise<Response> {
    if (args.length > 0 && isPlain(args[0], args[1])) return Reflect.apply(natives.fetch, this, args);
    return closely((final) => Reflect.apply(natives.fetch, this, final), args);
  };
}
