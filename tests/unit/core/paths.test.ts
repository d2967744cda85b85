import { describe, expect, it } from 'vitest';

import { pathProblem, slug } from '@/lib/core/paths';

describe('slug', () => {
  it.each([
    ['EU staging', 'eu-staging'],
    ['  Café — Crème  ', 'cafe-creme'],
    ['PR #1841', 'pr-1841'],
    ['本番', ''],
  ])('of %j is %j', (name, path) => {
    expect(slug(name)).toBe(path);
  });
});

describe('a path', () => {
  // What OpenBao 2.7 takes and refuses was measured against the real server.
  it.each([
    'a',
    'a/b c',
    ' lead',
    'trail ',
    'a%2Fb',
    'a+b;c:d?e#f&g=h',
    '.a',
    'a..',
    '...',
    'Grüße/日本',
    '🔑',
    'a*b|c^d',
  ])('of Vault may be %j', (path) => {
    expect(pathProblem('hashicorp', path)).toBeNull();
  });

  it.each([
    ['', 'empty'],
    ['a/', 'trailing-slash'],
    ['a//b', 'empty-segment'],
    ['/a', 'empty-segment'],
    ['a/../b', 'dots'],
    ['./a', 'dots'],
    ['a\nb', 'control'],
    ['a\u00a0b', 'control'],
    ['a\u200db', 'control'],
    ['a\u2028b', 'control'],
  ])('of Vault may not be %j: %s', (path, problem) => {
    expect(pathProblem('hashicorp', path)).toBe(problem);
  });

  it('of AWS holds letters, digits and its few signs', () => {
    expect(pathProblem('aws', 'team/app_1+x=.@-!')).toBeNull();
    expect(pathProblem('aws', 'a b')).toBe('aws-sign');
    expect(pathProblem('aws', 'ü')).toBe('aws-sign');
    expect(pathProblem('aws', 'x'.repeat(513))).toBe('too-long');
  });
});
