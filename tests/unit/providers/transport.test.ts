import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, RequestListener, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import { afterEach, expect, it, vi } from 'vitest';
import { AppError } from '@/lib/core/errors';
import { createFetchTransport } from '@/lib/providers/fetch-transport';
import { UNSENT } from '@/lib/providers/transport';
import type { HttpRequest } from '@/lib/providers/transport';

const signal = new AbortController().signal;
const SECRET = 'hvs.canary-7f3a';
let servers: Server[] = [];

afterEach(async () => {
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  }
  servers = [];
});

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const get = (url: string): HttpRequest => ({ method: 'GET', url, headers: { 'X-Vault-Token': SECRET } });

/** The error of a call, after a look for what must not be in it. */
async function failureOf(work: Promise<unknown>): Promise<AppError> {
  const error = await work.then(
    () => expect.unreachable('it should have failed'),
    (thrown: AppError) => thrown,
  );
  expect(inspect(error, { depth: 9, showHidden: true, getters: true })).not.toMatch(/canary|X-Vault|q=1/);
  return error;
}

it('sends method, headers and body as they are, and gives status, headers and text', async () => {
  const seen: { method?: string; headers?: IncomingMessage['headers']; body?: string } = {};
  const url = await serve(async (message, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of message) chunks.push(chunk as Buffer);
    Object.assign(seen, {
      method: message.method,
      headers: message.headers,
      body: Buffer.concat(chunks).toString(),
    });
    response.writeHead(200, { 'X-Answer': 'Yes', 'Content-Type': 'application/json' }).end('{"a":1.10}');
  });
  const request: HttpRequest = {
    method: 'PATCH',
    url,
    headers: { 'X-Vault-Token': SECRET, 'Content-Type': 'application/merge-patch+json' },
    body: '{"b": 2.50}',
  };
  const answer = await createFetchTransport()(request, signal);
  expect(answer).toMatchObject({ status: 200, text: '{"a":1.10}' });
  expect(answer.headers['x-answer']).toBe('Yes');
  expect(seen).toMatchObject({ method: 'PATCH', body: '{"b": 2.50}' });
  expect(seen.headers).toMatchObject({
    'x-vault-token': SECRET,
    'content-type': 'application/merge-patch+json',
  });
  expect(seen.headers).not.toHaveProperty('cookie');
  expect(seen.headers).not.toHaveProperty('referer');
});

it('asks the browser for no cache, no cookies, no referrer and no redirects', async () => {
  const fetch = vi.fn<typeof globalThis.fetch>(async () => new Response('{}'));
  await createFetchTransport({ fetch })(get('http://vault.example/'), signal);
  expect(fetch.mock.calls[0]?.[1]).toMatchObject({
    cache: 'no-store',
    credentials: 'omit',
    referrerPolicy: 'no-referrer',
    redirect: 'manual',
  });
});

it.each([204, 400, 403, 404, 429, 473, 500, 503])(
  'takes %i for an answer, asked for once',
  async (status) => {
    let count = 0;
    const url = await serve((_message, response) => {
      count += 1;
      response.writeHead(status).end(status === 204 ? undefined : 'text');
    });
    expect(await createFetchTransport()(get(url), signal)).toMatchObject({
      status,
      text: status === 204 ? '' : 'text',
    });
    expect(count).toBe(1);
  },
);

it.each([301, 302, 303, 307, 308])('refuses a %i and never asks the other address', async (status) => {
  let asked = 0;
  const other = await serve((_message, response) => {
    asked += 1;
    response.end('{}');
  });
  const url = await serve((_message, response) =>
    response.writeHead(status, { Location: `${other}/x?q=1` }).end(),
  );
  const error = await failureOf(createFetchTransport()(get(url), signal));
  expect(error).toMatchObject({ code: 'redirected', details: { host: new URL(url).host, other } });
  expect(asked).toBe(0);
});

it('knows a redirect that the browser hides', async () => {
  const hidden = new Response(null);
  Object.defineProperties(hidden, { type: { value: 'opaqueredirect' }, status: { value: 0 } });
  const send = createFetchTransport({ fetch: async () => hidden });
  expect(await failureOf(send(get('https://vault.example/'), signal))).toMatchObject({
    code: 'redirected',
    details: { host: 'vault.example' },
  });
});

it('asks why there was no answer, and says unreachable when nobody knows', async () => {
  const url = await serve((message) => message.socket.destroy());
  const told = createFetchTransport({ explain: async () => 'connection-reset' });
  expect(await failureOf(told(get(`${url}/?q=1`), signal))).toMatchObject({
    code: 'connection-reset',
    details: { port: Number(new URL(url).port) },
    retryable: true,
  });
  expect(await failureOf(createFetchTransport()(get(url), signal))).toMatchObject({ code: 'unreachable' });
  const broken = createFetchTransport({ explain: () => Promise.reject(new Error(SECRET)) });
  expect(await failureOf(broken(get(url), signal))).toMatchObject({ code: 'unreachable' });
  const untrusted = createFetchTransport({ explain: async () => 'tls-untrusted' });
  expect(await failureOf(untrusted(get(url), signal))).toMatchObject({
    code: 'tls-untrusted',
    retryable: false,
  });
});

it('tells an answer that breaks off in its middle from a whole one', async () => {
  const url = await serve((message, response) => {
    response.writeHead(200, { 'Content-Length': '1000' });
    response.write('{"data":', () => message.socket.destroy());
  });
  expect(await failureOf(createFetchTransport()(get(url), signal))).toMatchObject({ code: 'unreachable' });
});

it.each(['before', 'in the middle of'])('gives up when the server hangs %s its answer', async (where) => {
  const url = await serve((_message, response) => {
    if (where !== 'before') response.writeHead(200).write('{');
  });
  const error = await failureOf(createFetchTransport({ timeoutMs: 150 })(get(url), signal));
  expect(error).toMatchObject({ code: 'timeout', details: { seconds: 0.15 }, retryable: true });
});

it('stops at once when cancelled, before and during the call', async () => {
  const arrived = Promise.withResolvers<IncomingMessage>();
  const url = await serve((message) => arrived.resolve(message));
  const controller = new AbortController();
  const work = failureOf(createFetchTransport()(get(url), controller.signal));
  const message = await arrived.promise;
  const closed = once(message.socket, 'close');
  controller.abort(new Error(SECRET));
  expect(await work).toMatchObject({ code: 'cancelled' });
  await closed;
  expect(await failureOf(createFetchTransport()(get(url), controller.signal))).toMatchObject({
    code: 'cancelled',
  });
});

it('brings a huge answer whole', async () => {
  const huge = 'x'.repeat(24 * 1024 * 1024);
  const url = await serve((_message, response) => response.end(huge));
  const { text } = await createFetchTransport()(get(url), signal);
  expect(text.length).toBe(huge.length);
});

it('tells by which protocol the answer came, and leaves no timings behind', async () => {
  const url = await serve((_message, response) => response.end('{}'));
  const entry = { nextHopProtocol: 'h2' } as PerformanceResourceTiming;
  const look = vi.spyOn(performance, 'getEntriesByName').mockReturnValue([entry]);
  const clear = vi.spyOn(performance, 'clearResourceTimings');
  const send = createFetchTransport();
  expect((await send(get(url), signal)).protocol).toBe('h2');
  expect((await send(get(url), signal)).protocol).toBe('h2');
  expect(look).toHaveBeenCalledOnce();
  expect(clear).toHaveBeenCalledTimes(2);
  vi.restoreAllMocks();
});

it('tells a computer that was offline before from a line that broke while the answer was awaited', async () => {
  const line = { onLine: true };
  vi.stubGlobal('navigator', line);
  const breaking = (said: 'offline' | null) =>
    createFetchTransport({
      fetch: async () => {
        line.onLine = false;
        throw new TypeError('Failed to fetch');
      },
      explain: async () => said,
    });
  try {
    for (const said of ['offline', null] as const) {
      line.onLine = true;
      const error = await failureOf(breaking(said)(get('https://vault.example'), signal));
      expect([error.code, error.details[UNSENT]]).toEqual(['offline', undefined]);
    }
    const before = await failureOf(breaking('offline')(get('https://vault.example'), signal));
    expect([before.code, before.details[UNSENT]]).toEqual(['offline', 1]);
    // A server on this computer can have got it all the same.
    const nobody = await failureOf(breaking(null)(get('http://127.0.0.1:8200'), signal));
    expect([nobody.code, nobody.details[UNSENT]]).toEqual(['offline', undefined]);
  } finally {
    vi.unstubAllGlobals();
  }
});

it('hands on what hindered the fetch itself', async () => {
  const fetch = () => Promise.reject(new AppError('unexpected', { where: 'offscreen' }));
  const error = await failureOf(createFetchTransport({ fetch })(get('https://vault.example'), signal));
  expect([error.code, error.details]).toEqual(['unexpected', { where: 'offscreen' }]);
});
