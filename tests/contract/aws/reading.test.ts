import { DeleteSecretCommand, PutSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startWorld } from '../../world/index';
import type { World } from '../../world/index';
import type { AwsKeys, AwsSeed } from '../../world/moto';
import { batchBySdk, create, listedBySdk, providerAt, pullAt, readBySdk, sdkAt, signal } from './parts';

let world: World<'moto' | 'ministack'>;

beforeAll(async () => {
  world = await startWorld({ moto: true, ministack: true });
});
afterAll(() => world.stop());

const FORMS: readonly AwsSeed[] = [
  { name: 'team/api', string: '{"KEY":"ünï \\u0000 {{x}}","port":5432,"big":9007199254740993,"price":1.10}' },
  { name: 'team/list', string: '[1, 2.50, {"a":null}]' },
  { name: 'team/pin', string: '123456789012345678901' },
  { name: 'team/quoted', string: '"quoted"' },
  { name: 'team/plain', string: 'plain text,\nwith "lines" & <signs>' },
  { name: 'team/bytes', binary: 'AAEC/f7/' },
  { name: 'Team+odd_/=.@-name', string: '{"KEY":"odd"}' },
];

/** The same for both servers: what they do alike, and AWS too. */
describe.each(['moto', 'ministack'] as const)('%s', (which) => {
  let url: string;
  let keys: AwsKeys;
  let sdk: SecretsManagerClient;

  beforeEach(async () => {
    await world[which].reset();
    url = world[which].url;
    keys =
      which === 'moto' ? await world.moto.createUser() : { accessKeyId: 'AKIAANY', secretAccessKey: 'any' };
    sdk = sdkAt(url, keys);
  });

  it('lists what AWS’s client lists, with the same versions', async () => {
    await create(sdk, FORMS);
    const listed = await providerAt(url, keys).list('', signal);
    expect(Object.fromEntries(listed.map(({ path, version }) => [path, version]))).toEqual(
      await listedBySdk(sdk),
    );
    expect(listed.every(({ version }) => version !== null)).toBe(true);
  });

  it('reads what AWS’s client reads, in every form', async () => {
    await create(sdk, FORMS);
    const told = await pullAt(providerAt(url, keys));
    const value = (type: string, text: string) => [{ name: 'VALUE', type, text }];
    expect(Object.fromEntries(Object.entries(told).map(([path, { content }]) => [path, content]))).toEqual({
      'team/api': {
        form: 'object',
        variables: [
          { name: 'KEY', type: 'string', text: 'ünï \u0000 {{x}}' },
          { name: 'port', type: 'json', text: '5432' },
          { name: 'big', type: 'json', text: '9007199254740993' },
          { name: 'price', type: 'json', text: '1.10' },
        ],
      },
      'team/list': { form: 'json', variables: value('json', '[1,2.50,{"a":null}]') },
      'team/pin': { form: 'json', variables: value('json', '123456789012345678901') },
      'team/quoted': { form: 'json', variables: value('string', 'quoted') },
      'team/plain': { form: 'text', variables: value('string', 'plain text,\nwith "lines" & <signs>') },
      'team/bytes': { form: 'binary', variables: value('binary', 'AAEC/f7/') },
      'Team+odd_/=.@-name': { form: 'object', variables: [{ name: 'KEY', type: 'string', text: 'odd' }] },
    });
    for (const { name } of FORMS) {
      const bySdk = await readBySdk(sdk, name);
      expect(told[name]?.version).toBe(bySdk.version);
      const single = await providerAt(url, keys).read(name, signal);
      expect(single).toEqual({ path: name, version: bySdk.version, content: told[name]?.content });
    }
    expect((await readBySdk(sdk, 'team/bytes')).text).toBe('AAEC/f7/');
  });

  it('pulls a thousand secrets, then only what changed', async () => {
    const seeds = Array.from({ length: 1000 }, (_, at) => ({
      name: `app/${String(at).padStart(4, '0')}`,
      string: JSON.stringify({ KEY: `value ${at}` }),
    }));
    if (which === 'moto') await world.moto.seed(seeds);
    else await create(sdk, seeds);
    const provider = providerAt(url, keys);
    const told = await pullAt(provider, { prefix: 'app/' });
    expect(
      Object.fromEntries(Object.entries(told).map(([path, one]) => [path, one.content?.variables[0]?.text])),
    ).toEqual(Object.fromEntries(seeds.map(({ name }, at) => [name, `value ${at}`])));
    expect(provider.sent.filter((action) => action === 'ListSecrets')).toHaveLength(10);
    expect(provider.sent.filter((action) => action === 'BatchGetSecretValue')).toHaveLength(50);
    expect(provider.sent).not.toContain('GetSecretValue');

    const known = new Map(Object.entries(told).map(([path, { version }]) => [path, version ?? '']));
    await sdk.send(new PutSecretValueCommand({ SecretId: 'app/0500', SecretString: '{"KEY":"new"}' }));
    const again = await pullAt(provider, { prefix: 'app/', known });
    const changed = Object.entries(again).filter(([, { outcome }]) => outcome !== 'unchanged');
    expect(changed).toMatchObject([
      ['app/0500', { outcome: 'secret', content: { variables: [{ name: 'KEY', text: 'new' }] } }],
    ]);
    expect(Object.keys(again)).toHaveLength(1000);
    expect(provider.sent.filter((action) => action === 'BatchGetSecretValue')).toHaveLength(51);
  });

  it('lists only what begins with the prefix, letter for letter', async () => {
    await create(sdk, [...FORMS, { name: 'teams/other', string: '{}' }, { name: 'TEAM/x', string: '{}' }]);
    const listed = await providerAt(url, keys).list('team/', signal);
    expect(listed.map(({ path }) => path).sort()).toEqual([
      'team/api',
      'team/bytes',
      'team/list',
      'team/pin',
      'team/plain',
      'team/quoted',
    ]);
  });

  it('knows gone and deleted secrets for missing, alone and among others', async () => {
    await create(sdk, FORMS.slice(0, 2));
    await sdk.send(new DeleteSecretCommand({ SecretId: 'team/list', RecoveryWindowInDays: 7 }));
    const provider = providerAt(url, keys);
    expect(await provider.read('nowhere', signal)).toBeNull();
    expect(await provider.read('team/list', signal)).toBeNull();
    const told = await pullAt(provider, { only: ['team/api', 'nowhere', 'team/list'] });
    expect(Object.fromEntries(Object.entries(told).map(([path, { outcome }]) => [path, outcome]))).toEqual({
      'team/api': 'secret',
      nowhere: 'missing',
      'team/list': 'missing',
    });
    const bySdk = await batchBySdk(sdk, ['team/api', 'nowhere', 'team/list']);
    expect(bySdk.values).toEqual(['team/api']);
    expect(bySdk.errors.sort()).toEqual(['nowhere', 'team/list']);
    expect(Object.keys(await pullAt(provider))).toEqual(['team/api']);
  });

  it('tells a secret that has no value yet as missing, and loses none beside it', async () => {
    await create(sdk, [{ name: 'team/empty' }, ...FORMS.slice(0, 3)]);
    const told = await pullAt(providerAt(url, keys));
    expect(told['team/empty']?.outcome).toBe('missing');
    expect(Object.values(told).filter(({ outcome }) => outcome === 'secret')).toHaveLength(3);
  });

  it('passes its own connection test', async () => {
    await create(sdk, FORMS);
    const steps: Record<string, unknown> = {};
    await providerAt(url, keys, { prefix: 'team/' }).test((step) => (steps[step.step] = step), signal);
    expect(steps).toMatchObject({
      reach: { state: 'done', facts: { host: new URL(url).host } },
      authenticate: { state: 'done' },
      place: { state: 'done', facts: { region: 'us-east-1' } },
      list: { state: 'done', facts: { secrets: 6, prefix: 'team/' } },
    });
  });
});
