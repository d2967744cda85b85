import { findInHeader, holdsVaultPlaceholder, mayHoldPlaceholder } from '@/lib/core/placeholders';

import type { Natives } from './natives';

/** Longer bodies are binary or generated; nobody types a placeholder into them. */
const MOST_BYTES = 1_000_000;

/** Whether headers want a closer look. Cheap for plain objects and lists, which testers use. */
export function headersMayHold(natives: Natives, headers: unknown): boolean {
  if (headers === undefined || headers === null) return false;
  if (typeof headers !== 'object') return true;
  if (headers instanceof natives.Headers) {
    let found = false;
    natives.eachHeader(headers, (value) => {
      found ||= mayHoldPlaceholder(value);
    });
    return found;
  }
  if (Array.isArray(headers)) {
    return (headers as unknown[]).some((pair) => !Array.isArray(pair) || valueMayHold(pair[1]));
  }
  // Maps and other iterables are rare: let the browser read them.
  if (Symbol.iterator in headers) return true;
  for (const name in headers) if (valueMayHold((headers as Record<string, unknown>)[name])) return true;
  return false;
}

function valueMayHold(value: unknown): boolean {
  return typeof value === 'string' ? mayHoldPlaceholder(value) : typeof value === 'object';
}

/** Whether a body that can be read at once holds `{{vault:`. Files and streams are not read. */
export function bodyHoldsVault(body: unknown): boolean {
  if (typeof body === 'string') return holdsVaultPlaceholder(body);
  if (typeof body !== 'object' || body === null) return false;
  if (body instanceof URLSearchParams) return holdsVaultPlaceholder(body.toString());
  if (body instanceof FormData) {
    for (const [name, value] of body) {
      if (holdsVaultPlaceholder(name) || (typeof value === 'string' && holdsVaultPlaceholder(value)))
        return true;
    }
    return false;
  }
  if (body instanceof ArrayBuffer || ArrayBuffer.isView(body)) {
    return body.byteLength <= MOST_BYTES && holdsVaultPlaceholder(new TextDecoder().decode(body));
  }
  return false;
}

const TEXT = /json|text|xml|urlencoded|graphql|javascript|multipart/i;

/** Reads a copy of a Request's body, as far as it is text and not too long. The original stays unused. */
export async function requestBodyHoldsVault(request: Request): Promise<boolean> {
  if (!TEXT.test(request.headers.get('content-type') ?? '')) return false;
  const { body } = request.clone();
  // Firefox has no `Request.body`; it reads the whole copy.
  if (!body) return holdsVaultPlaceholder(await request.clone().text());
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let text = '';
  while (text.length < MOST_BYTES) {
    const { done, value } = await reader.read();
    if (done) return holdsVaultPlaceholder(text);
    text += decoder.decode(value, { stream: true });
  }
  void reader.cancel();
  return holdsVaultPlaceholder(text);
}

export interface Held {
  readonly headers: [string, string][];
  /** At least one placeholder is unmistakably ours: such a request is never sent as it is. */
  readonly ours: boolean;
}

/** The headers that hold placeholders; `null` when none does. */
export function heldHeaders(headers: readonly (readonly [string, string])[]): Held | null {
  const held: [string, string][] = [];
  let ours = false;
  for (const [name, value] of headers) {
    if (!mayHoldPlaceholder(value)) continue;
    const found = findInHeader(value);
    if (found.length === 0) continue;
    held.push([name, value]);
    ours ||= found.some(({ form }) => form === 'vault');
  }
  return held.length > 0 ? { headers: held, ours } : null;
}

/** As fetch and XHR correct a method's letters: https://fetch.spec.whatwg.org/#concept-method-normalize */
export function normalMethod(method: string): string {
  const upper = method.toUpperCase();
  return /^(?:DELETE|GET|HEAD|OPTIONS|POST|PUT)$/.test(upper) ? upper : method;
}

/** The address as it will be sent, absolute; `null` when it is none of http(s), or is armed already. */
export function absolute(address: string): string | null {
  const url = URL.parse(address, document.baseURI);
  if (!url || !/^https?:$/.test(url.protocol) || url.hash.startsWith('#kf-')) return null;
  return url.href;
}

/** The address with the nonce in its fragment, which never leaves the browser. */
export function withNonce(address: string, nonce: string): string {
  const url = new URL(address);
  url.hash = `kf-${nonce}`;
  return url.href;
}
