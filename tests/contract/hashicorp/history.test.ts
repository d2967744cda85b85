import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startOpenBao } from '../../world/openbao';
import type { OpenBao } from '../../world/openbao';
import { ABSENT, connect, expecting, failureOf, secretOf, signal, texts, textsAt } from './support';

let bao: OpenBao;
beforeAll(async () => void (bao = await startOpenBao()));
afterAll(() => bao.stop());

async function withVersions(count: number, metadata: Record<string, unknown> = {}) {
  const mount = await bao.freshMount();
  await bao.call('POST', `${mount}/metadata/app`, metadata);
  for (let n = 1; n <= count; n += 1) await bao.call('PUT', `${mount}/data/app`, { data: { KEY: `v${n}` } });
  return { mount, provider: connect({ url: bao.url, enginePath: mount }) };
}

describe('the history of a KV v2 secret', () => {
  it('tells each version with its time and state, newest first', async () => {
    const since = Date.now() - 1_000;
    const { mount, provider } = await withVersions(11);
    await bao.call('PUT', `${mount}/destroy/app`, { versions: [3] });
    await bao.call('POST', `${mount}/delete/app`, { versions: [9] });
    const versions = (await provider.history('app', signal)) ?? [];
    // The server keeps ten.
    expect(versions.map(({ version }) => version)).toEqual([
      '11',
      '10',
      '9',
      '8',
      '7',
      '6',
      '5',
      '4',
      '3',
      '2',
    ]);
    expect(versions.map(({ state }) => state)).toEqual([
      'current',
      'kept',
      'deleted',
      'kept',
      'kept',
      'kept',
      'kept',
      'kept',
      'destroyed',
      'kept',
    ]);
    for (const { createdAt, labels } of versions) {
      expect(createdAt).toBeGreaterThan(since);
      expect(createdAt).toBeLessThan(Date.now() + 1_000);
      expect(labels).toEqual([]);
    }
  });

  it('has no current version while that is deleted, also by its time', async () => {
    const { mount, provider } = await withVersions(2);
    await bao.call('DELETE', `${mount}/data/app`);
    expect((await provider.history('app', signal))?.map(({ state }) => state)).toEqual(['deleted', 'kept']);
    const planned = await withVersions(1, { delete_version_after: '1h' });
    const states = async (now: number) => {
      const later = connect({ url: bao.url, enginePath: planned.mount, now: () => now });
      return (await later.history('app', signal))?.map(({ state }) => state);
    };
    expect(await states(Date.now())).toEqual(['current']);
    expect(await states(Date.now() + 7_200_000)).toEqual(['deleted']);
  });

  it('is null where nothing was ever written', async () => {
    const { provider } = await withVersions(0, { custom_metadata: { a: 'b' } });
    expect(await provider.history('app', signal)).toBeNull();
    expect(await provider.history('never', signal)).toBeNull();
  });

  it('gives old versions, and null for those that are gone or cannot be', async () => {
    const { mount, provider } = await withVersions(3, { max_versions: 2 });
    await bao.call('POST', `${mount}/delete/app`, { versions: [3] });
    const old = await provider.readVersion('app', '2', signal);
    expect(old).toMatchObject({ path: 'app', version: '2' });
    expect(texts(old?.content.variables ?? [])).toEqual({ KEY: 'v2' });
    for (const version of ['1', '3', '4', '0', '-1', 'x', '', '2.0', '99999999999999999999'])
      expect(await provider.readVersion('app', version, signal)).toBeNull();
  });

  it('restores an old version as a new one', async () => {
    const { provider } = await withVersions(2);
    const [old, now] = await Promise.all([
      provider.readVersion('app', '1', signal),
      provider.read('app', signal),
    ]);
    if (!old || !now) return expect.unreachable();
    await provider.write('app', old.content, expecting(now.version, now.content), signal);
    expect(await provider.read('app', signal)).toMatchObject({ version: '3', content: old.content });
  });

  it('undeletes one version, or the current one', async () => {
    const { mount, provider } = await withVersions(2);
    await bao.call('POST', `${mount}/delete/app`, { versions: [1, 2] });
    await provider.undelete('app', '1', signal);
    expect(await provider.read('app', signal)).toBeNull();
    expect(await provider.readVersion('app', '1', signal)).not.toBeNull();
    await provider.undelete('app', null, signal);
    expect(await textsAt(provider, 'app')).toEqual({ KEY: 'v2' });
    await provider.undelete('app', '2', signal);
  });

  it('does not claim to bring back what is destroyed or never was', async () => {
    const { mount, provider } = await withVersions(2);
    await bao.call('PUT', `${mount}/destroy/app`, { versions: [2] });
    for (const [path, version] of [
      ['app', '2'],
      ['app', null],
      ['app', '9'],
      ['app', '0'],
      ['never', null],
      ['never', '1'],
    ] as const) {
      expect(await failureOf(provider.undelete(path, version, signal))).toMatchObject({ code: 'missing' });
    }
  });

  it('names the rights that are missing', async () => {
    const { mount } = await withVersions(1);
    await bao.call('DELETE', `${mount}/data/app`);
    const token = await bao.createToken(`path "${mount}/data/*" { capabilities = ["read"] }`);
    const provider = connect({ url: bao.url, enginePath: mount, token });
    expect(await failureOf(provider.history('app', signal))).toMatchObject({
      code: 'denied',
      details: { action: 'read', path: `${mount}/metadata/app` },
    });
    expect(await failureOf(provider.undelete('app', '1', signal))).toMatchObject({
      code: 'denied',
      details: { action: 'undelete', path: `${mount}/undelete/app` },
    });
  });

  it('is not there in KV v1', async () => {
    const mount = await bao.freshMount({ version: 1 });
    await bao.seedSecrets(mount, { app: { KEY: '1' } });
    const provider = connect({ url: bao.url, enginePath: mount });
    expect(await provider.history('app', signal)).toBeNull();
    expect(await provider.readVersion('app', '1', signal)).toBeNull();
    expect(await provider.metadata('app', signal)).toBeNull();
    expect(await failureOf(provider.undelete('app', '1', signal))).toMatchObject({ code: 'missing' });
  });
});

describe('custom metadata', () => {
  const custom = { owner: 'team ü', ticket: '12' };
  const one = secretOf({ KEY: 'one' });

  it('is read with the right to the data alone, also of a deleted secret', async () => {
    const { mount } = await withVersions(1, { custom_metadata: custom });
    const token = await bao.createToken(`path "${mount}/data/*" { capabilities = ["read"] }`);
    const provider = connect({ url: bao.url, enginePath: mount, token });
    expect(await provider.metadata('app', signal)).toEqual({ custom });
    await bao.call('DELETE', `${mount}/data/app`);
    expect(await provider.metadata('app', signal)).toEqual({ custom });
    expect(await provider.metadata('never', signal)).toBeNull();
    const { provider: plain } = await withVersions(1);
    expect(await plain.metadata('app', signal)).toEqual({ custom: {} });
  });

  it('goes along with a new secret', async () => {
    const { provider } = await withVersions(0);
    await provider.write('new', one, ABSENT, signal, { custom });
    expect(await provider.metadata('new', signal)).toEqual({ custom });
    expect(await textsAt(provider, 'new')).toEqual({ KEY: 'one' });
  });

  it('is added to what a deleted secret or an interrupted move left', async () => {
    const { mount, provider } = await withVersions(1, { custom_metadata: { theirs: 'kept', ticket: '1' } });
    await bao.call('DELETE', `${mount}/data/app`);
    await bao.call('POST', `${mount}/metadata/half`, { custom_metadata: custom });
    await provider.write('app', one, ABSENT, signal, { custom });
    await provider.write('half', one, ABSENT, signal, { custom });
    expect(await provider.metadata('app', signal)).toEqual({ custom: { theirs: 'kept', ...custom } });
    expect(await provider.metadata('half', signal)).toEqual({ custom });
  });

  it('of a secret that is there is not touched', async () => {
    const { provider } = await withVersions(1, { custom_metadata: { theirs: 'kept' } });
    expect(await failureOf(provider.write('app', one, ABSENT, signal, { custom }))).toMatchObject({
      code: 'conflict',
    });
    expect(await provider.metadata('app', signal)).toEqual({ custom: { theirs: 'kept' } });
  });

  it('that may not be written is said before anything is, and nothing needs no right', async () => {
    const { mount } = await withVersions(0);
    const token = await bao.createToken(
      `path "${mount}/data/*" { capabilities = ["read", "create", "update"] }`,
    );
    const provider = connect({ url: bao.url, enginePath: mount, token });
    expect(await failureOf(provider.write('new', one, ABSENT, signal, { custom }))).toMatchObject({
      code: 'denied',
      details: { path: `${mount}/metadata/new` },
    });
    expect(await provider.read('new', signal)).toBeNull();
    expect(await provider.write('new', one, ABSENT, signal, { custom: {} })).toEqual({ version: '1' });
  });
});
