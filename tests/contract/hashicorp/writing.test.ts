import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toVariables } from '@/lib/core/variables';
import type { SecretContent, Variable } from '@/lib/core/variables';
import { sameValues } from '@/lib/core/same-values';
import { startOpenBao } from '../../world/openbao';
import type { OpenBao } from '../../world/openbao';
import { startProxy } from '../../world/proxy';
import type { Proxy } from '../../world/proxy';
import {
  ABSENT,
  connect,
  expecting,
  expectNoLeak,
  failureOf,
  jsonOf,
  nodeTransport,
  secretOf,
  signal,
  textsAt,
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

const one = secretOf({ KEY: 'one' });
const two = secretOf({ KEY: 'two', MORE: '2' });
const byName = (a: Variable, b: Variable) => (a.name < b.name ? -1 : 1);
const plain = nodeTransport();
const conflict = { code: 'conflict' };

describe.each([1, 2] as const)('KV v%i', (version) => {
  const number = (n: number) => (version === 2 ? String(n) : null);

  it('creates where nothing is, and changes what was read', async () => {
    const mount = await bao.freshMount({ version });
    const provider = connect({ url: bao.url, enginePath: mount });
    expect(await provider.write('a b/ü', one, ABSENT, signal)).toEqual({ version: number(1) });
    expect(await provider.write('a b/ü', two, expecting(number(1), one), signal)).toEqual({
      version: number(2),
    });
    expect(await textsAt(provider, 'a b/ü')).toEqual({ KEY: 'two', MORE: '2' });
  });

  it('writes nothing over what it was not told of', async () => {
    const mount = await bao.freshMount({ version });
    await bao.seedSecrets(mount, { app: { KEY: 'theirs' } });
    const provider = connect({ url: bao.url, enginePath: mount });
    for (const expected of [ABSENT, expecting(number(7), one)]) {
      expect(await failureOf(provider.write('app', two, expected, signal))).toMatchObject(conflict);
    }
    expect(await failureOf(provider.write('gone', two, expecting(number(3), one), signal))).toMatchObject(
      conflict,
    );
    expect(await textsAt(provider, 'app')).toEqual({ KEY: 'theirs' });
    expect(await provider.read('gone', signal)).toBeNull();
  });

  it('sends each write as one PUT', async () => {
    const mount = await bao.freshMount({ version });
    const provider = connect({ url: proxy.url, enginePath: mount });
    await provider.write('app', one, ABSENT, signal);
    proxy.clear();
    await provider.write('app', two, expecting(number(1), one), signal);
    expect(proxy.requests().map(({ method }) => method)).toEqual(
      version === 2 ? ['PUT'] : ['GET', 'PUT', 'GET'],
    );
  });

  it('brings every kind of value back with its type', async () => {
    const mount = await bao.freshMount({ version });
    const provider = connect({ url: bao.url, enginePath: mount });
    const name = fc.string({ unit: 'grapheme', maxLength: 12 }).map((text) => text.toWellFormed());
    const value = fc.oneof(fc.string({ unit: 'grapheme' }), fc.jsonValue({ maxDepth: 3 }));
    let round = 0;
    await fc.assert(
      fc.asyncProperty(fc.dictionary(name, value, { minKeys: 1, maxKeys: 8 }), async (values) => {
        const variables = toVariables(JSON.parse(JSON.stringify(values)) as Record<string, unknown>);
        const content: SecretContent = { form: 'object', variables };
        const path = `p${++round}`;
        await provider.write(path, content, ABSENT, signal);
        const read = await provider.read(path, signal);
        expect(read && sameValues(read.content, content)).toBe(true);
        // What came back is written unchanged: nothing is lost on a second way either.
        if (read) await provider.write(path, read.content, expecting(read.version, read.content), signal);
        expect((await provider.read(path, signal))?.content).toEqual(read?.content);
      }),
      { numRuns: 40 },
    );
  });

  it('refuses paths that cannot be before anything is sent', async () => {
    const provider = connect({ url: proxy.url, enginePath: await bao.freshMount({ version }) });
    proxy.clear();
    for (const path of ['', 'a/', 'a//b', '../sys', 'a\u200bb']) {
      expect(() => provider.check(path, one)).toThrow(expect.objectContaining({ code: 'path-invalid' }));
      for (const work of [
        provider.write(path, one, ABSENT, signal),
        provider.remove(path, expecting(null, one), { permanent: true }, signal),
        provider.history(path, signal),
        provider.undelete(path, '1', signal),
        provider.metadata(path, signal),
        provider.permissions(path, signal),
        provider.readVersion(path, '1', signal),
      ]) {
        expect(await failureOf(work)).toMatchObject({ code: 'path-invalid' });
      }
    }
    expect(proxy.requests()).toEqual([]);
  });

  it('names what a login may not do, and shows neither token nor value', async () => {
    const mount = await bao.freshMount({ version });
    const data = version === 2 ? `${mount}/data` : mount;
    await bao.seedSecrets(mount, { app: { KEY: 'one' } });
    const token = await bao.createToken(`path "${data}/*" { capabilities = ["read"] }`);
    const provider = connect({ url: bao.url, enginePath: mount, token });
    const canary = secretOf({ KEY: 'canary-value' });
    const create = await failureOf(provider.write('new', canary, ABSENT, signal));
    expect(create).toMatchObject({ code: 'denied', details: { action: 'create', path: `${data}/new` } });
    const update = await failureOf(provider.write('app', canary, expecting(number(1), one), signal));
    expect(update).toMatchObject({ code: 'denied', details: { action: 'update', path: `${data}/app` } });
    for (const error of [create, update]) expectNoLeak(error, token, 'canary-value');
  });

  it('says so when a login may create only, or update only', async () => {
    const mount = await bao.freshMount({ version });
    const data = version === 2 ? `${mount}/data` : mount;
    await bao.seedSecrets(mount, { app: { KEY: 'one' } });
    const policy = (right: string) => `path "${data}/*" { capabilities = ["read", "${right}"] }`;
    const creator = connect({
      url: bao.url,
      enginePath: mount,
      token: await bao.createToken(policy('create')),
    });
    const updater = connect({
      url: bao.url,
      enginePath: mount,
      token: await bao.createToken(policy('update')),
    });
    await creator.write('new', one, ABSENT, signal);
    expect(await failureOf(creator.write('app', two, expecting(number(1), one), signal))).toMatchObject({
      code: 'denied',
      details: { action: 'update' },
    });
    // What is there is the reason, not the right to overwrite it.
    expect(await failureOf(creator.write('app', two, ABSENT, signal))).toMatchObject(conflict);
    await updater.write('app', two, expecting(number(1), one), signal);
    expect(await failureOf(updater.write('newer', two, ABSENT, signal))).toMatchObject({
      code: 'denied',
      details: { action: 'create' },
    });
  });
});

describe('KV v2', () => {
  it('writes to a mount that requires the version, and to one secret that does', async () => {
    const mount = await bao.freshMount();
    await bao.call('POST', `${mount}/config`, { cas_required: true });
    const provider = connect({ url: bao.url, enginePath: mount });
    await provider.write('app', one, ABSENT, signal);
    await provider.write('app', two, expecting('1', one), signal);
    expect(await textsAt(provider, 'app')).toEqual({ KEY: 'two', MORE: '2' });
  });

  it.each(['deleted', 'destroyed'] as const)(
    'takes a %s secret for absent, and goes on counting',
    async (how) => {
      const mount = await bao.freshMount();
      await bao.seedSecrets(mount, { app: { KEY: '1' } });
      await bao.seedSecrets(mount, { app: { KEY: '2' } });
      if (how === 'deleted') await bao.call('DELETE', `${mount}/data/app`);
      else await bao.call('PUT', `${mount}/destroy/app`, { versions: [2] });
      const provider = connect({ url: bao.url, enginePath: mount });
      expect(await provider.write('app', one, ABSENT, signal)).toEqual({ version: '3' });
    },
  );

  it('takes a secret whose time is over, or that has metadata only, for absent', async () => {
    const mount = await bao.freshMount();
    await bao.call('POST', `${mount}/metadata/short`, { delete_version_after: '1s' });
    await bao.call('PUT', `${mount}/data/short`, { data: { KEY: 'old' } });
    while ((await bao.request('GET', `${mount}/data/short`)).status !== 404);
    await bao.call('POST', `${mount}/metadata/long`, { delete_version_after: '1h' });
    const provider = connect({ url: bao.url, enginePath: mount });
    expect(await provider.write('short', one, ABSENT, signal)).toEqual({ version: '2' });
    expect(await provider.write('long', one, ABSENT, signal)).toEqual({ version: '1' });
    expect(await provider.write('long', two, expecting('1', one), signal)).toEqual({ version: '2' });
    expect(await textsAt(provider, 'long')).toEqual({ KEY: 'two', MORE: '2' });
  });

  it('says that a deleted secret needs the right to update', async () => {
    const mount = await bao.freshMount();
    await bao.seedSecrets(mount, { app: { KEY: '1' } });
    await bao.call('DELETE', `${mount}/data/app`);
    const token = await bao.createToken(`path "${mount}/data/*" { capabilities = ["read", "create"] }`);
    const work = connect({ url: bao.url, enginePath: mount, token }).write('app', one, ABSENT, signal);
    expect(await failureOf(work)).toMatchObject({ code: 'denied', details: { action: 'update' } });
  });

  it('creates with a login that may not read', async () => {
    const mount = await bao.freshMount();
    const token = await bao.createToken(`path "${mount}/data/*" { capabilities = ["create", "update"] }`);
    const provider = connect({ url: bao.url, enginePath: mount, token });
    expect(await provider.write('app', one, ABSENT, signal)).toEqual({ version: '1' });
    expect(await failureOf(provider.write('app', two, ABSENT, signal))).toMatchObject(conflict);
  });

  it('refuses a number that it would change by the name of its variable, before anything is sent', async () => {
    const mount = await bao.freshMount();
    const provider = connect({ url: proxy.url, enginePath: mount });
    await provider.capabilities(signal);
    proxy.clear();
    for (const text of ['9007199254740993', '[{"deep":-9007199254740993}]', '0.1000000000000000055']) {
      const content = jsonOf({ FINE: '1.10', BIG: text });
      expect(() => provider.check('app', content)).toThrow(
        expect.objectContaining({ code: 'number-unsafe', details: { name: 'BIG' } }),
      );
      expect(await failureOf(provider.write('app', content, ABSENT, signal))).toMatchObject({
        code: 'number-unsafe',
        details: { name: 'BIG' },
      });
    }
    expect(proxy.requests()).toEqual([]);
    await provider.write('app', jsonOf({ A: '1.10', B: '1e22', C: '9007199254740992' }), ABSENT, signal);
    expect(await textsAt(provider, 'app')).toEqual({ A: '1.1', B: '1e+22', C: '9007199254740992' });
  });

  it('keeps an empty secret', async () => {
    const provider = connect({ url: bao.url, enginePath: await bao.freshMount() });
    await provider.write('app', secretOf({}), ABSENT, signal);
    expect(await textsAt(provider, 'app')).toEqual({});
  });
});

describe('KV v1', () => {
  it('keeps every digit of a number', async () => {
    const provider = connect({ url: bao.url, enginePath: await bao.freshMount({ version: 1 }) });
    const content = jsonOf({
      BIG: '9007199254740993',
      RATIO: '1.10',
      EXP: '1e2',
      LIST: '[9007199254740993]',
    });
    await provider.write('app', content, ABSENT, signal);
    expect((await provider.read('app', signal))?.content.variables.toSorted(byName)).toEqual(
      content.variables.toSorted(byName),
    );
  });

  it('compares values, not how the server wrote them', async () => {
    const provider = connect({ url: bao.url, enginePath: await bao.freshMount({ version: 1 }) });
    const content = jsonOf({ OBJECT: '{"b":1,"a":{"d":2,"c":3}}' });
    await provider.write('app', content, ABSENT, signal);
    await provider.write('app', one, expecting(null, content), signal);
    expect(await textsAt(provider, 'app')).toEqual({ KEY: 'one' });
  });

  it('refuses an empty secret, which it cannot keep', async () => {
    const provider = connect({ url: bao.url, enginePath: await bao.freshMount({ version: 1 }) });
    const work = provider.write('app', secretOf({}), ABSENT, signal);
    expect(await failureOf(work)).toMatchObject({
      code: 'variable-invalid',
      details: { reason: 'no-variables' },
    });
  });

  it('notices a write of another that came right behind its own', async () => {
    const mount = await bao.freshMount({ version: 1 });
    const provider = connect({
      url: bao.url,
      enginePath: mount,
      transport: async (request, until) => {
        const answer = await plain(request, until);
        if (request.method === 'PUT') await bao.call('PUT', `${mount}/app`, { KEY: 'theirs' });
        return answer;
      },
    });
    expect(await failureOf(provider.write('app', one, ABSENT, signal))).toMatchObject(conflict);
    expect(await textsAt(provider, 'app')).toEqual({ KEY: 'theirs' });
  });
});

describe('what the engine is', () => {
  it('is never guessed for a write', async () => {
    const mount = await bao.freshMount({ version: 1 });
    const withoutMounts = proxy.fail({
      when: ({ path }) => path.includes('internal/ui/mounts'),
      then: { status: 404, body: '{"errors":[]}' },
    });
    const token = await bao.createToken(
      `path "${mount}/data/*" { capabilities = ["read", "create", "update", "list"] }
       path "${mount}/metadata/*" { capabilities = ["read", "list"] }`,
    );
    const provider = connect({ url: proxy.url, enginePath: mount, token });
    expect((await provider.capabilities(signal)).compareAndSwap).toBe(false);
    expect(await failureOf(provider.write('app', one, ABSENT, signal))).toMatchObject({ code: 'denied' });
    withoutMounts();
    expect((await bao.request('GET', `${mount}/data/app`)).status).toBe(404);
  });

  it('is asked for anew when the mount was made anew', async () => {
    const mount = await bao.freshMount({ version: 1 });
    const provider = connect({ url: bao.url, enginePath: mount });
    await provider.write('app', one, ABSENT, signal);
    await bao.call('DELETE', `sys/mounts/${mount}`);
    await bao.freshMount({ version: 2, path: mount });
    expect(await failureOf(provider.write('app', one, ABSENT, signal))).toMatchObject({
      code: 'engine-upgrading',
    });
    expect(await provider.write('app', one, ABSENT, signal)).toEqual({ version: '1' });
  });
});

describe('limits', () => {
  const pairs = (count: number) =>
    secretOf(Object.fromEntries(Array.from({ length: count }, (_, n) => [`K${n}`, `v${n}`])));

  it.each([
    [1, 500, 1_000],
    [2, 498, 997],
  ] as const)(
    'of KV v%i: %i variables are written, one more is refused before it is sent',
    async (version, most, strings) => {
      const mount = await bao.freshMount({ version });
      const provider = connect({ url: proxy.url, enginePath: mount });
      await provider.write('full', pairs(most), ABSENT, signal);
      proxy.clear();
      const error = await failureOf(provider.write('more', pairs(most + 1), ABSENT, signal));
      expect(error).toMatchObject({ code: 'too-many-strings', details: { path: 'more' } });
      expect(proxy.requests().filter(({ method }) => method === 'PUT')).toEqual([]);
      expect(() => provider.check('more', pairs(most + 1))).toThrow(
        expect.objectContaining({ code: 'too-many-strings' }),
      );
      expect(() => provider.check('full', pairs(most))).not.toThrow();
      const nested = (count: number) =>
        jsonOf({ LIST: JSON.stringify(Array.from({ length: count }, () => 'x')) });
      expect(() => provider.check('list', nested(strings - 1))).not.toThrow();
      expect(() => provider.check('list', nested(strings))).toThrow();
      await provider.write('list', nested(strings - 1), ABSENT, signal);
    },
  );

  it('are known to an editor once it has asked what the backend can do', async () => {
    const provider = connect({ url: bao.url, enginePath: await bao.freshMount() });
    expect(() => provider.check('app', pairs(600))).not.toThrow();
    await provider.capabilities(signal);
    expect(() => provider.check('app', pairs(600))).toThrow(
      expect.objectContaining({ code: 'too-many-strings' }),
    );
  });

  it('are not those of OpenBao at HashiCorp Vault', async () => {
    const mount = await bao.freshMount();
    proxy.fail({
      when: ({ path }) => path === '/v1/sys/health',
      then: { status: 200, body: '{"initialized":true,"version":"2.1.0","enterprise":false}' },
    });
    const provider = connect({ url: proxy.url, enginePath: mount });
    await provider.capabilities(signal);
    expect(() => provider.check('app', pairs(600))).not.toThrow();
    // Here the server is an OpenBao all the same, and says so itself.
    expect(await failureOf(provider.write('app', pairs(600), ABSENT, signal))).toMatchObject({
      code: 'too-many-strings',
    });
    proxy.clear();
  });

  it('give way to a server that has shown that it takes more', async () => {
    const mount = await bao.freshMount();
    // A merge patch in two parts goes past the limit of one request.
    await bao.seedSecrets(mount, {
      big: Object.fromEntries(pairs(450).variables.map(({ name }) => [name, 'x'])),
    });
    await bao.call('PATCH', `${mount}/data/big`, {
      data: Object.fromEntries(Array.from({ length: 200 }, (_, n) => [`L${n}`, 'y'])),
    });
    const provider = connect({ url: bao.url, enginePath: mount });
    await provider.capabilities(signal);
    const big = await provider.read('big', signal);
    expect(() => provider.check('big', big?.content ?? one)).not.toThrow();
  });

  it('of size are told with the numbers', async () => {
    const provider = connect({ url: bao.url, enginePath: await bao.freshMount() });
    const large = secretOf({ KEY: 'x'.repeat(33_554_432) });
    expect(() => provider.check('app', large)).toThrow(
      expect.objectContaining({
        code: 'too-large',
        details: { path: 'app', kilobytes: 32_769, most: 32_767 },
      }),
    );
  });
});

it('never follows a redirect with a write', async () => {
  const mount = await bao.freshMount();
  proxy.fail({
    when: ({ method }) => method === 'PUT',
    times: 1,
    then: { status: 307, headers: { Location: `${bao.url}/v1/${mount}/data/app` } },
  });
  const provider = connect({ url: proxy.url, enginePath: mount });
  expect(await failureOf(provider.write('app', one, ABSENT, signal))).toMatchObject({ code: 'redirected' });
  expect(await provider.read('app', signal)).toBeNull();
});
