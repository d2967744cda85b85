/** What editing promises at real servers: forms and types stay, limits are told before anything is sent, drafts stay, nothing is overwritten. */
import {
  CreateSecretCommand,
  GetSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { expect, test } from '@playwright/test';
import { startProxy } from '../world/proxy';
import { startWorld } from '../world/index';
import type { World } from '../world/index';
import { codeOf, idOf, save, setAll } from './support/editing';
import { indexedDbOf, launchKeyferry, storedIn } from './support/keyferry';
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

const ANY = { accessKeyId: 'AKIAANY', secretAccessKey: 'any' };

let world: World<'openbao' | 'ministack'>;
let keyferry: Keyferry;

test.beforeAll(async () => {
  world = await startWorld({ openbao: true, ministack: true });
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

/** A mount behind a proxy, pulled. */
async function vault(secrets: Readonly<Record<string, unknown>>, version: 1 | 2 = 2, autoSync = false) {
  const { openbao } = world;
  const { send } = keyferry;
  const proxy = await startProxy({ target: openbao.url });
  const mount = await openbao.freshMount({ version });
  await openbao.seedSecrets(mount, secrets);
  const form = hashicorpForm(proxy.url, openbao.rootToken, { enginePath: mount, autoSync });
  await send('connection/save', form);
  expect(await pullAll(send)).toMatchObject({ state: 'done', failures: [] });
  const writes = () => proxy.requests().filter(({ method }) => method !== 'GET');
  const raw = async (path: string) => {
    const answer = await fetch(`${openbao.url}/v1/${mount}/${version === 2 ? 'data/' : ''}${path}`, {
      headers: { 'X-Vault-Token': openbao.rootToken },
    });
    return answer.text();
  };
  return {
    mount,
    proxy,
    writes,
    raw,
    seed: (more: Readonly<Record<string, unknown>>) => openbao.seedSecrets(mount, more),
  };
}

/** AWS secrets by their raw value, pulled. */
async function aws(secrets: Readonly<Record<string, string | Uint8Array>>) {
  const { ministack } = world;
  const { send } = keyferry;
  await ministack.reset();
  const proxy = await startProxy({ target: ministack.url });
  // A copy: the SDK writes into what it is given.
  const sdk = new SecretsManagerClient({
    region: 'us-east-1',
    endpoint: ministack.url,
    credentials: { ...ANY },
  });
  for (const [Name, value] of Object.entries(secrets)) {
    const what = typeof value === 'string' ? { SecretString: value } : { SecretBinary: value };
    await sdk.send(new CreateSecretCommand({ Name, ...what }));
  }
  await send('connection/save', awsForm(proxy.url, ANY));
  expect(await pullAll(send)).toMatchObject({ state: 'done', failures: [] });
  const raw = async (SecretId: string) => {
    const { SecretString, SecretBinary } = await sdk.send(new GetSecretValueCommand({ SecretId }));
    return SecretString ?? Buffer.from(SecretBinary ?? []).toString('base64');
  };
  const puts = () =>
    proxy.requests().filter(({ headers }) => /Put|Create/.test(String(headers['x-amz-target'])));
  return { proxy, raw, puts };
}

const set = (environmentId: string, name: string, type: 'string' | 'json' | 'binary', text: string) =>
  keyferry.send('editor/edit', { environmentId, edits: [{ op: 'set', name, type, text }] });

test('types and every digit go through KV v1 and come back; v2 refuses by name what it would change', async () => {
  const { send } = keyferry;
  const typed = { INT: '9007199254740993', RATE: '1.10', LIST: '[1,null,{"a":true}]', NONE: 'null' };
  const edits = Object.entries(typed).map(
    ([name, text]) => ({ op: 'set', name, type: 'json', text }) as const,
  );
  const v1 = await vault({ 'team/app': { KEY: 'a' } }, 1);
  const first = await idOf(send, 'team/app');
  await send('editor/edit', { environmentId: first, edits });
  // The gap that KV v1 leaves is told before.
  expect(await send('editor/abilities', { environmentId: first })).toMatchObject({
    compareAndSwap: false,
    history: false,
  });
  expect(await send('push/review', { environmentId: first })).toMatchObject({ compareAndSwap: false });
  expect(await save(send, first)).toMatchObject({ state: 'pushed', version: null });
  const raw = await v1.raw('team/app');
  for (const [name, text] of Object.entries(typed)) expect(raw).toContain(`"${name}":${text}`);
  await send('pull/one', { environmentId: first }).then(({ id }) => jobOver(send, id));
  expect(await valueOf(send, 'team/app', 'INT')).toBe(typed.INT);
  // KV v1 compares just before it writes.
  await setAll(send, first, { KEY: 'mine' });
  await v1.seed({ 'team/app': { KEY: 'theirs' } });
  expect((await send('push/review', { environmentId: first })).conflicts).toHaveLength(1);
  const remove = () => codeOf(send('environment/delete', { environmentId: first, where: 'provider' }));
  // Nobody removes what they have not seen, nor for good without saying so.
  expect(await remove()).toBe('changed-since');
  await send('pull/one', { environmentId: first }).then(({ id }) => jobOver(send, id));
  expect(await remove()).toBe('no-cas');
  await send('editor/discard', { environmentId: first });
  await v1.proxy.stop();

  const v2 = await vault({ 'team/app': { KEY: 'a' } });
  const second = await idOf(send, 'team/app');
  await set(second, 'INT', 'json', typed.INT);
  v2.proxy.clear();
  expect(await codeOf(save(send, second))).toBe('number-unsafe');
  expect(v2.writes()).toEqual([]);
  await v2.proxy.stop();
});

test('plain text, JSON and bytes of AWS keep their form', async () => {
  const { send } = keyferry;
  const { proxy, raw } = await aws({
    'a-text': 'postgres://old',
    'b-json': '[1,2,1.10]',
    'c-bytes': new Uint8Array([0, 1, 2, 255]),
    'd-object': '{"KEY":"a","N":1.10}',
  });
  const ids = new Map([...(await environmentsOf(send))].map(([path, { id }]) => [path, id]));
  const id = (path: string) => ids.get(path) ?? '';
  await set(id('a-text'), 'VALUE', 'string', 'postgres://new');
  await set(id('b-json'), 'VALUE', 'json', '[1,2,1.10,9007199254740993]');
  await set(id('c-bytes'), 'VALUE', 'binary', 'AAECAw==');
  await set(id('d-object'), 'KEY', 'string', 'b');
  for (const path of ids.keys()) expect(await save(send, id(path))).toMatchObject({ state: 'pushed' });
  expect(await raw('a-text')).toBe('postgres://new');
  expect(await raw('b-json')).toBe('[1,2,1.10,9007199254740993]');
  expect(await raw('c-bytes')).toBe('AAECAw==');
  expect(await raw('d-object')).toBe('{"KEY":"b","N":1.10}');
  expect(await codeOf(set(id('a-text'), 'SECOND', 'string', 'x'))).toBe('variable-invalid');
  expect(await codeOf(set(id('c-bytes'), 'VALUE', 'string', 'x'))).toBe('variable-invalid');
  await proxy.stop();
});

test('what a provider would not take is told before it is sent', async () => {
  const { send } = keyferry;
  const bao = await vault({ 'team/app': { KEY: 'a' } });
  const environmentId = await idOf(send, 'team/app');
  // OpenBao takes a thousand strings, names and values counted.
  await setAll(
    send,
    environmentId,
    Object.fromEntries(Array.from({ length: 600 }, (_, at) => [`V${at}`, 'x'])),
  );
  // As an editor does that asks what the connection can do.
  await send('editor/abilities', { environmentId });
  bao.proxy.clear();
  expect(await codeOf(send('push/review', { environmentId }))).toBe('too-many-strings');
  expect(bao.proxy.requests()).toEqual([]);
  expect((await environmentsOf(send)).get('team/app')?.state).toBe('edited');
  await send('editor/discard', { environmentId });
  await bao.proxy.stop();

  const { proxy, puts } = await aws({ 'team/app': '{"KEY":"a"}' });
  const other = await idOf(send, 'team/app');
  await setAll(send, other, { KEY: 'é'.repeat(40_000) });
  proxy.clear();
  expect(await codeOf(send('push/review', { environmentId: other }))).toBe('too-large');
  expect(puts()).toEqual([]);
  expect(await codeOf(send('migration/start', { environmentId: other, path: 'bad name' }))).toBe(
    'path-invalid',
  );
  await proxy.stop();
});

test('a draft stays through a pull, a lock, Auto Sync and a dead worker, readable nowhere while locked', async () => {
  const { send, page } = keyferry;
  const canary = 'kfcanary-draft-7b1d';
  const { proxy, seed } = await vault({ 'team/app': { KEY: 'old', HOST: 'h' } }, 2, true);
  const environmentId = await idOf(send, 'team/app');
  await setAll(send, environmentId, { KEY: canary, NEW_NAME: `${canary}-2` });
  await seed({ 'team/app': { KEY: 'old', HOST: 'theirs' } });
  expect(await pullAll(send)).toMatchObject({ state: 'done', read: 1 });
  expect((await environmentsOf(send)).get('team/app')).toMatchObject({ state: 'edited', changes: 2 });

  await send('lock/lock', {});
  const kept = [await storedIn(page, 'session'), await storedIn(page, 'local'), await indexedDbOf(page)].join(
    '\n',
  );
  for (const part of [canary, btoa(canary).slice(0, 20), 'NEW_NAME']) expect(kept).not.toContain(part);
  expect(await codeOf(send('editor/view', { environmentId }))).toBe('locked');
  await keyferry.killWorker();
  await seed({ 'team/app': { KEY: 'old', HOST: 'theirs again' }, 'team/second': { KEY: 'new' } });
  await send('lock/unlock', { passphrase: PASSPHRASE });
  // Auto Sync pulls after the unlock by itself.
  const last = async () => (await send('status/view', {})).job;
  await expect.poll(async () => (await last())?.created).toBe(1);
  const job = await last();
  expect(await jobOver(send, job?.id ?? '')).toMatchObject({ kind: 'pull-all', state: 'done' });
  expect([...(await environmentsOf(send)).keys()]).toEqual(['team/app', 'team/second']);
  const value = (name: string) => send('editor/value', { environmentId, name, side: 'mine' });
  expect([(await value('KEY'))?.text, (await value('NEW_NAME'))?.text]).toEqual([canary, `${canary}-2`]);
  // And theirs is not lost by the Save.
  await save(send, environmentId);
  expect(await valueOf(send, 'team/app', 'HOST')).toBe('theirs again');
  expect(await valueOf(send, 'team/app', 'KEY')).toBe(canary);
  await proxy.stop();
});

test('an environment without Vault Sync lives through a lock, and is linked without overwriting', async () => {
  const { send } = keyferry;
  const { proxy, raw, writes } = await vault({ 'team/taken': { KEY: 'theirs', OTHER: 'o' } });
  const { id } = await send('environment/create', { workspaceId: WORKSPACE, name: 'Scratch', sync: false });
  await setAll(send, id, { KEY: 'mine' });
  await send('lock/lock', {});
  await keyferry.killWorker();
  await send('lock/unlock', { passphrase: PASSPHRASE });
  expect((await send('environment/value', { environmentId: id, name: 'KEY' }))?.text).toBe('mine');
  const link = (path: string, join?: 'theirs' | 'merge') =>
    send('environment/sync', { environmentId: id, sync: true, path, ...(join ? { join } : {}) });
  proxy.clear();
  // The environment that the pull has made holds that path.
  expect(await codeOf(link('team/taken'))).toBe('path-taken');
  await send('environment/delete', { environmentId: await idOf(send, 'team/taken'), where: 'here' });
  expect(await codeOf(link('team/taken'))).toBe('path-taken');
  expect(await link('team/taken', 'merge')).toMatchObject({ state: 'edited', changes: 1 });
  expect(writes()).toEqual([]);
  expect(await save(send, id)).toMatchObject({ state: 'pushed' });
  expect(JSON.parse(await raw('team/taken'))).toMatchObject({ data: { data: { KEY: 'mine', OTHER: 'o' } } });
  await proxy.stop();
});

test('an old version comes back as a new one, with its types; a deleted secret too', async () => {
  const { send } = keyferry;
  const { proxy, seed, raw } = await vault({ 'team/app': { KEY: 'first', LIST: [1] } });
  await seed({ 'team/app': { KEY: 'second' } });
  await pullAll(send);
  const environmentId = await idOf(send, 'team/app');
  const rows = await send('history/compare', { environmentId, before: '1', after: '2' });
  expect(rows.map(({ name, change }) => [name, change])).toEqual([
    ['KEY', 'edited'],
    ['LIST', 'removed'],
  ]);
  // Whoever saw an older list than this restores nothing.
  const stale = send('history/restore', { environmentId, version: '1', current: '1' });
  await expect(stale).rejects.toMatchObject({ code: 'changed-since' });
  const restored = await send('history/restore', { environmentId, version: '1', current: '2' });
  expect(restored).toMatchObject({ version: '3' });
  expect(JSON.parse(await raw('team/app'))).toMatchObject({ data: { data: { KEY: 'first', LIST: [1] } } });
  const removal = await send('environment/delete', { environmentId, where: 'provider' });
  expect(removal).toEqual({ kind: 'soft', version: '3' });
  const again = await send('environment/create', {
    workspaceId: WORKSPACE,
    name: 'App',
    sync: true,
    path: 'team/app',
  });
  await send('history/undelete', { environmentId: again.id, version: '3' });
  await send('pull/one', { environmentId: again.id }).then(({ id }) => jobOver(send, id));
  expect(await valueOf(send, 'team/app', 'KEY')).toBe('first');
  await proxy.stop();
});
