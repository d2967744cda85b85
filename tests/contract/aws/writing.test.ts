import {
  CreateSecretCommand,
  DeleteSecretCommand,
  DescribeSecretCommand,
  PutSecretValueCommand,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager';
import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { SecretContent } from '@/lib/core/variables';
import { startWorld } from '../../world/index';
import type { World } from '../../world/index';
import type { AwsKeys } from '../../world/moto';
import {
  ABSENT,
  create,
  expectationOf,
  labelsBySdk,
  providerAt,
  readBySdk,
  sdkAt,
  signal,
  strings,
} from './parts';

const DAY = 86_400_000;
const ANY = { accessKeyId: 'AKIAANY', secretAccessKey: 'any' };
const whole = (
  form: SecretContent['form'],
  type: 'string' | 'json' | 'binary',
  text: string,
): SecretContent => ({
  form,
  variables: [{ name: 'VALUE', type, text }],
});

let world: World<'moto' | 'ministack'>;

beforeAll(async () => {
  world = await startWorld({ moto: true, ministack: true });
});
afterAll(() => world.stop());

/** What both servers do alike, and AWS too. */
describe.each(['moto', 'ministack'] as const)('%s', (which) => {
  let url: string;
  let keys: AwsKeys;
  let sdk: SecretsManagerClient;

  beforeEach(async () => {
    await world[which].reset();
    url = world[which].url;
    keys = which === 'moto' ? await world.moto.createUser() : ANY;
    sdk = sdkAt(url, keys);
  });

  it.each([
    [
      'an object, with every digit',
      {
        form: 'object',
        variables: [
          { name: 'KEY', type: 'string', text: 'ünï \u0000 {{x}} "q"' },
          { name: 'big', type: 'json', text: '9007199254740993' },
          { name: 'price', type: 'json', text: '1.10' },
          { name: 'nested', type: 'json', text: '{"a":[null,true]}' },
        ],
      } satisfies SecretContent,
      '{"KEY":"ünï \\u0000 {{x}} \\"q\\"","big":9007199254740993,"price":1.10,"nested":{"a":[null,true]}}',
    ],
    ['plain text', whole('text', 'string', 'plain,\n"text"'), 'plain,\n"text"'],
    ['other JSON', whole('json', 'json', '[1,2.50]'), '[1,2.50]'],
    ['bytes', whole('binary', 'binary', 'AAEC/f7/'), 'AAEC/f7/'],
  ] as const)('creates %s, which AWS’s client reads as it was', async (_what, content, stored) => {
    const provider = providerAt(url, keys);
    const { version } = await provider.write('team/new', content, ABSENT, signal);
    expect(await readBySdk(sdk, 'team/new')).toEqual({ text: stored, version });
    expect(await provider.read('team/new', signal)).toEqual({ path: 'team/new', version, content });
    expect(provider.sent.slice(0, -1)).toEqual(['CreateSecret']);
  });

  it('tells the form that a plain text has once it is JSON', async () => {
    const provider = providerAt(url, keys);
    for (const text of ['{"A":"1"}', '[1]', 'plain']) {
      const content = whole('text', 'string', text);
      const path = `team/${text.length}`;
      const { version, content: kept = content } = await provider.write(path, content, ABSENT, signal);
      expect(await provider.read(path, signal)).toEqual({ path, version, content: kept });
    }
  });

  it('creates with description and tags, and tells them again', async () => {
    const provider = providerAt(url, keys);
    const metadata = { custom: { team: 'blue', 'aws:made-by': 'them' }, description: 'The keys' };
    await provider.write('team/new', strings({ A: '1' }), ABSENT, signal, metadata);
    const described = await sdk.send(new DescribeSecretCommand({ SecretId: 'team/new' }));
    expect(described).toMatchObject({ Description: 'The keys', Tags: [{ Key: 'team', Value: 'blue' }] });
    expect(await provider.metadata('team/new', signal)).toEqual({
      custom: { team: 'blue' },
      description: 'The keys',
    });
    expect(await provider.metadata('nowhere', signal)).toBeNull();
  });

  it('never creates over something that is there', async () => {
    await create(sdk, [{ name: 'team/api', string: '{"A":"theirs"}' }]);
    const provider = providerAt(url, keys);
    const mine = provider.write('team/api', strings({ A: 'mine' }), ABSENT, signal);
    await expect(mine).rejects.toMatchObject({ code: 'conflict', details: { path: 'team/api' } });
    // Not even over the same: another wrote it, and nobody's answer was lost.
    const same = provider.write('team/api', strings({ A: 'theirs' }), ABSENT, signal);
    await expect(same).rejects.toMatchObject({ code: 'conflict' });
    expect((await readBySdk(sdk, 'team/api')).text).toBe('{"A":"theirs"}');
  });

  it('says that the name waits for its deletion', async () => {
    await create(sdk, [{ name: 'team/api', string: '{"A":"theirs"}' }]);
    await sdk.send(new DeleteSecretCommand({ SecretId: 'team/api', RecoveryWindowInDays: 7 }));
    const mine = providerAt(url, keys).write('team/api', strings({ A: 'mine' }), ABSENT, signal);
    await expect(mine).rejects.toMatchObject({ code: 'deletion-pending', details: { path: 'team/api' } });
  });

  it('deletes with a recovery window, and brings back', async () => {
    await create(sdk, [{ name: 'team/api', string: '{"A":"1"}' }]);
    const provider = providerAt(url, keys);
    const read = await expectationOf(provider, 'team/api');
    const removal = await provider.remove('team/api', read, { days: 7 }, signal);
    expect(removal.kind).toBe('scheduled');
    const until = removal.kind === 'scheduled' ? removal.until : 0;
    expect(Math.abs(until - Date.now() - 7 * DAY)).toBeLessThan(DAY / 24);
    expect(await provider.read('team/api', signal)).toBeNull();
    const described = await sdk.send(new DescribeSecretCommand({ SecretId: 'team/api' }));
    expect(described.DeletedDate).toBeInstanceOf(Date);

    await expect(provider.remove('team/api', read, {}, signal)).rejects.toMatchObject({
      code: 'deletion-pending',
    });
    await provider.undelete('team/api', null, signal);
    expect(await provider.read('team/api', signal)).toMatchObject({
      version: read.version,
      content: read.content,
    });
    // Restoring what is there already is no failure.
    await provider.undelete('team/api', null, signal);
  });

  it('deletes for thirty days when nothing is said, and refuses other windows than AWS has', async () => {
    await create(sdk, [{ name: 'team/api', string: '{"A":"1"}' }]);
    const provider = providerAt(url, keys);
    const read = await expectationOf(provider, 'team/api');
    for (const days of [0, 6, 31, 7.5, Number.NaN]) {
      await expect(provider.remove('team/api', read, { days }, signal)).rejects.toMatchObject({
        code: 'settings-invalid',
      });
    }
    const removal = await provider.remove('team/api', read, {}, signal);
    const until = removal.kind === 'scheduled' ? removal.until : 0;
    expect(Math.abs(until - Date.now() - 30 * DAY)).toBeLessThan(DAY / 24);
  });

  it('does not delete what somebody has changed', async () => {
    await create(sdk, [{ name: 'team/api', string: '{"A":"1"}' }]);
    const provider = providerAt(url, keys);
    const read = await expectationOf(provider, 'team/api');
    await sdk.send(new PutSecretValueCommand({ SecretId: 'team/api', SecretString: '{"A":"newer"}' }));
    await expect(provider.remove('team/api', read, {}, signal)).rejects.toMatchObject({ code: 'conflict' });
    expect((await readBySdk(sdk, 'team/api')).text).toBe('{"A":"newer"}');
    await expect(provider.remove('nowhere', read, {}, signal)).rejects.toMatchObject({ code: 'missing' });
  });

  it('restores a secret that was changed in the moment before its deletion', async () => {
    await create(sdk, [{ name: 'team/api', string: '{"A":"1"}' }]);
    const provider = providerAt(url, keys, {}, async (action) => {
      if (action !== 'DeleteSecret') return;
      await sdk.send(new PutSecretValueCommand({ SecretId: 'team/api', SecretString: '{"A":"newer"}' }));
    });
    const read = await expectationOf(provider, 'team/api');
    await expect(provider.remove('team/api', read, {}, signal)).rejects.toMatchObject({ code: 'conflict' });
    expect((await readBySdk(sdk, 'team/api')).text).toBe('{"A":"newer"}');
  });

  it('sends nothing that AWS would refuse', async () => {
    const provider = providerAt(url, keys);
    const large = strings({ A: 'x'.repeat(65_536) });
    for (const attempt of [
      () => provider.write('team/new', large, ABSENT, signal),
      () => provider.write('team/new', whole('text', 'string', ''), ABSENT, signal),
      () => provider.write('a name', strings({}), ABSENT, signal),
      () => provider.undelete('a name', null, signal),
    ]) {
      await expect(attempt()).rejects.toMatchObject({
        code: expect.stringMatching(/too-large|variable-invalid|path-invalid/) as string,
      });
    }
    expect(provider.sent).toEqual([]);
  });

  it('cannot tell beforehand what a policy allows', async () => {
    const provider = providerAt(url, keys);
    expect(Object.values(await provider.permissions('team/api', signal))).toEqual([
      null,
      null,
      null,
      null,
      null,
    ]);
    expect(await provider.capabilities(signal)).toEqual({ compareAndSwap: true, history: true });
    expect(provider.sent).toEqual([]);
  });
});

/** Labels are right in MiniStack only. */
describe('MiniStack', () => {
  let url: string;
  let sdk: SecretsManagerClient;

  beforeEach(async () => {
    await world.ministack.reset();
    url = world.ministack.url;
    sdk = sdkAt(url, ANY);
  });

  it('writes a new version over the one that was read, and leaves no label of ours', async () => {
    await create(sdk, [{ name: 'team/api', string: '{"A":"1"}' }]);
    const provider = providerAt(url, ANY);
    const read = await expectationOf(provider, 'team/api');
    const { version } = await provider.write('team/api', strings({ A: '2' }), read, signal);
    expect(await readBySdk(sdk, 'team/api')).toEqual({ text: '{"A":"2"}', version });
    expect(await labelsBySdk(sdk, 'team/api')).toEqual({
      [String(version)]: ['AWSCURRENT'],
      [String(read.version)]: ['AWSPREVIOUS'],
    });
    // One question for the right at first, then three calls a write.
    const before = provider.sent.length;
    await provider.write('team/api', strings({ A: '3' }), { ...read, version }, signal);
    expect(provider.sent.slice(before)).toEqual([
      'PutSecretValue',
      'UpdateSecretVersionStage',
      'UpdateSecretVersionStage',
    ]);
  });

  it('refuses over anything newer, writes nothing, and leaves no label of ours', async () => {
    await create(sdk, [{ name: 'team/api', string: '{"A":"1"}' }]);
    const provider = providerAt(url, ANY);
    const read = await expectationOf(provider, 'team/api');
    await sdk.send(new PutSecretValueCommand({ SecretId: 'team/api', SecretString: '{"A":"newer"}' }));
    const mine = provider.write('team/api', strings({ A: 'mine' }), read, signal);
    await expect(mine).rejects.toMatchObject({ code: 'conflict', details: { path: 'team/api' } });
    expect((await readBySdk(sdk, 'team/api')).text).toBe('{"A":"newer"}');
    const labels = Object.values(await labelsBySdk(sdk, 'team/api')).flat();
    expect(labels.sort()).toEqual(['AWSCURRENT', 'AWSPREVIOUS']);
  });

  it('keeps the labels of others', async () => {
    await create(sdk, [{ name: 'team/api', string: '{"A":"1"}' }]);
    const provider = providerAt(url, ANY);
    const read = await expectationOf(provider, 'team/api');
    await sdk.send(
      new PutSecretValueCommand({
        SecretId: 'team/api',
        SecretString: '{"A":"rotating"}',
        VersionStages: ['AWSPENDING'],
      }),
    );
    await provider.write('team/api', strings({ A: '2' }), read, signal);
    expect(
      Object.values(await labelsBySdk(sdk, 'team/api'))
        .flat()
        .sort(),
    ).toEqual(['AWSCURRENT', 'AWSPENDING', 'AWSPREVIOUS']);
  });

  it.each([
    ['gone', 'missing', async () => {}],
    [
      'scheduled for deletion',
      'deletion-pending',
      async () => {
        await create(sdk, [{ name: 'team/api', string: '{}' }]);
        await sdk.send(new DeleteSecretCommand({ SecretId: 'team/api', RecoveryWindowInDays: 7 }));
      },
    ],
  ] as const)('does not write over a secret that is %s', async (_what, code, prepare) => {
    await prepare();
    const expected = { state: 'read', version: crypto.randomUUID(), content: strings({}) } as const;
    await expect(
      providerAt(url, ANY).write('team/api', strings({ A: '1' }), expected, signal),
    ).rejects.toMatchObject({
      code,
    });
  });

  it('stops before anything has changed when it is cancelled', async () => {
    await create(sdk, [{ name: 'team/api', string: '{"A":"1"}' }]);
    const cancel = new AbortController();
    const provider = providerAt(url, ANY, {}, (action) => {
      if (action === 'PutSecretValue') cancel.abort();
    });
    const read = await expectationOf(provider, 'team/api');
    await expect(provider.write('team/api', strings({ A: '2' }), read, cancel.signal)).rejects.toMatchObject({
      code: 'cancelled',
    });
    expect((await readBySdk(sdk, 'team/api')).text).toBe('{"A":"1"}');
    expect(Object.values(await labelsBySdk(sdk, 'team/api'))).toEqual([['AWSCURRENT']]);
  });

  it('goes on once the deciding call is sent, since nobody could tell what became of it', async () => {
    const cancel = new AbortController();
    const provider = providerAt(url, ANY, {}, (action) => {
      if (action === 'CreateSecret') cancel.abort();
    });
    const created = await provider.write('team/api', strings({ A: '1' }), ABSENT, cancel.signal);
    expect(await readBySdk(sdk, 'team/api')).toEqual({ text: '{"A":"1"}', version: created.version });
    await expect(provider.write('team/b', strings({}), ABSENT, cancel.signal)).rejects.toMatchObject({
      code: 'cancelled',
    });

    const again = new AbortController();
    let moves = 0;
    const other = providerAt(url, ANY, {}, (action) => {
      // The first asks for the right only.
      if (action === 'UpdateSecretVersionStage' && ++moves === 2) again.abort();
    });
    const read = await expectationOf(other, 'team/api');
    const { version } = await other.write('team/api', strings({ A: '2' }), read, again.signal);
    expect(await readBySdk(sdk, 'team/api')).toEqual({ text: '{"A":"2"}', version });
    expect(
      Object.values(await labelsBySdk(sdk, 'team/api'))
        .flat()
        .sort(),
    ).toEqual(['AWSCURRENT', 'AWSPREVIOUS']);
  });

  it('takes a version that nobody knows for a conflict', async () => {
    await create(sdk, [{ name: 'team/api', string: '{"A":"1"}' }]);
    const expected = { state: 'read', version: crypto.randomUUID(), content: strings({}) } as const;
    await expect(providerAt(url, ANY).write('team/api', strings({}), expected, signal)).rejects.toMatchObject(
      {
        code: 'conflict',
      },
    );
  });

  it('tells the versions, newest first, and reads each', async () => {
    const provider = providerAt(url, ANY);
    const first = await provider.write('team/api', strings({ A: '1' }), ABSENT, signal);
    const read = await expectationOf(provider, 'team/api');
    const second = await provider.write('team/api', strings({ A: '2' }), read, signal);
    await sdk.send(
      new UpdateSecretVersionStageCommand({
        SecretId: 'team/api',
        VersionStage: 'blue',
        MoveToVersionId: String(first.version),
      }),
    );
    const history = await provider.history('team/api', signal);
    expect(history).toMatchObject([
      { version: second.version, state: 'current', labels: ['AWSCURRENT'] },
      { version: first.version, state: 'kept', labels: ['AWSPREVIOUS', 'blue'] },
    ]);
    for (const { createdAt } of history ?? [])
      expect(Math.abs(createdAt - Date.now())).toBeLessThan(3_600_000);
    const old = await provider.readVersion('team/api', String(first.version), signal);
    expect(old).toEqual({ path: 'team/api', version: first.version, content: strings({ A: '1' }) });
    expect(await provider.readVersion('team/api', crypto.randomUUID(), signal)).toBeNull();
    expect(await provider.history('nowhere', signal)).toBeNull();
  });

  it('tells more versions than one page holds', async () => {
    await create(sdk, [{ name: 'team/api', string: '{}' }]);
    for (let at = 0; at < 120; at += 1) {
      await sdk.send(
        new PutSecretValueCommand({
          SecretId: 'team/api',
          SecretString: `{"A":"${at}"}`,
          VersionStages: [`l${at}`],
        }),
      );
    }
    const provider = providerAt(url, ANY);
    expect(await provider.history('team/api', signal)).toHaveLength(121);
    expect(provider.sent).toEqual(['ListSecretVersionIds', 'ListSecretVersionIds']);
  });

  it('restores an old version as a new one', async () => {
    await create(sdk, [{ name: 'team/api', string: '{"A":"old"}' }]);
    const provider = providerAt(url, ANY);
    const old = await expectationOf(provider, 'team/api');
    const second = await provider.write('team/api', strings({ A: 'new' }), old, signal);
    await provider.write('team/api', old.content, { ...old, version: second.version }, signal);
    expect((await readBySdk(sdk, 'team/api')).text).toBe('{"A":"old"}');
  });
});

describe('moto', () => {
  it('gives the first value to a secret that was only declared', async () => {
    await world.moto.reset();
    const keys = await world.moto.createUser(FIVE);
    const sdk = sdkAt(world.moto.url, await world.moto.createUser());
    await sdk.send(new CreateSecretCommand({ Name: 'team/declared' }));
    const provider = providerAt(world.moto.url, keys);
    const { version } = await provider.write('team/declared', strings({ A: '1' }), ABSENT, signal);
    expect(await readBySdk(sdk, 'team/declared')).toEqual({ text: '{"A":"1"}', version });
  });
});

const FIVE = ['ListSecrets', 'GetSecretValue', 'PutSecretValue', 'CreateSecret', 'DeleteSecret'].map(
  (action) => `secretsmanager:${action}`,
);
