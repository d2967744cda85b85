/**
 * Patterns for web origins, as administrators know them from the browsers' own policies:
 * `scheme://host[:port]` with `*` for any scheme (http or https), host or port, and `*.example.com` for a domain
 * and all below it. Without a port the scheme's own is meant.
 */
const PATTERN =
  /^(\*|https?):\/\/(\*|(?:\*\.)?[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:]+\])(?::(\*|\d{1,5}))?$/;

/** Whether a text is such a pattern. */
export function isOriginPattern(pattern: string): boolean {
  return PATTERN.test(pattern);
}

/** @param origin As `URL.origin` gives it. */
export function matchesOrigin(pattern: string, origin: string): boolean {
  const [, scheme, host = '', port] = PATTERN.exec(pattern) ?? [];
  const url = URL.parse(origin);
  if (!scheme || !url || !/^https?:$/.test(url.protocol)) return false;
  if (scheme !== '*' && `${scheme}:` !== url.protocol) return false;
  // `*://*` is meant to be everything.
  const anyPort = port === '*' || (port === undefined && host === '*');
  if (!anyPort && effectivePort(url.protocol, port ?? '') !== effectivePort(url.protocol, url.port))
    return false;
  // A trailing dot names the same host.
  const named = url.hostname.replace(/\.$/, '');
  if (host === '*') return true;
  if (!host.startsWith('*.')) return named === host;
  return named === host.slice(2) || named.endsWith(host.slice(1));
}

/** Whether a policy closes an origin: what is allowed is an exception of what is blocked. */
export function isForbidden(
  { blocked, allowed }: { readonly blocked: readonly string[]; readonly allowed: readonly string[] },
  origin: string,
): boolean {
  const isOneOf = (patterns: readonly string[]) => patterns.some((pattern) => matchesOrigin(pattern, origin));
  return isOneOf(blocked) && !isOneOf(allowed);
}

function effectivePort(protocol: string, port: string): string {
  return port === '' ? (protocol === 'https:' ? '443' : '80') : String(Number(port));
}
