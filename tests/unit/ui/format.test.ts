import { describe, expect, it } from 'vitest';

import { hostOf, plural, secondsSince, secondsUntil, testerName, timeAgo } from '@/lib/ui/format';

const at = (text: string) => new Date(text).getTime();
const NOW = at('2026-11-12T14:30:00');

describe('timeAgo', () => {
  it.each([
    ['2026-11-12T14:29:40', 'just now'],
    ['2026-11-12T14:28:00', '2 min ago'],
    ['2026-11-12T13:20:00', 'today, 13:20'],
    ['2026-11-11T09:31:00', 'yesterday, 09:31'],
    ['2026-11-02T09:31:00', '2 November, 09:31'],
  ])('says %s as %s', (then, words) => {
    expect(timeAgo(at(then), NOW)).toBe(words);
  });
});

it('counts', () => {
  expect([plural(1, 'value'), plural(2, 'value'), plural(0, 'secret')]).toEqual([
    '1 value',
    '2 values',
    '0 secrets',
  ]);
});

it('counts seconds from and to a moment, never below none', () => {
  expect(secondsSince(NOW - 8_900, NOW)).toBe(8);
  expect(secondsSince(NOW + 5_000, NOW)).toBe(0);
  expect(secondsUntil(NOW + 8_100, NOW)).toBe(9);
  expect(secondsUntil(NOW - 1, NOW)).toBe(0);
});

it('names sites by host and port', () => {
  expect(hostOf('http://localhost:8080')).toBe('localhost:8080');
  expect(hostOf('https://docs.tidewater.example')).toBe('docs.tidewater.example');
});

it('names testers as they call themselves', () => {
  expect(testerName('swagger-ui')).toBe('Swagger UI');
  expect(testerName('other')).toBe('Tester');
});
