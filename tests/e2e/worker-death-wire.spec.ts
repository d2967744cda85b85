/** The worker dies around arming, sending and waiting: no wrong value, no hang, and each request has a clear end. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from '@playwright/test';
import type { Page } from '@playwright/test';
import { popupCopy } from '@/lib/core/copy/popup';
import { isRuleId } from '@/lib/injection/rule';
import type { ApprovalView } from '@/lib/messaging/views';
import { findPopup } from '../world/popup';
import { sendFrom } from './support/page-requests';
import { createRandom, SEED } from './support/random';
import { startScene } from './support/scene';
import type { Scene } from './support/scene';
import { createWorkerKiller } from './support/worker';
import type { WorkerKiller } from './support/worker';

const DEATHS = 25;
const DEATHS_AT_ANSWER = 3;
const LANES = 4;
const VARIABLES = ['API_KEY', 'TOKEN', 'db.password'] as const;
const KEY = { 'X-Api-Key': '{{vault:API_KEY}}' };

let scene: Scene;
let killer: WorkerKiller;
let page: Page;
let api: string;
const random = createRandom(SEED);

test.beforeAll(async () => {
  scene = await startScene();
  api = scene.world.api.url;
  killer = await createWorkerKiller(scene.keyferry);
  page = await scene.open();
  await page.bringToFront();
});
test.afterAll(async () => {
  await killer?.close();
  await scene?.stop();
});
test.beforeEach(() => scene.clear());
test.afterEach(() => {
  const { status, expectedStatus } = test.info();
  if (status !== expectedStatus) console.log(`To repeat these instants: KEYFERRY_SEED=${SEED}`);
});

const arrivedAt = (path: string) =>
  scene.world.api.requests(path).filter(({ method }) => method !== 'OPTIONS');

/** The cards that wait, once there are any; none when the wait was over before. */
async function nextApprovals(isOver: () => boolean): Promise<readonly ApprovalView[]> {
  let waiting: readonly ApprovalView[] = [];
  await expect
    .poll(async () => {
      ({ approvals: waiting } = await scene.keyferry.send('popup/view', {}));
      return isOver() || waiting.length > 0;
    })
    .toBe(true);
  return waiting;
}

test('dies while a request waits for the user, and around the answer', async () => {
  for (let death = 1; death <= 8; death++) {
    const path = `/waiting/${death}`;
    const sent = sendFrom(page, death % 2 ? 'fetch' : 'xhr', `${api}${path}`, { headers: KEY });
    let over = false;
    void sent.then(() => (over = true));
    await sleep(random(60));
    await killer.kill();
    // Asked about again until an answer was kept, by the same card or a new one. How many deaths come before it is kept
    // is the machine's affair: the last answer has none behind it.
    for (let answers = 1; !over; answers++) {
      const [card] = await nextApprovals(() => over);
      if (!card) break;
      expect(card).toMatchObject({ path, requestIds: [expect.any(String)] });
      const { id, requestIds } = card;
      const answered = scene.keyferry
        .send('approval/answer', { approvalId: id, requestIds: [...requestIds], decision: 'once' })
        // Died before it had answered, or the request was under way already.
        .catch((error: { code?: string }) =>
          expect(['worker-restarted', 'request-changed']).toContain(error.code),
        );
      if (answers > DEATHS_AT_ANSWER) {
        await answered;
        break;
      }
      await sleep(random(12));
      await killer.kill();
      await answered;
      // A kept answer is used once the bridge has asked again.
      await Promise.race([sent, sleep(1_500)]);
    }
    expect((await sent).status).toBe(200);
    expect(arrivedAt(path).map(({ headers }) => headers['x-api-key'])).toEqual([scene.values.API_KEY]);
  }
});

test('dies behind the open popup: the card is still good', async () => {
  const sent = sendFrom(page, 'fetch', `${api}/popup`, { headers: KEY });
  const popup = await findPopup(scene.keyferry, page);
  // It may have been open since the tests before, and show what is over.
  await popup.waitFor(`document.querySelector('article')?.innerText.includes('/popup')`);
  await killer.kill();
  await popup.press(popupCopy.approval.always);
  expect((await sent).status).toBe(200);
  expect(arrivedAt('/popup').map(({ headers }) => headers['x-api-key'])).toEqual([scene.values.API_KEY]);
  await popup.close();
});

test(`dies ${DEATHS} times while ${LANES} requests at a time are armed and sent`, async () => {
  // Allowed by the test before, or else here.
  if ((await scene.keyferry.send('testers/list', { workspaceId: 'default' }))[0]?.grants.length === 0) {
    await scene.allow(page, api);
  }
  await page.evaluate(
    ([to, lanes, variables]) => {
      const outcomes: { at: number; name: string; end: string }[] = [];
      let going = true;
      let last = 0;
      const lane = async () => {
        while (going) {
          const at = last++;
          const name = variables[at % variables.length] ?? '';
          const headers = { 'X-At': String(at), 'X-Value': `{{vault:${name}}}` };
          const end = await fetch(`${to}/busy`, { headers }).then(
            ({ status }) => String(status),
            (error: Error) => error.message,
          );
          outcomes.push({ at, name, end });
        }
      };
      const ended = Promise.all(Array.from({ length: lanes }, lane));
      Reflect.set(window, 'finish', async () => {
        going = false;
        await ended;
        return outcomes;
      });
    },
    [api, LANES, VARIABLES] as const,
  );
  for (let death = 0; death < DEATHS; death++) {
    const before = arrivedAt('/busy').length;
    // Again under way after the last death.
    await expect.poll(() => arrivedAt('/busy').length, { intervals: [5] }).toBeGreaterThan(before);
    await sleep(random(40));
    await killer.kill();
  }
  const outcomes = await page.evaluate(() =>
    (Reflect.get(window, 'finish') as () => Promise<{ at: number; name: string; end: string }[]>)(),
  );

  const arrived = arrivedAt('/busy');
  const byNumber = new Map(arrived.map((one) => [Number(one.headers['x-at']), one]));
  expect(byNumber.size).toBe(arrived.length);
  expect(outcomes.length).toBeGreaterThan(DEATHS);
  for (const { at, name, end } of outcomes) {
    const value = byNumber.get(at)?.headers['x-value'];
    if (end === '200') expect(value).toBe(scene.values[name as (typeof VARIABLES)[number]]);
    else {
      expect(end).toMatch(/^Keyferry: /);
      expect(value).toBeUndefined();
    }
  }
  // Whoever died, the bridge asked again: all of them came through.
  expect(outcomes.filter(({ end }) => end !== '200')).toEqual([]);
  const rules = async () =>
    scene.keyferry.page.evaluate(async () => {
      const { declarativeNetRequest } = Reflect.get(globalThis, 'chrome') as {
        declarativeNetRequest: { getSessionRules(): Promise<{ id: number }[]> };
      };
      return (await declarativeNetRequest.getSessionRules()).map(({ id }) => id);
    });
  // Rules that a dead worker left go by themselves.
  await expect
    .poll(async () => (await rules()).filter(isRuleId), { timeout: 20_000, intervals: [500] })
    .toEqual([]);
  await scene.expectUnseen(page);
});
