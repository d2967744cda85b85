/** Every way to lock, and that nothing secret is left in memory after it. */
import { rm } from 'node:fs/promises';
import { expect, test } from '@playwright/test';
import type { Page } from '@playwright/test';
import { errorText } from '@/lib/core/copy/errors';
import { optionsCopy, unlockCopy } from '@/lib/core/copy/options';
import { vaultCopy } from '@/lib/core/copy/vault';
import { startWorld } from '../world/index';
import type { World } from '../world/index';
import { clearUpAfterUs, tempDir } from '../world/process';
import { hashicorpBackend } from './support/backends';
import type { Backend } from './support/backends';
import { launchKeyferry, storedIn } from './support/keyferry';
import type { Keyferry } from './support/keyferry';
import { environmentsOf, jobOver, PASSPHRASE, pullAll, valueOf } from './support/set-up';

/** The part of the extension's API that stands in for the passing of time. */
interface ExtensionApi {
  readonly alarms: {
    get(name: string): Promise<{ scheduledTime: number } | undefined>;
    create(name: string, when: { when: number }): Promise<void>;
    clear(name: string): Promise<boolean>;
  };
  readonly storage: {
    readonly session: {
      get(keys: string[]): Promise<Record<string, unknown>>;
      set(items: Record<string, unknown>): Promise<void>;
      clear(): Promise<void>;
    };
  };
}

const VALUE = 'a value that the lock wipes';

let world: World<'openbao'>;
let backend: Backend;
let keyferry: Keyferry;
let profileDir: string;
let keepProfile: () => void;

test.beforeAll(async () => {
  profileDir = await tempDir('lock');
  keepProfile = clearUpAfterUs(0, profileDir);
  world = await startWorld({ openbao: true });
  backend = await hashicorpBackend(world.openbao);
  await backend.seed({ 'team/app': VALUE });
  keyferry = await launchKeyferry(undefined, { profileDir });
  await keyferry.send('lock/set-up', { passphrase: PASSPHRASE });
  await keyferry.send('connection/save', backend.form);
});
test.afterAll(async () => {
  await keyferry?.close();
  await backend?.stop();
  await world?.stop();
  keepProfile?.();
  await rm(profileDir, { recursive: true, force: true, maxRetries: 5 });
});

/** Unlocked and pulled, so that there is something to wipe. */
test.beforeEach(async () => {
  const { send, page } = keyferry;
  await send('lock/unlock', { passphrase: PASSPHRASE });
  expect(await pullAll(send)).toMatchObject({ state: 'done' });
  expect(await storedIn(page, 'session')).toContain(VALUE);
});

/** Asks the browser, not the worker, which would be woken by it. */
const secretKeys = async (page: Page) =>
  Object.keys(JSON.parse(await storedIn(page, 'session')) as object).filter((key) =>
    key.startsWith('secret:'),
  );

async function expectLocked({ page, send }: Keyferry): Promise<void> {
  expect(await secretKeys(page)).toEqual([]);
  expect(await storedIn(page, 'session')).not.toContain(VALUE);
  expect((await send('status/view', {})).phase).toBe('locked');
  await expect(pullAll(send)).rejects.toMatchObject({ code: 'locked' });
  await expect(valueOf(send, 'team/app', 'KEY')).rejects.toMatchObject({ code: 'locked' });
}

test('by hand: the page is closed at once, a wrong passphrase is told, the right one goes on', async () => {
  const { page, origin } = keyferry;
  await page.goto(`${origin}/options.html#/vault`);
  await page.getByRole('button', { name: optionsCopy.lockNow }).click();
  await expect(page.getByRole('heading', { name: unlockCopy.title })).toBeVisible();
  await expectLocked(keyferry);

  const field = page.getByRole('textbox', { name: unlockCopy.passphrase });
  await expect(field).toBeFocused();
  await field.fill(`${PASSPHRASE}!`);
  await page.getByRole('button', { name: unlockCopy.unlock }).click();
  await expect(page.getByText(errorText({ code: 'wrong-passphrase', details: {} }).sentence)).toBeVisible();
  await expectLocked(keyferry);

  await field.fill(PASSPHRASE);
  await field.press('Enter');
  await expect(page.getByRole('heading', { name: vaultCopy.title, level: 1 })).toBeVisible();
  await page.goto(`${origin}/options.html#/security`);
});

test('after the set time, though the worker is dead: the alarm wakes one that locks', async () => {
  const { page, send } = keyferry;
  await send('lock/settings', { idleMinutes: 0, maxMinutes: 1, clipboardSeconds: 30 });
  const armed = await page.evaluate(async () => {
    const { alarms, storage } = Reflect.get(globalThis, 'chrome') as ExtensionApi;
    const { 'secret:lock-at': at } = await storage.session.get(['secret:lock-at']);
    const alarm = await alarms.get('lock');
    return { at: Number(at), alarm: alarm?.scheduledTime ?? 0 };
  });
  expect(armed.alarm).toBe(armed.at);
  expect(armed.at).toBeGreaterThan(Date.now());

  // The minute, shortened: the same alarm, sooner.
  await page.evaluate(async () => {
    const { alarms, storage } = Reflect.get(globalThis, 'chrome') as ExtensionApi;
    const soon = Date.now() + 2000;
    await storage.session.set({ 'secret:lock-at': JSON.stringify(soon) });
    await alarms.create('lock', { when: soon });
  });
  await keyferry.killWorker();
  expect(await secretKeys(page)).toContain('secret:vault-key');
  await expect.poll(() => secretKeys(page)).toEqual([]);
  await expectLocked(keyferry);
});

test('after the set time, though no alarm came: the next start of the worker locks', async () => {
  const { page, send } = keyferry;
  await page.evaluate(async () => {
    const { alarms, storage } = Reflect.get(globalThis, 'chrome') as ExtensionApi;
    await alarms.clear('lock');
    await storage.session.set({ 'secret:lock-at': JSON.stringify(Date.now() - 1) });
  });
  expect(await secretKeys(page)).toContain('secret:vault-key');
  await keyferry.killWorker();
  expect((await send('status/view', {})).phase).toBe('locked');
  await expectLocked(keyferry);
});

test('during a pull: it ends, and puts nothing back', async () => {
  const { send } = keyferry;
  const many = Object.fromEntries(Array.from({ length: 200 }, (_, at) => [`many/app-${at}`, VALUE]));
  await backend.seed(many);
  backend.proxy.clear();
  backend.proxy.hold(() => backend.reads() > 20);
  const { id } = await send('pull/all', { scope: 'global' });
  await expect.poll(() => backend.proxy.held(), { intervals: [5] }).toBeGreaterThan(0);
  await send('lock/lock', {});
  await expectLocked(keyferry);
  expect(await jobOver(send, id)).toMatchObject({ state: 'cancelled' });
  backend.proxy.clear();
  await expectLocked(keyferry);
});

test('a session that was wiped behind our back is locked, and opens again', async () => {
  const { page, send } = keyferry;
  await page.evaluate(() => (Reflect.get(globalThis, 'chrome') as ExtensionApi).storage.session.clear());
  await expectLocked(keyferry);
  await send('lock/unlock', { passphrase: PASSPHRASE });
  expect((await environmentsOf(send)).get('team/app')?.state).toBe('not pulled');
  expect(await pullAll(send)).toMatchObject({ state: 'done', unchanged: 0 });
});

test('with the browser: a new start is locked, and knows no value', async () => {
  await keyferry.close();
  keyferry = await launchKeyferry([], { profileDir });
  const { page, send } = keyferry;
  await expect(page.getByRole('heading', { name: unlockCopy.title })).toBeVisible();
  await expectLocked(keyferry);
  await send('lock/unlock', { passphrase: PASSPHRASE });
  await page.goto(`${keyferry.origin}/options.html#/environments`);
  await page.getByRole('searchbox').fill('team/app');
  await expect(page.getByRole('row', { name: 'team/app' })).toContainText('not pulled');
  expect((await environmentsOf(send)).get('team/app')).toMatchObject({
    state: 'not pulled',
    variables: null,
  });
  // The sealed credentials open again.
  expect(await pullAll(send)).toMatchObject({ state: 'done', failures: [] });
  expect(await valueOf(send, 'team/app', 'KEY')).toBe(VALUE);
});
