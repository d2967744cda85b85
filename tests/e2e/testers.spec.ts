/** The page Testers: a site is enabled and a destination added there, without the popup and without an approval. */
import { expect, test } from '@playwright/test';
import type { Page } from '@playwright/test';
import { popupCopy } from '@/lib/core/copy/popup';
import { testersCopy } from '@/lib/core/copy/testers';
import { wireMessage } from '@/lib/core/copy/wire';
import { startWorld } from '../world/index';
import type { World } from '../world/index';
import { findPopup } from '../world/popup';
import { launchKeyferry, openAfresh } from './support/keyferry';
import type { Keyferry } from './support/keyferry';
import { sendFrom } from './support/page-requests';
import { hashicorpForm, PASSPHRASE, pullAll } from './support/set-up';
import { tabIdOf } from './support/tester';

const VALUE = 'a value of the page Testers';
const HEADERS = { 'X-Api-Key': '{{vault:KEY}}' };
const { columns, enable, add } = testersCopy;

/** Three names of this computer, each with a permission of its own: where the vault is, the tester and the API. */
const VAULT_HOST = 'http://127.0.0.1/*';
const TESTER_HOST = 'http://localhost/*';
const API_HOST = 'http://api.localhost/*';
const RESOLVED = ['127.0.0.1', 'localhost', 'api.localhost'].map((name) => `, EXCLUDE ${name}`).join('');

let world: World<'openbao' | 'api' | 'testers'>;
let keyferry: Keyferry;
let tester: Page;
let site: URL;
/** The API by its own name. */
let api: string;

test.beforeAll(async () => {
  world = await startWorld({ openbao: true, api: true, testers: true });
});
test.afterAll(() => world?.stop());
test.beforeEach(async () => {
  const { openbao, testers } = world;
  world.api.clear();
  keyferry = await launchKeyferry([VAULT_HOST], {
    extraArgs: [`--host-resolver-rules=MAP * ~NOTFOUND${RESOLVED}`],
  });
  const { send, context } = keyferry;
  const mount = await openbao.freshMount();
  await openbao.seedSecrets(mount, { 'team/app': { KEY: VALUE }, 'team/other': { KEY: 'another' } });
  await send('lock/set-up', { passphrase: PASSPHRASE });
  await send('connection/save', hashicorpForm(openbao.url, openbao.rootToken, { enginePath: mount }));
  expect(await pullAll(send)).toMatchObject({ state: 'done', read: 2 });
  site = new URL(testers.plain);
  site.hostname = 'localhost';
  api = world.api.url.replace('127.0.0.1', 'api.localhost');
  tester = await context.newPage();
  await tester.goto(site.href);
  await keyferry.page.bringToFront();
  await openAfresh(keyferry, '#/testers');
});
test.afterEach(() => keyferry.close());

const call = (url: string) => sendFrom(tester, 'fetch', url, { headers: HEADERS });
const keysAt = (path: string) =>
  world.api
    .requests(path)
    .filter(({ method }) => method !== 'OPTIONS')
    .map(({ headers }) => headers['x-api-key']);

/** By the dialog's button; the browser says yes. */
async function enableSite(): Promise<void> {
  const { page } = keyferry;
  await keyferry.answerYes(TESTER_HOST);
  await page.getByRole('link', { name: enable.title }).first().click();
  await page.getByLabel(enable.address).fill(site.href);
  await page.getByRole('dialog').getByLabel(enable.environment).selectOption({ label: 'team/app' });
  await page.getByRole('button', { name: enable.enable, exact: true }).click();
  await expect(page.getByRole('heading', { name: site.host })).toBeVisible();
}

/** Loads the tester's page again, and waits for Keyferry in it. */
async function reloadTester(): Promise<void> {
  await tester.reload();
  const tabId = await tabIdOf(keyferry, tester.url());
  const ready = async () => (await keyferry.send('popup/view', { tabId })).tab?.needsReload;
  await expect.poll(ready).toBe(false);
}

/** By the dialog and the Enter key; the browser says yes. */
async function addDestination(address: string): Promise<void> {
  const { page } = keyferry;
  await keyferry.answerYes(API_HOST);
  await page.getByRole('link', { name: add.buttonOf(site.host) }).click();
  await page.getByRole('textbox', { name: add.address }).fill(address);
  await page.keyboard.press('Enter');
  await expect(page.getByRole('dialog')).toBeHidden();
}

test('a site is enabled, and a request goes to an added destination without a question', async () => {
  const { page, send } = keyferry;
  await page.getByRole('link', { name: enable.title }).first().click();
  await expect(page.getByLabel(enable.address)).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('link', { name: enable.title }).first()).toBeFocused();

  await enableSite();
  await expect(page.getByText(enable.doneText, { exact: true })).toBeVisible();
  // Its page was loaded before.
  const tabId = await tabIdOf(keyferry, site.href);
  expect((await send('popup/view', { tabId })).tab).toMatchObject({ needsReload: true });
  await reloadTester();

  await addDestination(`${api}/any?path=of it`);
  const row = page.getByRole('row').filter({ hasText: api });
  await expect(row).toContainText('team/app');
  await expect(row).toContainText(testersCopy.granted);
  expect(await call(`${api}/added`)).toMatchObject({ status: 200 });
  expect(keysAt('/added')).toEqual([VALUE]);
  expect((await send('status/view', {})).waiting).toBe(0);

  // In a narrow window the card cuts nothing off.
  await page.setViewportSize({ width: 420, height: 800 });
  const disable = page.getByRole('button', { name: testersCopy.disableOf(site.host) });
  await expect(disable).toBeInViewport({ ratio: 1 });
});

test('one that waits is told by name, and reviewed in the popup', async () => {
  const { page } = keyferry;
  await enableSite();
  await reloadTester();
  // In front, so that the popup does not open by itself: that is for the tester's own tab.
  await page.bringToFront();
  const waits = call(`${api}/held`);
  const wants = testersCopy.wants(site.host, 1, 'team/app', new URL(api).host);
  await expect(page.getByText(wants)).toBeVisible();
  await page.getByRole('button', { name: testersCopy.review }).click();
  const popup = await findPopup(keyferry, page);
  await popup.press(popupCopy.approval.refuse);
  expect((await waits).error).toContain(wireMessage('request-refused', {}));
  await expect(page.getByText(wants)).toBeHidden();
  expect(keysAt('/held')).toEqual([]);
  await popup.close();
});

test('access that the browser takes back and gives again is said so', async () => {
  const { page } = keyferry;
  await enableSite();
  await reloadTester();
  await addDestination(api);
  const row = page.getByRole('row').filter({ hasText: api });
  await expect(page.getByRole('columnheader', { name: columns.access })).toBeVisible();
  await keyferry.revokeHost(API_HOST);
  await expect(row).toContainText(testersCopy.notGranted);
  await expect(row.getByRole('button', { name: testersCopy.grantOf(api) })).toBeVisible();
  // What was given once before is there again without a click.
  await keyferry.answerYes(API_HOST);
  await expect(row).not.toContainText(testersCopy.notGranted);
  expect(await call(`${api}/again`)).toMatchObject({ status: 200 });
  expect(keysAt('/again')).toEqual([VALUE]);
});
