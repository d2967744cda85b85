import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { connect as connectH2 } from 'node:http2';
import { connect, createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  CreateSecretCommand,
  GetSecretValueCommand,
  ListSecretsCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startDelayProxy } from '../world/delay-proxy';
import { createHttp } from '../world/http';
import { startWorld } from '../world/index';
import type { World } from '../world/index';
import type { AwsKeys } from '../world/moto';
import { isListening, portOf } from '../world/ports';
import { startProxy } from '../world/proxy';

type All = 'openbao' | 'openbaoTls' | 'moto' | 'ministack' | 'api' | 'testers';
let world: World<All>;

beforeAll(async () => {
  world = await startWorld({
    openbao: true,
    openbaoTls: true,
    moto: true,
    ministack: true,
    api: true,
    testers: true,
  });
});
afterAll(() => world.stop());

const aws = (endpoint: string, credentials: AwsKeys) =>
  new SecretsManagerClient({ region: 'us-east-1', endpoint, credentials, maxAttempts: 1 });

const isAlive = (pid: number) => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

describe('OpenBao', () => {
  it.each([1, 2] as const)('keeps what is seeded into a fresh KV v%i mount', async (version) => {
    const mount = await world.openbao.freshMount({ version });
    await world.openbao.seedSecrets(mount, { 'team a/app': { KEY: 'one' }, other: { KEY: 'two' } });
    const path = version === 2 ? `${mount}/data/team%20a/app` : `${mount}/team%20a/app`;
    const { status, body } = await world.openbao.request('GET', path);
    expect(status).toBe(200);
    expect(JSON.stringify(body)).toContain('"KEY":"one"');
  });

  it('mounts inside a namespace, under the full path', async () => {
    const namespace = await world.openbao.freshNamespace();
    const mount = await world.openbao.freshMount({ namespace });
    await world.openbao.seedSecrets(mount, { app: { KEY: 'one' } });
    expect(mount.startsWith(`${namespace}/`)).toBe(true);
    expect((await world.openbao.request('GET', `${mount}/data/app`)).status).toBe(200);
  });

  it('holds tokens and roles to their policy', async () => {
    const { openbao } = world;
    const mount = await openbao.freshMount();
    await openbao.seedSecrets(mount, { app: { KEY: 'one' }, other: { KEY: 'two' } });
    const policy = `path "${mount}/data/app" { capabilities = ["read"] }`;
    const role = await openbao.createAppRole(policy);
    const credentials = { role_id: role.roleId, secret_id: role.secretId };
    const login = await openbao.call('POST', 'auth/approle/login', credentials, { token: null });
    for (const token of [
      await openbao.createToken(policy),
      (login as { auth: { client_token: string } }).auth.client_token,
    ]) {
      expect((await openbao.request('GET', `${mount}/data/app`, undefined, { token })).status).toBe(200);
      expect((await openbao.request('GET', `${mount}/data/other`, undefined, { token })).status).toBe(403);
    }
  });

  it('speaks HTTP/2 over TLS under its own authority only', async () => {
    const { url, ca } = world.openbaoTls;
    expect((await world.openbaoTls.request('GET', 'sys/health')).status).toBe(200);
    await expect(createHttp(url).send('GET', '/v1/sys/health')).rejects.toMatchObject({
      code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    });
    const session = connectH2(url, { ...(ca ? { ca } : {}) });
    await once(session, 'connect');
    expect(session.alpnProtocol).toBe('h2');
    session.destroy();
  });
});

describe('moto', () => {
  beforeEach(() => world.moto.reset());

  it('lets signed requests in and refuses wrong keys and rights that are missing', async () => {
    const { url, createUser, seed } = world.moto;
    await seed([{ name: 'app', string: '{"KEY":"one"}' }]);
    const keys = await createUser(['secretsmanager:GetSecretValue']);
    const get = new GetSecretValueCommand({ SecretId: 'app' });
    expect((await aws(url, keys).send(get)).SecretString).toBe('{"KEY":"one"}');
    await expect(aws(url, { ...keys, secretAccessKey: 'wrong' }).send(get)).rejects.toThrow();
    await expect(aws(url, keys).send(new ListSecretsCommand({}))).rejects.toThrow();
  });

  it('takes session tokens, and forgets all on reset', async () => {
    const { url, createSession, seed, reset } = world.moto;
    await seed([{ name: 'app', binary: 'AAEC' }]);
    const list = new ListSecretsCommand({});
    expect((await aws(url, await createSession()).send(list)).SecretList).toHaveLength(1);
    const stolen = { ...(await createSession()), sessionToken: 'wrong' };
    await expect(aws(url, stolen).send(list)).rejects.toThrow();
    await reset();
    expect((await aws(url, await createSession()).send(list)).SecretList).toHaveLength(0);
  });
});

it('MiniStack moves a version label only from where it is', async () => {
  await world.ministack.reset();
  const client = aws(world.ministack.url, { accessKeyId: 'any', secretAccessKey: 'any' });
  const first = await client.send(new CreateSecretCommand({ Name: 'app', SecretString: 'one' }));
  const put = { SecretId: 'app', SecretString: 'two', VersionStages: ['MINE'] };
  const second = await client.send(new PutSecretValueCommand(put));
  const move = (from: string | undefined) =>
    client.send(
      new UpdateSecretVersionStageCommand({
        SecretId: 'app',
        VersionStage: 'AWSCURRENT',
        MoveToVersionId: second.VersionId,
        RemoveFromVersionId: from,
      }),
    );
  await expect(move(second.VersionId)).rejects.toThrow('currently attached');
  await move(first.VersionId);
  expect((await client.send(new GetSecretValueCommand({ SecretId: 'app' }))).SecretString).toBe('two');
});

describe('the sample API', () => {
  beforeEach(() => world.api.clear());
  const get = (path: string, headers: Record<string, string> = {}) =>
    fetch(`${world.api.url}${path}`, { headers });

  it.each([
    ['header', { 'X-API-Key': 'expected-value' }],
    ['cookie', { Cookie: 'session=expected-value' }],
    ['bearer', { Authorization: 'Bearer expected-value' }],
    ['basic', { Authorization: `Basic ${btoa('user:expected-value')}` }],
    ['openid', { Authorization: 'Bearer expected-value' }],
    ['query?api_key=expected-value', {}],
  ])('asks for the expected value at /secure/%s', async (place, headers) => {
    expect((await get(`/secure/${place.split('?')[0]}`)).status).toBe(401);
    expect((await get(`/secure/${place}`, headers as Record<string, string>)).status).toBe(200);
  });

  it('gives OAuth 2 tokens for client credentials', async () => {
    const form = (secret: string) =>
      fetch(`${world.api.url}/oauth/token`, {
        method: 'POST',
        body: new URLSearchParams({
          grant_type: 'client_credentials',
          client_id: 'c',
          client_secret: secret,
        }),
      });
    expect((await form('wrong')).status).toBe(401);
    const { access_token: token } = (await (await form('expected-value')).json()) as { access_token: string };
    expect((await get('/secure/oauth2', { Authorization: `Bearer ${token}` })).status).toBe(200);
  });

  it('records what arrives, wherever a redirect leads', async () => {
    await fetch(`${world.api.url}/body/text?x=1`, { method: 'POST', body: 'hello' });
    const [first] = world.api.requests('/body/text');
    expect(first).toMatchObject({ method: 'POST', target: '/body/text?x=1' });
    expect(first?.body.toString()).toBe('hello');
    await get('/redirect/same-path');
    expect(world.api.requests('/redirect/same-path')).toHaveLength(2);
    await get('/redirect/other-path');
    expect(world.api.requests('/landed')).toHaveLength(1);
    await get('/redirect/other-origin');
    expect(world.api.elsewhere.requests('/landed')).toHaveLength(1);
  });

  it('streams events, and holds a request until it is released', async () => {
    expect(await (await get('/stream?count=2&every=1')).text()).toBe('data: 1\n\ndata: 2\n\n');
    const held = get('/hold');
    await world.api.arrival(({ path }) => path === '/hold');
    world.api.release();
    expect((await held).status).toBe(200);
  });
});

it('the testers serve Swagger UI over a document that names the sample API', async () => {
  const { testers, api } = world;
  for (const address of [testers.swaggerUi, testers.plain, `${testers.url}/swagger-ui-bundle.js`]) {
    expect((await fetch(address)).status).toBe(200);
  }
  const document = (await (await fetch(`${testers.url}/openapi.json`)).json()) as {
    servers: { url: string }[];
    components: { securitySchemes: Record<string, { type: string }> };
  };
  expect(document.servers[0]?.url).toBe(api.url);
  const types = Object.values(document.components.securitySchemes).map(({ type }) => type);
  expect(new Set(types)).toEqual(new Set(['apiKey', 'http', 'oauth2', 'openIdConnect']));
  expect(await (await fetch(testers.hostile.framing(testers.plain))).text()).toContain(testers.plain);
});

describe('the proxy', () => {
  it('delays an answer by a round trip, and by one more on a new connection', async () => {
    const proxy = await startProxy({ target: world.api.url, delayMs: 40 });
    const http = createHttp(proxy.url);
    const timed = async () => {
      const start = performance.now();
      await http.send('GET', '/status/200');
      return performance.now() - start;
    };
    // Only what cannot be faster is asserted: timers never fire early by more than their resolution.
    expect(await timed()).toBeGreaterThan(75);
    expect(await timed()).toBeGreaterThan(35);
    expect(proxy.connections()).toBe(1);
    http.close();
    await proxy.stop();
    expect(await isListening(proxy.port)).toBe(false);
  });

  it('keeps the order of bytes, whatever becomes of the delay and of its own timers', async () => {
    const echo = createServer((socket) => socket.pipe(socket)).listen(0, '127.0.0.1');
    await once(echo, 'listening');
    const proxy = await startDelayProxy(portOf(echo), 20);
    const client = connect(proxy.port, '127.0.0.1').setNoDelay(true);
    let back = '';
    client.setEncoding('utf8').on('data', (text: string) => void (back += text));
    const sent = Array.from({ length: 400 }, (_none, at) => `${at}\n`);
    for (const [at, line] of sent.entries()) {
      client.write(line);
      proxy.delay((at * 7) % 20);
      // A busy process: its timers come late, and several are due at once.
      for (const until = performance.now() + (at % 5); performance.now() < until;);
      await nextTurn();
    }
    client.end();
    await once(client, 'end');
    expect(back).toBe(sent.join(''));
    await proxy.stop();
    await new Promise((closed) => echo.close(closed));
  });

  it('passes TLS through', async () => {
    const { ca } = world.openbaoTls;
    const proxy = await startProxy({ target: world.openbaoTls.url, delayMs: 2 });
    const http = createHttp(proxy.url, ca);
    expect((await http.send('GET', '/v1/sys/health')).status).toBe(200);
    http.close();
    await proxy.stop();
  });

  it('loses an answer after the server has acted, and answers in its place', async () => {
    const proxy = await startProxy({ target: world.openbao.url });
    const http = createHttp(proxy.url);
    const mount = await world.openbao.freshMount();
    const headers = { 'X-Vault-Token': world.openbao.rootToken };
    const write = () =>
      http.send('POST', `/v1/${mount}/data/app`, { body: { data: { KEY: 'one' } }, headers });
    const versions = async () => {
      const { body } = await world.openbao.request('GET', `${mount}/metadata/app`);
      return (body as { data?: { current_version: number } }).data?.current_version ?? 0;
    };
    proxy.fail({ times: 1, then: 'cutBefore' });
    await expect(write()).rejects.toThrow();
    expect(await versions()).toBe(0);
    proxy.fail({ when: ({ method }) => method === 'POST', times: 1, then: 'cutAfter' });
    await expect(write()).rejects.toThrow();
    expect(await versions()).toBe(1);
    proxy.fail({ times: 1, then: { status: 429, headers: { 'Retry-After': '1' } } });
    expect(await write()).toMatchObject({ status: 429, headers: { 'retry-after': '1' } });
    expect((await write()).status).toBe(200);
    expect(proxy.requests()).toHaveLength(4);
    http.close();
    await proxy.stop();
  });

  it('keeps answers back once the server has acted, and lets them go', async () => {
    const proxy = await startProxy({ target: world.api.url });
    const http = createHttp(proxy.url);
    const arrived = () => world.api.requests('/status/201').length;
    const before = arrived();
    const letGo = proxy.hold(({ path }) => path === '/status/201');
    let answered = 0;
    const ask = () => http.send('GET', '/status/201').then(({ status }) => (answered = status));
    const first = ask();
    await expect.poll(() => proxy.held()).toBe(1);
    expect(arrived()).toBe(before + 1);
    expect((await http.send('GET', '/status/200')).status).toBe(200);
    expect(answered).toBe(0);
    letGo();
    await first;
    expect([answered, proxy.held()]).toEqual([201, 0]);

    proxy.hold();
    const second = ask();
    await expect.poll(() => proxy.held()).toBe(1);
    proxy.clear();
    await second;
    expect(arrived()).toBe(before + 2);
    http.close();
    await proxy.stop();
  });
});

describe('the end', () => {
  it('closes every port and process on stop, also when called twice', async () => {
    const own = await startWorld({ openbao: true, moto: true, ministack: true, api: true, testers: true });
    const { openbao, moto, ministack, api, testers } = own;
    const ports = [openbao, moto, ministack, api, api.elsewhere, testers, testers.hostile].map(
      ({ port }) => port,
    );
    expect(await Promise.all(ports.map(isListening))).toEqual(ports.map(() => true));
    await own.stop();
    await own.stop();
    expect(await Promise.all(ports.map(isListening))).toEqual(ports.map(() => false));
    expect([openbao, moto, ministack].filter(({ pid }) => isAlive(pid))).toEqual([]);
  });

  it('leaves no process and no folder behind when the run is killed', async () => {
    const program = `
      import { startWorld } from './tests/world/index.ts';
      const { openbao, moto, ministack } = await startWorld({ openbao: true, moto: true, ministack: true });
      console.log(JSON.stringify([openbao, moto, ministack].map(({ pid, dir }) => ({ pid, dir }))));
      setInterval(() => {}, 1000);`;
    const parent = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(createInterface({ input: parent.stdout }), 'line')) as [string];
    const children = JSON.parse(line) as { pid: number; dir: string }[];
    expect(children.filter(({ pid, dir }) => isAlive(pid) && existsSync(dir))).toHaveLength(3);
    parent.kill('SIGKILL');
    const left = () => children.filter(({ pid, dir }) => isAlive(pid) || existsSync(dir));
    await expect.poll(left, { timeout: 20_000 }).toEqual([]);
  });
});
