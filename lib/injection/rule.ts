import type { HeaderRule } from './contract';

/** Our session rules' ids; those below are the extension's own. */
export const RULE_IDS = { first: 1_000, last: 999_999 } as const;

export function isRuleId(id: number): boolean {
  return id >= RULE_IDS.first && id <= RULE_IDS.last;
}

/** What the hook appends to the address, and `webRequest` shows. */
function fragment(nonce: string): string {
  return `#kf-${nonce}`;
}

/** The nonce in an address seen by `webRequest`, or `null`. */
export function nonceOf(url: string): string | null {
  return /#kf-([A-Za-z0-9-]+)$/.exec(url)?.[1] ?? null;
}

/**
 * Origin and path of an address as a `urlFilter` knows them, without the query: its own special signs, which cannot be
 * escaped, stand as `*`, so that the rest of the path still counts.
 */
export function pathPattern(url: URL): string {
  return url.origin + url.pathname.replace(/[*^|]+/g, '*');
}

/** Whether an address begins as a pattern of `pathPattern` says. */
export function matchesPattern(url: string, pattern: string): boolean {
  const [first = '', ...rest] = pattern.split('*');
  if (!url.startsWith(first)) return false;
  let at = first.length;
  for (const part of rest) {
    const found = url.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return true;
}

const METHODS = ['delete', 'get', 'head', 'options', 'patch', 'post', 'put'];

/** The rule's words for a method; without any, the preflight would carry the value. */
function ruleMethods(method: string): string[] {
  const lower = method.toLowerCase();
  if (!METHODS.includes(lower)) return ['other'];
  // `patch` in small letters is sent as such (fetch does not correct it), and a browser may call it other.
  return method === method.toUpperCase() ? [lower] : [lower, 'other'];
}

export interface RuleSpec {
  readonly id: number;
  readonly nonce: string;
  readonly url: URL;
  readonly method: string;
  /** Page origin. */
  readonly initiator: string;
  readonly headers: readonly { readonly header: string; readonly value: string }[];
}

/**
 * The one-shot rule: this address with this nonce, by this method, from this page's host. A fragment never
 * leaves the browser and a redirect to elsewhere does not match, so nothing else gets the value.
 */
export function headerRule({ id, nonce, url, method, initiator, headers }: RuleSpec): HeaderRule {
  return {
    id,
    priority: 1,
    action: {
      type: 'modifyHeaders',
      requestHeaders: headers.map(({ header, value }) => ({ header, operation: 'set', value })),
    },
    condition: {
      urlFilter: `|${pathPattern(url)}*${fragment(nonce)}|`,
      isUrlFilterCaseSensitive: true,
      requestMethods: ruleMethods(method),
      resourceTypes: ['xmlhttprequest'],
      initiatorDomains: [new URL(initiator).hostname],
    },
  };
}
