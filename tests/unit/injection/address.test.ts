import { describe, expect, it } from 'vitest';

import { addressClass, isForwardingProxy, isPlainHttp } from '@/lib/injection/address';
import { matchesPattern, nonceOf, pathPattern } from '@/lib/injection/rule';

describe('addressClass', () => {
  it.each([
    ['http://localhost:8080', 'loopback'],
    ['http://127.1', 'loopback'],
    ['http://0x7f000001', 'loopback'],
    ['http://0.0.0.0', 'loopback'],
    ['http://[::1]', 'loopback'],
    ['http://[::ffff:127.0.0.1]', 'loopback'],
    ['http://[::ffff:10.0.0.1]', 'private'],
    ['http://localhost.:8080', 'loopback'],
    ['http://router.lan.', 'private'],
    ['http://nas.local.', 'private'],
    ['https://api.example.com.', 'public'],
    ['http://192.168.1.4', 'private'],
    ['http://172.31.0.1', 'private'],
    ['http://172.32.0.1', 'public'],
    ['http://intranet', 'private'],
    ['http://api.internal', 'private'],
    ['http://[fd00::1]', 'private'],
    ['https://api.example.com', 'public'],
    ['https://127.0.0.1.example.com', 'public'],
    ['https://[2001:db8::1]', 'public'],
  ])('%s is %s', (address, expected) => {
    expect(addressClass(new URL(address).hostname)).toBe(expected);
  });
});

it('warns of plain http to another machine only', () => {
  expect(isPlainHttp(new URL('http://192.168.1.4'))).toBe(true);
  expect(isPlainHttp(new URL('http://localhost:3000'))).toBe(false);
  expect(isPlainHttp(new URL('https://api.example.com'))).toBe(false);
});

describe('isForwardingProxy', () => {
  it.each([
    'https://proxy.scalar.com/x',
    'https://proxy.hoppscotch.io/',
    'https://my.test/https://api.example.com/v1',
    'https://my.test/?scalar_url=https%3A%2F%2Fapi.example.com',
  ])('knows %s', (address) => {
    expect(isForwardingProxy(new URL(address))).toBe(true);
  });

  it.each(['https://api.example.com/proxy', 'https://scalar.com/'])('passes %s', (address) => {
    expect(isForwardingProxy(new URL(address))).toBe(false);
  });
});

it.each([
  ['https://api.test', 'https://api.test/'],
  ['https://API.test:443/A/b?c#d', 'https://api.test/A/b'],
  ['https://api.test/a*b/status', 'https://api.test/a*b/status'],
  ['https://api.test/a|*|b', 'https://api.test/a*b'],
  ['https://bücher.test/ü', 'https://xn--bcher-kva.test/%C3%BC'],
])('writes %s for the rule, with its own signs as *', (address, expected) => {
  const url = new URL(address);
  expect(pathPattern(url)).toBe(expected);
  expect(matchesPattern(url.href, expected)).toBe(true);
});

it.each([
  ['https://api.test/a', 'https://api.test/a?q', true],
  ['https://api.test/*/status', 'https://api.test/7/status?q', true],
  ['https://api.test/*/status', 'https://api.test/echo', false],
  ['https://api.test/*/status', 'https://other.test/*/status', false],
  ['https://api.test/a*a', 'https://api.test/a', false],
])('takes %s for %s: %s', (pattern, address, expected) => {
  expect(matchesPattern(`${address}#kf-n`, pattern)).toBe(expected);
});

it('reads a nonce at the end of an address only', () => {
  expect(nonceOf('https://api.test/x?y=1#kf-abc-1')).toBe('abc-1');
  expect(nonceOf('https://api.test/x#kf-abc&more')).toBeNull();
  expect(nonceOf('https://api.test/x?#')).toBeNull();
});
