import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AppError } from '@/lib/core/errors';
import { createAdaptiveQueue, RETRY_AFTER } from '@/lib/providers/queue';
import { answers } from './answers';
import { KEYS, startFakeAws } from './fake-aws';
import type { FakeAws } from './fake-aws';
import { providerFor, pullFrom, REGION, signal } from './harness';

const MINUTE = 60_000;
let fake: FakeAws;

beforeEach(async () => {
  fake = await startFakeAws(REGION);
  fake.secrets.set('app', { version: 'v1', string: '{"KEY":"value"}' });
});
afterEach(() => fake.stop());

describe('a clock that is off', () => {
  it.each([-720, -20, 20, 720, 1_000_000])(
    'by %d minutes is corrected once and remembered',
    async (minutes) => {
      fake.ahead = minutes * MINUTE;
      let sent = 0;
      const now = () => {
        sent += 1;
        return Date.now();
      };
      const provider = providerFor(fake, {}, { now });
      expect(await provider.read('app', signal)).toMatchObject({ version: 'v1' });
      const first = sent;
      expect(await provider.read('app', signal)).toMatchObject({ version: 'v1' });
      // The second call was right at once: its time was asked for once only.
      expect(sent).toBe(first + 1);
    },
  );

  it('that is still refused after that is told with its minutes', async () => {
    fake.fault = () => ({
      status: 400,
      body: JSON.stringify({ __type: 'InvalidSignatureException', message: 'Signature expired: …' }),
    });
    const now = () => Date.now() - 20 * MINUTE;
    fake.ahead = 0;
    await expect(providerFor(fake, {}, { now }).read('app', signal)).rejects.toMatchObject({
      code: 'clock-skew',
      details: { minutes: 20 },
    });
  });

  it("is measured by AWS's own words before the Date header of whatever is in between", async () => {
    let calls = 0;
    fake.fault = () => {
      if (calls++ > 0) return undefined;
      // The recorded words say 01:00 on 25 November 2026: from now on the server's clock does too.
      fake.ahead = Date.UTC(2026, 10, 25, 1) - Date.now();
      return { ...answers.signatureExpired, headers: { date: new Date(0).toUTCString() } };
    };
    expect(await providerFor(fake).read('app', signal)).toMatchObject({ version: 'v1' });
  });

  it('is not blamed for a wrong secret key', async () => {
    fake.ahead = 20 * MINUTE;
    const credentials = { ...KEYS, secretAccessKey: 'wrong' };
    await expect(providerFor(fake, {}, { credentials }).read('app', signal)).rejects.toMatchObject({
      code: 'signature-wrong',
    });
  });
});

describe('throttling', () => {
  it('is waited out, also when AWS says it with a 400', async () => {
    let refused = 0;
    fake.fault = () => (refused++ < 6 ? answers.throttled : undefined);
    expect(await providerFor(fake).read('app', signal)).toMatchObject({ version: 'v1' });
    expect(fake.calls).toHaveLength(7);
  });

  it('of a thousand secrets loses none', async () => {
    for (let at = 0; at < 1000; at += 1) fake.secrets.set(`app/${at}`, { version: `${at}`, string: '{}' });
    let turn = 0;
    fake.fault = () => (turn++ % 3 === 1 ? answers.throttled : undefined);
    const { told } = await pullFrom(providerFor(fake), { prefix: 'app/' });
    expect(Object.values(told)).toEqual(Array.from({ length: 1000 }, () => ''));
  });

  it('that outlasts the budget is told with the number of tries', async () => {
    fake.fault = () => answers.throttled;
    const queue = createAdaptiveQueue({ budgetMs: 0, random: () => 1 });
    await expect(providerFor(fake, {}, { queue }).read('app', signal)).rejects.toMatchObject({
      code: 'throttled',
      details: { provider: 'aws' },
      retryable: true,
    });
  });

  it("waits as long as a gateway's Retry-After says", async () => {
    fake.fault = () => ({ ...answers.tooMany, headers: { 'retry-after': '7' } });
    const queue = createAdaptiveQueue({ budgetMs: 6_999 });
    await expect(providerFor(fake, {}, { queue }).read('app', signal)).rejects.toMatchObject({
      code: 'throttled',
      details: { [RETRY_AFTER]: 7 },
    });
  });
});

describe('other troubles', () => {
  it('asks again when the answer was lost', async () => {
    let calls = 0;
    fake.fault = () => (calls++ === 0 ? 'hang-up' : undefined);
    expect(await providerFor(fake).read('app', signal)).toMatchObject({ version: 'v1' });
  });

  it('asks again after an internal error of AWS', async () => {
    let calls = 0;
    fake.fault = () => (calls++ < 2 ? answers.internal : undefined);
    expect(await providerFor(fake).read('app', signal)).toMatchObject({ version: 'v1' });
  });

  it('asks again over what failed in the middle of a pull', async () => {
    for (let at = 0; at < 300; at += 1) fake.secrets.set(`app/${at}`, { version: `${at}`, string: '{}' });
    // Each call fails as often as it is tried again, and no more.
    const tries = new Map<string, number>();
    fake.fault = ({ action, body }) => {
      const call = `${action} ${JSON.stringify(body)}`;
      const before = tries.get(call) ?? 0;
      tries.set(call, before + 1);
      return before >= 3 ? undefined : (before + tries.size) % 2 === 0 ? 'hang-up' : answers.gateway;
    };
    const { told } = await pullFrom(providerFor(fake), { prefix: 'app/' });
    expect(Object.values(told)).toEqual(Array.from({ length: 300 }, () => ''));
  });

  it.each(['not json', '[]', '"text"', '', '<html>'])('knows the answer %j for none of AWS', async (body) => {
    fake.fault = () => ({ status: 200, body });
    await expect(providerFor(fake).read('app', signal)).rejects.toMatchObject({ code: 'malformed-answer' });
  });

  it('follows no redirect', async () => {
    fake.fault = () => ({ status: 307, body: '', headers: { location: 'http://127.0.0.1:9/' } });
    await expect(providerFor(fake).read('app', signal)).rejects.toMatchObject({ code: 'redirected' });
    expect(fake.calls).toHaveLength(1);
  });

  it('takes an unknown host of AWS for an unknown region, and one of the user for what it is', async () => {
    const transport = async () => {
      throw new AppError('host-unknown', { host: 'there' });
    };
    await expect(
      providerFor(fake, { region: 'eu-central-9', endpoint: '' }, { transport }).read('app', signal),
    ).rejects.toMatchObject({
      code: 'region-wrong',
      details: { region: 'eu-central-9', host: 'secretsmanager.eu-central-9.amazonaws.com' },
    });
    await expect(providerFor(fake, {}, { transport }).read('app', signal)).rejects.toMatchObject({
      code: 'host-unknown',
    });
  });

  it.each([
    ['profile', 'Profile'],
    ['default-chain', 'Default Chain'],
  ] as const)('says that %s needs the companion, and calls nobody', async (auth, method) => {
    const provider = providerFor(fake, { auth }, { credentials: null });
    const missing = { code: 'helper-missing', details: { method } };
    await expect(provider.read('app', signal)).rejects.toMatchObject(missing);
    await expect(provider.list('', signal)).rejects.toMatchObject(missing);
    await expect(pullFrom(provider)).rejects.toMatchObject(missing);
    expect(fake.calls).toEqual([]);
  });

  it('shows no key, token, header or value in any error', async () => {
    const canaries = [
      KEYS.secretAccessKey,
      KEYS.sessionToken ?? '',
      KEYS.accessKeyId,
      'AWS4-HMAC',
      'the-value',
    ];
    const faults = [
      ...Object.values(answers),
      'hang-up',
      { status: 200, body: '{"SecretString":"the-value",' },
    ] as const;
    for (const fault of faults) {
      fake.fault = () => fault;
      const queue = createAdaptiveQueue({ budgetMs: 0 });
      const error = await providerFor(fake, {}, { queue })
        .read('app', signal)
        .catch((thrown: unknown) => thrown);
      const shown = inspect(error, { depth: 9, showHidden: true, getters: true });
      for (const canary of canaries) expect(shown).not.toContain(canary);
    }
  });
});
