/** Firefox: the whole way once, why a server cannot be reached, the editor, the lock by its alarm, and a policy. */
import { expect, test } from '@playwright/test';
import type { Page } from 'puppeteer-core';
import { commonCopy } from '@/lib/core/copy/common';
import { editorCopy } from '@/lib/core/copy/editor';
import { conflictCopy, reviewCopy } from '@/lib/core/copy/editor-review';
import { errorText } from '@/lib/core/copy/errors';
import { unlockCopy } from '@/lib/core/copy/options';
import { pullCopy, testCopy, vaultCopy, vaultLabels } from '@/lib/core/copy/vault';
import type { ErrorCode } from '@/lib/core/errors';
import type { Client } from '@/lib/messaging/client';
import { startWorld } from '../world/index';
import type { World } from '../world/index';
import { freePort } from '../world/ports';
import { idOf, setAll } from './support/editing';
import {
  fill,
  launchFirefoxKeyferry,
  openOptions,
  openTester,
  press,
  sendFromFirefox,
  shows,
} from './support/firefox';
import type { FirefoxKeyferry } from './support/firefox';
import { environmentsOf, hashicorpForm, PASSPHRASE, pullAll, valueOf } from './support/set-up';
import { answerApproval } from './support/tester';

const VALUE = 'a value on the wire of Firefox';
const PATH = 'team/app';

let world: World<'openbao' | 'openbaoTls' | 'api' | 'testers'>;
let firefox: FirefoxKeyferry;
let mount: string;

test.beforeAll(async () => {
  world = await startWorld({ openbao: true, openbaoTls: true, api: true, testers: true });
  firefox = await launchFirefoxKeyferry();
});
test.afterAll(async () => {
  await firefox?.close();
  await world?.stop();
});
test.beforeEach(async () => {
  mount = await world.openbao.freshMount();
  await theirs({ API_KEY: VALUE, HOST: 'h' });
  await send('lock/wipe', {});
  await send('lock/set-up', { passphrase: PASSPHRASE });
});

const send: Client = (kind, request) => firefox.send(kind, request);
const theirs = (data: Readonly<Record<string, string>>) => world.openbao.seedSecrets(mount, { [PATH]: data });
const now = async () => {
  const { body } = await world.openbao.request('GET', `${mount}/data/${PATH}`);
  return (body as { data: { data: unknown } }).data.data;
};
const state = async () => (await environmentsOf(send)).get(PATH)?.state;

/** Connects and pulls by messages. */
async function pull(): Promise<void> {
  const { url, rootToken } = world.openbao;
  await firefox.grantHosts('http://127.0.0.1/*');
  await send('connection/save', hashicorpForm(url, rootToken, { enginePath: mount }));
  expect(await pullAll(send)).toMatchObject({ state: 'done', read: 1 });
}

/** What is in `storage.session`, asked of the browser. */
const inSession = () =>
  firefox.page.evaluate(async () => {
    const { storage } = Reflect.get(globalThis, 'browser') as {
      storage: { session: { get(keys: null): Promise<unknown> } };
    };
    return JSON.stringify(await storage.session.get(null));
  });

test('unlocks, pulls, and puts the value on the wire, where the page does not see it', async () => {
  await send('lock/lock', {});
  const options = await openOptions(firefox, '/vault');
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
  expect(await valueOf(send, PATH, 'API_KEY')).toBe(VALUE);
  await options.close();

  const tester = await openTester(firefox, world.testers.plain, PATH);
  const answered = sendFromFirefox(tester, 'fetch', `${world.api.url}/firefox`, {
    headers: { 'X-Api-Key': '{{vault:API_KEY}}' },
  });
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
  await tester.close();

  await send('lock/lock', {});
  expect(await inSession()).not.toContain(VALUE);
  expect(await inSession()).not.toContain('secret:');
});

test('Test Connection tells an untrusted certificate, a refusal and an unknown host apart', async () => {
  await firefox.grantHosts('http://*/*', 'https://*/*');
  const codeOf = async (url: string, verifySsl = true): Promise<ErrorCode | undefined> => {
    const form = hashicorpForm(url, world.openbao.rootToken, { enginePath: mount, verifySsl });
    const steps = await send('connection/test', { testId: crypto.randomUUID(), form });
    return steps.find((one) => one.state === 'failed')?.failure?.code;
  };
  const nobody = await freePort();
  const { openbao, openbaoTls } = world;
  expect(await codeOf(openbaoTls.url)).toBe('tls-untrusted');
  expect(await codeOf(openbaoTls.url, false)).toBe('tls-not-accepted');
  // TLS is spoken to a server that speaks none: told by a sentence, too.
  expect(await codeOf(openbao.url.replace('http:', 'https:'))).toBe('tls-untrusted');
  expect(await codeOf(`https://127.0.0.1:${nobody}`)).toBe('refused');
  expect(await codeOf(`http://127.0.0.1:${nobody}`)).toBe('refused');
  // A name that Firefox never looks up, so that no machine is asked.
  expect(await codeOf('https://vault.nowhere.onion:8200')).toBe('host-unknown');
});

test('Verify SSL off: what was accepted on the warning page is used from then on', async () => {
  const { url, rootToken } = world.openbaoTls;
  mount = await world.openbaoTls.freshMount();
  await world.openbaoTls.seedSecrets(mount, { [PATH]: { API_KEY: 'over TLS' } });
  const options = await openOptions(firefox, '/vault');
  await fill(options, vaultLabels.url, url);
  await fill(options, vaultLabels.token, rootToken);
  await fill(options, vaultLabels.enginePath, mount);
  await press(options, vaultCopy.test);
  const details = { host: new URL(url).host };
  await shows(options, errorText({ code: 'tls-untrusted', details }).sentence);

  await press(options, vaultLabels.verifySsl, 'switch');
  await shows(options, vaultCopy.insecureTitle);
  const before = new Set(await firefox.browser.pages());
  await press(options, vaultCopy.openServer(details.host));
  const opened = async () => (await firefox.browser.pages()).find((page) => !before.has(page));
  await expect.poll(opened).toBeDefined();
  const warning = await opened();
  if (!warning) throw new Error('no tab was opened');
  await accept(warning);

  await options.bringToFront();
  await press(options, vaultCopy.test);
  await shows(options, testCopy.doneTitle);
  await press(options, vaultCopy.save);
  await shows(options, vaultCopy.savedText);
  await press(options, pullCopy.pullAll);
  await shows(options, pullCopy.doneToast(1));
  expect(await valueOf(send, PATH, 'API_KEY')).toBe('over TLS');
  await options.close();
});

/** Goes through Firefox's own warning page. */
async function accept(warning: Page): Promise<void> {
  const pressed = (id: string) =>
    warning.evaluate((selector) => {
      const card = document.querySelector('net-error-card');
      const button = card?.shadowRoot?.querySelector(selector);
      if (!(button instanceof HTMLElement) || button.matches('[disabled]')) return false;
      button.click();
      return true;
    }, id);
  await expect.poll(() => pressed('#advanced-button')).toBe(true);
  // It can be pressed after a while only.
  await expect.poll(() => pressed('#exception-button').catch(() => true)).toBe(true);
  await expect.poll(() => warning.evaluate(() => location.protocol).catch(() => '')).toBe('https:');
  await warning.close();
}

test('the editor pushes after a review, resolves a conflict, and loses nothing with its tab or the event page', async () => {
  await pull();
  const route = `/environments/${await idOf(send, PATH)}`;
  const editor = await openOptions(firefox, route);
  await retype(editor, 'HOST', 'my-host');
  // While it is typed: no edit has been kept before.
  await holdControl(editor, 's');
  await shows(editor, reviewCopy.title(1, PATH));
  expect(await now()).toEqual({ API_KEY: VALUE, HOST: 'h' });
  await press(editor, reviewCopy.push(1));
  await expect.poll(now).toEqual({ API_KEY: VALUE, HOST: 'my-host' });
  await expect.poll(state).toBe('fresh');

  // Neither Enter nor a pause: the page goes while it is typed.
  await retype(editor, 'API_KEY', 'mine');
  await editor.close();
  await expect.poll(state).toBe('edited');
  await firefox.endEventPage();
  await send('lock/lock', {});
  await send('lock/unlock', { passphrase: PASSPHRASE });
  expect(await state()).toBe('edited');

  await theirs({ API_KEY: 'theirs', HOST: 'my-host', NEW: 'theirs' });
  const again = await openOptions(firefox, `${route}/conflict`);
  await shows(again, conflictCopy.title(PATH));
  await again.locator(`::-p-text(${conflictCopy.allMine})`).click();
  await press(again, conflictCopy.push);
  await expect.poll(now).toEqual({ API_KEY: 'mine', HOST: 'my-host', NEW: 'theirs' });
  await again.close();
});

/** Types another value into a variable's row. */
async function retype(page: Page, name: string, text: string): Promise<void> {
  await press(page, editorCopy.row.edit(name));
  await shows(page, editorCopy.row.editHint);
  await holdControl(page, 'a');
  await page.keyboard.type(text);
}

async function holdControl(page: Page, key: 'a' | 's'): Promise<void> {
  await page.keyboard.down('Control');
  await page.keyboard.press(key);
  await page.keyboard.up('Control');
}

test('locks after the set time, though the event page has ended in between, and keeps the draft sealed', async () => {
  await pull();
  await setAll(send, await idOf(send, PATH), { API_KEY: 'mine' });
  await send('lock/settings', { idleMinutes: 0, maxMinutes: 1, clipboardSeconds: 30 });
  expect(await inSession()).toContain(VALUE);
  // The minute, shortened: the same alarm, sooner.
  await firefox.page.evaluate(async () => {
    const { alarms, storage } = Reflect.get(globalThis, 'browser') as {
      alarms: { create(name: string, info: { when: number }): unknown };
      storage: { session: { set(items: object): Promise<void> } };
    };
    const soon = Date.now() + 2000;
    await storage.session.set({ 'secret:lock-at': JSON.stringify(soon) });
    alarms.create('lock', { when: soon });
  });
  await firefox.endEventPage();
  await expect.poll(inSession).not.toContain('secret:');
  expect(await inSession()).not.toContain(VALUE);
  await send('lock/unlock', { passphrase: PASSPHRASE });
  await expect.poll(state).toBe('edited');
});

test('follows an organization’s policy', async () => {
  const policy = {
    hashicorp: { url: world.openbao.url },
    locked: ['hashicorp.url'],
    autoLock: { idleMinutes: 5 },
  };
  const managed = await launchFirefoxKeyferry({ policy });
  try {
    await managed.send('lock/set-up', { passphrase: PASSPHRASE });
    expect(await managed.send('status/view', {})).toMatchObject({
      lock: { idleMinutes: 5 },
      managed: { locked: ['hashicorp.url'], problems: [] },
    });
    await shows(await openOptions(managed, '/vault'), commonCopy.managed);
  } finally {
    await managed.close();
  }
});
