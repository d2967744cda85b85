/** What only a real page can show: contrast in both themes, and that nothing sticks out of a narrow window. */
import { expect, test } from '@playwright/test';
import type { Page } from '@playwright/test';
import axe from 'axe-core';
import { commonCopy } from '@/lib/core/copy/common';
import { editorCopy } from '@/lib/core/copy/editor';
import { startWorld } from '../world/index';
import type { World } from '../world/index';
import { idOf, setAll } from './support/editing';
import { launchKeyferry, openAfresh } from './support/keyferry';
import type { Keyferry } from './support/keyferry';
import { hashicorpForm, PASSPHRASE, pullAll, WORKSPACE } from './support/set-up';
import { openTester, tabIdOf } from './support/tester';

/** The narrowest window of the options that is cared for, in CSS pixels. */
const NARROW = 420;

let world: World<'openbao' | 'api' | 'testers'>;
let keyferry: Keyferry;

test.beforeAll(async () => {
  world = await startWorld({ openbao: true, api: true, testers: true });
});
test.afterAll(() => world?.stop());
test.beforeEach(async () => {
  keyferry = await launchKeyferry();
});
test.afterEach(() => keyferry.close());

/** axe finds nothing in either theme. */
async function expectClean(page: Page, what: string): Promise<void> {
  await page.evaluate(axe.source);
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    const found = await page.evaluate(async () => {
      const { violations } = await (Reflect.get(globalThis, 'axe') as typeof axe).run(document);
      return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
    });
    expect.soft(found, `${what}, ${colorScheme}`).toEqual([]);
  }
}

/** Nothing is wider than a narrow window. What is to be scrolled sideways scrolls in itself. */
async function expectFits(page: Page, what: string): Promise<void> {
  const before = page.viewportSize();
  await page.setViewportSize({ width: NARROW, height: 800 });
  const width = await page.evaluate(() => document.documentElement.scrollWidth);
  expect.soft(width, what).toBeLessThanOrEqual(NARROW);
  if (before) await page.setViewportSize(before);
}

/** Looks at a page of the options once it shows its heading (or a dialog's). */
async function lookAt(route: string): Promise<void> {
  const { page } = keyferry;
  await openAfresh(keyferry, `#${route}`);
  await expect(page.getByRole('heading').first()).toBeVisible();
  await expect(page.getByRole('main')).not.toBeEmpty();
  await expectClean(page, route);
  await expectFits(page, route);
}

/** The popup as a page of its size; `tab` is the tab that it is about. */
async function openPopupPage(tab?: number): Promise<Page> {
  const popup = await keyferry.openPage(`popup.html${tab === undefined ? '' : `?tab=${tab}`}`);
  await popup.setViewportSize({ width: 380, height: 600 });
  return popup;
}

test('the first screens', async () => {
  const popup = await openPopupPage();
  await expect(popup.getByRole('button', { name: 'Import a configuration file' })).toBeVisible();
  await expectClean(popup, 'popup');
  for (const route of ['/welcome/1', '/backup', '/help']) await lookAt(route);
});

test('all pages of the options', async () => {
  // Some thirty pages, each in both themes and in a narrow window: a slow machine takes two minutes for it.
  test.setTimeout(300_000);
  const { send, page } = keyferry;
  const { openbao } = world;
  const mount = await openbao.freshMount();
  const seed = (secrets: Readonly<Record<string, unknown>>) => openbao.seedSecrets(mount, secrets);
  await seed({
    'orders/production': { API_KEY: 'a', DATABASE_URL: 'd', db: { host: 'h', port: 5432 }, EMPTY: '' },
    'orders/staging': { API_KEY: 's' },
    gone: { A: 'a' },
  });
  await send('lock/set-up', { passphrase: PASSPHRASE });
  await send('connection/save', hashicorpForm(openbao.url, openbao.rootToken, { enginePath: mount }));
  await pullAll(send);
  const production = await idOf(send, 'orders/production');
  const staging = await idOf(send, 'orders/staging');
  const gone = await idOf(send, 'gone');
  await setAll(send, production, { API_KEY: 'other', NEW: 'n' });
  await setAll(send, staging, { API_KEY: 'mine' });
  await seed({ 'orders/staging': { API_KEY: 'theirs' } });
  await openbao.call('DELETE', `${mount}/metadata/gone`);
  const { id: run } = await pullAll(send);
  await openTester(keyferry, world.testers.plain, 'orders/production');
  const [tester] = await send('testers/list', { workspaceId: WORKSPACE });
  const editor = `/environments/${production}`;

  for (const route of [
    ...[
      '/environments',
      '/environments/new',
      '/push',
      '/testers',
      '/testers/enable',
      `/testers/${tester?.id ?? ''}/destination`,
      '/vault',
      '/vault/default',
      `/pull/${run}`,
    ],
    ...['', '/review', '/import', '/rename', '/delete', '/history', '/migrate'].map((part) => editor + part),
    ...[`/environments/${staging}/conflict`, `/environments/${gone}`],
    ...['/workspaces', '/workspaces/new', '/security', '/backup', '/help', '/help/vault-approle', '/nowhere'],
  ]) {
    await test.step(route, () => lookAt(route));
  }

  await test.step('a row’s menu', async () => {
    await openAfresh(keyferry, '#/environments');
    await page.getByRole('button', { name: 'More for gone' }).click();
    await expect(page.getByRole('menu')).toBeVisible();
    await expectClean(page, 'menu');
  });
  await test.step('a failed test', async () => {
    await openAfresh(keyferry, '#/vault');
    await page.getByRole('textbox', { name: 'Engine Path' }).fill('nowhere');
    await page.getByRole('button', { name: 'Test Connection' }).click();
    await expect(page.getByText('Stopped at “Engine path”')).toBeVisible();
    await expectClean(page, 'test');
    await expectFits(page, 'test');
  });
  await test.step('the list of keys', async () => {
    await openAfresh(keyferry, '#/environments');
    await expect(page.getByRole('heading', { level: 1 })).toBeFocused();
    await page.keyboard.press('?');
    await expect(page.getByRole('dialog')).toBeVisible();
    await expectClean(page, 'keys');
  });
  await test.step('locked', async () => {
    await send('lock/lock', {});
    await lookAt('/environments');
  });
});

test('a JSON variable that is open in the editor', async () => {
  const { send, page } = keyferry;
  const { openbao } = world;
  const mount = await openbao.freshMount();
  const pool = { max: 5, hosts: [{ name: 'n' }] };
  await openbao.seedSecrets(mount, { 'team/app': { db: { host: 'h', port: 5432, pool, 'a.b': 1 } } });
  await send('lock/set-up', { passphrase: PASSPHRASE });
  await send('connection/save', hashicorpForm(openbao.url, openbao.rootToken, { enginePath: mount }));
  await pullAll(send);
  await openAfresh(keyferry, `#/environments/${await idOf(send, 'team/app')}`);
  await page.getByRole('button', { name: editorCopy.row.openInside('db') }).click();
  await expect(page.getByText(commonCopy.leftOut(1))).toBeVisible();
  await page.getByRole('button', { name: commonCopy.reveal('db.port') }).press('Enter');
  await expect(page.getByRole('row', { name: 'db.port' })).toContainText('5432');
  await expectClean(page, 'inside');
  await expectFits(page, 'inside');
});

test('the popup', async () => {
  const { send } = keyferry;
  const { openbao, api, testers } = world;
  const mount = await openbao.freshMount();
  await openbao.seedSecrets(mount, {
    'team/app': { API_KEY: 'a', LONG: 'long '.repeat(200), db: { password: 'p' } },
  });
  await send('lock/set-up', { passphrase: PASSPHRASE });
  await send('connection/save', hashicorpForm(openbao.url, openbao.rootToken, { enginePath: mount }));
  await pullAll(send);
  const tester = await openTester(keyferry, testers.plain, 'team/app');
  const tab = await tabIdOf(keyferry, tester.url());

  const popup = await openPopupPage(tab);
  await expect(popup.getByRole('button', { name: 'API_KEY', exact: true })).toBeVisible();
  await expectClean(popup, 'variables');
  await popup.getByRole('button', { name: 'Reveal API_KEY' }).press('Enter');
  await expectClean(popup, 'revealed');
  await popup.keyboard.press('Escape');
  // Three lines of a long value, until all of it is asked for.
  await popup.getByRole('button', { name: 'LONG', exact: true }).hover();
  await popup.getByRole('button', { name: 'Reveal LONG' }).press('Enter');
  const value = popup.getByText('long long');
  const height = async () => (await value.boundingBox())?.height ?? 0;
  await expect(popup.getByRole('button', { name: 'Show all' })).toBeVisible();
  const three = await height();
  await popup.getByRole('button', { name: 'Show all' }).click();
  await expect.poll(height).toBeGreaterThan(2 * three);
  await popup.getByRole('button', { name: /^Workspace/ }).click();
  await expect(popup.getByRole('menu')).toBeVisible();
  await expectClean(popup, 'workspaces');
  await popup.keyboard.press('Escape');

  // Two destinations that were never allowed: two cards.
  await tester.evaluate(
    (addresses) => {
      for (const to of addresses) {
        void fetch(to, { headers: { 'X-Key': '{{vault:API_KEY}}' } }).catch(() => undefined);
      }
    },
    [`${api.url}/first`, `${api.elsewhere.url}/second`],
  );
  await expect(popup.getByRole('button', { name: /^Next/ })).toBeInViewport({ ratio: 1 });
  await expect(popup.getByRole('button', { name: 'Refuse' })).toBeEnabled();
  await expectClean(popup, 'approval');
  await popup.getByRole('button', { name: 'Refuse' }).click();
  await expect(popup.getByRole('button', { name: /^Next/ })).toBeHidden();
  await send('lock/lock', {});
  await expect(popup.getByLabel('Passphrase', { exact: true })).toBeVisible();
  await expectClean(popup, 'locked');
});
