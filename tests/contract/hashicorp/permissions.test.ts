import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startOpenBao } from '../../world/openbao';
import type { OpenBao } from '../../world/openbao';
import { connect, signal } from './support';

let bao: OpenBao;
beforeAll(async () => void (bao = await startOpenBao()));
afterAll(() => bao.stop());

const none = { read: false, create: false, update: false, remove: false, list: false };
const all = { read: true, create: true, update: true, remove: true, list: true };
const unknown = { read: null, create: null, update: null, remove: null, list: null };

/** Tokens without the `default` policy may not ask what they may do. */
const asking = { no_default_policy: false };

describe('what a login may do', () => {
  it('is everything for root', async () => {
    for (const version of [1, 2] as const) {
      const provider = connect({ url: bao.url, enginePath: await bao.freshMount({ version }) });
      expect(await provider.permissions('team/app', signal)).toEqual(all);
    }
  });

  it.each([
    ['read but not write', '"read"', { ...none, read: true }],
    ['write but not read', '"create", "update"', { ...none, create: true, update: true }],
    ['create but not update', '"create"', { ...none, create: true }],
  ])('is told: %s', async (_name, rights, expected) => {
    for (const version of [1, 2] as const) {
      const mount = await bao.freshMount({ version });
      const data = version === 2 ? `${mount}/data` : mount;
      const token = await bao.createToken(`path "${data}/team/app" { capabilities = [${rights}] }`, asking);
      const provider = connect({ url: bao.url, enginePath: mount, token });
      expect(await provider.permissions('team/app', signal)).toEqual(expected);
    }
  });

  it('is told for listing and removing by the paths that these take', async () => {
    const v2 = await bao.freshMount();
    const ofV2 = await bao.createToken(
      `path "${v2}/metadata/team/*" { capabilities = ["list"] }
       path "${v2}/delete/team/*" { capabilities = ["update"] }
       path "${v2}/data/team/*" { capabilities = ["delete"] }`,
      asking,
    );
    const versioned = connect({ url: bao.url, enginePath: v2, token: ofV2 });
    expect(await versioned.permissions('team/app', signal)).toEqual({ ...none, list: true, remove: true });
    expect(await versioned.permissions('other/app', signal)).toEqual(none);
    const v1 = await bao.freshMount({ version: 1 });
    const ofV1 = await bao.createToken(`path "${v1}/team/*" { capabilities = ["list", "delete"] }`, asking);
    const plain = connect({ url: bao.url, enginePath: v1, token: ofV1 });
    expect(await plain.permissions('team/app', signal)).toEqual({ ...none, list: true, remove: true });
    expect(await plain.permissions('app', signal)).toEqual(none);
  });

  it('is told inside a namespace: to its AppRole, to its pasted token, and to one from outside', async () => {
    const namespace = await bao.freshNamespace();
    const mount = await bao.freshMount({ namespace });
    const inner = mount.slice(namespace.length + 1);
    const policy = (path: string) => `path "${path}/data/*" { capabilities = ["read", "update"] }`;
    const expected = { ...none, read: true, update: true };
    const role = await bao.createAppRole(policy(inner), {}, namespace);
    const byRole = connect({ url: bao.url, enginePath: mount, role, namespace });
    expect(await byRole.permissions('app', signal)).toEqual(expected);
    const login = (await bao.call(
      'POST',
      'auth/approle/login',
      { role_id: role.roleId, secret_id: role.secretId },
      { namespace, token: null },
    )) as { auth: { client_token: string } };
    const pasted = connect({ url: bao.url, enginePath: mount, token: login.auth.client_token });
    expect(await pasted.permissions('app', signal)).toEqual(expected);
    const outside = await bao.createToken(policy(mount), asking);
    const fromOutside = connect({ url: bao.url, enginePath: mount, token: outside });
    expect(await fromOutside.permissions('app', signal)).toEqual(expected);
  });

  it('is unknown, and no error, where it may not be asked', async () => {
    const mount = await bao.freshMount();
    const token = await bao.createToken(`path "${mount}/data/*" { capabilities = ["read", "update"] }`);
    const provider = connect({ url: bao.url, enginePath: mount, token });
    expect(await provider.permissions('app', signal)).toEqual(unknown);
  });
});
