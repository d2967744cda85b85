/** The hook in a real page of Chromium, with a bridge of the test's own and a server that records. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';

import { chromium, type Browser, type CDPSession, type Page } from '@playwright/test';
import { build } from 'vite';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { ASK, OFFER, type HoldMessage } from '@/lib/injection/channel';

import { findChromium } from '../../world/find-browser';

interface Arrived {
  readonly method: string;
  readonly url: string;
  readonly headers: Record<string, string | string[] | undefined>;
  readonly body: string;
}

const root = fileURLToPath(new URL('../../..', import.meta.url));
let hook: string;
let server: Server;
let origin: string;
let browser: Browser;
let page: Page;
let cdp: CDPSession;
let arrived: Arrived[] = [];
let fragments: string[] = [];

async function bundle(): Promise<string> {
  const result = await build({
    root,
    configFile: false,
    logLevel: 'silent',
    resolve: { alias: { '@': root } },
    build: {
      write: false,
      lib: { entry: 'lib/injection/hook/install.ts', formats: ['iife'], name: 'keyferryHook' },
    },
  });
  const [output] = Array.isArray(result) ? result : [result];
  if (!output || !('output' in output)) throw new Error('no bundle');
  return `${output.output[0].code}\nkeyferryHook.installHook();`;
}

/** Plays the bridge: what it is asked is in `asked`, what it says is decided by `answer`. */
const bridge = ([ask, offer]: readonly string[]) => {
  const { port1, port2 } = new MessageChannel();
  const play = {
    asked: [] as unknown[],
    answer: 'armed' as 'armed' | 'as-typed' | 'failed' | 'orphaned' | 'hold' | 'dead',
    reply: (message: unknown) => port1.postMessage(message),
  };
  Object.assign(window, { play });
  port1.onmessage = ({ data }: MessageEvent<{ kind: string; id: number }>) => {
    play.asked.push(data);
    if (data.kind !== 'hold' || play.answer === 'dead') return;
    const { id } = data;
    play.reply({ kind: 'seen', id });
    if (play.answer === 'armed') play.reply({ kind: 'armed', id, nonce: `n-${id}` });
    else if (play.answer === 'failed') play.reply({ kind: 'failed', id, message: 'Keyferry: No.' });
    else if (play.answer !== 'hold') play.reply({ kind: play.answer, id });
  };
  const dispatch = () =>
    document.dispatchEvent(new MessageEvent(offer ?? '', { ports: [port2], cancelable: true }));
  document.addEventListener(ask ?? '', dispatch, { once: true });
};

declare const play: { asked: HoldMessage[]; answer: string; reply(message: unknown): void };

beforeAll(async () => {
  hook = await bundle();
  server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      if (url === '/') {
        response
          .setHeader('content-type', 'text/html')
          .end('<!doctype html><title>Tester</title><link rel="icon" href="data:,">');
        return;
      }
      arrived.push({ method, url, headers, body: Buffer.concat(parts).toString() });
      response.end('answer');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  browser = await chromium.launch({
    executablePath: findChromium(),
    args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
  });
  page = await browser.newPage();
  await page.addInitScript(bridge, [ASK, OFFER]);
  await page.addInitScript(hook);
  cdp = await page.context().newCDPSession(page);
  await cdp.send('Network.enable');
  cdp.on('Network.requestWillBeSent', ({ request }) => {
    if (/^http.*[^/]$/.test(request.url)) fragments.push(request.urlFragment ?? '');
  });
}, 60_000);

beforeEach(async () => {
  await page.goto(`${origin}/`);
  arrived = [];
  fragments = [];
});

afterAll(async () => {
  await browser?.close();
  server?.close();
});

const asked = () => page.evaluate(() => play.asked);
/** Messages of a port arrive a moment later. */
const kinds = async () => (await asked()).map(({ kind }) => kind);

describe('fetch', () => {
  it.each([
    [
      'a string and a plain object',
      () => fetch('/x', { headers: { 'X-Key': '{{vault:KEY}}', Accept: 'a/b' } }),
    ],
    ['a URL object', () => fetch(new URL('/x', location.href), { headers: { 'X-Key': '{{vault:KEY}}' } })],
    ['a list', () => fetch('/x', { headers: [['X-Key', '{{vault:KEY}}']] })],
    ['Headers', () => fetch('/x', { headers: new Headers({ 'X-Key': '{{vault:KEY}}' }) })],
    [
      'a Map',
      () => fetch('/x', { headers: new Map([['X-Key', '{{vault:KEY}}']]) as unknown as HeadersInit }),
    ],
    ['a Request', () => fetch(new Request('/x', { headers: { 'X-Key': '{{vault:KEY}}' } }))],
    [
      'a Request and init',
      () =>
        fetch(new Request('/x', { headers: { 'X-Key': 'no' } }), { headers: { 'X-Key': '{{vault:KEY}}' } }),
    ],
    [
      'an init with the page’s own members',
      () =>
        fetch('/x', { headers: { 'X-Key': '{{vault:KEY}}' }, requestInterceptor: () => 1 } as RequestInit),
    ],
  ])('sends %s to the address with the nonce', async (_, send) => {
    const text = await page.evaluate(`(${String(send)})().then(async (r) => [r.url, await r.text()])`);
    expect(text).toEqual([`${origin}/x`, 'answer']);
    expect(fragments).toEqual(['#kf-n-1']);
    expect(arrived).toHaveLength(1);
    expect(arrived[0]?.headers['x-key']).toBe('{{vault:KEY}}');
    const [message] = await asked();
    expect(message).toMatchObject({ method: 'GET', url: `${origin}/x`, elsewhere: [] });
    expect(message?.headers.map(([name, value]) => [name.toLowerCase(), value])).toEqual([
      ['x-key', '{{vault:KEY}}'],
    ]);
  });

  it('finds Basic, joins repeated names, and asks about nothing else', async () => {
    await page.evaluate(() =>
      fetch('/x', {
        method: 'post',
        headers: [
          ['Authorization', `Basic ${btoa('user:{{vault:KEY}}')}`],
          ['X-Two', '{{A}}'],
          ['X-Two', '{{B}}'],
          ['X-Plain', 'plain'],
        ],
      }),
    );
    expect(await asked()).toEqual([
      {
        kind: 'hold',
        id: 1,
        url: `${origin}/x`,
        method: 'POST',
        headers: [
          ['authorization', `Basic ${btoa('user:{{vault:KEY}}')}`],
          ['x-two', '{{A}}, {{B}}'],
        ],
        elsewhere: [],
        silent: false,
      },
    ]);
  });

  it('keeps body, type and method of a Request', async () => {
    await page.evaluate(() => {
      const form = new FormData();
      form.append('field', 'text');
      form.append('file', new File(['bytes'], 'name.bin'));
      const headers = { 'X-Key': '{{vault:KEY}}' };
      return fetch(new Request('/x', { method: 'PUT', headers, body: form }));
    });
    const [request] = arrived;
    const boundary = /boundary=(.+)$/.exec(String(request?.headers['content-type']))?.[1] ?? 'none';
    expect(request?.method).toBe('PUT');
    expect(request?.body).toContain(boundary);
    expect(request?.body).toContain('name.bin');
    expect(fragments).toEqual(['#kf-n-1']);
  });

  it('lets everything else through as it came', async () => {
    await page.evaluate(async () => {
      await fetch('/plain', { headers: { Authorization: `Basic ${btoa('user:password')}` } });
      await fetch('/bare/{{NAME}}?q={{NAME}}', { method: 'POST', body: '{{NAME}}' });
      await fetch(new Request('/request', { method: 'POST', body: '{"a": 1}' }));
      await fetch('/params', { method: 'POST', body: new URLSearchParams({ a: '1' }) });
    });
    expect(await asked()).toEqual([]);
    expect(arrived.map(({ url, body }) => [url, body])).toEqual([
      ['/plain', ''],
      ['/bare/%7B%7BNAME%7D%7D?q={{NAME}}', '{{NAME}}'],
      ['/request', '{"a": 1}'],
      ['/params', 'a=1'],
    ]);
    expect(fragments.join('')).toBe('');
  });

  it.each([
    ['the URL', () => fetch('/x?key={{vault:KEY}}')],
    ['the path', () => fetch('/%7B%7Bvault%3AKEY%7D%7D')],
    ['a Request’s URL', () => fetch(new Request('/{{vault:KEY}}'))],
    ['a string body', () => fetch('/x', { method: 'POST', body: '{"a":"{{vault:KEY}}"}' })],
    ['a form', () => fetch('/x', { method: 'POST', body: new URLSearchParams({ a: '{{vault:KEY}}' }) })],
    ['bytes', () => fetch('/x', { method: 'POST', body: new TextEncoder().encode('{{vault:KEY}}') })],
    [
      'multipart',
      () => {
        const body = new FormData();
        body.append('a', '{{vault:KEY}}');
        return fetch('/x', { method: 'POST', body });
      },
    ],
    ['a Request’s body', () => fetch(new Request('/x', { method: 'POST', body: '{"a":"{{vault:KEY}}"}' }))],
  ])('asks about a placeholder in %s, and sends nothing when told no', async (_, send) => {
    await page.evaluate(() => {
      play.answer = 'failed';
    });
    const error = await page.evaluate(`(${String(send)})().catch((e) => e.name + ': ' + e.message)`);
    expect(error).toBe('TypeError: Keyferry: No.');
    const [message] = await asked();
    expect(message?.elsewhere).toHaveLength(1);
    expect(arrived).toEqual([]);
  });

  it('sends as typed when told so', async () => {
    await page.evaluate(() => {
      play.answer = 'as-typed';
      return fetch('/x', { headers: { 'X-Key': '{{KEY}}' } });
    });
    expect(arrived[0]?.headers['x-key']).toBe('{{KEY}}');
    expect(fragments).toEqual(['']);
  });

  it.each(['orphaned', 'dead'])(
    'never sends ours when the bridge is %s; what may be somebody else’s passes',
    async (answer) => {
      const outcome = await page.evaluate(async (how) => {
        play.answer = how;
        const [ours] = await Promise.all([
          fetch('/ours', { headers: { 'X-Key': '{{vault:KEY}}' } }).catch((error: Error) => error.message),
          fetch('/bare', { headers: { 'X-Key': '{{KEY}}' } }),
        ]);
        return ours;
      }, answer);
      expect(outcome).toContain('Reload the page');
      expect(arrived.map(({ url }) => url)).toEqual(['/bare']);
    },
  );

  it('rejects with the page’s own reason when it aborts while held', async () => {
    const outcome = await page.evaluate(async () => {
      play.answer = 'hold';
      const controller = new AbortController();
      const headers = { 'X-Key': '{{vault:KEY}}' };
      const all = [
        fetch('/x', { headers, signal: controller.signal }),
        fetch(new Request('/x', { headers, signal: controller.signal })),
      ].map((sent) => sent.catch((reason: unknown) => reason));
      controller.abort('a string of the page');
      const reasons = await Promise.all(all);
      // Late news change nothing.
      play.reply({ kind: 'armed', id: 1, nonce: 'late' });
      reasons.push(
        await fetch('/x', { headers, signal: AbortSignal.abort(7) }).catch((reason: unknown) => reason),
      );
      return reasons;
    });
    expect(outcome).toEqual(['a string of the page', 'a string of the page', 7]);
    await expect.poll(kinds).toEqual(['hold', 'hold', 'drop', 'drop']);
    expect(arrived).toEqual([]);
  });

  it('leaves errors of wrong arguments to the browser', async () => {
    const names = await page.evaluate(async () => {
      const bad = [
        () => fetch('http://{{vault:KEY}}/'),
        () => fetch('/x', { headers: { 'bad name': '{{vault:KEY}}' } }),
        () => (fetch as () => Promise<unknown>)(),
      ];
      return Promise.all(bad.map((send) => send().catch((error: Error) => error.name)));
    });
    expect(names).toEqual(['TypeError', 'TypeError', 'TypeError']);
  });
});

describe('XMLHttpRequest', () => {
  /** Sends and tells the events in their order, with what can be seen at each. */
  const run = `async ({ act, body }) => {
    const xhr = new XMLHttpRequest();
    const seen = [];
    for (const type of ['readystatechange', 'load', 'error', 'abort', 'loadend']) {
      xhr.addEventListener(type, () => seen.push(type + ' ' + xhr.readyState + ' ' + xhr.status));
    }
    xhr.open('post', '/x');
    xhr.responseType = 'arraybuffer';
    xhr.setRequestHeader('X-Key', '{{vault:KEY}}');
    xhr.setRequestHeader('X-Two', 'a');
    xhr.setRequestHeader('X-Two', '{{B}}');
    xhr.setRequestHeader('X-Plain', 'plain');
    const done = new Promise((resolve) => (xhr.onloadend = resolve));
    xhr.send(body);
    if (act === 'abort') xhr.abort();
    await done;
    await new Promise((resolve) => setTimeout(resolve));
    const size = xhr.response?.byteLength ?? null;
    return { seen, url: xhr.responseURL, readyState: xhr.readyState, type: xhr.responseType, size };
  }`;

  it('goes out at the address with the nonce, with all that was set', async () => {
    const outcome = await page.evaluate(`(${run})({ body: 'text' })`);
    expect(outcome).toEqual({
      seen: [
        'readystatechange 1 0',
        'readystatechange 2 200',
        'readystatechange 3 200',
        'readystatechange 4 200',
        'load 4 200',
        'loadend 4 200',
      ],
      url: `${origin}/x`,
      readyState: 4,
      type: 'arraybuffer',
      size: 6,
    });
    expect(fragments).toEqual(['#kf-n-1']);
    expect(arrived).toMatchObject([
      {
        method: 'POST',
        body: 'text',
        headers: { 'x-key': '{{vault:KEY}}', 'x-two': 'a, {{B}}', 'x-plain': 'plain' },
      },
    ]);
    expect(await asked()).toMatchObject([
      {
        method: 'POST',
        silent: true,
        headers: [
          ['X-Key', '{{vault:KEY}}'],
          ['X-Two', 'a, {{B}}'],
        ],
      },
    ]);
  });

  it('fires error and loadend when it is not sent', async () => {
    await page.evaluate(() => {
      play.answer = 'failed';
    });
    expect(await page.evaluate(`(${run})({})`)).toMatchObject({
      seen: ['readystatechange 1 0', 'readystatechange 4 0', 'error 4 0', 'loadend 4 0'],
      readyState: 4,
    });
    expect(arrived).toEqual([]);
  });

  it('aborted while held: fires abort and loadend, and is never sent', async () => {
    await page.evaluate(() => {
      play.answer = 'hold';
    });
    expect(await page.evaluate(`(${run})({ act: 'abort' })`)).toMatchObject({
      seen: ['readystatechange 1 0', 'readystatechange 4 0', 'abort 4 0', 'loadend 4 0'],
      readyState: 0,
    });
    await page.evaluate(() => play.reply({ kind: 'armed', id: 1, nonce: 'late' }));
    await expect.poll(kinds).toEqual(['hold', 'drop']);
    expect(arrived).toEqual([]);
  });

  it('can be opened and sent again after that', async () => {
    const text = await page.evaluate(async () => {
      play.answer = 'hold';
      const xhr = new XMLHttpRequest();
      xhr.open('GET', '/first');
      xhr.setRequestHeader('X-Key', '{{vault:KEY}}');
      xhr.send();
      const again = () => {
        try {
          xhr.send();
          return 'sent';
        } catch (error) {
          return (error as Error).name;
        }
      };
      const twice = again();
      // Opened over the held one: it is gone without a word.
      const heard: string[] = [];
      xhr.onabort = () => heard.push('abort');
      xhr.open('GET', '/second');
      const loaded = new Promise((resolve) => (xhr.onload = resolve));
      xhr.send();
      await loaded;
      return [twice, heard, xhr.readyState, xhr.responseText];
    });
    expect(text).toEqual(['InvalidStateError', [], 4, 'answer']);
    expect(arrived.map(({ url }) => url)).toEqual(['/second']);
  });

  it('cannot be filled when it is synchronous', async () => {
    const outcome = await page.evaluate(() => {
      const sync = (value: string) => {
        const xhr = new XMLHttpRequest();
        xhr.open('GET', '/x', false);
        xhr.setRequestHeader('X-Key', value);
        try {
          xhr.send();
          return String(xhr.status);
        } catch (error) {
          return `${(error as Error).name}: ${(error as Error).message}`;
        }
      };
      return [sync('{{vault:KEY}}'), sync('{{KEY}}'), sync('plain')];
    });
    expect(outcome[0]).toContain('NetworkError: Keyferry: A synchronous request');
    expect(outcome.slice(1)).toEqual(['200', '200']);
  });

  it('asks about a placeholder in body and URL', async () => {
    const outcome = await page.evaluate(async () => {
      play.answer = 'failed';
      const send = (url: string, body: string | null) =>
        new Promise<string>((resolve) => {
          const xhr = new XMLHttpRequest();
          xhr.onerror = () => resolve('error');
          xhr.onload = () => resolve('load');
          xhr.open('POST', url);
          xhr.send(body);
        });
      return [
        await send('/x', '{{vault:KEY}}'),
        await send('/{{vault:KEY}}', null),
        await send('/x', 'plain'),
      ];
    });
    expect(outcome).toEqual(['error', 'error', 'load']);
    expect((await asked()).map(({ elsewhere }) => elsewhere)).toEqual([['body'], ['url']]);
  });
});
