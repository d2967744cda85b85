/** Firefox: what goes over the wire, the real popup, and the end of the event page while requests wait. */
import { expect, test } from '@playwright/test';
import type { Page } from 'puppeteer-core';
import { commonCopy } from '@/lib/core/copy/common';
import { popupCopy } from '@/lib/core/copy/popup';
import { wireMessage } from '@/lib/core/copy/wire';
import type { Client } from '@/lib/messaging/client';
import { startWorld } from '../world/index';
import type { World } from '../world/index';
import { startRecorder } from '../world/recorder';
import type { Recorded, Recorder } from '../world/recorder';
import { expectHooked, launchFirefoxKeyferry, openTester, popupOf, sendFromFirefox } from './support/firefox';
import type { FirefoxKeyferry } from './support/firefox';
import { WAYS } from './support/page-requests';
import { hashicorpForm, PASSPHRASE, pullAll, WORKSPACE } from './support/set-up';
import { answerApproval } from './support/tester';

const VALUES = { API_KEY: 'kfcanary-firefox-key', TOKEN: 'kfcanary-firefox-token' };
const OURS = { 'X-Api-Key': '{{vault:API_KEY}}' };

let world: World<'openbao' | 'api' | 'testers'>;
/** A page whose policy allows no script and no style. */
let strict: Recorder;
let firefox: FirefoxKeyferry;
let page: Page;
let api: string;

test.beforeAll(async () => {
  world = await startWorld({ openbao: true, api: true, testers: true });
  api = world.api.url;
  strict = await startRecorder((_request, response) => {
    const policy = `default-src 'none'; connect-src ${api}; require-trusted-types-for 'script'`;
    response.writeHead(200, { 'Content-Type': 'text/html', 'Content-Security-Policy': policy });
    response.end('<!doctype html><html lang="en"><title>Strict</title></html>');
  });
  firefox = await launchFirefoxKeyferry({ prefs: { 'dom.events.testing.asyncClipboard': true } });
  await firefox.grantHosts('http://127.0.0.1/*');
  const mount = await world.openbao.freshMount();
  await world.openbao.seedSecrets(mount, { 'team/app': VALUES });
  await send('lock/set-up', { passphrase: PASSPHRASE });
  const { url, rootToken } = world.openbao;
  await send('connection/save', hashicorpForm(url, rootToken, { enginePath: mount }));
  expect(await pullAll(send)).toMatchObject({ state: 'done', read: 1 });
  page = await openTester(firefox, world.testers.plain, 'team/app');
});
test.afterAll(async () => {
  await firefox?.close();
  await strict?.stop();
  await world?.stop();
});
test.beforeEach(() => {
  world.api.clear();
  world.testers.clear();
});

const send: Client = (kind, request) => firefox.send(kind, request);
const isSent = ({ method }: Recorded) => method !== 'OPTIONS';
const keysAt = (path: string) =>
  world.api
    .requests(path)
    .filter(isSent)
    .map(({ headers }) => headers['x-api-key']);
const waiting = async () => (await send('popup/view', {})).approvals.map(({ path }) => path);

/** Everything that has arrived but for these requests holds no value. */
function expectNowhereElse(...paths: string[]): void {
  const all = [world.api, world.api.elsewhere, world.testers, world.testers.hostile].flatMap((server) =>
    server.requests(),
  );
  const others = all.filter((request) => !isSent(request) || !paths.includes(request.path));
  expect(JSON.stringify(others)).not.toContain('kfcanary');
}

/** Always allows the API to this page's origin, and nothing else to any. */
async function allow(tester: Page): Promise<void> {
  await revokeAll();
  const asked = sendFromFirefox(tester, 'fetch', `${api}/first`, { headers: OURS });
  await answerApproval(send, 'always');
  expect((await asked).status).toBe(200);
}

test('fetch and XHR carry the values, preflights and other origins never', async () => {
  await allow(page);
  for (const way of WAYS) {
    const basic = `Basic ${btoa('user:{{vault:TOKEN}}')}`;
    const headers = { 'X-Api-Key': '{{vault:API_KEY}}, {{TOKEN}}, {{theirs}}', Authorization: basic };
    const ended = await sendFromFirefox(page, way, `${api}/${way}`, { headers });
    expect(ended).toMatchObject({ status: 200, url: `${api}/${way}`, error: null });
    const [arrived] = world.api.requests(`/${way}`).filter(isSent);
    expect(arrived?.headers).toMatchObject({
      'x-api-key': `${VALUES.API_KEY}, ${VALUES.TOKEN}, {{theirs}}`,
      authorization: `Basic ${btoa(`user:${VALUES.TOKEN}`)}`,
    });
    const unknown = await sendFromFirefox(page, way, `${api}/unknown`, {
      headers: { 'X-Api-Key': '{{vault:NOPE}}' },
    });
    expect(unknown.status).toBe(0);
  }
  expect(keysAt('/unknown')).toEqual([]);

  const [away, same] = ['/redirect/other-origin', '/redirect/same-path'];
  await sendFromFirefox(page, 'fetch', api + away, { headers: OURS });
  const [landed] = world.api.elsewhere.requests().filter(isSent);
  expect(landed?.headers['x-api-key']).toBe(OURS['X-Api-Key']);
  await sendFromFirefox(page, 'xhr', api + same, { headers: OURS });
  expect(keysAt(same)).toEqual([VALUES.API_KEY, VALUES.API_KEY]);
  expectNowhereElse('/first', '/fetch', '/xhr', away, same);
  expect(await page.content()).not.toContain('kfcanary');
});

test('many at once to one address: each has its own value', async () => {
  await allow(page);
  const wanted = Array.from({ length: 40 }, (_, at) => [VALUES.API_KEY, VALUES.TOKEN, 'plain'][at % 3]);
  await page.evaluate(async (address) => {
    const headers = ['{{vault:API_KEY}}', '{{vault:TOKEN}}', 'plain'];
    const one = (at: number) =>
      fetch(address, { headers: { 'X-At': `${at}`, 'X-Api-Key': headers[at % 3] ?? '' } });
    await Promise.all(Array.from({ length: 40 }, (_, at) => one(at)));
  }, `${api}/many`);
  const arrived = world.api.requests('/many').filter(isSent);
  const byPlace = new Map(arrived.map(({ headers }) => [Number(headers['x-at']), headers['x-api-key']]));
  expect(wanted.map((_, at) => byPlace.get(at))).toEqual(wanted);
});

test('frames of the site and a page without any script of its own are filled, other sites are left alone', async () => {
  await allow(page);
  const statuses = await page.evaluate(async (address) => {
    const frame = document.createElement('iframe');
    frame.src = location.href;
    const loaded = new Promise((resolve) => (frame.onload = resolve));
    const empty = document.createElement('iframe');
    document.body.append(frame, empty);
    await loaded;
    const from = (of: HTMLIFrameElement, name: string) =>
      (of.contentWindow as Window & typeof globalThis)
        .fetch(`${address}/${name}`, { headers: { 'X-Api-Key': '{{vault:API_KEY}}' } })
        .then(({ status }) => status);
    return Promise.all([from(frame, 'frame'), from(empty, 'empty')]);
  }, api);
  expect(statuses).toEqual([200, 200]);
  expect([...keysAt('/frame'), ...keysAt('/empty')]).toEqual([VALUES.API_KEY, VALUES.API_KEY]);

  const closed = await openTester(firefox, `${strict.url}/`, 'team/app');
  const held = sendFromFirefox(closed, 'xhr', `${api}/strict`, { headers: OURS });
  await closed.waitForSelector('keyferry-notice');
  await answerApproval(send, 'once');
  expect((await held).status).toBe(200);
  expect(keysAt('/strict')).toEqual([VALUES.API_KEY]);
  await closed.close();

  // Firefox knows no ports in match patterns, so hook and bridge run there, too.
  const other = await firefox.browser.newPage();
  await other.goto(world.testers.hostile.url);
  const ours = await sendFromFirefox(other, 'fetch', `${api}/other`, { headers: OURS });
  expect(ours.error).toContain(wireMessage('not-enabled'));
  const theirs = await sendFromFirefox(other, 'fetch', `${api}/other`, {
    headers: { 'X-Api-Key': '{{API_KEY}}' },
  });
  expect([theirs.status, keysAt('/other')]).toEqual([200, ['{{API_KEY}}']]);
  await other.goto(world.testers.hostile.framing(world.testers.plain));
  const framed = await other.waitForFrame((frame) => frame.url() === world.testers.plain);
  const error = await framed.evaluate(
    (address) => fetch(address, { headers: { 'X-Api-Key': '{{vault:API_KEY}}' } }).catch(String),
    `${api}/framed`,
  );
  expect(error).toContain(wireMessage('embedded'));
  await other.close();
  expectNowhereElse('/first', '/frame', '/empty', '/strict');
});

test('a held request outlives the event page, and goes with the page that has sent it', async () => {
  await revokeAll();
  const held = sendFromFirefox(page, 'fetch', `${api}/held`, { headers: OURS });
  await expect.poll(waiting).toEqual(['/held']);
  await firefox.endEventPage();
  await expect.poll(waiting).toEqual(['/held']);
  await firefox.endEventPage();
  await answerApproval(send, 'once');
  expect((await held).status).toBe(200);
  expect(keysAt('/held')).toEqual([VALUES.API_KEY]);

  await page.evaluate((address) => {
    void fetch(address, { headers: { 'X-Api-Key': '{{vault:API_KEY}}' } });
  }, `${api}/left`);
  await expect.poll(waiting).toEqual(['/left']);
  await page.reload();
  await expect.poll(waiting).toEqual([]);
  expect(world.api.requests('/left')).toEqual([]);
});

test('the real popup enables a site, asks by itself, allows, refuses, and copies a value for a while', async () => {
  const clearAfter = (clipboardSeconds: number) =>
    send('lock/settings', { idleMinutes: 15, maxMinutes: 0, clipboardSeconds });
  const { once, always, refuse } = popupCopy.approval;
  const popup = popupOf(firefox);
  const site = world.testers.plain.replace('127.0.0.1', 'localhost');
  const tester = await firefox.browser.newPage();
  await tester.goto(site);
  await tester.bringToFront();
  // Nothing but `activeTab` lets it see the address here.
  await firefox.pressToolbarButton();
  await popup.press(popupCopy.tab.enable);
  await popup.press(popupCopy.notices.reloadButton);
  await expectHooked(firefox, site);
  await firefox.closePopup();

  const ask = (path: string) => sendFromFirefox(tester, 'fetch', api + path, { headers: OURS });
  const ends: [path: string, answer: string, status: number][] = [
    ['/refused', refuse, 0],
    ['/once', once, 200],
    ['/always', always, 200],
  ];
  for (const [path, answer, status] of ends) {
    const ended = ask(path);
    await popup.shows(path);
    await popup.press(answer);
    expect((await ended).status, path).toBe(status);
  }
  expect((await ask('/again')).status).toBe(200);
  expect(['/refused', '/once', '/always', '/again'].map(keysAt)).toEqual([
    [],
    ...Array.from({ length: 3 }, () => [VALUES.API_KEY]),
  ]);

  // While the popup opens or closes, Firefox lets nobody read.
  const onClipboard = () => tester.evaluate(() => navigator.clipboard.readText().catch(String));
  await clearAfter(3600);
  await popup.press(commonCopy.copyValue('API_KEY'));
  await expect.poll(onClipboard).toBe(VALUES.API_KEY);
  await clearAfter(1);
  await popup.press(commonCopy.copyValue('API_KEY'));
  await expect.poll(onClipboard).toBe('');
  await tester.close();
});

const sites = () => send('testers/list', { workspaceId: WORKSPACE });

async function revokeAll(): Promise<void> {
  const grants = (await sites()).flatMap((one) => one.grants);
  for (const { id } of grants) await send('grant/revoke', { grantId: id });
}
