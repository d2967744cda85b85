/** What an organization sets by a real policy file: shown, and enforced by the worker whatever the pages do. */
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import type { Page } from '@playwright/test';
import { commonCopy } from '@/lib/core/copy/common';
import { policyCopy } from '@/lib/core/copy/security';
import { vaultLabels } from '@/lib/core/copy/vault';
import { wireMessage } from '@/lib/core/copy/wire';
import { startWorld } from '../world/index';
import type { World } from '../world/index';
import { startRecorder } from '../world/recorder';
import type { Recorder } from '../world/recorder';
import { codeOf } from './support/editing';
import { launchKeyferry, openAfresh } from './support/keyferry';
import type { Keyferry } from './support/keyferry';
import { sendFrom } from './support/page-requests';
import { startPolicyFiles } from './support/policy-files';
import type { PolicyFiles } from './support/policy-files';
import { awsForm, environmentsOf, hashicorpForm, PASSPHRASE, pullAll } from './support/set-up';
import { answerApproval, openTester, tabIdOf } from './support/tester';

const VALUE = 'a value under a policy';
const HEADERS = { 'X-Api-Key': '{{vault:KEY}}' };

let policies: PolicyFiles;
let world: World<'openbao' | 'api' | 'testers'>;
let other: Recorder;
let keyferry: Keyferry;
let mount: string;
let tester: Page;

test.beforeAll(async () => {
  const build = process.env['KEYFERRY_BUILD'] ?? join(import.meta.dirname, '../../.output/chrome-mv3');
  policies = await startPolicyFiles(build);
  world = await startWorld({ openbao: true, api: true, testers: true });
  other = await startRecorder((_request, response) => response.writeHead(404).end());
  keyferry = await launchKeyferry(undefined, { dir: policies.build });
  expect(keyferry.extensionId).toBe(policies.extensionId);
  const { openbao, testers } = world;
  mount = await openbao.freshMount();
  await openbao.seedSecrets(mount, { 'team/app': { KEY: VALUE } });
  const { send } = keyferry;
  await send('lock/set-up', { passphrase: PASSPHRASE });
  await send('connection/save', form(openbao.url));
  expect(await pullAll(send)).toMatchObject({ state: 'done', read: 1 });
  tester = await openTester(keyferry, testers.plain, 'team/app');
});
test.afterAll(async () => {
  // Before anything that could fail.
  await policies?.stop();
  await keyferry?.close();
  await other?.stop();
  await world?.stop();
});

const form = (url: string) => hashicorpForm(url, world.openbao.rootToken, { enginePath: mount });
const call = (path: string) => sendFrom(tester, 'fetch', `${world.api.url}${path}`, { headers: HEADERS });
const keysAt = (path: string) =>
  world.api
    .requests(path)
    .filter(({ method }) => method !== 'OPTIONS')
    .map(({ headers }) => headers['x-api-key']);

/** Under the policy for as long as the work takes. */
async function under(policy: Readonly<Record<string, unknown>>, work: () => Promise<void>): Promise<void> {
  try {
    await policies.set(keyferry, policy);
    await work();
  } finally {
    await policies.clear(keyferry);
  }
}

/** The one request of a page whose destination is not allowed yet, answered with Always. */
async function allowed(path: string): Promise<void> {
  const sent = call(path);
  await answerApproval(keyferry.send, 'always');
  expect((await sent).status).toBe(200);
}

test('a locked server: others are neither saved nor tested, and the form says who set it', async () => {
  const { send, page } = keyferry;
  const { url } = world.openbao;
  const policy = { provider: 'hashicorp', hashicorp: { url }, locked: ['provider', 'hashicorp.url'] };
  await under(policy, async () => {
    const elsewhere = form(other.url);
    expect(await codeOf(send('connection/save', elsewhere))).toBe('policy-locked');
    const steps = await send('connection/test', { testId: 'locked', form: elsewhere });
    expect(JSON.stringify(steps)).toContain('policy-locked');
    const keys = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'not used' };
    expect(await codeOf(send('connection/save', awsForm(other.url, keys)))).toBe('policy-locked');
    expect(other.requests()).toEqual([]);
    expect((await send('connection/view', { scope: 'global' })).hashicorp.url).toBe(url);

    await openAfresh(keyferry, '#/vault');
    const field = page.getByRole('textbox', { name: vaultLabels.url });
    await expect(field).toHaveValue(url);
    await expect(field).toBeDisabled();
    await expect(page.getByText(commonCopy.managed, { exact: true })).toHaveCount(2);

    // What it says is taken, and works.
    await send('connection/save', form(url));
    expect(await pullAll(send)).toMatchObject({ state: 'done', failures: [] });
  });
  await openAfresh(keyferry, '#/vault');
  await expect(page.getByRole('textbox', { name: vaultLabels.url })).toBeEnabled();
  await expect(page.getByText(commonCopy.managed)).toHaveCount(0);
});

test('a server set over another: nothing of the one before is used, nothing goes to it', async () => {
  const { send } = keyferry;
  await under({ hashicorp: { url: other.url }, locked: ['hashicorp.url'] }, async () => {
    const view = await send('connection/view', { scope: 'global' });
    expect(view.hashicorp.url).toBe(other.url);
    // Its values came from the server before.
    expect((await environmentsOf(send)).get('team/app')).toMatchObject({ variables: null });
    expect(await codeOf(pullAll(send))).toBe('record-moved');
    expect(other.requests()).toEqual([]);
  });
  expect(await pullAll(send)).toMatchObject({ state: 'done', read: 1 });
});

test('a forbidden site: refused at once, gone at the next load, and not enabled again', async () => {
  const { send, page } = keyferry;
  await allowed('/before');
  const { origin, host } = new URL(tester.url());
  await under({ blockedTesters: [origin] }, async () => {
    // The page that was open still has the hook, and gets nothing.
    expect((await call('/open')).error).toContain(wireMessage('policy-forbidden', { what: 'tester', host }));
    expect(keysAt('/open')).toEqual([]);
    const tabId = await tabIdOf(keyferry, tester.url());
    const environmentId = (await environmentsOf(send)).get('team/app')?.id ?? '';
    expect(await codeOf(send('tester/enable', { tabId, origin, environmentId }))).toBe('policy-forbidden');
    expect((await send('popup/view', { tabId })).tab).toMatchObject({ forbidden: true });

    await expect.poll(registeredScripts).toEqual([]);
    await tester.reload();
    expect(await call('/reloaded')).toMatchObject({ status: 200 });
    expect(keysAt('/reloaded')).toEqual([HEADERS['X-Api-Key']]);

    await openAfresh(keyferry, '#/security');
    await expect(page.getByRole('heading', { name: policyCopy.head })).toBeVisible();
    await expect(page.getByText(origin)).toBeVisible();
  });
  await expect.poll(registeredScripts).not.toEqual([]);
  await tester.reload();
  expect(await call('/after')).toMatchObject({ status: 200 });
  expect(keysAt('/after')).toEqual([VALUE]);
});

test('a forbidden destination: what was granted is stopped, and cannot be granted', async () => {
  const { origin, host } = new URL(world.api.url);
  expect(await call('/granted')).toMatchObject({ status: 200 });
  await under({ blockedDestinations: [origin] }, async () => {
    const said = wireMessage('policy-forbidden', { what: 'destination', host });
    for (const way of ['fetch', 'xhr'] as const) {
      const ended = await sendFrom(tester, way, `${origin}/stopped`, { headers: HEADERS });
      expect(ended).toMatchObject({ status: 0 });
      if (way === 'fetch') expect(ended.error).toContain(said);
    }
    expect(world.api.requests('/stopped')).toEqual([]);
    expect((await keyferry.send('popup/view', {})).approvals).toEqual([]);
    const [view] = await keyferry.send('testers/list', { workspaceId: 'default' });
    expect(view?.grants).toMatchObject([{ destination: origin, forbidden: true }]);
  });
  expect(await call('/granted')).toMatchObject({ status: 200 });
  expect(keysAt('/granted')).toEqual([VALUE, VALUE]);
});

test('a limit of the lock: shown, over what the user sets, and it locks', async () => {
  const { send, page } = keyferry;
  await send('lock/settings', { idleMinutes: 0, maxMinutes: 0, clipboardSeconds: 0 });
  expect(await lockAlarm()).toBeNull();
  const autoLock = { idleMinutes: 5, maxMinutes: 1, clipboardSeconds: 10 };
  await under({ autoLock }, async () => {
    // "Never" is no longer that, for what is unlocked already too.
    await expect.poll(lockAlarm).not.toBeNull();
    expect((await lockAlarm()) ?? 0).toBeLessThanOrEqual(Date.now() + 60_000);
    await send('lock/settings', { idleMinutes: 60, maxMinutes: 0, clipboardSeconds: 300 });
    expect((await send('status/view', {})).lock).toEqual(autoLock);
    await openAfresh(keyferry, '#/security');
    for (const text of [
      policyCopy.atMost.idleMinutes(5),
      policyCopy.atMost.maxMinutes(1),
      policyCopy.atMost.clipboardSeconds(10),
    ]) {
      await expect(page.getByText(text)).toBeVisible();
    }
    // The minute, shortened: the same alarm, sooner.
    await page.evaluate(async () => {
      const { alarms, storage } = Reflect.get(globalThis, 'chrome') as ExtensionApi;
      const soon = Date.now() + 500;
      await storage.session.set({ 'secret:lock-at': JSON.stringify(soon) });
      await alarms.create('lock', { when: soon });
    });
    await expect.poll(async () => (await send('status/view', {})).phase).toBe('locked');
  });
  await send('lock/unlock', { passphrase: PASSPHRASE });
  expect((await send('status/view', {})).lock).toEqual({
    idleMinutes: 60,
    maxMinutes: 0,
    clipboardSeconds: 300,
  });
});

test('a part that cannot be read is named to the user, and the others are in force', async () => {
  const { send, page } = keyferry;
  const blockedTesters = ['not a pattern', new URL(tester.url()).origin];
  await under({ blockedTesters, autoLock: { maxMinutes: 30 } }, async () => {
    expect((await send('status/view', {})).managed).toMatchObject({
      problems: ['blockedTesters[0]'],
      testers: { blocked: [blockedTesters[1]] },
      lock: { maxMinutes: 30 },
    });
    await openAfresh(keyferry, '#/security');
    await expect(page.getByText(policyCopy.problemsText(['blockedTesters[0]']))).toBeVisible();
  });
});

interface ExtensionApi {
  readonly alarms: {
    get(name: string): Promise<{ scheduledTime: number } | undefined>;
    create(name: string, when: { when: number }): Promise<void>;
  };
  readonly storage: { readonly session: { set(items: Record<string, unknown>): Promise<void> } };
  readonly scripting: { getRegisteredContentScripts(): Promise<{ id: string }[]> };
}

/** When the lock's alarm rings, in milliseconds since the epoch. */
function lockAlarm(): Promise<number | null> {
  return keyferry.page.evaluate(async () => {
    const { alarms } = Reflect.get(globalThis, 'chrome') as ExtensionApi;
    return (await alarms.get('lock'))?.scheduledTime ?? null;
  });
}

function registeredScripts(): Promise<string[]> {
  return keyferry.page.evaluate(async () => {
    const { scripting } = Reflect.get(globalThis, 'chrome') as ExtensionApi;
    return (await scripting.getRegisteredContentScripts()).map(({ id }) => id);
  });
}
