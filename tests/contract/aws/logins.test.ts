import { inspect } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startMinistack } from '../../world/ministack';
import type { Ministack } from '../../world/ministack';
import { startMoto } from '../../world/moto';
import type { Moto } from '../../world/moto';
import { providerAt, pullAt, signal } from './parts';

const LIST = 'secretsmanager:ListSecrets';
const GET = 'secretsmanager:GetSecretValue';
const BATCH = 'secretsmanager:BatchGetSecretValue';

describe('moto, which checks signatures and policies', () => {
  let moto: Moto;

  beforeAll(async () => {
    moto = await startMoto();
  });
  afterAll(() => moto.stop());
  beforeEach(async () => {
    await moto.reset();
    await moto.seed(
      Array.from({ length: 45 }, (_, at) => ({ name: `app/${at}`, string: `{"KEY":"value ü ${at}"}` })),
    );
  });

  const outcomes = async (provider: ReturnType<typeof providerAt>) => {
    const told = await pullAt(provider);
    return Object.groupBy(Object.keys(told), (path) => told[path]?.outcome ?? '');
  };

  it('lets a user with the three rights pull by batches', async () => {
    const provider = providerAt(moto.url, await moto.createUser([LIST, GET, BATCH]));
    expect((await outcomes(provider))['secret']).toHaveLength(45);
    expect(provider.sent).toEqual(['ListSecrets', ...Array<string>(3).fill('BatchGetSecretValue')]);
  });

  it('lets a session pull, but not without its token', async () => {
    const { accessKeyId, secretAccessKey, sessionToken } = await moto.createSession();
    const session = { accessKeyId, secretAccessKey };
    expect(
      (await outcomes(providerAt(moto.url, { ...session, sessionToken: sessionToken ?? '' })))['secret'],
    ).toHaveLength(45);
    await expect(pullAt(providerAt(moto.url, session))).rejects.toMatchObject({ code: 'key-unknown' });
  });

  it('is read one by one where the policy has no BatchGetSecretValue', async () => {
    const provider = providerAt(moto.url, await moto.createUser([LIST, GET]));
    expect((await outcomes(provider))['secret']).toHaveLength(45);
    const batches = provider.sent.filter((action) => action === 'BatchGetSecretValue').length;
    expect(batches).toBeLessThanOrEqual(3);
    expect((await outcomes(provider))['secret']).toHaveLength(45);
    expect(provider.sent.filter((action) => action === 'BatchGetSecretValue')).toHaveLength(batches);
  });

  it('has every path told as denied where the policy allows no read', async () => {
    const provider = providerAt(moto.url, await moto.createUser([LIST]));
    expect((await outcomes(provider))['denied']).toHaveLength(45);
  });

  it('reads the paths it is given where the policy allows no listing', async () => {
    const provider = providerAt(moto.url, await moto.createUser([GET, BATCH]));
    await expect(pullAt(provider)).rejects.toMatchObject({ code: 'denied' });
    expect((await pullAt(provider, { only: ['app/7'] }))['app/7']?.content?.variables[0]?.text).toBe(
      'value ü 7',
    );
    const started = await pullAt(provider, { first: ['app/7'] });
    expect(started).toMatchObject({ 'app/7': { outcome: 'secret' }, '/': { outcome: 'denied' } });
  });

  it.each([
    ['secret key', 'secretAccessKey', 'signature-wrong'],
    ['access key id', 'accessKeyId', 'key-unknown'],
  ] as const)('refuses a wrong %s, and no error shows the keys', async (_what, field, code) => {
    const right = await moto.createUser();
    const keys = { ...right, [field]: 'AKIACANARYCANARYCANA' };
    const error: unknown = await providerAt(moto.url, keys)
      .list('', signal)
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code });
    const shown = inspect(error, { depth: 9, showHidden: true, getters: true });
    for (const key of [right.secretAccessKey, right.accessKeyId, 'CANARY', 'AWS4'])
      expect(shown).not.toContain(key);
  });

  it('keeps the regions apart', async () => {
    const keys = await moto.createUser();
    // Each region has its own store: signed for another one, the names are not there.
    expect(await providerAt(moto.url, keys, { region: 'eu-west-1' }).list('', signal)).toEqual([]);
    const steps: Record<string, unknown> = {};
    await providerAt(moto.url, keys, { region: 'eu-west-1' }).test(
      (step) => (steps[step.step] = step),
      signal,
    );
    expect(steps).toMatchObject({ list: { state: 'done', facts: { secrets: 0, warning: 'region-empty' } } });
  });
});

describe('MiniStack, which answers in the words of AWS', () => {
  let ministack: Ministack;

  beforeAll(async () => {
    ministack = await startMinistack({ auth: true });
  });
  afterAll(() => ministack.stop());

  it('does not know a made-up key', async () => {
    const provider = providerAt(ministack.url, { accessKeyId: 'AKIANOBODY', secretAccessKey: 'none' });
    const steps: Record<string, { failure?: unknown }> = {};
    await provider.test((step) => (steps[step.step] = step), signal);
    expect(steps['authenticate']).toMatchObject({ state: 'failed', failure: { code: 'key-unknown' } });
  });
});
