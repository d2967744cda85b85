import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AppError } from '@/lib/core/errors';
import { answers } from './answers';
import { KEYS, startFakeAws } from './fake-aws';
import type { FakeAws } from './fake-aws';
import { providerFor, REGION, signal, testOf } from './harness';

let fake: FakeAws;

beforeEach(async () => {
  fake = await startFakeAws(REGION);
});
afterEach(() => fake.stop());

const host = () => new URL(fake.origin).host;
const stepsOf = (steps: Awaited<ReturnType<typeof testOf>>) =>
  Object.fromEntries(Object.entries(steps).map(([name, step]) => [name, step?.failure?.code ?? step?.state]));

describe('Test Connection', () => {
  it('tells what it found at each step', async () => {
    for (let at = 0; at < 250; at += 1) fake.secrets.set(`app/${at}`, { version: `${at}` });
    const steps = await testOf(providerFor(fake, { prefix: 'app/' }));
    expect(steps).toMatchObject({
      reach: { state: 'done', facts: { host: host() } },
      authenticate: { state: 'done' },
      place: { state: 'done', facts: { region: REGION, partition: 'aws' } },
      list: { state: 'done', facts: { secrets: 250, prefix: 'app/', region: REGION } },
    });
    expect(steps['list']?.facts).not.toHaveProperty('warning');
  });

  it('reports each step as it starts and as it ends', async () => {
    const seen: string[] = [];
    await providerFor(fake).test(({ step, state }) => seen.push(`${step} ${state}`), signal);
    expect(seen).toEqual(
      ['reach', 'authenticate', 'place', 'list'].flatMap((step) => [`${step} running`, `${step} done`]),
    );
  });

  it('tells an empty region as a fact, not as a failure', async () => {
    const { list } = await testOf(providerFor(fake, { prefix: 'app/' }));
    expect(list).toMatchObject({
      state: 'done',
      facts: { secrets: 0, prefix: 'app/', warning: 'region-empty' },
    });
  });

  it.each([
    ['unknown key', { ...KEYS, accessKeyId: 'AKIANOBODY' }, 'key-unknown'],
    ['wrong secret', { ...KEYS, secretAccessKey: 'wrong' }, 'signature-wrong'],
    ['wrong session', { ...KEYS, sessionToken: undefined }, 'signature-wrong'],
  ])('fails to authenticate with a %s', async (_what, credentials, code) => {
    expect(stepsOf(await testOf(providerFor(fake, {}, { credentials })))).toEqual({
      reach: 'done',
      authenticate: code,
      place: 'skipped',
      list: 'skipped',
    });
  });

  it.each([
    ['sessionExpired', { reach: 'done', authenticate: 'session-expired', place: 'skipped', list: 'skipped' }],
    ['otherRegion', { reach: 'done', authenticate: 'done', place: 'region-wrong', list: 'skipped' }],
    ['batchDenied', { reach: 'done', authenticate: 'done', place: 'done', list: 'denied' }],
    ['otherParameter', { reach: 'done', authenticate: 'done', place: 'done', list: 'malformed-answer' }],
    ['loginPage', { reach: 'done', authenticate: 'malformed-answer', place: 'skipped', list: 'skipped' }],
  ] as const)('says at which step %s failed', async (name, steps) => {
    fake.fault = () => answers[name];
    expect(stepsOf(await testOf(providerFor(fake)))).toEqual(steps);
  });

  it.each([
    [
      { region: 'moon-1' },
      { reach: 'skipped', authenticate: 'skipped', place: 'region-invalid', list: 'skipped' },
    ],
    [
      { auth: 'profile' },
      { reach: 'skipped', authenticate: 'helper-missing', place: 'skipped', list: 'skipped' },
    ],
    [
      { endpoint: 'http://example.com' },
      { reach: 'plain-http', authenticate: 'skipped', place: 'skipped', list: 'skipped' },
    ],
    [
      { endpoint: 'nonsense' },
      { reach: 'settings-invalid', authenticate: 'skipped', place: 'skipped', list: 'skipped' },
    ],
  ] as const)('finds %j wrong before it sends anything', async (settings, steps) => {
    let sent = 0;
    const transport = async () => {
      sent += 1;
      throw new AppError('unreachable');
    };
    expect(stepsOf(await testOf(providerFor(fake, settings, { transport })))).toEqual(steps);
    expect(sent).toBe(0);
  });

  it('says that a server is not there', async () => {
    await fake.stop();
    const steps = stepsOf(await testOf(providerFor(fake)));
    expect(steps).toEqual({
      reach: 'unreachable',
      authenticate: 'skipped',
      place: 'skipped',
      list: 'skipped',
    });
    fake = await startFakeAws(REGION);
  });

  it('throws only when it is cancelled', async () => {
    const abort = new AbortController();
    fake.fault = () => {
      abort.abort();
      return undefined;
    };
    await expect(providerFor(fake).test(() => {}, abort.signal)).rejects.toMatchObject({ code: 'cancelled' });
  });
});
