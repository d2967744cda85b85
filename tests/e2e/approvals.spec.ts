/** The user's answers, given in the real popup, which opens by itself over the tester's tab. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import type { Page } from '@playwright/test';
import { unlockCopy } from '@/lib/core/copy/options';
import { popupCopy } from '@/lib/core/copy/popup';
import { wireMessage } from '@/lib/core/copy/wire';
import type { Client } from '@/lib/messaging/client';
import { findPopup, openPopup } from '../world/popup';
import type { Popup } from '../world/popup';
import { sendFrom } from './support/page-requests';
import type { Ended } from './support/page-requests';
import { startScene } from './support/scene';
import type { Scene } from './support/scene';
import { environmentsOf, PASSPHRASE, pullAll, WORKSPACE } from './support/set-up';

const { once, always, refuse, asTyped, next } = popupCopy.approval;
const KEY = { 'X-Api-Key': '{{vault:API_KEY}}' };

let scene: Scene;
let page: Page;
let api: string;
/** The one that `show` has found last. */
let popup: Popup;
let open = false;

test.beforeAll(async () => {
  scene = await startScene();
  api = scene.world.api.url;
});
test.afterAll(() => scene?.stop());
test.beforeEach(async () => {
  page = await scene.open();
  await page.bringToFront();
  await revokeAll();
  scene.clear();
});
test.afterEach(async () => {
  await close();
  await page.close();
});

const send: Client = (kind, ...rest) => scene.keyferry.send(kind, ...rest);
const waiting = async () => (await send('status/view', {})).waiting;
const grants = async () =>
  (await send('testers/list', { workspaceId: WORKSPACE })).flatMap((one) => one.grants);

async function revokeAll(): Promise<void> {
  for (const { id } of await grants()) await send('grant/revoke', { grantId: id });
}

/** Requests that arrived, without preflights. */
const arrived = (path: string) => scene.world.api.requests(path).filter(({ method }) => method !== 'OPTIONS');
const keysAt = (path: string) => arrived(path).map(({ headers }) => headers['x-api-key']);

const says = (text: string) => `document.body.innerText.includes(${JSON.stringify(text)})`;
const button = (name: string) =>
  `[...document.querySelectorAll('button')].find((one) => one.innerText.trim() === ${JSON.stringify(name)})`;

/** Sends from the page in front, and waits for the popup that opens by itself, with what it is to show. */
async function ask(
  path: string,
  shows: string,
  headers: Record<string, string> = KEY,
): Promise<{ ended: Promise<Ended> }> {
  const ended = sendFrom(page, 'fetch', `${api}${path}`, { headers });
  await show(findPopup(scene.keyferry, page));
  await popup.waitFor(says(shows));
  return { ended };
}

async function show(found: Promise<Popup>): Promise<void> {
  popup = await found;
  open = true;
}

async function close(): Promise<void> {
  if (open) await popup.close();
  open = false;
}

/** Presses a button of the card of this path, once that is the one shown. */
async function decide(path: string, name: string): Promise<void> {
  await popup.waitFor(`document.querySelector('article')?.innerText.includes(${JSON.stringify(path)})`);
  await popup.press(name);
}

async function keepScreenshot(name: string): Promise<void> {
  const folder = join('test-results', 'approvals');
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, `${name}.png`), await popup.screenshot());
}

test('Allow once: this request goes, the next one asks again', async () => {
  const { ended: first } = await ask('/once', once);
  const text = await popup.evaluate<string>('document.body.innerText');
  for (const shown of ['API_KEY', 'X-Api-Key', 'GET /once', new URL(api).host, new URL(page.url()).host]) {
    expect(text).toContain(shown);
  }
  await keepScreenshot('destination');
  expect(scene.everything()).toEqual([]);
  await popup.press(once);
  expect((await first).status).toBe(200);
  expect(keysAt('/once')).toEqual([scene.values.API_KEY]);
  expect(await grants()).toEqual([]);

  // The popup is still open and shows the next card.
  const second = sendFrom(page, 'fetch', `${api}/once/more`, { headers: KEY });
  await decide('/once/more', once);
  expect((await second).status).toBe(200);
  expect(keysAt('/once/more')).toEqual([scene.values.API_KEY]);
});

test('Always: the next one goes at once, until the grant is revoked', async () => {
  const { ended: first } = await ask('/always', always);
  await popup.press(always);
  expect((await first).status).toBe(200);
  expect(await grants()).toMatchObject([{ destination: api }]);
  expect((await sendFrom(page, 'xhr', `${api}/always`, { headers: KEY })).status).toBe(200);
  await close();

  await revokeAll();
  const { ended: asked } = await ask('/always', once);
  expect(keysAt('/always')).toHaveLength(2);
  await popup.press(refuse);
  expect((await asked).error).toContain(wireMessage('request-refused'));
});

test('Refuse: nothing is sent, and the page is told', async () => {
  const { ended: fetched } = await ask('/refused', refuse);
  await popup.press(refuse);
  expect((await fetched).error).toBe(`TypeError: ${wireMessage('request-refused')}`);
  const sent = sendFrom(page, 'xhr', `${api}/refused/too`, { headers: KEY });
  await decide('/refused/too', refuse);
  expect((await sent).error).toBe('error');
  expect(scene.everything()).toEqual([]);
});

test('buttons do nothing for a moment after the card has changed', async () => {
  const { ended: first } = await ask('/guard/1', once);
  const second = sendFrom(page, 'fetch', `${api}/guard/2`, { headers: KEY });
  await popup.waitFor(says(next));
  await popup.waitFor(`${button(once)}.getAttribute('aria-disabled') === null`);
  // Goes to the next card and presses before a person could have read it.
  const pressed = await popup.evaluate<string>(`(async () => {
    [...document.querySelectorAll('button')].find((one) => one.innerText.includes('/guard/2')).click();
    while (!document.querySelector('article').innerText.includes('/guard/2')) await new Promise(requestAnimationFrame);
    for (const name of ${JSON.stringify([once, always, refuse])}) {
      [...document.querySelectorAll('button')].find((one) => one.innerText.trim() === name).click();
    }
    return ${button(once)}.getAttribute('aria-disabled');
  })()`);
  expect(pressed).toBe('true');
  await popup.waitFor(`${button(once)}.getAttribute('aria-disabled') === null`);
  expect(await waiting()).toBe(2);
  expect(scene.everything()).toEqual([]);
  // The same after the window got the focus.
  await popup.evaluate(`window.dispatchEvent(new Event('focus')), ${button(once)}.click()`);
  await popup.waitFor(`${button(once)}.getAttribute('aria-disabled') === null`);
  expect(await waiting()).toBe(2);

  await popup.press(once);
  expect((await second).status).toBe(200);
  expect(scene.everything().map(({ path }) => path)).toEqual(['/guard/2', '/guard/2']);
  await decide('/guard/1', refuse);
  expect((await first).error).toContain(wireMessage('request-refused'));
});

test('a card covers the requests that it showed, not those that came just before the press', async () => {
  const { ended: first } = await ask('/snapshot', once);
  await popup.waitFor(`${button(once)}.getAttribute('aria-disabled') === null`);
  const later = Array.from({ length: 3 }, () => sendFrom(page, 'fetch', `${api}/snapshot`, { headers: KEY }));
  await expect.poll(waiting).toBe(4);
  await popup.press(once);
  expect((await first).status).toBe(200);
  await expect.poll(waiting).toBe(3);
  expect(keysAt('/snapshot')).toHaveLength(1);
  const card = (await send('popup/view', {})).approvals[0];
  expect(card?.requestIds).toHaveLength(3);

  await popup.waitFor(says(popupCopy.approval.title(3)));
  await popup.waitFor(`${button(once)}.getAttribute('aria-disabled') === null`);
  // And those that come while it is being pressed.
  const during = Array.from({ length: 5 }, () =>
    sendFrom(page, 'fetch', `${api}/snapshot`, { headers: KEY }),
  );
  await popup.press(once);
  expect((await Promise.all(later)).map(({ status }) => status)).toEqual([200, 200, 200]);
  await expect.poll(waiting).toBe(5);
  expect(keysAt('/snapshot')).toHaveLength(4);
  await popup.waitFor(says(popupCopy.approval.title(5)));
  await popup.press(refuse);
  for (const { error } of await Promise.all(during)) expect(error).toContain(wireMessage('request-refused'));
  expect(keysAt('/snapshot')).toHaveLength(4);
});

test('an answer to another card than the one shown is refused', async () => {
  const { ended: first } = await ask('/other-card', once);
  const [card] = (await send('popup/view', {})).approvals;
  if (!card) throw new Error('no card');
  const answer = (change: object) =>
    send('approval/answer', {
      approvalId: card.id,
      requestIds: [...card.requestIds],
      decision: 'once',
      ...change,
    });
  await expect(answer({ approvalId: 'another' })).rejects.toMatchObject({ code: 'request-changed' });
  await expect(answer({ requestIds: [] })).rejects.toMatchObject({ code: 'request-changed' });
  await expect(answer({ requestIds: [...card.requestIds, crypto.randomUUID()] })).rejects.toMatchObject({
    code: 'request-changed',
  });
  await expect(answer({ decision: 'as-typed' })).rejects.toMatchObject({ code: 'bad-message' });
  expect(scene.everything()).toEqual([]);
  await popup.press(refuse);
  await first;
});

test('locked: unlock in the popup, then it pulls, asks and goes on', async () => {
  await send('lock/lock', {});
  const { ended: sent } = await ask('/locked', popupCopy.locked.waiting(1));
  await keepScreenshot('locked');
  await popup.type('not the passphrase');
  await popup.press(unlockCopy.unlock);
  await popup.waitFor(`document.querySelector('input').getAttribute('aria-invalid') === 'true'`);
  await popup.evaluate(`document.querySelector('input').select()`);
  await popup.type(PASSPHRASE);
  await popup.press(unlockCopy.unlock);
  await popup.press(once);
  expect((await sent).status).toBe(200);
  expect(keysAt('/locked')).toEqual([scene.values.API_KEY]);
  await scene.expectUnseen(page);
});

test('locked: a bare name may go as typed without unlocking', async () => {
  await send('lock/lock', {});
  const { ended: sent } = await ask('/as-typed', asTyped, { 'X-Api-Key': '{{API_KEY}}' });
  await keepScreenshot('locked-bare');
  await popup.press(asTyped);
  expect((await sent).status).toBe(200);
  expect(keysAt('/as-typed')).toEqual(['{{API_KEY}}']);
  await send('lock/unlock', { passphrase: PASSPHRASE });
  await pullAll(send);
});

test('a lock while a request waits keeps it waiting; unlocked, it asks anew', async () => {
  const { ended: sent } = await ask('/lock-between', once);
  await send('lock/lock', {});
  await popup.waitFor(says(popupCopy.locked.title));
  await popup.type(PASSPHRASE);
  await popup.press(unlockCopy.unlock);
  expect(keysAt('/lock-between')).toEqual([]);
  await popup.press(once);
  expect((await sent).status).toBe(200);
  expect(keysAt('/lock-between')).toEqual([scene.values.API_KEY]);
});

test('not pulled: the pull starts by itself, then it asks', async () => {
  await send('lock/lock', {});
  await send('lock/unlock', { passphrase: PASSPHRASE });
  const environment = (await environmentsOf(send)).get('team/app');
  expect(environment?.variables).toBeNull();
  const { ended: sent } = await ask('/pulled', once);
  await popup.press(always);
  expect((await sent).status).toBe(200);
  expect(keysAt('/pulled')).toEqual([scene.values.API_KEY]);
});

test('a destination that the browser gives no access to yet is asked for by the same press', async () => {
  const elsewhere = scene.world.api.elsewhere.url.replace('127.0.0.1', 'localhost');
  await scene.keyferry.answerYes('http://localhost/*');
  await page.bringToFront();
  const sent = sendFrom(page, 'fetch', `${elsewhere}/access`, { headers: KEY });
  await show(findPopup(scene.keyferry, page));
  await popup.waitFor(says(popupCopy.approval.accessOnce));
  await popup.press(once);
  expect((await sent).status).toBe(200);
  const [, request] = scene.world.api.elsewhere.requests('/access');
  expect(request?.headers['x-api-key']).toBe(scene.values.API_KEY);
  await close();

  // Taken away again, it is asked for again.
  await scene.keyferry.revokeHost('http://localhost/*');
  await page.bringToFront();
  const again = sendFrom(page, 'fetch', `${elsewhere}/access`, { headers: KEY });
  await show(findPopup(scene.keyferry, page));
  await popup.waitFor(says(popupCopy.approval.accessOnce));
  await popup.press(refuse);
  expect((await again).error).toContain(wireMessage('request-refused'));
});

test('production is called so', async () => {
  const environments = await environmentsOf(send);
  const [tester] = await send('testers/list', { workspaceId: WORKSPACE });
  const use = (path: string) =>
    send('tester/environment', {
      testerId: tester?.id ?? '',
      environmentId: environments.get(path)?.id ?? '',
    });
  await use('team/production');
  const { ended: sent } = await ask('/production', once);
  await keepScreenshot('production');
  await popup.press(once);
  expect((await sent).status).toBe(200);
  expect(keysAt('/production')).toEqual([scene.values.PRODUCTION]);
  await use('team/app');
});

test('from a tab in the background no popup opens: the badge counts, the page has a notice', async () => {
  const other = await scene.keyferry.context.newPage();
  await other.goto(scene.world.testers.hostile.url);
  await other.bringToFront();
  const sent = sendFrom(page, 'fetch', `${api}/background`, { headers: KEY });
  const badge = async () =>
    (await scene.keyferry.worker()).evaluate(() => {
      const { action } = Reflect.get(globalThis, 'chrome') as {
        action: { getBadgeText(what: object): Promise<string> };
      };
      return action.getBadgeText({});
    });
  await expect.poll(badge).toBe('1');
  const notice = page.locator('keyferry-notice');
  await expect(notice).toBeAttached();
  expect(await notice.evaluate((element) => [element.shadowRoot, element.textContent])).toEqual([null, '']);
  const cdp = await scene.keyferry.context.newCDPSession(page);
  const { targetInfos } = await cdp.send('Target.getTargets');
  expect(targetInfos.filter(({ url }) => url.includes('/popup.html'))).toEqual([]);

  // The toolbar's button shows it.
  await show(openPopup(scene.keyferry, page));
  await popup.press(once);
  expect((await sent).status).toBe(200);
  await expect.poll(badge).toBe('');
  await expect(notice).not.toBeAttached();
  await other.close();
});

test('nobody answers for 5 minutes: nothing is sent, and the page is told', async () => {
  const { ended: sent } = await ask('/nobody', once);
  await close();
  // The page's and the bridge's clock, not the worker's: it runs ahead as fast as they let it.
  // https://chromedevtools.github.io/devtools-protocol/tot/Emulation/#method-setVirtualTimePolicy
  const cdp = await scene.keyferry.context.newCDPSession(page);
  // In small steps, since it stands still at the end of each.
  const runAhead = () =>
    void cdp.send('Emulation.setVirtualTimePolicy', { policy: 'advance', budget: 1_000 });
  cdp.on('Emulation.virtualTimeBudgetExpired', runAhead);
  runAhead();
  expect((await sent).error).toBe(`TypeError: ${wireMessage('request-timeout')}`);
  cdp.off('Emulation.virtualTimeBudgetExpired', runAhead);
  await expect.poll(waiting).toBe(0);
  expect(scene.everything()).toEqual([]);
});
