/** The worker dies at each step of a move: the old secret or both are there, what is said of it is true, and it goes on. */
import {
  CreateSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { expect, test } from '@playwright/test';
import type { ConnectionForm } from '@/lib/messaging/protocol';
import { startProxy } from '../world/proxy';
import type { Proxy } from '../world/proxy';
import { startWorld } from '../world/index';
import type { World } from '../world/index';
import { codeOf, idOf, moveOver, setAll } from './support/editing';
import { launchKeyferry, storedIn } from './support/keyferry';
import type { Keyferry } from './support/keyferry';
import { awsForm, environmentsOf, hashicorpForm, PASSPHRASE, pullAll, valueOf } from './support/set-up';
import { createWorkerKiller } from './support/worker';
import type { WorkerKiller } from './support/worker';

const FROM = 'team/old';
const VALUE = 'kfcanary-moved';
const ANY = { accessKeyId: 'AKIAANY', secretAccessKey: 'any' };
/** More requests than a move has. */
const MOST = 40;

let world: World<'openbao' | 'ministack'>;
let keyferry: Keyferry;
let killer: WorkerKiller;

test.beforeAll(async () => {
  world = await startWorld({ openbao: true, ministack: true });
  keyferry = await launchKeyferry();
  killer = await createWorkerKiller(keyferry);
});
test.afterAll(async () => {
  await keyferry?.close();
  await world?.stop();
});

/** A server with one secret at `FROM`, and what stands at a path there. */
interface Server {
  readonly proxy: Proxy;
  readonly form: ConnectionForm;
  seed(): Promise<void>;
  /** `null` when nothing is there, or it is deleted. */
  at(path: string): Promise<{ readonly value: string; readonly owner: string } | null>;
  /** Whether the old secret is deleted in such a way that it can come back. */
  recoverable(): Promise<boolean>;
}

async function openBao(): Promise<Server> {
  const { openbao } = world;
  const proxy = await startProxy({ target: openbao.url });
  const mount = await openbao.freshMount();
  const look = (path: string) => openbao.request('GET', `${mount}/data/${path}`);
  return {
    proxy,
    form: hashicorpForm(proxy.url, openbao.rootToken, { enginePath: mount }),
    async seed() {
      for (const path of [FROM, 'team/new']) await openbao.request('DELETE', `${mount}/metadata/${path}`);
      await openbao.seedSecrets(mount, { [FROM]: { KEY: VALUE } });
      await openbao.call('POST', `${mount}/metadata/${FROM}`, { custom_metadata: { owner: 'payments' } });
    },
    async at(path) {
      const { status, body } = await look(path);
      if (status !== 200) return null;
      const { data } = body as {
        data: { data: { KEY: string }; metadata: { custom_metadata: { owner: string } | null } };
      };
      return { value: data.data.KEY, owner: data.metadata.custom_metadata?.owner ?? '' };
    },
    async recoverable() {
      const { body } = await look(FROM);
      const { metadata } = (body as { data: { metadata: { deletion_time: string; destroyed: boolean } } })
        .data;
      return metadata.deletion_time !== '' && !metadata.destroyed;
    },
  };
}

async function aws(): Promise<Server> {
  const { ministack } = world;
  const proxy = await startProxy({ target: ministack.url });
  // A copy: the SDK writes into what it is given.
  const credentials = { ...ANY };
  const sdk = new SecretsManagerClient({ region: 'us-east-1', endpoint: ministack.url, credentials });
  const describe = (SecretId: string) => sdk.send(new DescribeSecretCommand({ SecretId }));
  return {
    proxy,
    form: awsForm(proxy.url, ANY),
    async seed() {
      await ministack.reset();
      const Tags = [{ Key: 'owner', Value: 'payments' }];
      await sdk.send(
        new CreateSecretCommand({ Name: FROM, SecretString: JSON.stringify({ KEY: VALUE }), Tags }),
      );
    },
    async at(SecretId) {
      try {
        const { SecretString = '' } = await sdk.send(new GetSecretValueCommand({ SecretId }));
        const { Tags = [] } = await describe(SecretId);
        const owner = Tags.find(({ Key }) => Key === 'owner')?.Value ?? '';
        return { value: (JSON.parse(SecretString) as { KEY: string }).KEY, owner };
      } catch {
        return null;
      }
    },
    recoverable: async () => (await describe(FROM)).DeletedDate !== undefined,
  };
}

for (const [provider, start] of [
  ['OpenBao', openBao],
  ['AWS Secrets Manager', aws],
] as const) {
  test(`${provider}: the worker dies at each request of a move`, async () => {
    const { send, page } = keyferry;
    const { proxy, form, seed, at, recoverable } = await start();
    await send('lock/wipe', {});
    await send('lock/set-up', { passphrase: PASSPHRASE });
    await send('connection/save', form);
    const there = { value: VALUE, owner: 'payments' };
    const steps = new Set<string>();
    let deaths = 0;

    for (let nth = 1; nth <= MOST; nth += 1) {
      await seed();
      expect(await pullAll(send)).toMatchObject({ state: 'done', read: 1 });
      const environmentId = await idOf(send, FROM);
      proxy.clear();
      // Each request has been carried out, and its answer is on its way, when the worker dies.
      proxy.hold(() => proxy.requests().length >= nth);
      await send('migration/start', { environmentId, path: 'team/new' });
      let over = false;
      await expect
        .poll(
          async () => {
            over = (await send('migration/view', { environmentId }))?.state !== 'running';
            return over || proxy.held() > 0;
          },
          { intervals: [3] },
        )
        .toBe(true);
      if (!over) {
        await killer.kill();
        deaths += 1;
      }
      proxy.clear();

      const told = await send('migration/view', { environmentId });
      const { path } = (await environmentsOf(send)).values().next().value ?? { path: '' };
      // Whatever the environment points to holds the values, and so does the old path until the last step.
      expect(await at(path)).toEqual(there);
      if (told && told.state !== 'done') {
        steps.add(told.step);
        expect(told).toMatchObject({ state: 'stopped', failure: { code: 'worker-restarted' } });
        expect(path).toBe(told.step === 'remove' ? 'team/new' : FROM);
        await send('migration/resume', { environmentId });
        expect(await moveOver(send, environmentId)).toMatchObject({ state: 'done' });
      }
      expect(await at('team/new')).toEqual(there);
      expect(await at(FROM)).toBeNull();
      expect(await recoverable()).toBe(true);
      expect([...(await environmentsOf(send)).keys()]).toEqual(['team/new']);
      expect(await valueOf(send, 'team/new', 'KEY')).toBe(VALUE);
      await send('environment/delete', { environmentId, where: 'here' });
      if (over) break;
    }
    // It died in all of them, and then there was none left to die in.
    expect(deaths).toBeLessThan(MOST);
    expect([...steps].sort()).toEqual(['link', 'read', 'remove', 'verify', 'write']);
    expect(await storedIn(page, 'local')).not.toContain(VALUE);
    await proxy.stop();
  });
}

test('a move leaves alone what is in its way, what is edited, and KV v1 that nobody agreed to lose', async () => {
  const { send } = keyferry;
  const { openbao } = world;
  const mount = await openbao.freshMount({ version: 1 });
  await openbao.seedSecrets(mount, { [FROM]: { KEY: VALUE }, 'team/taken': { KEY: 'theirs' } });
  await send('lock/wipe', {});
  await send('lock/set-up', { passphrase: PASSPHRASE });
  await send('connection/save', hashicorpForm(openbao.url, openbao.rootToken, { enginePath: mount }));
  await pullAll(send);
  const environmentId = await idOf(send, FROM);
  const move = (path: string, permanent?: boolean) =>
    send('migration/start', { environmentId, path, ...(permanent ? { permanent } : {}) });
  const has = async (path: string) => (await openbao.request('GET', `${mount}/${path}`)).status === 200;

  expect(await codeOf(move('team/new'))).toBe('no-cas');
  await setAll(send, environmentId, { KEY: 'edited' });
  expect(await codeOf(move('team/new', true))).toBe('edited-first');
  await send('editor/discard', { environmentId });

  await move('team/taken', true);
  const refused = await moveOver(send, environmentId);
  expect(refused).toMatchObject({ state: 'stopped', failure: { code: 'path-taken' } });
  await send('migration/abandon', { environmentId });
  expect(await send('migration/view', { environmentId })).toBeNull();
  expect([await has(FROM), await has('team/new')]).toEqual([true, false]);

  await move('team/new', true);
  expect(await moveOver(send, environmentId)).toMatchObject({
    state: 'done',
    removal: { kind: 'permanent' },
  });
  expect([await has(FROM), await has('team/new')]).toEqual([false, true]);
  expect(await valueOf(send, 'team/new', 'KEY')).toBe(VALUE);
});
