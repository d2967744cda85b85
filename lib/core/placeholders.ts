/** A placeholder as it stands in a request. */
export interface Placeholder {
  /** `vault`: `{{vault:NAME}}`, unmistakably ours; `bare`: `{{NAME}}`, which may be somebody else's. */
  readonly form: 'vault' | 'bare';
  /** What stands between the braces, without `vault:` and the environment; `''` where it is no name. */
  readonly name: string;
  /** Of `{{vault:environment/NAME}}`, else `null`. */
  readonly environment: string | null;
  /** As it is written, for messages: `NAME` or `environment/NAME`. */
  readonly written: string;
}

/** Gives the text to put in, or `undefined` to leave the placeholder as it stands. */
export type Resolve = (placeholder: Placeholder) => string | undefined;

// `{{vault:` with anything up to the braces is ours, so that a mistyped name is stopped and not sent.
const PLAIN = /\{\{(?:vault:([^{}]*)|([A-Za-z0-9_.-]+))\}\}/g;
// The same after encodeURIComponent or form encoding: what Scalar puts into `Basic` for OAuth clients.
const PERCENT = /%7[Bb]%7[Bb](?:vault(?:%3[Aa]|:)((?:[^{}%]|%2[Ff])*)|([A-Za-z0-9_.-]+))%7[Dd]%7[Dd]/g;
const NAME = /^(?:([A-Za-z0-9_.-]+)\/)?([A-Za-z0-9_.-]+)$/;
const BASIC = /^(basic +)([A-Za-z0-9+/]+={0,2})$/i;
// Every way a URL or a form body was seen to carry `{{vault:`, also encoded twice (by testers' proxies).
const ANYWHERE = /(?:\{|%(?:25)*7[Bb]){2}vault(?::|%(?:25)*3[Aa])/;

function read(ours: string | undefined, bare: string | undefined): Placeholder {
  if (bare !== undefined) return { form: 'bare', name: bare, environment: null, written: bare };
  const written = (ours ?? '').replace(/%2F/gi, '/');
  const [, environment, name] = NAME.exec(written) ?? [];
  return { form: 'vault', name: name ?? '', environment: environment ?? null, written };
}

/** Whether `{{vault:NAME}}` with this name is a placeholder: any other is stopped as mistyped. */
export function isPlaceholderName(name: string): boolean {
  return NAME.exec(name)?.[2] === name;
}

/** Bytes as one character each, which leaves whatever is around a placeholder exactly as it was. */
function utf8(text: string): string {
  return Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join('');
}

function formEncode(text: string): string {
  return new URLSearchParams([['', text]]).toString().slice(1);
}

function replace(text: string, pattern: RegExp, encode: (value: string) => string, resolve: Resolve): string {
  return text.replace(pattern, (whole, ours: string | undefined, bare: string | undefined) => {
    const value = resolve(read(ours, bare));
    return value === undefined ? whole : encode(value);
  });
}

/** Scheme and decoded credentials of a `Basic` header; `null` when it is none. */
function basic(header: string): { scheme: string; text: string } | null {
  const [, scheme, encoded] = BASIC.exec(header) ?? [];
  if (scheme === undefined || encoded === undefined) return null;
  try {
    // One character a byte.
    return { scheme, text: atob(encoded) };
  } catch {
    return null;
  }
}

/**
 * Fills a header's value: placeholders as they stand, and those inside the base64 of `Basic`, also when
 * they are percent-encoded in there (https://www.rfc-editor.org/rfc/rfc6749#section-2.3.1: then the value
 * is form-encoded too). In one pass: a value that looks like a placeholder is not filled again.
 */
export function fillHeader(header: string, resolve: Resolve): string {
  const credentials = basic(header);
  if (!credentials) return replace(header, PLAIN, (value) => value, resolve);
  const { scheme, text } = credentials;
  const filled = replace(
    replace(text, PERCENT, formEncode, resolve),
    PLAIN,
    utf8,
    // What the first pass put in is form-encoded, so it holds no braces and is not met again.
    resolve,
  );
  if (filled === text) return header;
  return scheme + btoa(filled);
}

/** The placeholders in a header's value, in the order of `fillHeader`, with repetitions. */
export function findInHeader(header: string): Placeholder[] {
  const found: Placeholder[] = [];
  fillHeader(header, (placeholder) => {
    found.push(placeholder);
    return undefined;
  });
  return found;
}

/** Cheap enough for every header of every request: `false` is certain, `true` wants a closer look. */
export function mayHoldPlaceholder(header: string): boolean {
  if (header.includes('{{')) return true;
  // 'B' or 'b': only then is it worth decoding.
  if ((header.charCodeAt(0) | 32) !== 98 || header.length < 12) return false;
  const text = basic(header)?.text;
  return text !== undefined && (text.includes('{{') || /%7b%7b/i.test(text));
}

/** Whether a URL or body holds `{{vault:`, literally or percent-encoded. */
export function holdsVaultPlaceholder(text: string): boolean {
  return text.includes('vault') && ANYWHERE.test(text);
}
