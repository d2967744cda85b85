import { describe, expect, it } from 'vitest';

import { errorCopy, errorText } from '@/lib/core/copy/errors';
import { ERROR_CODES, WRITTEN, type ErrorDetails } from '@/lib/core/errors';

const FULL: ErrorDetails = {
  host: 'vault.tidewater.example',
  port: 8200,
  other: 'https://vault-2.tidewater.example',
  scope: 'Orders',
  path: 'orders/staging',
  engine: 'team/kv',
  type: 'transit',
  region: 'eu-central-1',
  prefix: 'orders/',
  namespace: 'team',
  name: 'API_KEY',
  header: 'Cookie',
  count: 3,
  megabytes: 12,
  seconds: 30,
  problem: 'dots',
  provider: 'aws',
};

describe.each(ERROR_CODES)('%s', (code) => {
  it.each([
    ['with details', FULL],
    ['without', {}],
  ])('says what happened and what to do, %s', (_name, details) => {
    const { sentence, next } = errorCopy[code](details);
    for (const text of [sentence, next]) {
      expect(text).toMatch(/^\S.*\S$/);
      expect(text).not.toMatch(/undefined|NaN|\[object|!|please|oops|success|sorry/i);
      expect(text).not.toMatch(/ {2}|\.\.$/);
    }
    expect(sentence).toMatch(/[.?]$/);
    expect(next).not.toMatch(/\.$/);
    if (details !== FULL) expect(sentence.charAt(0)).toMatch(/[A-Z{]/);
  });
});

describe('errorText', () => {
  it('says that nothing was changed when a write failed', () => {
    const offline = { code: 'offline', details: {} } as const;
    expect(errorText(offline).sentence).not.toContain('Nothing was changed');
    expect(errorText(offline, { write: true }).sentence).toMatch(/ Nothing was changed\.$/);
  });

  it('does not say so when a write may have arrived', () => {
    for (const code of ['worker-restarted', 'outcome-unknown'] as const) {
      expect(errorText({ code, details: {} }, { write: true }).sentence).not.toContain('Nothing was changed');
    }
  });

  it('says first what was saved when only what came after it failed', () => {
    const details = { megabytes: 12, [WRITTEN]: 'team/app' };
    const { sentence } = errorText({ code: 'memory-full', details }, { write: true });
    expect(sentence).toMatch(/^team\/app is saved at the provider\. .*12 MB/);
    expect(sentence).not.toContain('Nothing was changed');
  });

  it('speaks of the destination, not of credentials, where one on plain http was refused', () => {
    const host = 'api.tidewater.example';
    const { sentence, next } = errorText({ code: 'plain-http', details: { host, what: 'destination' } });
    expect(sentence).toBe(
      'api.tidewater.example is not encrypted. A destination over http on another computer cannot be allowed for good.',
    );
    expect(next).toBe('Use https, or allow each request by itself');
    expect(errorText({ code: 'plain-http', details: { host } }).sentence).toContain('credentials');
  });

  it('names the server and the port', () => {
    expect(errorText({ code: 'refused', details: FULL }).sentence).toBe(
      'vault.tidewater.example refuses connections on port 8200.',
    );
  });
});
