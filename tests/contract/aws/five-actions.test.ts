import { PutSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { planMigration, runMigration } from '@/lib/sync/migrate';
import { commitPush, pushBlind, reviewPush } from '@/lib/sync/push';
import { startMoto } from '../../world/moto';
import type { AwsKeys, Moto } from '../../world/moto';
import {
  ABSENT,
  create,
  expectationOf,
  labelsBySdk,
  providerAt,
  pullAt,
  readBySdk,
  sdkAt,
  signal,
  strings,
} from './parts';

/** The least policy that Help tells to make: these, and no other. */
const LIST = 'secretsmanager:ListSecrets';
const GET = 'secretsmanager:GetSecretValue';
const PUT = 'secretsmanager:PutSecretValue';
const CREATE = 'secretsmanager:CreateSecret';
const DELETE = 'secretsmanager:DeleteSecret';
const FIVE = [LIST, GET, PUT, CREATE, DELETE];
const PATH = 'team/api';

let moto: Moto;
let keys: AwsKeys;
/** Somebody else, who may do everything. */
let other: SecretsManagerClient;

beforeAll(async () => {
  moto = await startMoto();
});
afterAll(() => moto.stop());
beforeEach(async () => {
  await moto.reset();
  keys = await moto.createUser(FIVE);
  other = sdkAt(moto.url, await moto.createUser());
  await create(other, [{ name: PATH, string: '{"A":"1","B":"1"}' }]);
});

const putByOther = (text: string) =>
  other.send(new PutSecretValueCommand({ SecretId: PATH, SecretString: text }));

describe('a login with exactly the five actions', () => {
  it('pulls, creates, updates and deletes', async () => {
    const provider = providerAt(moto.url, keys);
    expect((await pullAt(provider))[PATH]?.content).toEqual(strings({ A: '1', B: '1' }));

    const made = await provider.write('team/new', strings({ A: '1' }), ABSENT, signal);
    expect(await readBySdk(other, 'team/new')).toEqual({ text: '{"A":"1"}', version: made.version });

    const read = await expectationOf(provider, PATH);
    const { version } = await provider.write(PATH, strings({ A: '2' }), read, signal);
    expect(await readBySdk(other, PATH)).toEqual({ text: '{"A":"2"}', version });
    // What it may not take off again it has not put on.
    expect(await labelsBySdk(other, PATH)).toEqual({
      [String(version)]: ['AWSCURRENT'],
      [String(read.version)]: ['AWSPREVIOUS'],
    });

    const removal = await provider.remove(PATH, { ...read, version }, { days: 7 }, signal);
    expect(removal.kind).toBe('scheduled');
    expect(Object.keys(await pullAt(provider))).toEqual(['team/new']);
  });

  it('says after its first write that a window remains, and does not ask for the right again', async () => {
    const provider = providerAt(moto.url, keys);
    expect(await provider.capabilities(signal)).toMatchObject({ compareAndSwap: true });
    const read = await expectationOf(provider, PATH);
    const { version } = await provider.write(PATH, strings({ A: '2' }), read, signal);
    expect(await provider.capabilities(signal)).toMatchObject({ compareAndSwap: false });
    const before = provider.sent.length;
    await provider.write(PATH, strings({ A: '3' }), { ...read, version }, signal);
    expect(provider.sent.slice(before)).toEqual(['GetSecretValue', 'PutSecretValue', 'GetSecretValue']);
  });

  it('does not write over, or delete, what is newer', async () => {
    const provider = providerAt(moto.url, keys);
    const read = await expectationOf(provider, PATH);
    await putByOther('{"A":"newer"}');
    const conflict = { code: 'conflict', details: { path: PATH } };
    await expect(provider.write(PATH, strings({ A: 'mine' }), read, signal)).rejects.toMatchObject(conflict);
    await expect(provider.remove(PATH, read, {}, signal)).rejects.toMatchObject(conflict);
    expect((await readBySdk(other, PATH)).text).toBe('{"A":"newer"}');
    expect(provider.sent).not.toContain('PutSecretValue');
  });

  it('puts back what somebody wrote in the window, and tells a conflict', async () => {
    let writes = 0;
    const provider = providerAt(moto.url, keys, {}, async (action) => {
      if (action === 'PutSecretValue' && writes++ === 0) await putByOther('{"A":"theirs", "n":1.10}');
    });
    const read = await expectationOf(provider, PATH);
    await expect(provider.write(PATH, strings({ A: 'mine' }), read, signal)).rejects.toMatchObject({
      code: 'conflict',
    });
    expect((await readBySdk(other, PATH)).text).toBe('{"A":"theirs", "n":1.10}');
  });

  it('puts back what was written even while it was putting back', async () => {
    let writes = 0;
    const provider = providerAt(moto.url, keys, {}, async (action) => {
      if (action === 'PutSecretValue' && writes++ < 2) await putByOther(`{"A":"theirs ${writes}"}`);
    });
    const read = await expectationOf(provider, PATH);
    await expect(provider.write(PATH, strings({ A: 'mine' }), read, signal)).rejects.toMatchObject({
      code: 'conflict',
    });
    expect((await readBySdk(other, PATH)).text).toBe('{"A":"theirs 2"}');
  });

  it('merges what somebody wrote in the window with what is pushed', async () => {
    let writes = 0;
    const provider = providerAt(moto.url, keys, {}, async (action) => {
      if (action === 'PutSecretValue' && writes++ === 0) await putByOther('{"A":"1","B":"theirs"}');
    });
    const base = await provider.read(PATH, signal);
    const outcome = await pushBlind(
      provider,
      { path: PATH, base, mine: strings({ A: 'mine', B: '1' }) },
      signal,
    );
    expect(outcome.state).toBe('pushed');
    expect(JSON.parse((await readBySdk(other, PATH)).text)).toEqual({ A: 'mine', B: 'theirs' });
  });

  it('tells a conflict when somebody writes right after it', async () => {
    let written = false;
    const provider = providerAt(moto.url, keys, {}, async (action) => {
      if (action === 'PutSecretValue') written = true;
      else if (written) {
        written = false;
        await putByOther('{"A":"after"}');
      }
    });
    const read = await expectationOf(provider, PATH);
    await expect(provider.write(PATH, strings({ A: 'mine' }), read, signal)).rejects.toMatchObject({
      code: 'conflict',
    });
    expect((await readBySdk(other, PATH)).text).toBe('{"A":"after"}');
  });

  it('pushes with a review', async () => {
    const provider = providerAt(moto.url, keys);
    const base = await provider.read(PATH, signal);
    await putByOther('{"A":"1","B":"theirs","C":"new"}');
    const request = { path: PATH, base, mine: strings({ A: 'mine', B: '1' }) };
    const outcome = await commitPush(provider, request, await reviewPush(provider, request, signal), signal);
    expect(outcome.state).toBe('pushed');
    expect(JSON.parse((await readBySdk(other, PATH)).text)).toEqual({ A: 'mine', B: 'theirs', C: 'new' });
  });

  it('moves a secret without its metadata, which it may not see, only when told to', async () => {
    const provider = providerAt(moto.url, keys);
    const host = { keep: async () => {}, link: async () => {} };
    const plan = planMigration(PATH, 'team/new', false);
    await expect(runMigration(provider, plan, host, signal)).rejects.toMatchObject({
      code: 'denied',
      details: { path: PATH, permission: 'secretsmanager:DescribeSecret', unseen: 'metadata' },
    });
    expect(provider.sent.filter((action) => action === 'CreateSecret')).toEqual([]);
    const removal = await runMigration(provider, { ...plan, withoutMetadata: true }, host, signal);
    expect(removal.kind).toBe('scheduled');
    expect((await readBySdk(other, 'team/new')).text).toBe('{"A":"1","B":"1"}');
  });

  it('is told which right history and restore need', async () => {
    const provider = providerAt(moto.url, keys);
    const { version } = await expectationOf(provider, PATH);
    await expect(provider.history(PATH, signal)).rejects.toMatchObject({
      code: 'denied',
      details: {
        action: 'list the versions of',
        path: PATH,
        permission: 'secretsmanager:ListSecretVersionIds',
      },
    });
    await expect(provider.undelete(PATH, null, signal)).rejects.toMatchObject({
      code: 'denied',
      details: { action: 'restore', path: PATH, permission: 'secretsmanager:RestoreSecret' },
    });
    // A version whose id is known can be read.
    expect(await provider.readVersion(PATH, String(version), signal)).toMatchObject({ version });
  });
});

describe('a login with fewer', () => {
  const without = (action: string) => moto.createUser(FIVE.filter((one) => one !== action));

  it.each([
    ['write', PUT, 'secretsmanager:PutSecretValue'],
    ['read', GET, 'secretsmanager:GetSecretValue'],
  ])('than the right to %s is told so, and has changed nothing', async (action, missing, permission) => {
    const read = await expectationOf(providerAt(moto.url, keys), PATH);
    const provider = providerAt(moto.url, await without(missing));
    await expect(provider.write(PATH, strings({ A: 'mine' }), read, signal)).rejects.toMatchObject({
      code: 'denied',
      details: { action, path: PATH, permission },
    });
    expect(await readBySdk(other, PATH)).toEqual({ text: '{"A":"1","B":"1"}', version: read.version });
  });

  it('than the right to create or delete is told so', async () => {
    const read = await expectationOf(providerAt(moto.url, keys), PATH);
    const cannotCreate = providerAt(moto.url, await without(CREATE));
    await expect(cannotCreate.write('team/new', strings({}), ABSENT, signal)).rejects.toMatchObject({
      code: 'denied',
      details: { action: 'create', permission: CREATE },
    });
    const cannotDelete = providerAt(moto.url, await without(DELETE));
    await expect(cannotDelete.remove(PATH, read, {}, signal)).rejects.toMatchObject({
      code: 'denied',
      details: { action: 'delete', permission: DELETE },
    });
    expect(await readBySdk(other, PATH)).toMatchObject({ version: read.version });
  });

  it('than the right to list still pushes', async () => {
    const provider = providerAt(moto.url, await without(LIST));
    const read = await expectationOf(provider, PATH);
    await provider.write(PATH, strings({ A: '2' }), read, signal);
    expect((await readBySdk(other, PATH)).text).toBe('{"A":"2"}');
  });
});
