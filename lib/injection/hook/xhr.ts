import { hookCopy } from '@/lib/core/copy/hook';
import { holdsVaultPlaceholder, mayHoldPlaceholder } from '@/lib/core/placeholders';

import { absolute, bodyHoldsVault, heldHeaders, normalMethod, withNonce } from './inspect';
import type { Line, Outcome } from './line';
import type { Natives } from './natives';

type OpenArguments = [
  method: string,
  url: string | URL,
  async: boolean,
  user?: string | null,
  password?: string | null,
];

interface Call {
  readonly args: OpenArguments;
  readonly headers: [string, string][];
  /** A header wants a closer look. */
  marked: boolean;
  /** Drops the held `send`. */
  pending: (() => void) | null;
  /** It is over without the browser's knowing: only `open` helps. */
  over: boolean;
}

/** Repeated headers as the browser joins them. */
function joined(headers: readonly [string, string][]): [string, string][] {
  const byName = new Map<string, [string, string]>();
  for (const [name, value] of headers) {
    const known = byName.get(name.toLowerCase());
    byName.set(name.toLowerCase(), known ? [known[0], `${known[1]}, ${value.trim()}`] : [name, value.trim()]);
  }
  return [...byName.values()];
}

function showReadyState(xhr: XMLHttpRequest, value: number): void {
  Object.defineProperty(xhr, 'readyState', { configurable: true, value });
}

/** What the browser does when a request fails or is aborted, for one that it was never given. */
function end(xhr: XMLHttpRequest, call: Call, kind: 'error' | 'abort', hasBody: boolean): void {
  call.pending = null;
  call.over = true;
  showReadyState(xhr, XMLHttpRequest.DONE);
  xhr.dispatchEvent(new Event('readystatechange'));
  if (hasBody) {
    xhr.upload.dispatchEvent(new ProgressEvent(kind));
    xhr.upload.dispatchEvent(new ProgressEvent('loadend'));
  }
  xhr.dispatchEvent(new ProgressEvent(kind));
  xhr.dispatchEvent(new ProgressEvent('loadend'));
  // Unless a handler opened it again.
  if (kind === 'abort' && call.over && calls.get(xhr) === call) showReadyState(xhr, XMLHttpRequest.UNSENT);
}

const calls = new WeakMap<XMLHttpRequest, Call>();

function refuseState(call: Call | undefined): void {
  if (call?.pending || call?.over) {
    throw new DOMException('The object is in an invalid state.', 'InvalidStateError');
  }
}

/** Patches `XMLHttpRequest.prototype`; a request without placeholder goes straight to the browser. */
export function hookXhr(natives: Natives, line: Line): void {
  const { prototype } = XMLHttpRequest;

  prototype.open = function open(this: XMLHttpRequest, ...args: unknown[]): void {
    const before = calls.get(this);
    Reflect.apply(natives.open, this, args);
    const [method, url, async = true, user, password] = args as Partial<OpenArguments>;
    calls.set(this, {
      args: [String(method), String(url), args.length < 3 || Boolean(async), user ?? null, password ?? null],
      headers: [],
      marked: false,
      pending: null,
      over: false,
    });
    // Only now, so that the page hears nothing of the request it has replaced.
    before?.pending?.();
    if (before?.over) Reflect.deleteProperty(this, 'readyState');
  };

  prototype.setRequestHeader = function setRequestHeader(this: XMLHttpRequest, name, value): void {
    const call = calls.get(this);
    refuseState(call);
    Reflect.apply(natives.setRequestHeader, this, [name, value]);
    if (!call) return;
    call.headers.push([String(name), String(value)]);
    call.marked ||= mayHoldPlaceholder(String(value));
  };

  prototype.abort = function abort(this: XMLHttpRequest): void {
    const call = calls.get(this);
    if (call?.pending) call.pending();
    else Reflect.apply(natives.abort, this, []);
  };

  prototype.send = function send(
    this: XMLHttpRequest,
    body?: XMLHttpRequestBodyInit | Document | null,
  ): void {
    const call = calls.get(this);
    refuseState(call);
    const sendNow = () => Reflect.apply(natives.send, this, [body]);
    if (!call) return sendNow();
    const [method, typedUrl, async, user, password] = call.args;
    const elsewhere: ('url' | 'body')[] = [];
    if (holdsVaultPlaceholder(typedUrl as string)) elsewhere.push('url');
    if (bodyHoldsVault(body)) elsewhere.push('body');
    if (!call.marked && elsewhere.length === 0) return sendNow();
    const held = heldHeaders(joined(call.headers));
    const url = absolute(typedUrl as string);
    if (url === null || (!held && elsewhere.length === 0)) return sendNow();
    const ours = elsewhere.length > 0 || held?.ours === true;
    if (!async) {
      // The thread is blocked until the answer, so nobody could be asked. What may be somebody else's passes.
      if (!ours) return sendNow();
      throw new DOMException(hookCopy.synchronous, 'NetworkError');
    }
    const hasBody = body !== undefined && body !== null && !/^(?:GET|HEAD)$/.test(normalMethod(method));
    const question = line.ask({
      url,
      method: normalMethod(method),
      headers: held?.headers ?? [],
      elsewhere,
      silent: true,
    });
    const settle = (outcome: Outcome) => {
      if (!call.pending || calls.get(this) !== call) return;
      if (outcome.kind === 'failed' || (outcome.kind === 'orphaned' && ours)) {
        end(this, call, 'error', hasBody);
        return;
      }
      call.pending = null;
      if (outcome.kind === 'armed') {
        // A new address needs a new `open`, which keeps everything but the headers.
        const credentials = user === null && password === null ? [] : [user, password];
        Reflect.apply(natives.open, this, [method, withNonce(url, outcome.nonce), true, ...credentials]);
        for (const header of call.headers) Reflect.apply(natives.setRequestHeader, this, header);
      }
      sendNow();
    };
    call.pending = () => {
      question.drop();
      // Opened anew: the page has moved on, and hears nothing of this one.
      if (calls.get(this) === call) end(this, call, 'abort', hasBody);
    };
    void question.outcome.then(settle);
  };
}
