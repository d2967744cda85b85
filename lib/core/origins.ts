/** What can be read off a web address without asking anybody. */

/** The origin of an http(s) address, or `null` when it is none (or carries a user name or password). */
export function httpOrigin(address: string): string | null {
  const url = URL.parse(address);
  if (!url || !/^https?:$/.test(url.protocol) || url.username || url.password) return null;
  return url.origin;
}

/**
 * The origin that somebody means who writes an address by hand: a whole address may stand there, or one without its
 * scheme, which is https then, and http on this computer. `null` when it is none of http(s).
 */
export function originMeant(typed: string): string | null {
  const address = typed.trim();
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(address)) return httpOrigin(address);
  const host = URL.parse(`https://${address}`)?.hostname;
  return host ? httpOrigin(`${isLoopback(host) ? 'http' : 'https'}://${address}`) : null;
}

/** Extension stores, and Mozilla's pages for accounts and help: Chromium, Edge and Firefox keep all extensions out. */
const CLOSED_HOSTS: readonly string[] = [
  'chromewebstore.google.com',
  'chrome.google.com',
  'microsoftedge.microsoft.com',
  'accounts-static.cdn.mozilla.net',
  'accounts.firefox.com',
  'addons.cdn.mozilla.net',
  'addons.mozilla.org',
  'api.accounts.firefox.com',
  'content.cdn.mozilla.net',
  'discovery.addons.mozilla.org',
  'oauth.accounts.firefox.com',
  'profile.accounts.firefox.com',
  'support.mozilla.org',
  'sync.services.mozilla.com',
];

/** Whether the browsers keep extensions out of an origin, whatever the user grants. */
export function isClosedToExtensions(origin: string): boolean {
  return CLOSED_HOSTS.includes(bare(new URL(origin).hostname));
}

/**
 * The match pattern to ask the browser for, to reach this address: scheme and host, every port, as
 * browsers show and grant access by host (https://developer.mozilla.org/docs/Mozilla/Add-ons/WebExtensions/Match_patterns).
 *
 * @param address An absolute http(s) URL or origin.
 */
export function accessPattern(address: string): string {
  const { protocol, hostname } = new URL(address);
  return `${protocol}//${hostname}/*`;
}

/** A name with the root's dot at its end is the same name (browsers keep it in `URL.hostname`, addresses lose it). */
const bare = (hostname: string): string => hostname.replace(/\.$/, '');

/** The IPv4 address that an IPv4-mapped IPv6 one stands for, as `URL.hostname` writes the two; others as they are. */
function unmapped(hostname: string): string {
  const mapped = /^\[::ffff:([0-9a-f]+):([0-9a-f]+)\]$/.exec(hostname);
  if (!mapped) return hostname;
  const [high, low] = [parseInt(mapped[1] ?? '', 16), parseInt(mapped[2] ?? '', 16)];
  return [high >> 8, high & 255, low >> 8, low & 255].join('.');
}

/** Whether a host name (as in `URL.hostname`) is this computer: `0.0.0.0` and `[::]` reach it on most systems. */
export function isLoopback(hostname: string): boolean {
  const host = unmapped(bare(hostname));
  return (
    host === 'localhost' ||
    host.endsWith('.localhost') ||
    /^127(\.\d{1,3}){3}$/.test(host) ||
    ['[::1]', '0.0.0.0', '[::]'].includes(host)
  );
}

const IPV4 = /^\d{1,3}(\.\d{1,3}){3}$/;
/** RFC 1918, RFC 6598 and link-local. */
const PRIVATE_IPV4 =
  /^(10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|169\.254\.|100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.)/;

/**
 * Whether a host name (as in `URL.hostname`) belongs to a private network: its address ranges, `.local`,
 * `.internal` and the like, or a name without a dot, which only a local search list resolves.
 */
export function isPrivate(hostname: string): boolean {
  const host = unmapped(bare(hostname));
  if (IPV4.test(host)) return PRIVATE_IPV4.test(host);
  if (host.startsWith('[')) return /^\[(f[cd]|fe[89ab])[0-9a-f]*:/.test(host);
  return host !== 'localhost' && (!host.includes('.') || /\.(local|internal|home\.arpa|lan)$/.test(host));
}

/** Public services that send requests on for a page: a value sent there is read by them. */
const PROXIES: readonly string[] = [
  'proxy.scalar.com',
  'proxy.hoppscotch.io',
  'cors-anywhere.herokuapp.com',
  'corsproxy.io',
  'api.allorigins.win',
  'api.codetabs.com',
  'thingproxy.freeboard.io',
  'proxy.cors.sh',
  'cors.eu.org',
  'crossorigin.me',
  'test.cors.workers.dev',
];

/** Whether a host name (as in `URL.hostname`) is that of a known forwarding proxy. */
export function isKnownProxy(hostname: string): boolean {
  return PROXIES.some((host) => hostname === host || hostname.endsWith(`.${host}`));
}
