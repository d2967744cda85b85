/** Names that only the browser may set: https://fetch.spec.whatwg.org/#forbidden-request-header */
const FORBIDDEN = new Set([
  'accept-charset',
  'accept-encoding',
  'access-control-request-headers',
  'access-control-request-method',
  'access-control-request-private-network',
  'connection',
  'content-length',
  'cookie',
  'cookie2',
  'date',
  'dnt',
  'expect',
  'host',
  'keep-alive',
  'origin',
  'referer',
  'set-cookie',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'via',
  // Forbidden by their value (a method override to TRACE); a secret has no business there.
  'x-http-method',
  'x-http-method-override',
  'x-method-override',
]);

/** Whether fetch would refuse a page this header name; a session rule would not, so we do. */
export function isForbiddenHeader(name: string): boolean {
  const lower = name.toLowerCase();
  return FORBIDDEN.has(lower) || lower.startsWith('proxy-') || lower.startsWith('sec-');
}

/** https://www.rfc-editor.org/rfc/rfc9110#name-tokens */
export function isHeaderName(name: string): boolean {
  return /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name);
}

/**
 * Whether a session rule can carry the value in both browsers. Firefox takes a rule with a line break or
 * a non-ASCII sign and then sends no header at all, silently; it refuses an empty value.
 */
export function isHeaderValue(value: string): boolean {
  return /^[\x20-\x7e]+$/.test(value);
}
