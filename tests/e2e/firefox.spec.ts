/** Firefox, the whole way once: unlock, test, pull, enable a tester, and the value arrives at the API. */
import { expect, test } from '@playwright/test';
import type { Page } from 'puppeteer-core';
import { unlockCopy } from '@/lib/core/copy/options';
import { pullCopy, testCopy, vaultCopy, vaultLabels } from '@/lib/core/copy/vault';
import { createClient } from '@/lib/messaging/client';
import type { Client } from '@/lib/messaging/client';
import { launchFirefoxExtension } from '../world/firefox';
import type { FirefoxExtension } from '../world/firefox';
import { startWorld } from '../world/index';
import type { World } from '../world/index';
import { environmentsOf, PASSPHRASE, valueOf } from './support/set-up';
import { answerApproval } from './support/tester';

const VALUE = 'a value on the wire of Firefox';

let world: World<'openbao' | 'api' | 'testers'>;
let firefox: FirefoxExtension;

test.beforeAll(async () => {
  world = await startWorld({ openbao: true, api: true, testers: true });
  const build = process.env['KEYFERRY_FIREFOX_BUILD'];
  firefox = await launchFirefoxExtension(build ? { dir: build } : {});
});
test.afterAll(async () => {
  await firefox?.close();
  await world?.stop();
});

test('unlocks, pulls, and puts the value on the wire, where the page does not see it', async () => {
  const mount = await world.openbao.freshMount();
  await world.openbao.seedSecrets(mount, { 'team/app': { API_KEY: VALUE } });
  const options = await firefox.openPage('options.html');
  const send = clientIn(options);
  await send('lock/set-up', { passphrase: PASSPHRASE });
  await send('lock/lock', {});
  await options.evaluate(() => {
    location.hash = '#/vault';
  });
  await shows(options, unlockCopy.title);
  await fill(options, unlockCopy.passphrase, PASSPHRASE);
  await press(options, unlockCopy.unlock);

  // The click on Test Connection is the user's gesture that Firefox wants for the host.
  await fill(options, vaultLabels.url, world.openbao.url);
  await fill(options, vaultLabels.token, world.openbao.rootToken);
  await fill(options, vaultLabels.enginePath, mount);
  await press(options, vaultCopy.test);
  await shows(options, testCopy.doneTitle);
  await press(options, vaultCopy.save);
  await shows(options, vaultCopy.savedText);
  await press(options, pullCopy.pullAll);
  await shows(options, pullCopy.doneToast(1));
  expect(await valueOf(send, 'team/app', 'API_KEY')).toBe(VALUE);

  const tester = await firefox.browser.newPage();
  await tester.goto(world.testers.plain);
  const tabId = await options.evaluate(async (address) => {
    const { tabs } = Reflect.get(globalThis, 'browser') as {
      tabs: { query(what: object): Promise<{ id: number; url?: string }[]> };
    };
    return (await tabs.query({})).find(({ url }) => url === address)?.id ?? -1;
  }, world.testers.plain);
  const environmentId = (await environmentsOf(send)).get('team/app')?.id ?? '';
  await send('tester/enable', { tabId, origin: new URL(world.testers.plain).origin, environmentId });
  await tester.reload();
  await expect.poll(async () => (await send('popup/view', { tabId })).tab?.needsReload).toBe(false);

  const answered = tester.evaluate(async (address) => {
    const response = await fetch(address, { headers: { 'X-Api-Key': '{{vault:API_KEY}}' } });
    return { status: response.status, url: response.url, text: await response.text() };
  }, `${world.api.url}/firefox`);
  const card = await answerApproval(send, 'once');
  expect(card).toMatchObject({ tester: new URL(world.testers.plain).origin, destination: world.api.url });
  const answer = await answered;
  expect(answer).toMatchObject({ status: 200, url: `${world.api.url}/firefox` });
  const arrived = world.api.requests('/firefox');
  expect(arrived.filter(({ method }) => method === 'GET').map(({ headers }) => headers['x-api-key'])).toEqual(
    [VALUE],
  );
  // A preflight never carries it, and the page holds the placeholder only.
  expect(JSON.stringify(arrived.filter(({ method }) => method !== 'GET'))).not.toContain(VALUE);
  expect(JSON.stringify(answer)).not.toContain(VALUE);
  expect(await tester.content()).not.toContain(VALUE);

  await send('lock/lock', {});
  const session = await options.evaluate(async () => {
    const { storage } = Reflect.get(globalThis, 'browser') as {
      storage: { session: { get(keys: null): Promise<unknown> } };
    };
    return JSON.stringify(await storage.session.get(null));
  });
  expect(session).not.toContain(VALUE);
  expect(session).not.toContain('secret:');
});

function clientIn(page: Page): Client {
  return createClient((message) =>
    page.evaluate((sent) => {
      const { runtime } = Reflect.get(globalThis, 'browser') as {
        runtime: { sendMessage(message: unknown): Promise<unknown> };
      };
      return runtime.sendMessage(sent);
    }, message),
  );
}

/** Types into the field with this label, over what is in it. */
async function fill(page: Page, label: string, text: string): Promise<void> {
  const field = await page.waitForSelector(
    `xpath/.//input[@id=//label[starts-with(normalize-space(), "${label}")]/@for]`,
  );
  await field?.click({ count: 3 });
  await field?.type(text);
}
const press = (page: Page, name: string) =>
  page.locator(`::-p-aria([name="${name}"][role="button"])`).click();
const shows = (page: Page, text: string) =>
  page.waitForFunction((wanted) => document.body.innerText.includes(wanted), {}, text);
