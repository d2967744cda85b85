import { describe, expect, it } from 'vitest';

import {
  accessPattern,
  httpOrigin,
  isClosedToExtensions,
  isLoopback,
  isPrivate,
  originMeant,
} from '@/lib/core/origins';

describe('origins', () => {
  it.each([
    ['https://vault.example:8200/ui/', 'https://vault.example:8200'],
    ['http://127.0.0.1:80', 'http://127.0.0.1'],
    ['vault.example', null],
    ['ftp://vault.example', null],
    ['https://user:pass@vault.example', null],
    ['javascript:alert(1)', null],
  ])('of %s is %s', (address, origin) => {
    expect(httpOrigin(address)).toBe(origin);
  });

  it.each([
    ['https://docs.example/swagger?url=x#/pets', 'https://docs.example'],
    [' http://docs.example:80/ ', 'http://docs.example'],
    ['HTTPS://Docs.Example:8443', 'https://docs.example:8443'],
    ['docs.example', 'https://docs.example'],
    ['docs.example:8443/swagger', 'https://docs.example:8443'],
    ['//docs.example/x', 'https://docs.example'],
    ['localhost:8080/docs', 'http://localhost:8080'],
    ['127.0.0.1', 'http://127.0.0.1'],
    ['[::1]:3000', 'http://[::1]:3000'],
    ['https://localhost:8080', 'https://localhost:8080'],
    ['10.0.0.7:3000', 'https://10.0.0.7:3000'],
    ['', null],
    ['  ', null],
    ['https://', null],
    ['docs example', null],
    ['ftp://docs.example', null],
    ['file:///home/docs.html', null],
    ['chrome-extension://abcdefghijklmnop/options.html', null],
    ['about:blank', null],
    ['javascript:alert(1)', null],
    ['data:text/html,hello', null],
    ['mailto:somebody@docs.example', null],
    ['view-source:https://docs.example', null],
    ['user:word@docs.example', null],
    ['https://user@docs.example', null],
  ])('meant by %j: %s', (typed, origin) => {
    expect(originMeant(typed)).toBe(origin);
  });

  it.each([
    ['https://chromewebstore.google.com', true],
    ['https://addons.mozilla.org.', true],
    ['http://addons.mozilla.org:8080', true],
    ['https://docs.addons.mozilla.org', false],
    ['https://docs.example', false],
  ])('are closed to extensions, %s: %s', (origin, closed) => {
    expect(isClosedToExtensions(origin)).toBe(closed);
  });

  it('ask the browser for a host on every port', () => {
    expect(accessPattern('https://api.example:8443/v1')).toBe('https://api.example/*');
    expect(accessPattern('http://[::1]:9000')).toBe('http://[::1]/*');
  });

  const host = (address: string) => new URL(address).hostname;

  it.each([
    'http://localhost:1',
    'http://localhost.:1',
    'http://a.localhost',
    'http://a.localhost.',
    'http://127.1',
    'http://127.0.0.1.',
    'http://2130706433',
    'http://[::1]',
    'http://[::ffff:127.0.0.1]',
    'http://[::ffff:7f01:203]',
    // What listens everywhere is reached by these too.
    'http://0.0.0.0:8000',
    'http://0',
    'http://[::]',
    'http://[::ffff:0.0.0.0]',
  ])('call %s this computer', (address) => {
    expect(isLoopback(host(address))).toBe(true);
  });

  it.each([
    'http://127.0.0.1.evil.example',
    'http://localhost.evil.example',
    'http://10.0.0.1',
    'http://[::ffff:10.0.0.1]',
    'http://[::2]',
    'http://0.0.0.1',
  ])('do not call %s this computer', (address) => {
    expect(isLoopback(host(address))).toBe(false);
  });

  it.each([
    'http://10.1.2.3',
    'http://172.16.0.1',
    'http://172.31.9.9',
    'http://192.168.1.1',
    'http://169.254.169.254',
    'http://[fd00::1]',
    'http://[fe80::1]',
    'http://[::ffff:192.168.0.1]',
    'http://vault.internal',
    'http://router.lan.',
    'http://nas.local.',
    'http://vault',
    'http://vault.',
  ])('call %s private', (address) => {
    expect(isPrivate(host(address))).toBe(true);
  });

  it.each([
    'http://172.32.0.1',
    'http://11.0.0.1',
    'https://vault.example',
    'http://[2001:db8::1]',
    'http://10.example.com',
    'https://vault.example.',
    'http://[::ffff:8.8.8.8]',
  ])('do not call %s private', (address) => {
    expect(isPrivate(host(address))).toBe(false);
  });
});
