import { describe, expect, it } from 'vitest';

import { isForbidden, isOriginPattern, matchesOrigin } from '@/lib/core/origin-patterns';

describe('an origin pattern', () => {
  it.each([
    ['https://api.example', 'https://api.example', true],
    ['https://api.example', 'http://api.example', false],
    ['https://api.example', 'https://api.example:8443', false],
    ['https://api.example:443', 'https://api.example', true],
    ['https://api.example:8443', 'https://api.example:8443', true],
    ['https://api.example:*', 'https://api.example:8443', true],
    ['https://api.example', 'https://api.example.', true],
    ['https://api.example', 'https://evil-api.example', false],
    ['*://*.example', 'https://a.b.example', true],
    ['*://*.example', 'http://example', true],
    ['*://*.example', 'http://notexample', false],
    ['*://*', 'http://localhost:3000', true],
    ['http://*', 'https://api.example', false],
    ['http://*:80', 'http://api.example:8080', false],
    ['http://[::1]:*', 'http://[::1]:3000', true],
    ['*://*', 'chrome-extension://abc', false],
    ['*://*', 'null', false],
  ])('%s on %s: %s', (pattern, origin, matches) => {
    expect(isOriginPattern(pattern)).toBe(true);
    expect(matchesOrigin(pattern, origin)).toBe(matches);
  });

  it.each(['', 'api.example', 'https://', 'https://a.*.example', 'https://api.example/path', 'ftp://*', '*'])(
    'is not %j, which matches nothing',
    (pattern) => {
      expect(isOriginPattern(pattern)).toBe(false);
      expect(matchesOrigin(pattern, 'https://api.example')).toBe(false);
    },
  );
});

it.each([
  ['https://docs.example', true],
  ['https://try.docs.example', false],
  ['https://other', false],
])('a policy with an exception forbids %s: %s', (origin, forbidden) => {
  const policy = { blocked: ['https://*.example'], allowed: ['https://try.docs.example'] };
  expect(isForbidden(policy, origin)).toBe(forbidden);
});
