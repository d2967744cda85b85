/** Logins that may do only some of it: each refusal has its code and sentence, is told beforehand where it can be, and changes nothing. */
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { expect, test } from '@playwright/test';
import { errorText } from '@/lib/core/copy/errors';
import { AppError } from '@/lib/core/errors';
import { startWorld } from '../world/index';
import type { World } from '../world/index';
import { codeOf, idOf, moveOver, pushAll, save, setAll } from './support/editing';
import { launchKeyferry } from './support/keyferry';
import type { Keyferry } from './support/keyferry';
import {
  awsForm,
  environmentsOf,
  hashicorpForm,
  jobOver,
  PASSPHRASE,
  pullAll,
  valueOf,
  WORKSPACE,
} from './support/set-up';

const PATH = 'team/app';

let world: World<'openbao' | 'moto'>;
let keyferry: Keyferry;

test.beforeAll(async () => {
  world = await startWorld({ openbao: true, moto: true });
  keyferry = await launchKeyferry();
});
test.afterAll(async () => {
  await keyferry?.close();
  await world?.stop();
});
test.beforeEach(async () => {
  await keyferry.send('lock/wipe', {});
  await keyferry.send('lock/set-up', { passphrase: PASSPHRASE });
});

/** What was refused, as the pages say it. */
const refusal = async (work: Promise<unknown>): Promise<{ code: string; sentence: string; next: string }> => {
  const error = await work.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof AppError)) throw new Error(`not refused: ${String(error)}`);
  const { sentence, next } = errorText(error);
  return { code: error.code, sentence, next };
};

/** A KV v2 mount with one secret, and a login with just these rules. */
async function vaultWith(rules: (mount: string) => readonly string[]) {
  const { openbao } = world;
  const mount = await openbao.freshMount();
  await openbao.seedSecrets(mount, { [PATH]: { KEY: 'old' } });
  const policy = ['path "sys/capabilities-self" { capabilities = ["update"] }', ...rules(mount)].join('\n');
  const token = await openbao.createToken(policy);
  await keyferry.send('connection/save', hashicorpForm(openbao.url, token, { enginePath: mount }));
  return {
    mount,
    async now(path = PATH) {
      const { status, body } = await openbao.request('GET', `${mount}/data/${path}`);
      return status === 200 ? (body as { data: { data: unknown } }).data.data : null;
    },
  };
}
const rule = (path: string, ...capabilities: string[]) =>
  `path "${path}" { capabilities = ${JSON.stringify(capabilities)} }`;

test.describe('HashiCorp', () => {
  test('may read but not write', async () => {
    const { send } = keyferry;
    const { mount, now } = await vaultWith((at) => [
      rule(`${at}/data/*`, 'read'),
      rule(`${at}/metadata/*`, 'list', 'scan'),
    ]);
    expect(await pullAll(send)).toMatchObject({ state: 'done', read: 1, failures: [] });
    const environmentId = await idOf(send, PATH);
    // Told before anything is tried.
    expect(await send('editor/abilities', { environmentId })).toEqual({
      permissions: { read: true, create: false, update: false, remove: false, list: true },
      compareAndSwap: true,
      history: true,
    });
    await setAll(send, environmentId, { KEY: 'mine' });
    const refused = await refusal(save(send, environmentId));
    expect(refused.code).toBe('denied');
    expect(refused.sentence).toBe(`This login may not update ${mount}/data/${PATH}.`);
    expect(await pushAll(send)).toMatchObject({
      state: 'done',
      pushed: 0,
      failures: [{ path: PATH, code: 'denied' }],
    });
    // The draft stays; so does the secret, whatever is tried.
    expect((await environmentsOf(send)).get(PATH)?.state).toBe('edited');
    const removing = send('environment/delete', { environmentId, where: 'provider' });
    expect((await refusal(removing)).code).toBe('denied');
    await send('editor/discard', { environmentId });
    await send('migration/start', { environmentId, path: 'team/new' });
    expect(await moveOver(send, environmentId)).toMatchObject({
      state: 'stopped',
      step: 'write',
      failure: { code: 'denied' },
    });
    expect([await now(), await now('team/new')]).toEqual([{ KEY: 'old' }, null]);
    expect(await valueOf(send, PATH, 'KEY')).toBe('old');
  });

  test('may write but not list', async () => {
    const { send } = keyferry;
    const { mount, now } = await vaultWith((at) => [rule(`${at}/data/*`, 'create', 'read', 'update')]);
    const job = await pullAll(send);
    expect(job).toMatchObject({ state: 'failed', failure: { code: 'denied' } });
    expect(errorText({ code: 'denied', details: job.failure?.details ?? {} }).sentence).toContain(
      'may not list',
    );
    // What is linked by its path is read and written all the same.
    const { id } = await send('environment/create', {
      workspaceId: WORKSPACE,
      name: 'App',
      sync: true,
      path: PATH,
    });
    expect(await send('editor/abilities', { environmentId: id })).toMatchObject({
      permissions: { read: true, create: true, update: true, remove: false, list: false },
    });
    await setAll(send, id, { KEY: 'mine' });
    expect(await save(send, id)).toMatchObject({ state: 'pushed', version: '2' });
    expect(await now()).toEqual({ KEY: 'mine' });
    const one = await send('pull/one', { environmentId: id });
    expect(await jobOver(send, one.id)).toMatchObject({ state: 'done', read: 1 });
    expect((await refusal(send('history/list', { environmentId: id }))).sentence).toContain(mount);
  });

  test('may list but not read', async () => {
    const { send } = keyferry;
    const { mount, now } = await vaultWith((at) => [
      rule(`${at}/metadata/*`, 'list', 'scan'),
      rule(`${at}/data/*`, 'create', 'update'),
    ]);
    const job = await pullAll(send);
    expect(job).toMatchObject({ state: 'done', read: 0, failures: [{ path: PATH, code: 'denied' }] });
    const [failure] = job.failures;
    expect(errorText({ code: 'denied', details: failure?.details ?? {} }).sentence).toBe(
      `This login may not read ${mount}/data/${PATH}.`,
    );
    // A secret that could not be read is never written over, though the login may write it.
    const making = send('environment/create', { workspaceId: WORKSPACE, name: 'A', sync: true, path: PATH });
    expect((await refusal(making)).code).toBe('denied');
    expect(await send('environment/path-state', { workspaceId: WORKSPACE, path: PATH })).toMatchObject({
      state: 'unknown',
      failure: { code: 'denied' },
    });
    expect((await environmentsOf(send)).size).toBe(0);
    expect(await now()).toEqual({ KEY: 'old' });
  });

  test('may no longer read what it has pulled', async () => {
    const { send } = keyferry;
    const { openbao } = world;
    const mount = await openbao.freshMount();
    await openbao.seedSecrets(mount, { [PATH]: { KEY: 'old' } });
    const policy = (name: string) => openbao.call('POST', `sys/policies/acl/${mount}`, { policy: name });
    const rules = [
      rule(`${mount}/metadata/*`, 'list', 'scan'),
      rule(`${mount}/data/*`, 'create', 'update', 'read'),
    ];
    await policy(rules.join('\n'));
    const made = await openbao.call('POST', 'auth/token/create', { policies: [mount] });
    const { auth } = made as { auth: { client_token: string } };
    await send('connection/save', hashicorpForm(openbao.url, auth.client_token, { enginePath: mount }));
    await pullAll(send);
    const environmentId = await idOf(send, PATH);
    await setAll(send, environmentId, { KEY: 'mine' });
    await policy(rule(`${mount}/data/*`, 'create', 'update'));
    expect(await codeOf(send('push/review', { environmentId }))).toBe('denied');
    // By the version known from the pull it may be written, and nobody's change is lost by it.
    expect(await pushAll(send)).toMatchObject({ state: 'done', pushed: 1, failures: [] });
    await setAll(send, environmentId, { KEY: 'mine again' });
    await openbao.seedSecrets(mount, { [PATH]: { KEY: 'theirs' } });
    const job = await pushAll(send);
    expect(job).toMatchObject({ pushed: 0, failures: [{ path: PATH, code: 'denied' }] });
    const there = await openbao.call('GET', `${mount}/data/${PATH}`);
    expect(there).toMatchObject({ data: { data: { KEY: 'theirs' } } });
  });
});

test.describe('AWS', () => {
  const NAMES = ['ListSecrets', 'GetSecretValue', 'PutSecretValue', 'CreateSecret', 'DeleteSecret'] as const;

  /** One secret, and keys that may do just this. */
  async function awsWith(...actions: readonly string[]) {
    const { moto } = world;
    await moto.reset();
    await moto.seed([{ name: PATH, string: '{"KEY":"old"}' }]);
    const keys = await moto.createUser(actions.map((action) => `secretsmanager:${action}`));
    await keyferry.send('connection/save', awsForm(moto.url, keys));
  }
  const linked = () =>
    keyferry.send('environment/create', { workspaceId: WORKSPACE, name: 'App', sync: true, path: PATH });

  test('may read but not write', async () => {
    const { send } = keyferry;
    await awsWith('ListSecrets', 'GetSecretValue', 'BatchGetSecretValue');
    expect(await pullAll(send)).toMatchObject({ state: 'done', read: 1 });
    const environmentId = await idOf(send, PATH);
    // AWS tells nobody beforehand.
    expect(await send('editor/abilities', { environmentId })).toMatchObject({
      permissions: { read: null, create: null, update: null, remove: null, list: null },
    });
    await setAll(send, environmentId, { KEY: 'mine' });
    const refused = await refusal(save(send, environmentId));
    expect(refused).toMatchObject({ code: 'denied', next: 'Ask for secretsmanager:PutSecretValue' });
    expect((await environmentsOf(send)).get(PATH)?.state).toBe('edited');
    const removing = send('environment/delete', { environmentId, where: 'provider' });
    expect(await refusal(removing)).toMatchObject({ next: 'Ask for secretsmanager:DeleteSecret' });
    expect(await valueOf(send, PATH, 'KEY')).toBe('old');
  });

  test('may write but not list', async () => {
    const { send } = keyferry;
    await awsWith('GetSecretValue', 'PutSecretValue');
    const job = await pullAll(send);
    expect(job).toMatchObject({ state: 'failed', failure: { code: 'denied' } });
    expect(errorText({ code: 'denied', details: job.failure?.details ?? {} }).next).toBe(
      'Ask for secretsmanager:ListSecrets',
    );
    const { id } = await linked();
    await setAll(send, id, { KEY: 'mine' });
    expect(await save(send, id)).toMatchObject({ state: 'pushed' });
    expect(await valueOf(send, PATH, 'KEY')).toBe('mine');
  });

  test('may list but not read', async () => {
    const { send } = keyferry;
    await awsWith('ListSecrets', 'PutSecretValue');
    const job = await pullAll(send);
    expect(job).toMatchObject({ state: 'done', read: 0, failures: [{ path: PATH, code: 'denied' }] });
    expect(await refusal(linked())).toMatchObject({
      code: 'denied',
      next: 'Ask for secretsmanager:GetSecretValue',
    });
    expect((await environmentsOf(send)).size).toBe(0);
  });

  test('with List, GetSecretValue, Put, Create and Delete alone saves, makes and deletes; the window is told', async () => {
    const { send } = keyferry;
    await awsWith(...NAMES);
    expect(await pullAll(send)).toMatchObject({ state: 'done', read: 1 });
    const environmentId = await idOf(send, PATH);
    await setAll(send, environmentId, { KEY: 'mine' });
    expect(await save(send, environmentId)).toMatchObject({ state: 'pushed' });
    // Labels may not be moved: that there is no real compare-and-swap is known after the first write.
    await setAll(send, environmentId, { KEY: 'mine again' });
    expect(await send('push/review', { environmentId })).toMatchObject({ compareAndSwap: false });
    expect(await pushAll(send)).toMatchObject({ pushed: 1, failures: [] });
    const made = await send('environment/create', {
      workspaceId: WORKSPACE,
      name: 'New',
      sync: true,
      path: 'team/new',
    });
    await setAll(send, made.id, { KEY: 'new' });
    expect(await save(send, made.id)).toMatchObject({ state: 'pushed' });
    expect(await send('environment/delete', { environmentId: made.id, where: 'provider' })).toMatchObject({
      kind: 'scheduled',
    });
    expect(await refusal(send('history/list', { environmentId }))).toMatchObject({ code: 'denied' });
    const { moto } = world;
    const sdk = new SecretsManagerClient({
      region: 'us-east-1',
      endpoint: moto.url,
      credentials: await moto.createUser(),
    });
    const again = sdk.send(new CreateSecretCommand({ Name: 'team/new', SecretString: '{}' }));
    // Scheduled, not gone.
    await expect(again).rejects.toThrow();
    sdk.destroy();
  });
});
