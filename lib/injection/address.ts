import { isKnownProxy, isLoopback, isPrivate } from '@/lib/core/origins';

import type { AddressClass } from './contract';

/** What the name of a host tells about where it is; nothing is looked up. */
export function addressClass(hostname: string): AddressClass {
  if (isLoopback(hostname)) return 'loopback';
  return isPrivate(hostname) ? 'private' : 'public';
}

/** http to another machine: whoever is in between reads the value. */
export function isPlainHttp(url: URL): boolean {
  return url.protocol === 'http:' && addressClass(url.hostname) !== 'loopback';
}

/**
 * Whether an address looks like a forwarding proxy: a known one, or one with the real address in its path
 * (Elements' `tryItCorsProxy`) or in `scalar_url` (Scalar's `proxyUrl`).
 */
export function isForwardingProxy(url: URL): boolean {
  return (
    isKnownProxy(url.hostname) || /^\/+https?:\//i.test(url.pathname) || url.searchParams.has('scalar_url')
  );
}
