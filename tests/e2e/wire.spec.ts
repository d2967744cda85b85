/** What goes over the wire, and what the page sees of it. The destination is always allowed here. */
import { expect, test } from '@playwright/test';
import type { Page } from '@playwright/test';
import { hookCopy } from '@/lib/core/copy/hook';
import { wireMessage } from '@/lib/core/copy/wire';
import { sendFrom, WAYS } from './support/page-requests';
import { holds, startScene, textOf } from './support/scene';
import type { Scene, Values } from './support/scene';
import { environmentsOf } from './support/set-up';
import { answerApproval, tabIdOf } from './support/tester';

let scene: Scene;
let page: Page;
let api: string;
test.beforeAll(async () => {
  scene = await startScene();
  page = await scene.open();
  api = scene.world.api.url;
  await scene.allow(page, api);
});
test.afterAll(() => scene?.stop());
test.beforeEach(() => scene.clear());

const base64 = (text: string) => Buffer.from(text).toString('base64');
const formEncoded = (text: string) => new URLSearchParams([['', text]]).toString().slice(1);

/** A header as the page writes it, and as it must arrive. */
const TEMPLATES: Record<string, [name: string, written: string, arrives: (values: Values) => string]> = {
  'the taught form': ['X-Api-Key', '{{vault:API_KEY}}', ({ API_KEY }) => API_KEY],
  'the bare form': ['X-Api-Key', '{{API_KEY}}', ({ API_KEY }) => API_KEY],
  'a bearer token': ['Authorization', 'Bearer {{vault:TOKEN}}', ({ TOKEN }) => `Bearer ${TOKEN}`],
  'Basic, in its base64': [
    'Authorization',
    `Basic ${base64('user:{{vault:API_KEY}}')}`,
    ({ API_KEY }) => `Basic ${base64(`user:${API_KEY}`)}`,
  ],
  'Basic, both halves, bare': [
    'Authorization',
    `Basic ${base64('{{TOKEN}}:{{API_KEY}}')}`,
    ({ API_KEY, TOKEN }) => `Basic ${base64(`${TOKEN}:${API_KEY}`)}`,
  ],
  'Basic, form-encoded in its base64': [
    'Authorization',
    `Basic ${base64('client:%7B%7Bvault%3Aspaced-name.v2%7D%7D')}`,
    (values) => `Basic ${base64(`client:${formEncoded(values['spaced-name.v2'])}`)}`,
  ],
  'several in one value': [
    'X-All',
    'a={{vault:API_KEY}}; b={{TOKEN}}, {{vault:API_KEY}}',
    ({ API_KEY, TOKEN }) => `a=${API_KEY}; b=${TOKEN}, ${API_KEY}`,
  ],
  'a dotted name': ['X-Db', '{{vault:db.password}}', (values) => values['db.password']],
  'a value that looks like a placeholder': [
    'X-Odd',
    '{{vault:spaced-name.v2}}',
    (values) => values['spaced-name.v2'],
  ],
};

for (const way of WAYS) {
  test(`${way}: every kind of header arrives exactly, cross-origin, and its preflight without a value`, async () => {
    for (const [what, [name, written, arrives]] of Object.entries(TEMPLATES)) {
      await test.step(what, async () => {
        scene.clear();
        const ended = await sendFrom(page, way, `${api}/wire?q=1`, { headers: { [name]: written } });
        expect(ended).toEqual({ status: 200, url: `${api}/wire?q=1`, text: '{"ok":true}', error: null });
        const [preflight, request, ...others] = scene.everything();
        expect(others).toEqual([]);
        expect(preflight).toMatchObject({ method: 'OPTIONS', target: '/wire?q=1' });
        expect(request).toMatchObject({ method: 'GET', target: '/wire?q=1' });
        expect(request?.headers[name.toLowerCase()]).toBe(arrives(scene.values));
        await scene.expectUnseen(page, preflight ? [preflight] : []);
      });
    }
  });

  test(`${way}: method and body stay the page's, and headers without placeholders too`, async () => {
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
      scene.clear();
      const body = JSON.stringify({ text: '{{API_KEY}} is nobody’s' });
      const headers = {
        'X-Api-Key': '{{vault:API_KEY}}',
        'X-Plain': 'as it is',
        'Content-Type': 'text/json',
      };
      expect((await sendFrom(page, way, `${api}/body`, { method, headers, body })).status).toBe(200);
      const request = scene.world.api.requests('/body').find((one) => one.method === method);
      expect(request?.body.toString()).toBe(body);
      expect(request?.headers).toMatchObject({
        'x-api-key': scene.values.API_KEY,
        'x-plain': 'as it is',
        'content-type': 'text/json',
      });
    }
  });

  test(`${way}: a redirect to the same path gets the value, to another path or origin it does not`, async () => {
    const { values, world } = scene;
    const headers = { 'X-Api-Key': '{{vault:API_KEY}}', 'X-Token': '{{TOKEN}}' };
    const results = {
      'same-path': await sendFrom(page, way, `${api}/redirect/same-path`, { headers }),
      'other-path': await sendFrom(page, way, `${api}/redirect/other-path`, { headers }),
      'other-origin': await sendFrom(page, way, `${api}/redirect/other-origin`, { headers }),
    };
    expect(Object.values(results).map(({ status }) => status)).toEqual([200, 200, 200]);
    for (const path of ['same-path', 'other-path', 'other-origin']) {
      const hops = world.api.requests(`/redirect/${path}`).filter(({ method }) => method === 'GET');
      expect(hops.map((hop) => hop.headers['x-api-key'])).toEqual(
        path === 'same-path' ? [values.API_KEY, values.API_KEY] : [values.API_KEY],
      );
    }
    const landed = [...world.api.requests('/landed'), ...world.api.elsewhere.requests()];
    expect(landed.filter(({ method }) => method === 'GET')).toHaveLength(2);
    const preflights = scene.everything().filter(({ method }) => method === 'OPTIONS');
    await scene.expectUnseen(page, [...landed, ...preflights]);
    expect(Object.values(results).map(({ url }) => url)).toEqual([
      `${api}/redirect/same-path?hop=1`,
      `${api}/landed`,
      `${world.api.elsewhere.url}/landed`,
    ]);
  });

  test(`${way}: what cannot be filled is not sent, and the page is told why`, async () => {
    const environment = (await environmentsOf(scene.keyferry.send)).get('team/app')?.name ?? '';
    const unresolved = (names: string) => wireMessage('unresolved', { names, environment });
    const forbidden = (header: string) => wireMessage('header-forbidden', { header });
    const cases: [headers: Record<string, string>, reason: string][] = [
      [{ 'X-Api-Key': '{{vault:NOT_THERE}}' }, unresolved('NOT_THERE')],
      [{ 'X-Api-Key': '{{vault:API_KEY}} {{vault:a b}}' }, unresolved('a b')],
      [{ 'X-Api-Key': '{{vault:team/production/API_KEY}}' }, unresolved('team/production/API_KEY')],
      [{ 'X-Api-Key': '{{vault:other/API_KEY}}' }, unresolved('other/API_KEY')],
      [{ Authorization: `Basic ${base64('u:{{vault:NOT_THERE}}')}` }, unresolved('NOT_THERE')],
      [{ 'X-Api-Key': '{{vault:BROKEN}}' }, wireMessage('header-illegal', { name: 'BROKEN' })],
      [{ 'X-Api-Key': '{{vault:EMPTY}}' }, wireMessage('header-illegal', { name: 'EMPTY' })],
      ...['Cookie', 'Host', 'Origin', 'Sec-Secret', 'Proxy-Authorization', 'X-HTTP-Method-Override'].map(
        (header): [Record<string, string>, string] => [{ [header]: '{{vault:API_KEY}}' }, forbidden(header)],
      ),
    ];
    for (const [headers, reason] of cases) {
      const { error, status } = await sendFrom(page, way, `${api}/not-sent`, { headers });
      expect([status, error]).toEqual([0, way === 'fetch' ? `TypeError: ${reason}` : 'error']);
    }
    const places = {
      URL: [
        { url: '?key={{vault:API_KEY}}' },
        { url: '?key=%7B%7Bvault%3AAPI_KEY%7D%7D' },
        { url: '/{{vault:A}}' },
      ],
      body: [{ body: '{"key":"{{vault:API_KEY}}"}' }, { body: 'key=%7B%7Bvault%3AAPI_KEY%7D%7D' }],
    };
    for (const [place, ones] of Object.entries(places)) {
      for (const { url = '', body } of ones as { url?: string; body?: string }[]) {
        const { error } = await sendFrom(page, way, `${api}/not-sent${url}`, {
          ...(body === undefined ? {} : { method: 'POST', body }),
        });
        const reason = wireMessage('place-unsupported', { place });
        expect(error).toBe(way === 'fetch' ? `TypeError: ${reason}` : 'error');
      }
    }
    expect(scene.everything()).toEqual([]);
    await scene.expectUnseen(page);
  });
}

test('fetch takes Request, Request with init, URL, Headers and pairs', async () => {
  const statuses = await page.evaluate(async (origin) => {
    const headers = { 'X-Api-Key': '{{vault:API_KEY}}' };
    const to = (name: string) => `${origin}/forms/${name}`;
    const answers = await Promise.all([
      fetch(new Request(to('request'), { method: 'POST', headers, body: 'its body' })),
      fetch(new Request(to('init')), {
        headers: { 'X-Api-Key': '{{vault:TOKEN}}' },
        method: 'PUT',
        body: 'new',
      }),
      fetch(new URL(to('url')), { headers: new Headers(headers) }),
      fetch(to('pairs'), {
        headers: [
          ['x-api-key', '{{vault:API_KEY}}'],
          ['x-api-key', '{{vault:TOKEN}}'],
        ],
      }),
      fetch(to('fragment#there'), { headers }),
    ]);
    return answers.map(({ status, url }) => [status, url]);
  }, api);
  expect(statuses).toEqual(
    ['request', 'init', 'url', 'pairs', 'fragment'].map((name) => [200, `${api}/forms/${name}`]),
  );
  const { API_KEY, TOKEN } = scene.values;
  const arrived = (name: string) => {
    const one = scene.world.api.requests(`/forms/${name}`).find(({ method }) => method !== 'OPTIONS');
    return [one?.method, one?.headers['x-api-key'], one?.body.toString()];
  };
  expect(arrived('request')).toEqual(['POST', API_KEY, 'its body']);
  expect(arrived('init')).toEqual(['PUT', TOKEN, 'new']);
  expect(arrived('url')).toEqual(['GET', API_KEY, '']);
  expect(arrived('pairs')).toEqual(['GET', `${API_KEY}, ${TOKEN}`, '']);
  expect(arrived('fragment')).toEqual(['GET', API_KEY, '']);
});

test('giving up keeps the page’s own reason, before, while it is held and after it was sent', async () => {
  const { send } = scene.keyferry;
  const { elsewhere } = scene.world.api;
  const waiting = () => send('status/view', {}).then((status) => status.waiting);
  // Held: this origin has not been allowed.
  await page.evaluate((to) => {
    const controller = new AbortController();
    const headers = { 'X-Api-Key': '{{vault:API_KEY}}' };
    const already = fetch(`${to}/already`, { headers, signal: AbortSignal.abort('too early') });
    const held = fetch(`${to}/held`, { headers, signal: controller.signal });
    const xhr = new XMLHttpRequest();
    const events: string[] = [];
    for (const kind of ['readystatechange', 'abort', 'error', 'load', 'loadend']) {
      xhr.addEventListener(kind, () => events.push(`${kind} ${xhr.readyState}`));
    }
    xhr.open('GET', `${to}/xhr`);
    xhr.setRequestHeader('X-Api-Key', '{{vault:API_KEY}}');
    xhr.send();
    const end = (promise: Promise<unknown>) => promise.then(String, (reason: unknown) => reason);
    Reflect.set(window, 'giveUp', async () => {
      controller.abort('the user pressed Cancel');
      xhr.abort();
      return [await end(already), await end(held), events, xhr.readyState, xhr.status];
    });
  }, elsewhere.url);
  await expect.poll(waiting).toBe(2);
  const ended = await page.evaluate(() => (Reflect.get(window, 'giveUp') as () => Promise<unknown>)());
  expect(ended).toEqual([
    'too early',
    'the user pressed Cancel',
    ['readystatechange 1', 'readystatechange 4', 'abort 4', 'loadend 4'],
    0,
    0,
  ]);
  await expect.poll(waiting).toBe(0);
  expect(elsewhere.requests()).toEqual([]);

  const sent = page.evaluate((to) => {
    const controller = new AbortController();
    Reflect.set(window, 'giveUp', () => controller.abort('after all'));
    return fetch(to, { headers: { 'X-Api-Key': '{{vault:API_KEY}}' }, signal: controller.signal }).then(
      String,
      (reason: unknown) => reason,
    );
  }, `${api}/hold`);
  const arrived = await scene.world.api.arrival(({ method, path }) => method === 'GET' && path === '/hold');
  expect(arrived.headers['x-api-key']).toBe(scene.values.API_KEY);
  await page.evaluate(() => (Reflect.get(window, 'giveUp') as () => void)());
  expect(await sent).toBe('after all');
  scene.world.api.release();
});

test('a synchronous request with a placeholder is not sent, one without is', async () => {
  const outcomes = await page.evaluate((to) => {
    return ['{{vault:API_KEY}}', '{{API_KEY}}', 'plain'].map((value) => {
      const xhr = new XMLHttpRequest();
      xhr.open('GET', `${to}/synchronous`, false);
      xhr.setRequestHeader('X-Api-Key', value);
      try {
        xhr.send();
        return String(xhr.status);
      } catch (error) {
        return String(error);
      }
    });
  }, api);
  expect(outcomes).toEqual([`NetworkError: ${hookCopy.synchronous}`, '200', '200']);
  const arrived = scene.world.api.requests('/synchronous').filter(({ method }) => method === 'GET');
  expect(arrived.map(({ headers }) => headers['x-api-key'])).toEqual(['{{API_KEY}}', 'plain']);
});

test('a bare name that is no variable goes out as typed, and the popup’s view says so', async () => {
  const headers = { 'X-Theirs': '{{their_variable}} and {{API_KEY}}', 'X-Also': '{{other-one}}' };
  expect((await sendFrom(page, 'fetch', `${api}/bare?q={{API_KEY}}`, { headers })).status).toBe(200);
  const arrived = scene.world.api.requests('/bare').find(({ method }) => method === 'GET');
  expect(arrived?.headers['x-theirs']).toBe(`{{their_variable}} and ${scene.values.API_KEY}`);
  expect(arrived?.headers['x-also']).toBe('{{other-one}}');
  expect(arrived?.query.get('q')).toBe('{{API_KEY}}');
  const tabId = await tabIdOf(scene.keyferry, page.url());
  const { tab } = await scene.keyferry.send('popup/view', { tabId });
  expect(tab?.sentAsTyped.map(({ name }) => name).sort()).toEqual(['other-one', 'their_variable']);
});

test('production has grants of its own', async () => {
  const { send } = scene.keyferry;
  const production = (await environmentsOf(send)).get('team/production');
  const [tester] = await send('testers/list', { workspaceId: production?.workspaceId ?? '' });
  expect(production?.production).toBe(true);
  const tabId = await tabIdOf(scene.keyferry, page.url());
  const use = (environmentId: string) =>
    send('tester/environment', { testerId: tester?.id ?? '', environmentId, tabId });
  await use(production?.id ?? '');
  // The same tester and destination, allowed for team/app only.
  const sent = sendFrom(page, 'fetch', `${api}/production`, {
    headers: { 'X-Api-Key': '{{vault:API_KEY}}' },
  });
  const card = await answerApproval(send, 'once');
  expect(card).toMatchObject({ production: true, environmentName: production?.name, destination: api });
  expect((await sent).status).toBe(200);
  const arrived = scene.world.api.requests('/production').find(({ method }) => method === 'GET');
  expect(arrived?.headers['x-api-key']).toBe(scene.values.PRODUCTION);
  await use(tester?.environmentId ?? '');
});

test('a page that is no tester gets nothing, also while a request of a tester is on its way', async () => {
  const { hostile } = scene.world.testers;
  const other = await scene.keyferry.context.newPage();
  await other.goto(hostile.url);
  const mine = sendFrom(page, 'fetch', `${api}/hold`, { headers: { 'X-Api-Key': '{{vault:API_KEY}}' } });
  await scene.world.api.arrival(({ method, path }) => method === 'GET' && path === '/hold');
  const theirs = await sendFrom(other, 'fetch', `${api}/hold-not?theirs`, {
    headers: { 'X-Api-Key': '{{vault:API_KEY}}' },
  });
  expect(theirs.status).toBe(200);
  const [, arrived] = scene.world.api.requests('/hold-not');
  expect(arrived?.headers).toMatchObject({ origin: hostile.url, 'x-api-key': '{{vault:API_KEY}}' });
  scene.world.api.release();
  expect((await mine).status).toBe(200);
  await other.close();
});

test('100 requests at once to one address with three variables, each exact', async () => {
  const names = ['API_KEY', 'TOKEN', 'db.password'] as const;
  const statuses = await page.evaluate(
    ([to, variables]) =>
      Promise.all(
        Array.from({ length: 100 }, async (_, at) => {
          const headers = { 'X-At': String(at), 'X-Value': `{{vault:${variables[at % 3]}}}` };
          if (at % 2) return (await fetch(to, { headers })).status;
          const xhr = new XMLHttpRequest();
          xhr.open('GET', to);
          for (const [name, value] of Object.entries(headers)) xhr.setRequestHeader(name, value);
          return new Promise<number>((resolve) => {
            xhr.onloadend = () => resolve(xhr.status);
            xhr.send();
          });
        }),
      ),
    [`${api}/many`, names] as const,
  );
  expect(statuses).toEqual(Array.from({ length: 100 }, () => 200));
  const arrived = scene.world.api.requests('/many').filter(({ method }) => method === 'GET');
  const byNumber = new Map(arrived.map(({ headers }) => [Number(headers['x-at']), headers['x-value']]));
  expect(arrived).toHaveLength(100);
  for (let at = 0; at < 100; at++) expect(byNumber.get(at)).toBe(scene.values[names[at % 3] ?? 'API_KEY']);
  const preflights = scene.everything().filter(({ method }) => method === 'OPTIONS');
  expect(
    preflights.filter((one) => Object.values(scene.values).some((value) => holds(textOf(one), value))),
  ).toEqual([]);
});
