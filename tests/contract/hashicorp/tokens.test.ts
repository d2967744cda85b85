import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startOpenBao } from '../../world/openbao';
import type { OpenBao } from '../../world/openbao';
import { startProxy } from '../../world/proxy';
import type { Proxy } from '../../world/proxy';
import { connect, expectNoLeak, failureOf, memorySession, pull, signal } from './support';

let bao: OpenBao;
let proxy: Proxy;
let mount: string;
beforeAll(async () => {
  bao = await startOpenBao();
  proxy = await startProxy({ target: bao.url });
  mount = await bao.freshMount();
  await bao.seedSecrets(
    mount,
    Object.fromEntries(Array.from({ length: 40 }, (_, n) => [`s${n}`, { K: `${n}` }])),
  );
});
afterAll(async () => {
  await proxy.stop();
  await bao.stop();
});
beforeEach(() => proxy.clear());

const policy = () => `path "${mount}/*" { capabilities = ["read", "list", "scan"] }`;
const calls = (part: string) => proxy.requests().filter(({ path }) => path.includes(part));
const tokensSent = () => new Set(calls('/data/').map(({ headers }) => headers['x-vault-token']));

describe('AppRole', () => {
  it('logs in once for many calls at once, keeps the token for the session, and gives it back', async () => {
    const role = await bao.createAppRole(policy());
    const session = memorySession();
    const options = { url: proxy.url, enginePath: mount, role, session };
    const first = connect(options);
    expect((await pull(first)).secrets.size).toBe(40);
    expect(calls('approle/login')).toHaveLength(1);

    // Another life of the worker, the same browser session.
    expect((await pull(connect(options))).secrets.size).toBe(40);
    expect(calls('approle/login')).toHaveLength(1);
    expect(tokensSent().size).toBe(1);

    const token = session.saved?.token ?? '';
    await first.close();
    expect(session.saved).toBeNull();
    expect((await bao.request('GET', 'auth/token/lookup-self', undefined, { token })).status).toBe(403);
  });

  it('does not use the token of another role or server', async () => {
    const session = memorySession();
    const role = await bao.createAppRole(policy());
    await pull(connect({ url: proxy.url, enginePath: mount, role, session }));
    const other = await bao.createAppRole(policy());
    await pull(connect({ url: proxy.url, enginePath: mount, role: other, session }));
    expect(calls('approle/login')).toHaveLength(2);
    expect(tokensSent().size).toBe(2);
  });

  it('sends the namespace at the login only, and reads the full path after it', async () => {
    const namespace = await bao.freshNamespace();
    const inner = await bao.freshMount({ namespace });
    await bao.seedSecrets(inner, { app: { K: '1' } });
    const name = inner.slice(namespace.length + 1);
    const role = await bao.createAppRole(
      `path "${name}/*" { capabilities = ["read", "list"] }`,
      {},
      namespace,
    );
    const provider = connect({ url: proxy.url, enginePath: inner, role, namespace: `/${namespace}/` });
    expect([...(await pull(provider)).secrets.keys()]).toEqual(['app']);
    const withHeader = proxy.requests().filter(({ headers }) => 'x-vault-namespace' in headers);
    expect(withHeader.map(({ path }) => path)).toEqual(['/v1/auth/approle/login']);
    expect(proxy.requests().every(({ headers }) => headers['x-vault-request'] === 'true')).toBe(true);
  });

  it('renews the token before its end instead of logging in again', async () => {
    const role = await bao.createAppRole(policy(), { token_ttl: '60s', token_max_ttl: '1h' });
    let late = 0;
    const now = () => Date.now() + late;
    const session = memorySession();
    const provider = connect({ url: proxy.url, enginePath: mount, role, session, now });
    await pull(provider);
    const before = session.saved?.expiresAt ?? 0;
    late = 45_000;
    await pull(provider);
    expect(calls('renew-self')).toHaveLength(1);
    expect(calls('approle/login')).toHaveLength(1);
    expect(session.saved?.expiresAt).toBeGreaterThan(before);
    await pull(provider);
    expect(calls('renew-self')).toHaveLength(1);
  });

  it('uses a token to its end when it cannot be renewed, then logs in again', async () => {
    // Without the `default` policy renew-self is forbidden.
    const role = await bao.createAppRole(policy(), { token_ttl: '60s', token_no_default_policy: true });
    let late = 0;
    const provider = connect({ url: proxy.url, enginePath: mount, role, now: () => Date.now() + late });
    await pull(provider);
    late = 45_000;
    await pull(provider);
    await pull(provider);
    expect(calls('renew-self')).toHaveLength(1);
    expect(calls('approle/login')).toHaveLength(1);
    late = 61_000;
    await pull(provider);
    expect(calls('approle/login')).toHaveLength(2);
  });

  it('logs in again, once for all calls, when the server has dropped the token', async () => {
    const role = await bao.createAppRole(policy());
    const session = memorySession();
    const provider = connect({ url: proxy.url, enginePath: mount, role, session });
    await pull(provider);
    await bao.call('POST', 'auth/token/revoke', { token: session.saved?.token });
    const { secrets, failed } = await pull(provider);
    expect([secrets.size, failed.size]).toEqual([40, 0]);
    expect(calls('approle/login')).toHaveLength(2);
  });

  it('never logs in again for what a policy forbids', async () => {
    const role = await bao.createAppRole(`path "${mount}/metadata/*" { capabilities = ["list"] }`);
    const { failed } = await pull(connect({ url: proxy.url, enginePath: mount, role }));
    expect(failed.size).toBe(40);
    expect(failed.get('s7')).toMatchObject({
      code: 'denied',
      details: { action: 'read', path: `${mount}/data/s7` },
    });
    expect(calls('approle/login')).toHaveLength(1);
    expect(calls('lookup-self')).toHaveLength(0);
  });

  it('counts the uses of a token and logs in anew before it is used up', async () => {
    const role = await bao.createAppRole(policy(), { token_num_uses: 10 });
    const { secrets, failed } = await pull(connect({ url: proxy.url, enginePath: mount, role }));
    expect([secrets.size, failed.size]).toEqual([40, 0]);
    // 40 reads and one scan: five tokens of ten uses.
    expect(calls('approle/login')).toHaveLength(5);
    expect(calls('lookup-self')).toHaveLength(0);
  });

  it('uses a Secret ID that works once for one login', async () => {
    const role = await bao.createAppRole(policy(), { secret_id_num_uses: 1 });
    const session = memorySession();
    const options = { url: proxy.url, enginePath: mount, role, session };
    await pull(connect(options));
    await pull(connect(options));
    expect(calls('approle/login')).toHaveLength(1);
    const error = await failureOf(pull(connect({ ...options, session: memorySession() })));
    expect(error).toMatchObject({ code: 'approle-refused' });
  });
});

describe('refused logins', () => {
  const login = async (role: { roleId: string; secretId: string }, namespace = '') => {
    const error = await failureOf(pull(connect({ url: proxy.url, enginePath: mount, role, namespace })));
    if (role.secretId.trim()) expectNoLeak(error, role.secretId);
    return error;
  };

  it('tells wrong ids, ids left out, another address and a namespace that is not there', async () => {
    const role = await bao.createAppRole(policy());
    expect(await login({ ...role, secretId: 'wrong-secret' })).toMatchObject({ code: 'approle-refused' });
    expect(await login({ ...role, roleId: 'wrong-role' })).toMatchObject({ code: 'approle-refused' });
    expect(await login({ ...role, secretId: ' ' })).toMatchObject({ code: 'approle-incomplete' });
    expect(await login(role, 'nosuch')).toMatchObject({
      code: 'namespace-unknown',
      details: { namespace: 'nosuch' },
    });
    const bound = await bao.createAppRole(policy(), { secret_id_bound_cidrs: ['192.0.2.0/24'] });
    expect(await login(bound)).toMatchObject({ code: 'approle-refused', details: { reason: 'address' } });
  });

  it('tells a namespace without AppRole from a locked role', async () => {
    const role = await bao.createAppRole(policy());
    const namespace = await bao.freshNamespace();
    expect(await login(role, namespace)).toMatchObject({ code: 'approle-missing', details: { namespace } });
    for (let tries = 0; tries < 5; tries += 1) {
      const wrong = { role_id: role.roleId, secret_id: 'wrong' };
      await bao.request('POST', 'auth/approle/login', wrong, { token: null });
    }
    expect(await login(role)).toMatchObject({ code: 'approle-locked' });
  });

  it('tries a refused login once, however many calls wait for it', async () => {
    const role = { ...(await bao.createAppRole(policy())), secretId: 'wrong-secret' };
    const provider = connect({ url: proxy.url, enginePath: mount, role });
    const errors = await Promise.all(
      Array.from({ length: 20 }, (_, n) => failureOf(provider.read(`s${n}`, signal))),
    );
    expect(new Set(errors.map(({ code }) => code))).toEqual(new Set(['approle-refused']));
    expect(calls('approle/login')).toHaveLength(1);
  });

  it('gives up waiting for a login at once when cancelled', async () => {
    const role = await bao.createAppRole(policy());
    proxy.delay(60_000);
    const controller = new AbortController();
    const provider = connect({ url: proxy.url, enginePath: mount, role });
    const reading = failureOf(provider.read('s1', controller.signal));
    controller.abort();
    expect(await reading).toMatchObject({ code: 'cancelled' });
    proxy.delay(0);
  });
});

describe('a pasted token', () => {
  it('works without the default policy', async () => {
    const token = await bao.createToken(policy());
    expect(
      (await pull(connect({ url: proxy.url, enginePath: mount, token: `  ${token}\n` }))).secrets.size,
    ).toBe(40);
  });

  it('is said to be invalid when the server does not know it, and no error holds it', async () => {
    for (const token of ['hvs.bad-canary-token', 'zwölf hvs.bad', 'hvs.bad\u20ac', '']) {
      const error = await failureOf(pull(connect({ url: proxy.url, enginePath: mount, token })));
      expect(error).toMatchObject({ code: 'token-invalid' });
      if (token) expectNoLeak(error, token);
    }
  });

  it('fails the paths that are left when its uses are used up, without asking for each', async () => {
    const other = await bao.freshMount();
    await bao.seedSecrets(
      other,
      Object.fromEntries(Array.from({ length: 500 }, (_, n) => [`s${n}`, { K: `${n}` }])),
    );
    const rights = `path "${other}/*" { capabilities = ["read", "scan"] }`;
    const token = await bao.createToken(rights, { num_uses: 10 });
    const { secrets, failed } = await pull(connect({ url: proxy.url, enginePath: other, token }));
    expect(secrets.size + failed.size).toBe(500);
    expect(secrets.size).toBe(9);
    expect(new Set([...failed.values()].map(({ code }) => code))).toEqual(new Set(['token-invalid']));
    expect(calls('/data/').length).toBeLessThan(150);
  });
});
