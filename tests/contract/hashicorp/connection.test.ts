import { once } from 'node:events';
import { createServer } from 'node:http';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createFetchTransport } from '@/lib/providers/fetch-transport';
import { startOpenBao } from '../../world/openbao';
import type { OpenBao } from '../../world/openbao';
import { freePort, portOf } from '../../world/ports';
import { startProxy } from '../../world/proxy';
import type { Proxy } from '../../world/proxy';
import {
  connect,
  expectNoLeak,
  failureOf,
  memorySession,
  nodeTransport,
  pull,
  signal,
  test,
} from './support';

let bao: OpenBao;
let proxy: Proxy;
beforeAll(async () => {
  bao = await startOpenBao();
  proxy = await startProxy({ target: bao.url });
  await bao.call('POST', 'secret/data/app/one', { data: { K: '1' } });
  await bao.call('POST', 'secret/data/app/two', { data: { K: '2' } });
});
afterAll(async () => {
  await proxy.stop();
  await bao.stop();
});
beforeEach(() => proxy.clear());

const answer = (status: number, body: string) => ({ status, body });

describe('Test Connection', () => {
  it('says version, life of the token, KV version and number of secrets', async () => {
    const token = await bao.createToken('path "secret/*" { capabilities = ["read", "list"] }', {
      no_default_policy: false,
      ttl: '1h',
    });
    const steps = await test(connect({ url: bao.url, token, prefix: 'app' }));
    expect(steps).toMatchObject([
      { step: 'reach', state: 'done', facts: { version: expect.stringMatching(/^\d+\./) } },
      { step: 'authenticate', state: 'done', facts: { auth: 'token', renewable: 'yes' } },
      { step: 'place', state: 'done', facts: { engine: 'secret', kv: 2, cas: 'yes' } },
      { step: 'list', state: 'done', facts: { secrets: 2, prefix: 'app' } },
    ]);
    expect(steps[1]?.facts?.['ttl']).toBeGreaterThan(3_500);
    expect((await test(connect({ url: bao.url })))[1]?.facts).toMatchObject({ ttl: 0 });
  });

  it('takes a token without the default policy, of which nothing can be asked', async () => {
    const token = await bao.createToken('path "secret/*" { capabilities = ["read", "list"] }');
    const steps = await test(connect({ url: bao.url, token }));
    expect(steps.map(({ state }) => state)).toEqual(['done', 'done', 'done', 'done']);
    expect(steps[1]?.facts).toEqual({ auth: 'token', hidden: 'yes' });
  });

  it('warns when the uses of a token do not last for a pull', async () => {
    const policy = 'path "secret/*" { capabilities = ["read", "list", "scan"] }';
    const token = await bao.createToken(policy, { no_default_policy: false, num_uses: 3 });
    const steps = await test(connect({ url: bao.url, token }));
    expect(steps[1]?.facts).toMatchObject({ usesLeft: 2 });
    expect(steps[3]?.facts).toMatchObject({ warning: 'token-uses', usesNeeded: 3 });
  });

  it('recognises a wrapping token before it is spent', async () => {
    const wrapped = await fetch(`${bao.url}/v1/auth/token/create`, {
      method: 'POST',
      headers: { 'X-Vault-Token': 'root', 'X-Vault-Wrap-TTL': '60s' },
      body: '{}',
    });
    const { wrap_info: info } = (await wrapped.json()) as { wrap_info: { token: string } };
    const steps = await test(connect({ url: bao.url, token: info.token }));
    expect(steps[1]).toMatchObject({ state: 'failed', failure: { code: 'token-wrapped' } });
    expect(steps.slice(2).map(({ state }) => state)).toEqual(['skipped', 'skipped']);
    expect((await bao.request('POST', 'sys/wrapping/unwrap', {}, { token: info.token })).status).toBe(200);
  });

  it('logs in by AppRole and gives the token back', async () => {
    const role = await bao.createAppRole('path "secret/*" { capabilities = ["read", "list"] }', {
      token_ttl: '90s',
    });
    const session = memorySession();
    const provider = connect({ url: bao.url, role, session });
    const steps = await test(provider);
    expect(steps.map(({ state }) => state)).toEqual(['done', 'done', 'done', 'done']);
    expect(steps[1]?.facts).toMatchObject({ auth: 'approle', ttl: 90, renewable: 'yes' });
    const token = session.saved?.token ?? '';
    await provider.close();
    expect((await bao.request('GET', 'auth/token/lookup-self', undefined, { token })).status).toBe(403);
  });

  it('stops at the first step that fails, and says why without a secret', async () => {
    const bad = await test(connect({ url: bao.url, token: 'hvs.bad-canary' }));
    expect(bad.map(({ state }) => state)).toEqual(['done', 'failed', 'skipped', 'skipped']);
    expect(bad[1]?.failure).toMatchObject({ code: 'token-invalid' });
    expectNoLeak(bad, 'hvs.bad-canary');
    const place = await test(connect({ url: bao.url, enginePath: 'nosuch' }));
    expect(place[2]?.failure).toEqual({ code: 'engine-not-found', details: { engine: 'nosuch' } });
    const token = await bao.createToken('path "secret/data/*" { capabilities = ["read"] }');
    const list = await test(connect({ url: bao.url, token }));
    expect(list[3]?.failure).toEqual({
      code: 'denied',
      details: { action: 'list', path: 'secret/metadata/' },
    });
  });

  it('stops when cancelled', async () => {
    const controller = new AbortController();
    controller.abort();
    const testing = connect({ url: bao.url }).test(() => undefined, controller.signal);
    expect(await failureOf(testing)).toMatchObject({ code: 'cancelled' });
  });
});

describe('reaching', () => {
  const health = (initialized: boolean, sealed: boolean) =>
    JSON.stringify({ initialized, sealed, standby: true, version: '1.20.0' });
  const reach = async (then: { status: number; body: string; headers?: Record<string, string> }) => {
    proxy.fail({ when: ({ path }) => path === '/v1/sys/health', times: 1, then });
    return (await test(connect({ url: proxy.url })))[0];
  };

  it('takes standbys for usable', async () => {
    for (const status of [429, 473]) {
      expect(await reach(answer(status, health(true, false)))).toMatchObject({
        state: 'done',
        facts: { standby: 'yes' },
      });
    }
  });

  it.each([
    [501, health(false, true), 'not-initialised'],
    [503, health(true, true), 'sealed'],
    [472, health(true, false), 'no-active-node'],
    [474, health(true, false), 'no-active-node'],
    [530, health(true, false), 'no-active-node'],
    [429, '{"errors":["request path \\"sys/health\\": rate limit quota exceeded"]}', 'throttled'],
    [403, '{"errors":["origin not allowed"]}', 'origin-refused'],
    [412, '{"errors":["missing \\"X-Vault-Request\\" header"]}', 'header-required'],
    [502, '<html>Bad gateway</html>', 'server-error'],
    [404, '<html>Not found</html>', 'malformed-answer'],
    [403, '<html>Sign in</html>', 'malformed-answer'],
    [200, '<html>Welcome</html>', 'malformed-answer'],
  ])('%i %s is %s', async (status, body, code) => {
    expect(await reach(answer(status, body))).toMatchObject({ state: 'failed', failure: { code } });
  });

  it('tells a redirect and does not follow it', async () => {
    const moved = { ...answer(307, ''), headers: { Location: 'https://other.example/v1/sys/health' } };
    expect(await reach(moved)).toMatchObject({
      failure: { code: 'redirected', details: { other: 'https://other.example' } },
    });
  });

  it('tells refused, unknown host, no answer and no address apart', async () => {
    const of = async (url: string, timeoutMs?: number) =>
      (await test(connect({ url, transport: nodeTransport(timeoutMs) })))[0]?.failure;
    const port = await freePort();
    expect(await of(`http://127.0.0.1:${port}`)).toMatchObject({ code: 'refused', details: { port } });
    expect(await of('http://nosuch.invalid:8200')).toMatchObject({
      code: 'host-unknown',
      details: { host: 'nosuch.invalid:8200' },
    });
    const silent = createServer(() => undefined).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    expect(await of(`http://127.0.0.1:${portOf(silent)}`, 200)).toMatchObject({ code: 'timeout' });
    silent.closeAllConnections();
    silent.close();
    expect(() => connect({ url: 'vault.example' })).toThrow(
      expect.objectContaining({ code: 'settings-invalid' }),
    );
  });
});

describe('a server in another state', () => {
  it('that is sealed says so at every call', async () => {
    const own = await startOpenBao();
    const provider = connect({ url: own.url });
    await pull(provider);
    await own.call('PUT', 'sys/seal');
    expect((await test(connect({ url: own.url })))[0]?.failure).toMatchObject({ code: 'sealed' });
    expect(await failureOf(provider.list('', signal))).toMatchObject({ code: 'sealed' });
    expect(await failureOf(pull(connect({ url: own.url })))).toMatchObject({ code: 'sealed' });
    await own.stop();
  });

  it('that allows other origins only serves reads and refuses a login', async () => {
    const own = await startOpenBao();
    const role = await own.createAppRole('path "secret/*" { capabilities = ["read", "list"] }');
    await own.call('PUT', 'sys/config/cors', { allowed_origins: ['https://vault-ui.example'] });
    // As Chromium does for the extension's own requests: an Origin on POST, none on GET.
    const transport = createFetchTransport({
      fetch: (input, init) => {
        const headers = new Headers(init?.headers);
        if (init?.method === 'POST') headers.set('Origin', 'chrome-extension://abcdefghijklmnop');
        return fetch(input, { ...init, headers });
      },
    });
    expect((await pull(connect({ url: own.url, transport }))).failed.size).toBe(0);
    expect((await test(connect({ url: own.url, transport }))).every(({ state }) => state === 'done')).toBe(
      true,
    );
    const error = await failureOf(pull(connect({ url: own.url, transport, role })));
    expect(error).toMatchObject({ code: 'origin-refused' });
    await own.stop();
  });

  it('with a locked namespace names it', async () => {
    const own = await startOpenBao();
    const namespace = await own.freshNamespace();
    const mount = await own.freshMount({ namespace });
    await own.seedSecrets(mount, { a: { K: '1' } });
    await own.call('PUT', `sys/namespaces/api-lock/lock/${namespace}`);
    const error = await failureOf(pull(connect({ url: own.url, enginePath: mount })));
    expect(error).toMatchObject({ code: 'namespace-locked', details: { namespace } });
    await own.stop();
  });

  it('behind TLS is untrusted until its authority is, and a plain request to it is told', async () => {
    const own = await startOpenBao({ tls: true });
    const failed = (await test(connect({ url: own.url })))[0]?.failure;
    expect(failed).toMatchObject({ code: 'tls-untrusted' });
    const plain = await test(connect({ url: own.url.replace('https', 'http') }));
    expect(plain[0]?.failure).toMatchObject({ code: 'plain-http' });
    const before = getCACertificates();
    setDefaultCACertificates([...before, own.ca ?? '']);
    expect((await test(connect({ url: own.url }))).every(({ state }) => state === 'done')).toBe(true);
    setDefaultCACertificates(before);
    await own.stop();
  });
});
