import { describe, expect, it } from 'vitest';

import { networkErrorCode } from '@/lib/browser/network-errors';

describe("a browser's name of a network error", () => {
  // As `webRequest.onErrorOccurred` told them in Chromium 156 and Firefox 153.
  it.each([
    ['net::ERR_CERT_AUTHORITY_INVALID', 'tls-untrusted'],
    ['net::ERR_CERT_COMMON_NAME_INVALID', 'tls-untrusted'],
    ['Peer’s Certificate issuer is not recognized.', 'tls-untrusted'],
    ['SSL received a record that exceeded the maximum permissible length.', 'tls-untrusted'],
    // A Firefox in another language has its own words.
    ['Dem Zertifikat-Aussteller der Gegenstelle wird nicht vertraut.', 'tls-untrusted'],
    ['ピアの証明書の発行者が認識されません。', 'tls-untrusted'],
    ['net::ERR_CONNECTION_REFUSED', 'refused'],
    ['NS_ERROR_CONNECTION_REFUSED', 'refused'],
    ['net::ERR_NAME_NOT_RESOLVED', 'host-unknown'],
    ['NS_ERROR_UNKNOWN_HOST', 'host-unknown'],
    ['net::ERR_CONNECTION_RESET', 'connection-reset'],
    ['net::ERR_EMPTY_RESPONSE', 'connection-reset'],
    ['NS_ERROR_NET_RESET', 'connection-reset'],
    ['NS_ERROR_NET_PARTIAL_TRANSFER', 'connection-reset'],
    ['net::ERR_INTERNET_DISCONNECTED', 'offline'],
    ['net::ERR_CONNECTION_TIMED_OUT', 'timeout'],
    ['net::ERR_UNSAFE_PORT', null],
    ['net::ERR_ABORTED', null],
    ['NS_BINDING_ABORTED', null],
    ['', null],
    ['NS_ERROR_GENERATE_FAILURE(NS_ERROR_MODULE_NETWORK, 99)', null],
  ])('%s is %s', (name, code) => {
    expect(networkErrorCode(name)).toBe(code);
  });
});
