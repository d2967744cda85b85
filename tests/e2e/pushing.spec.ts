/** Pushes that are cut short: by the worker's death at each step, by Cancel, in bulk. Nothing is lost, and what is said is true. */
import {
  CreateSecretCommand,
  GetSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { expect, test } from '@playwright/test';
import type { ConnectionForm } from '@/lib/messaging/protocol';
import type { Passing } from '../world/fault-proxy';
import { startProxy } from '../world/proxy';
import type { Proxy } from '../world/proxy';
import { startWorld } from '../world/index';
import type { World } from '../world/index';
import { codeOf, idOf, pushAll, save, seeded, setAll } from './support/editing';
import { launchKeyferry } from './support/keyferry';
import type { Keyferry } from './support/keyferry';
import {
  awsForm,
  environmentsOf,
  hashicorpForm,
  jobOver,
  PASSPHRASE,
  pullAll,
  WORKSPACE,
} from './support/set-up';
import { createWorkerKiller } from './support/worker';
import type { WorkerKiller } from './support/worker';

const PATH = 'team/app';
const ANY = { accessKeyId: 'AKIAANY', secretAccessKey: 'any' };

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
test.beforeEach(async () => {
  // A page without a list of environments: that would be drawn anew at each of a thousand edits.
  await keyferry.page.goto(`${keyferry.origin}/options.html#/help`);
  await keyferry.send('lock/wipe', {});
  await keyferry.send('lock/set-up', { passphrase: PASSPHRASE });
});

interface Server {
  readonly proxy: Proxy;
  readonly form: ConnectionForm;
  now(): Promise<Record<string, string>>;
  /** What kind of request this is, for the ways to die. */
  kindOf(request: Passing): string;
}

async function openBao(): Promise<Server & { readonly mount: string }> {
  const { openbao } = world;
  const proxy = await startProxy({ target: openbao.url });
  const mount = await openbao.freshMount();
  await openbao.seedSecrets(mount, { [PATH]: { A: '1', B: '1' } });
  return {
    mount,
    proxy,
    form: hashicorpForm(proxy.url, openbao.rootToken, { enginePath: mount }),
    async now() {
      const answer = await openbao.call('GET', `${mount}/data/${PATH}`);
      return (answer as { data: { data: Record<string, string> } }).data.data;
    },
    kindOf: ({ method, path }) =>
      path.includes(`${mount}/data/`) ? (method === 'PUT' ? 'write' : 'read') : '',
  };
}

async function aws(): Promise<Server> {
  const { ministack } = world;
  await ministack.reset();
  const proxy = await startProxy({ target: ministack.url });
  // A copy: the SDK writes into what it is given.
  const sdk = new SecretsManagerClient({
    region: 'us-east-1',
    endpoint: ministack.url,
    credentials: { ...ANY },
  });
  await sdk.send(new CreateSecretCommand({ Name: PATH, SecretString: '{"A":"1","B":"1"}' }));
  return {
    proxy,
    form: awsForm(proxy.url, ANY),
    async now() {
      const { SecretString = '' } = await sdk.send(new GetSecretValueCommand({ SecretId: PATH }));
      return JSON.parse(SecretString) as Record<string, string>;
    },
    kindOf: ({ headers }) => String(headers['x-amz-target']).replace(/^.*\./, ''),
  };
}

for (const [provider, start, steps] of [
  ['OpenBao', openBao, ['read', 'write']],
  ['AWS Secrets Manager', aws, ['GetSecretValue', 'PutSecretValue', 'UpdateSecretVersionStage']],
] as const) {
  test(`${provider}: the worker dies at each step of a save, before the server acts and after it`, async () => {
    const { send } = keyferry;
    const { proxy, form, now, kindOf } = await start();
    await send('connection/save', form);
    await pullAll(send);
    const environmentId = await idOf(send, PATH);
    let nth = 0;
    for (const step of steps) {
      for (const then of ['before', 'after'] as const) {
        const mine = `mine ${(nth += 1)}`;
        await setAll(send, environmentId, { A: mine });
        proxy.clear();
        const isStep = (request: Passing) => kindOf(request) === step;
        // Before: it never gets there, however often the browser itself tries again. After: its answer comes too late.
        if (then === 'before') proxy.fail({ when: isStep, then: 'cutBefore' });
        else proxy.hold(isStep);
        const saving = save(send, environmentId).catch(() => 'nobody answered');
        const isThere = () => (then === 'before' ? proxy.requests().some(isStep) : proxy.held() > 0);
        await expect.poll(isThere, { intervals: [2] }).toBe(true);
        await killer.kill();
        await saving;
        proxy.clear();

        const writes = step === steps.at(-1) && then === 'after';
        expect((await now())['A'] === mine, `${step}, ${then}`).toBe(writes);
        expect((await environmentsOf(send)).get(PATH)?.state, `${step}, ${then}`).toBe('edited');
        const review = await send('push/review', { environmentId });
        expect(review.conflicts).toEqual([]);
        expect(review.rows).toHaveLength(writes ? 0 : 1);
        if (!writes) await send('push/commit', { reviewId: review.id, choices: [] });
        expect(await now()).toEqual({ A: mine, B: '1' });
        expect((await environmentsOf(send)).get(PATH)).toMatchObject({ state: 'fresh', changes: 0 });
      }
    }
    await proxy.stop();
  });

  test(`${provider}: a save whose answer is lost is looked after, not repeated`, async () => {
    const { send } = keyferry;
    const { proxy, form, now, kindOf } = await start();
    await send('connection/save', form);
    await pullAll(send);
    const environmentId = await idOf(send, PATH);
    await setAll(send, environmentId, { A: 'mine' });
    proxy.fail({ when: (request) => kindOf(request) === steps.at(-1), times: 1, then: 'cutAfter' });
    expect(['pushed', 'nothing']).toContain((await save(send, environmentId)).state);
    expect(await now()).toEqual({ A: 'mine', B: '1' });
    expect((await environmentsOf(send)).get(PATH)?.state).toBe('fresh');
    await proxy.stop();
  });
}

test.describe('the push of many', () => {
  const DEATHS = 4;
  const pathOf = (at: number) => `team/app-${String(at).padStart(4, '0')}`;

  /** So many pulled environments with an edit each. */
  async function edited(count: number) {
    const { send, page } = keyferry;
    const { openbao } = world;
    const proxy = await startProxy({ target: openbao.url });
    const mount = await openbao.freshMount();
    const paths = Array.from({ length: count }, (_, at) => pathOf(at));
    await openbao.seedSecrets(
      mount,
      Object.fromEntries(paths.map((path) => [path, { KEY: 'old', OTHER: 'o' }])),
    );
    await send('connection/save', hashicorpForm(proxy.url, openbao.rootToken, { enginePath: mount }));
    expect(await pullAll(send)).toMatchObject({ state: 'done', read: count });
    const ids = [...(await environmentsOf(send)).values()].map(({ id }) => id);
    // Typed by one evaluation, as a thousand of them would take longer than what is tested.
    await page.evaluate(async (environmentIds) => {
      const { runtime } = Reflect.get(globalThis, 'chrome') as {
        runtime: { sendMessage(message: unknown): Promise<unknown> };
      };
      for (const environmentId of environmentIds) {
        const edits = [{ op: 'set', name: 'KEY', type: 'string', text: `new of ${environmentId}` }];
        await runtime.sendMessage({ kind: 'editor/edit', request: { environmentId, edits } });
      }
    }, ids);
    const at = async (path: string) => {
      const answer = await openbao.call('GET', `${mount}/data/${path}`);
      return (answer as { data: { data: Record<string, string>; metadata: { version: number } } }).data;
    };
    const states = async () => {
      const counted: Record<string, number> = {};
      for (const { state } of (await environmentsOf(send)).values())
        counted[state] = (counted[state] ?? 0) + 1;
      return counted;
    };
    return { mount, proxy, paths, at, states };
  }

  test('of a thousand environments shows progress, stops at Cancel, goes on, and skips the conflict', async () => {
    const COUNT = 1000;
    // A thousand secrets are seeded, pulled and edited before: half a minute of processor time.
    test.setTimeout(240_000);
    const { send } = keyferry;
    const { proxy, paths, at, states, mount } = await edited(COUNT);
    const [clash = '', apart = ''] = paths;
    await world.openbao.seedSecrets(mount, {
      [clash]: { KEY: 'theirs', OTHER: 'o' },
      [apart]: { KEY: 'old', OTHER: 'theirs' },
    });
    expect(await states()).toEqual({ edited: COUNT });
    proxy.clear();
    proxy.hold(() => proxy.requests().length > COUNT / 2);
    const { id, total } = await send('push/bulk', { workspaceId: WORKSPACE });
    expect(total).toBe(COUNT);
    const pushed = async () => (await send('status/view', {})).job?.pushed ?? 0;
    await expect.poll(pushed, { intervals: [10] }).toBeGreaterThan(50);
    await send('pull/cancel', { jobId: id });
    const cancelled = await jobOver(send, id);
    expect(cancelled).toMatchObject({ kind: 'push', state: 'cancelled', total: COUNT });
    expect(cancelled.pushed).toBeLessThan(COUNT);
    const kept = await states();
    expect(kept['fresh']).toBe(cancelled.pushed);

    proxy.clear();
    const job = await pushAll(send);
    expect(job).toMatchObject({ state: 'done', total: COUNT - cancelled.pushed, done: job.total });
    expect([...cancelled.failures, ...job.failures].map(({ path, code }) => [path, code])).toContainEqual([
      clash,
      'conflict',
    ]);
    expect(job.pushed + job.unchanged).toBe(COUNT - 1 - cancelled.pushed);
    expect(await states()).toEqual({ fresh: COUNT - 1, conflict: 1 });
    const ids = new Map(
      [...(await environmentsOf(send))].map(([path, environment]) => [path, environment.id]),
    );
    expect((await at(clash)).data).toEqual({ KEY: 'theirs', OTHER: 'o' });
    expect((await at(apart)).data).toEqual({ KEY: `new of ${ids.get(apart)}`, OTHER: 'theirs' });
    for (const path of [paths[2], paths[500], paths[999]]) {
      const { data, metadata } = await at(path ?? '');
      // Once each: what was cancelled after the server had acted is not written again.
      expect([data['KEY'], metadata.version]).toEqual([`new of ${ids.get(path ?? '')}`, 2]);
    }
    await proxy.stop();
  });

  test(`survives ${DEATHS} deaths of its worker: none is lost, none written twice`, async () => {
    const COUNT = 120;
    const { send } = keyferry;
    const random = seeded(4);
    const { proxy, paths, at, states } = await edited(COUNT);
    for (let death = 0; death < DEATHS; death += 1) {
      proxy.clear();
      const left = COUNT - ((await states())['fresh'] ?? 0);
      const asked = 1 + Math.floor(random() * Math.min(30, left));
      proxy.hold(() => proxy.requests().length >= asked);
      const { id } = await send('push/bulk', { workspaceId: WORKSPACE });
      await expect.poll(() => proxy.held(), { intervals: [2] }).toBeGreaterThan(0);
      await killer.kill();
      const job = await jobOver(send, id);
      expect(job).toMatchObject({
        state: 'interrupted',
        failures: [],
        failure: { code: 'worker-restarted' },
      });
      // It never tells of more than is done, and all that is not done is told as edited.
      const { fresh = 0, edited: still = 0 } = await states();
      expect(fresh + still).toBe(COUNT);
      expect(job.pushed + job.unchanged).toBeLessThanOrEqual(fresh);
    }
    proxy.clear();
    expect(await pushAll(send)).toMatchObject({ state: 'done', failures: [] });
    expect(await states()).toEqual({ fresh: COUNT });
    const environments = await environmentsOf(send);
    for (const path of paths) {
      const { data, metadata } = await at(path);
      expect([data['KEY'], metadata.version]).toEqual([`new of ${environments.get(path)?.id}`, 2]);
    }
    await proxy.stop();
  });

  test('is stopped by a lock, and goes on after the unlock', async () => {
    const COUNT = 60;
    const { send } = keyferry;
    const { proxy, states } = await edited(COUNT);
    proxy.clear();
    proxy.hold(() => proxy.requests().length > 10);
    const { id } = await send('push/bulk', { workspaceId: WORKSPACE });
    await expect.poll(() => proxy.held(), { intervals: [5] }).toBeGreaterThan(0);
    await send('lock/lock', {});
    expect(await jobOver(send, id)).toMatchObject({ state: 'cancelled' });
    expect(await codeOf(send('push/bulk', { workspaceId: WORKSPACE }))).toBe('locked');
    proxy.clear();
    await send('lock/unlock', { passphrase: PASSPHRASE });
    expect(await pushAll(send)).toMatchObject({ state: 'done', failures: [] });
    expect((await states())['edited']).toBeUndefined();
    await proxy.stop();
  });
});
