import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startOpenBao } from '../../world/openbao';
import type { OpenBao } from '../../world/openbao';
import { connect, failureOf, pull, signal, texts } from './support';

let bao: OpenBao;
beforeAll(async () => void (bao = await startOpenBao()));
afterAll(() => bao.stop());

const SIGNS = ` %+;:?#&=*!'"()[]{}|\\^~$<>@,\``;
/** Names as people and machines make them; each is one segment. */
const NAMES = [
  ...[...SIGNS].map((sign) => `a${sign}b`),
  ' leading',
  'trailing ',
  '%2F',
  '%20',
  '%zz',
  '100%',
  '.a',
  'a..',
  '...',
  'größe',
  'ключ',
  '密钥',
  'مفتاح',
  'कुंजी',
  '🔑',
  'UPPER',
  'upper',
  'a&b=c?d#e',
  'data',
  'metadata',
  'x'.repeat(400),
];

describe.each([1, 2] as const)('KV v%i', (version) => {
  it('gives all secrets of all folders, and of `foo` and `foo/` both', async () => {
    const mount = await bao.freshMount({ version });
    await bao.seedSecrets(mount, {
      foo: { K: 'leaf' },
      'foo/bar': { K: 'below' },
      'a/b/c/d': { K: 'deep', L: 'two' },
    });
    const provider = connect({ url: bao.url, enginePath: mount });
    expect((await provider.list('', signal)).map(({ path }) => path).sort()).toEqual([
      'a/b/c/d',
      'foo',
      'foo/bar',
    ]);
    const { secrets, failed } = await pull(provider);
    expect(failed.size).toBe(0);
    expect(texts(secrets.get('foo')?.content.variables ?? [])).toEqual({ K: 'leaf' });
    expect(texts(secrets.get('foo/bar')?.content.variables ?? [])).toEqual({ K: 'below' });
    expect(texts(secrets.get('a/b/c/d')?.content.variables ?? [])).toEqual({ K: 'deep', L: 'two' });
    expect(secrets.get('foo')?.version).toBe(version === 2 ? '1' : null);
  });

  it(`gives ${NAMES.length} names with special characters, each with its own value`, async () => {
    const mount = await bao.freshMount({ version });
    const written = Object.fromEntries(
      NAMES.flatMap((name) => [
        [name, { NAME: name }],
        [`dir ${name}/in ${name}`, { NAME: `in ${name}` }],
      ]),
    );
    await bao.seedSecrets(mount, written);
    const { secrets, failed } = await pull(connect({ url: bao.url, enginePath: mount }));
    expect(failed.size).toBe(0);
    const read = Object.fromEntries(
      [...secrets].map(([path, { content }]) => [path, texts(content.variables)]),
    );
    expect(read).toEqual(written);
  });

  it('says null for what is not there, and refuses what cannot be a path', async () => {
    const mount = await bao.freshMount({ version });
    const provider = connect({ url: bao.url, enginePath: mount });
    expect(await provider.read('nothing/here', signal)).toBeNull();
    expect(await pull(provider)).toMatchObject({ totals: [], calls: [] });
    for (const path of ['', 'a/', 'a//b', '../sys', 'a/..', 'a\u0000b', 'a\u200bb']) {
      expect(await failureOf(provider.read(path, signal))).toMatchObject({ code: 'path-invalid' });
    }
  });

  it('pulls below a prefix only, and names it in the paths', async () => {
    const mount = await bao.freshMount({ version });
    await bao.seedSecrets(mount, {
      app: { K: '0' },
      'app/one': { K: '1' },
      'app/x/two': { K: '2' },
      apple: { K: '3' },
    });
    const provider = connect({ url: bao.url, enginePath: mount });
    for (const prefix of ['app', 'app/', '/app/']) {
      expect([...(await pull(provider, { prefix })).secrets.keys()].sort()).toEqual(['app/one', 'app/x/two']);
    }
  });

  it('takes an Engine Path with a folder behind the mount', async () => {
    const mount = await bao.freshMount({ version });
    await bao.seedSecrets(mount, { 'team/app': { K: '1' }, other: { K: '2' } });
    const provider = connect({ url: bao.url, enginePath: `/${mount}/team/` });
    expect([...(await pull(provider)).secrets.keys()]).toEqual(['app']);
    expect(await provider.read('app', signal)).toMatchObject({ path: 'app' });
  });

  it('reads a mount in a nested namespace by its full path', async () => {
    const outer = await bao.freshNamespace();
    await bao.call('POST', 'sys/namespaces/inner', {}, { namespace: outer });
    const mount = await bao.freshMount({ version, namespace: `${outer}/inner`, path: 'team kv/ü' });
    await bao.seedSecrets(mount, { 'x/y': { K: '1' } });
    const provider = connect({ url: bao.url, enginePath: mount });
    expect([...(await pull(provider)).secrets.keys()]).toEqual(['x/y']);
    expect(await provider.capabilities(signal)).toEqual({
      compareAndSwap: version === 2,
      history: version === 2,
    });
  });

  it('keeps every kind of value exact', async () => {
    const mount = await bao.freshMount({ version });
    const path = version === 2 ? `${mount}/data/kinds` : `${mount}/kinds`;
    const members = `"text":"a\\u003cb ü 🔑 \\u0000\\n","empty":"","a/b":"slash","__proto__":"proto","yes":true,"no":null,
      "list":[1,"two",{"three":3}],"object":{"deep":{"er":"x"}},"big":9007199254740993,"ratio":1.10,"exp":1e2`;
    await bao.call('PUT', path, version === 2 ? `{"data":{${members}}}` : `{${members}}`);
    const secret = await connect({ url: bao.url, enginePath: mount }).read('kinds', signal);
    const variables = secret?.content.variables ?? [];
    const read = new Map(variables.map(({ name, type, text }) => [name, `${type} ${text}`]));
    expect(read.get('text')).toBe('string a<b ü 🔑 \u0000\n');
    expect(read.get('empty')).toBe('string ');
    expect(read.get('a/b')).toBe('string slash');
    expect(read.get('__proto__')).toBe('string proto');
    expect(read.get('yes')).toBe('json true');
    expect(read.get('no')).toBe('json null');
    expect(read.get('list')).toBe('json [1,"two",{"three":3}]');
    expect(read.get('object')).toBe('json {"deep":{"er":"x"}}');
    // KV v2 itself rewrites numbers (path_data.go decodes them as float64); v1 keeps their text.
    expect(read.get('big')).toBe(`json ${version === 1 ? '9007199254740993' : '9007199254740992'}`);
    expect(read.get('ratio')).toBe(`json ${version === 1 ? '1.10' : '1.1'}`);
    expect(read.get('exp')).toBe(`json ${version === 1 ? '1e2' : '100'}`);
  });
});

describe('engines', () => {
  it('takes a KV mount without options for v1, and reads a cubbyhole', async () => {
    await bao.call('POST', 'sys/mounts/plain-kv', { type: 'kv' });
    await bao.call('PUT', 'plain-kv/a', { K: '1' });
    await bao.call('PUT', 'cubbyhole/mine', { K: '2' });
    const plain = connect({ url: bao.url, enginePath: 'plain-kv' });
    expect(await plain.capabilities(signal)).toEqual({ compareAndSwap: false, history: false });
    expect(await plain.read('a', signal)).toMatchObject({ version: null });
    expect((await pull(connect({ url: bao.url, enginePath: 'cubbyhole' }))).secrets.has('mine')).toBe(true);
  });

  it('tells another kind of engine, no engine, and a path with data/ in it', async () => {
    const of = (enginePath: string) => failureOf(connect({ url: bao.url, enginePath }).capabilities(signal));
    expect(await of('sys')).toMatchObject({
      code: 'engine-other',
      details: { engine: 'sys', type: 'system' },
    });
    expect(await of('nosuch/kv')).toMatchObject({
      code: 'engine-not-found',
      details: { engine: 'nosuch/kv' },
    });
    expect(await of('secret/data')).toMatchObject({ code: 'engine-not-found', details: { mount: 'secret' } });
    expect(await of(' ')).toMatchObject({ code: 'engine-not-found' });
  });

  it('finds that a mount was made anew with another version', async () => {
    const mount = await bao.freshMount({ version: 1 });
    await bao.seedSecrets(mount, { a: { K: '1' } });
    const provider = connect({ url: bao.url, enginePath: mount });
    expect(await provider.read('a', signal)).not.toBeNull();
    await bao.call('DELETE', `sys/mounts/${mount}`);
    await bao.freshMount({ version: 2, path: mount });
    await bao.seedSecrets(mount, { a: { K: '2' } });
    expect(await failureOf(provider.read('a', signal))).toMatchObject({
      code: 'engine-upgrading',
      retryable: true,
    });
    expect(await provider.read('a', signal)).toMatchObject({ version: '1' });
  });
});

describe('KV v2 without a value', () => {
  it('says missing for deleted and destroyed secrets, and gives an empty one for a value of null', async () => {
    const mount = await bao.freshMount();
    await bao.seedSecrets(mount, { deleted: { K: '1' }, destroyed: { K: '1' }, alive: { K: '1' } });
    await bao.call('DELETE', `${mount}/data/deleted`);
    await bao.call('PUT', `${mount}/destroy/destroyed`, { versions: [1] });
    await bao.call('POST', `${mount}/metadata/never`, { custom_metadata: { k: 'v' } });
    await bao.call('PUT', `${mount}/data/null`, { data: null });
    const provider = connect({ url: bao.url, enginePath: mount });
    const { missing, secrets } = await pull(provider);
    expect(missing.sort()).toEqual(['deleted', 'destroyed', 'never']);
    expect(secrets.get('null')).toMatchObject({ version: '1', content: { form: 'object', variables: [] } });
    expect(await provider.read('deleted', signal)).toBeNull();
    expect(await provider.read('destroyed', signal)).toBeNull();
    const listed = (await provider.list('', signal)).map(({ path }) => path);
    expect(listed).toContain('alive');
    expect(listed).not.toContain('destroyed');
  });
});
