import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startOpenBao } from '../../world/openbao';
import type { OpenBao } from '../../world/openbao';
import { startProxy } from '../../world/proxy';
import type { Proxy } from '../../world/proxy';
import {
  collector,
  connect,
  expectNoLeak,
  failureOf,
  pull,
  signal,
  stampsOf,
  texts,
  versionsOf,
} from './support';

let bao: OpenBao;
let proxy: Proxy;
beforeAll(async () => {
  bao = await startOpenBao();
  proxy = await startProxy({ target: bao.url });
});
afterAll(async () => {
  await proxy.stop();
  await bao.stop();
});
beforeEach(() => proxy.clear());

const paths = () => proxy.requests().map(({ path }) => path);
const reads = () => paths().filter((path) => path.includes('/data/'));
/** A server that never heard of `scan` takes the call for a read (HashiCorp Vault: 405 on metadata/, 404 elsewhere). */
const withoutScan = (status = 405) =>
  proxy.fail({
    when: ({ path }) => path.includes('scan=true'),
    then: {
      status,
      headers: { 'Content-Type': 'application/json' },
      body: '{"errors":["1 error occurred:\\n\\t* unsupported operation\\n\\n"]}',
    },
  });

async function seeded(secrets: Readonly<Record<string, unknown>>, version: 1 | 2 = 2): Promise<string> {
  const mount = await bao.freshMount({ version });
  await bao.seedSecrets(mount, secrets);
  return mount;
}

const tree = Object.fromEntries(
  Array.from({ length: 1_000 }, (_, n) => [`f${n % 10}/g${n % 100}/s${n}`, { KEY: `value ${n}`, N: n }]),
);

describe('a secret that was wiped and made anew, with the same number', () => {
  it.each(['scan', 'folders'] as const)('is read again, and unchanged after that (%s)', async (how) => {
    const mount = await seeded({ app: { KEY: 'old' }, other: { KEY: 'other' } });
    if (how === 'folders') withoutScan();
    const provider = connect({ url: proxy.url, enginePath: mount });
    const known = stampsOf(await pull(provider));
    await bao.call('DELETE', `${mount}/metadata/app`);
    await bao.seedSecrets(mount, { app: { KEY: 'anew' } });
    const second = await pull(provider, { known });
    expect(second.unchanged).toEqual(['other']);
    expect(second.secrets.get('app')?.version).toBe('1');
    expect(texts(second.secrets.get('app')?.content.variables ?? [])).toEqual({ KEY: 'anew' });
    const third = await pull(provider, { known: new Map([...known, ...stampsOf(second)]) });
    expect(third.unchanged.sort()).toEqual(['app', 'other']);
  });
});

describe('a thousand secrets in 110 folders', () => {
  it('come with one scan and a read each, exact, at most 64 at once', async () => {
    const mount = await seeded(tree);
    const { secrets, failed, totals } = await pull(connect({ url: proxy.url, enginePath: mount }));
    expect([secrets.size, failed.size]).toEqual([1_000, 0]);
    expect(texts(secrets.get('f7/g77/s777')?.content.variables ?? [])).toEqual({
      KEY: 'value 777',
      N: '777',
    });
    expect(totals).toEqual([1_000]);
    expect(proxy.requests()).toHaveLength(1_002);
    expect(proxy.mostInFlight()).toBeGreaterThan(16);
    expect(proxy.mostInFlight()).toBeLessThanOrEqual(64);
  });

  it.each([1, 2] as const)(
    'come folder by folder from a KV v%i whose server has no scan',
    async (version) => {
      const mount = await seeded(tree, version);
      withoutScan(version === 1 ? 404 : 405);
      const { secrets, failed, totals } = await pull(connect({ url: proxy.url, enginePath: mount }));
      expect([secrets.size, failed.size]).toEqual([1_000, 0]);
      expect(totals.at(-1)).toBe(1_000);
      expect(totals).toEqual([...totals].sort((a, b) => a - b));
      expect(paths().filter((path) => path.includes('list=true'))).toHaveLength(111);
    },
  );

  it('stop at once when cancelled, and nothing is reported after it', async () => {
    const mount = await seeded(tree);
    const controller = new AbortController();
    const { sink, pulled } = collector();
    const stopping = {
      ...sink,
      secret: (record: Parameters<typeof sink.secret>[0]) => {
        sink.secret(record);
        if (pulled.secrets.size === 100) controller.abort();
      },
    };
    const work = connect({ url: proxy.url, enginePath: mount }).pull(
      { prefix: '', known: new Map() },
      stopping,
      controller.signal,
    );
    expect(await failureOf(work)).toMatchObject({ code: 'cancelled' });
    expect(pulled.calls).toHaveLength(100);
    // Only what was under way already may still have reached the server.
    await pull(connect({ url: proxy.url, enginePath: mount }), { only: ['f0/g0/s0'] });
    expect(reads().length).toBeLessThanOrEqual(100 + 64 + 1);
  });
});

describe('a second pull', () => {
  it('reads only what changed, in OpenBao with one call for all the rest', async () => {
    const mount = await seeded({
      a: { K: '1' },
      'f/b': { K: '1' },
      c: { K: '1' },
      d: { K: '1' },
      e: { K: '1' },
    });
    const provider = connect({ url: proxy.url, enginePath: mount });
    const known = versionsOf(await pull(provider));
    await bao.seedSecrets(mount, { 'f/b': { K: '2' }, fresh: { K: '1' } });
    await bao.call('DELETE', `${mount}/data/c`);
    await bao.call('PUT', `${mount}/destroy/d`, { versions: [1] });
    proxy.clear();
    const second = await pull(provider, { known });
    expect(second.unchanged.sort()).toEqual(['a', 'e']);
    expect([...second.secrets.keys()].sort()).toEqual(['f/b', 'fresh']);
    expect(second.secrets.get('f/b')).toMatchObject({ version: '2' });
    expect(second.missing.sort()).toEqual(['c', 'd']);
    expect(reads().sort()).toEqual(['c', 'f/b', 'fresh'].map((path) => `/v1/${mount}/data/${path}`));
  });

  it('of a thousand unchanged secrets is one call', async () => {
    const mount = await seeded(tree);
    const provider = connect({ url: proxy.url, enginePath: mount });
    const known = versionsOf(await pull(provider));
    proxy.clear();
    const { unchanged } = await pull(provider, { known, first: ['f0/g0/s0'] });
    expect(unchanged).toHaveLength(1_000);
    expect(paths()).toEqual([`/v1/${mount}/detailed-metadata/?scan=true`]);
  });

  it('reads all again, and says what is the same, where versions cannot be listed', async () => {
    const mount = await seeded({ a: { K: '1' }, b: { K: '1' } });
    const policy = `path "${mount}/data/*" { capabilities = ["read"] }
      path "${mount}/metadata/*" { capabilities = ["list"] }`;
    const provider = connect({ url: proxy.url, enginePath: mount, token: await bao.createToken(policy) });
    const known = versionsOf(await pull(provider));
    await bao.seedSecrets(mount, { b: { K: '2' } });
    const second = await pull(provider, { known });
    expect(second.unchanged).toEqual(['a']);
    expect([...second.secrets.keys()]).toEqual(['b']);
  });

  it('of KV v1, which has no versions, reads all again', async () => {
    const mount = await seeded({ a: { K: '1' } }, 1);
    const provider = connect({ url: proxy.url, enginePath: mount });
    const first = await pull(provider);
    expect(versionsOf(first).size).toBe(0);
    expect((await pull(provider)).secrets.has('a')).toBe(true);
  });
});

describe('what is asked for', () => {
  it('reads the first ones before the listing is there, listed or not', async () => {
    const mount = await seeded({ app: { K: '1' }, other: { K: '2' } });
    const { calls, secrets, missing } = await pull(connect({ url: proxy.url, enginePath: mount }), {
      first: ['app', 'elsewhere/gone'],
      prefix: '',
    });
    const data = paths().findIndex((path) => path.includes('/data/app'));
    expect(data).toBeLessThan(paths().findIndex((path) => path.includes('/data/other')));
    expect([...secrets.keys()].sort()).toEqual(['app', 'other']);
    expect(missing).toEqual(['elsewhere/gone']);
    expect(calls).toHaveLength(3);
  });

  it('reads exactly the paths of `only`, without a listing', async () => {
    const mount = await seeded({ app: { K: '1' }, other: { K: '2' } });
    const { secrets, missing, failed } = await pull(connect({ url: proxy.url, enginePath: mount }), {
      only: ['app', 'gone', 'a//b'],
    });
    expect([...secrets.keys()]).toEqual(['app']);
    expect(missing).toEqual(['gone']);
    expect(failed.get('a//b')).toMatchObject({ code: 'path-invalid', details: { problem: 'empty-segment' } });
    expect(paths().some((path) => /list|scan/.test(path))).toBe(false);
  });
});

describe('policies', () => {
  it('name each path and each folder that is forbidden, and bring the rest', async () => {
    const mount = await seeded({
      'open/a': { K: '1' },
      'open/b': { K: '1' },
      'closed/c': { K: '1' },
      d: { K: '1' },
    });
    const policy = `path "${mount}/data/+/a" { capabilities = ["read"] }
      path "${mount}/data/d" { capabilities = ["read"] }
      path "${mount}/metadata/" { capabilities = ["list"] }
      path "${mount}/metadata/open/*" { capabilities = ["list"] }`;
    const token = await bao.createToken(policy);
    const { secrets, failed } = await pull(connect({ url: proxy.url, enginePath: mount, token }));
    expect([...secrets.keys()].sort()).toEqual(['d', 'open/a']);
    expect([...failed.keys()].sort()).toEqual(['closed/', 'open/b']);
    expect(failed.get('closed/')).toMatchObject({
      code: 'denied',
      details: { action: 'list', path: `${mount}/metadata/closed/` },
    });
    expect(failed.get('open/b')).toMatchObject({ code: 'denied', details: { path: `${mount}/data/open/b` } });
    for (const error of failed.values()) expectNoLeak(error, token);
    expect(
      await failureOf(connect({ url: proxy.url, enginePath: mount, token }).list('', signal)),
    ).toMatchObject({
      code: 'denied',
    });
  });

  it('that allow reading but not listing still pull what is asked for by name', async () => {
    const mount = await seeded({ a: { K: '1' } });
    const token = await bao.createToken(`path "${mount}/data/*" { capabilities = ["read"] }`);
    const provider = connect({ url: proxy.url, enginePath: mount, token });
    expect(await failureOf(pull(provider))).toMatchObject({ code: 'denied', details: { action: 'list' } });
    expect((await pull(provider, { only: ['a'] })).secrets.has('a')).toBe(true);
    const both = await pull(provider, { first: ['a'] });
    expect(both.secrets.has('a')).toBe(true);
    expect(both.failed.get('/')).toMatchObject({ code: 'denied' });
  });

  it('that forbid the whole mount say that the engine is not there or not to be seen', async () => {
    const mount = await seeded({ a: { K: '1' } });
    const token = await bao.createToken('path "nothing/*" { capabilities = ["read"] }');
    const error = await failureOf(pull(connect({ url: proxy.url, enginePath: mount, token })));
    expect(error).toMatchObject({ code: 'engine-not-found', details: { engine: mount } });
  });
});

describe('where sys/internal/ui/mounts does not answer', () => {
  const blocked = (status: number) =>
    proxy.fail({
      when: ({ path }) => path.includes('/sys/internal/'),
      then: { status, body: '{"errors":[]}' },
    });
  const cas = async (mount: string, token = 'root') =>
    (await connect({ url: proxy.url, enginePath: mount, token }).capabilities(signal)).compareAndSwap;

  it.each([403, 404])('(%i) KV v1 and v2 are told apart by reading calls', async (status) => {
    const two = await seeded({ a: { K: '2' } });
    const one = await seeded({ a: { K: '1' } }, 1);
    blocked(status);
    for (const [mount, value] of [
      [one, '1'],
      [two, '2'],
    ] as const) {
      const { secrets } = await pull(connect({ url: proxy.url, enginePath: mount }));
      expect(texts(secrets.get('a')?.content.variables ?? [])).toEqual({ K: value });
    }
    expect([await cas(one), await cas(two)]).toEqual([false, true]);
    expect(await failureOf(pull(connect({ url: proxy.url, enginePath: 'nosuch' })))).toMatchObject({
      code: 'engine-not-found',
    });
    expect(proxy.requests().every(({ method }) => method === 'GET')).toBe(true);
  });

  it('a token of KV v2 with few rights is enough to read, and a guess is no ground to write', async () => {
    const mount = await seeded({ a: { K: '1' } });
    blocked(403);
    const list = await bao.createToken(`path "${mount}/metadata/*" { capabilities = ["list"] }`);
    expect(await cas(mount, list)).toBe(false);
    const read = await bao.createToken(`path "${mount}/data/*" { capabilities = ["read"] }`);
    const { secrets } = await pull(connect({ url: proxy.url, enginePath: mount, token: read }), {
      only: ['a'],
    });
    expect(secrets.get('a')).toMatchObject({ version: '1' });
  });
});

describe('trouble on the way', () => {
  const many = Object.fromEntries(Array.from({ length: 60 }, (_, n) => [`s${n}`, { K: `${n}` }]));

  it('is tried again where it passes: resets, 500, a mount being upgraded, a standby behind', async () => {
    const mount = await seeded(many);
    const upgrading =
      'Upgrading from non-versioned to versioned data. This backend will be unavailable for a brief period and will resume service shortly.';
    proxy.fail({ when: ({ path }) => path.endsWith('/data/s1'), times: 2, then: 'cutBefore' });
    proxy.fail({ when: ({ path }) => path.endsWith('/data/s2'), times: 2, then: { status: 500, body: '' } });
    proxy.fail({
      when: ({ path }) => path.endsWith('/data/s3'),
      times: 1,
      then: { status: 400, body: JSON.stringify({ errors: [upgrading] }) },
    });
    proxy.fail({
      when: ({ path }) => path.endsWith('/data/s4'),
      times: 1,
      then: { status: 412, body: '{"errors":[]}' },
    });
    const { secrets, failed } = await pull(connect({ url: proxy.url, enginePath: mount }));
    expect([secrets.size, failed.size]).toEqual([60, 0]);
  });

  it('fails one path alone when only that path is in trouble', async () => {
    const mount = await seeded(many);
    proxy.fail({
      when: ({ path }) => path.endsWith('/data/s1'),
      then: { status: 500, body: '{"errors":["boom hvs.canary"]}' },
    });
    proxy.fail({
      when: ({ path }) => path.endsWith('/data/s2'),
      then: { status: 200, body: '<html>Sign in</html>' },
    });
    const { secrets, failed } = await pull(connect({ url: proxy.url, enginePath: mount }));
    expect(secrets.size).toBe(58);
    expect(failed.get('s1')).toMatchObject({ code: 'server-error', details: { status: 500, tries: 4 } });
    expect(failed.get('s2')).toMatchObject({ code: 'malformed-answer' });
    for (const error of failed.values()) expectNoLeak(error, 'hvs.canary', 'Sign in');
  });

  it('reports every path that is left when the server is sealed on the way', async () => {
    const mount = await seeded(many);
    proxy.fail({
      when: ({ path }) => path.includes('/data/') && reads().length > 20,
      then: { status: 503, body: '{"errors":["Vault is sealed"]}' },
    });
    const { secrets, failed } = await pull(connect({ url: proxy.url, enginePath: mount }));
    expect(secrets.size + failed.size).toBe(60);
    expect(new Set([...failed.values()].map(({ code }) => code))).toEqual(new Set(['sealed']));
  });

  it('refuses redirects, so that the token stays here', async () => {
    const mount = await seeded(many);
    const elsewhere = await startProxy({ target: bao.url });
    proxy.fail({
      when: ({ path }) => path.includes('/data/'),
      then: { status: 307, headers: { Location: `${elsewhere.url}/v1/${mount}/data/s1` } },
    });
    const { failed } = await pull(connect({ url: proxy.url, enginePath: mount }));
    expect(new Set([...failed.values()].map(({ code }) => code))).toEqual(new Set(['redirected']));
    expect(elsewhere.requests()).toHaveLength(0);
    await elsewhere.stop();
  });

  it('waits as a rate limit asks, and brings everything in the end', async () => {
    const mount = await seeded(many);
    await bao.call('POST', 'sys/quotas/config', { enable_rate_limit_response_headers: true });
    await bao.call('POST', 'sys/quotas/rate-limit/few', { path: mount, rate: 30, interval: '1s' });
    const { secrets, failed } = await pull(connect({ url: proxy.url, enginePath: mount }));
    await bao.call('DELETE', 'sys/quotas/rate-limit/few');
    expect([secrets.size, failed.size]).toEqual([60, 0]);
    expect(reads().length).toBeLessThan(400);
  });
});
