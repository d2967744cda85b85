import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Transport } from '@/lib/providers/transport';
import type { WritableProvider } from '@/lib/providers/write-contract';
import { startOpenBao } from '../../world/openbao';
import type { OpenBao } from '../../world/openbao';
import {
  ABSENT,
  connect,
  expecting,
  expectNoLeak,
  failureOf,
  nodeTransport,
  secretOf,
  signal,
  textsAt,
} from './support';

let bao: OpenBao;
beforeAll(async () => void (bao = await startOpenBao()));
afterAll(() => bao.stop());

const one = secretOf({ KEY: 'one' });
const two = secretOf({ KEY: 'two' });

async function twoVersions(): Promise<{ provider: WritableProvider; mount: string }> {
  const mount = await bao.freshMount();
  const provider = connect({ url: bao.url, enginePath: mount });
  await provider.write('app', one, ABSENT, signal);
  await provider.write('app', two, expecting('1', one), signal);
  return { provider, mount };
}

/** Does something to the server right before or after a call of ours. */
function meddling(
  when: 'before' | 'after',
  matches: (url: string) => boolean,
  act: () => Promise<unknown>,
): Transport {
  const transport = nodeTransport();
  let done = false;
  return async (request, until) => {
    const now = !done && request.method !== 'GET' && matches(request.url);
    if (now) done = true;
    if (now && when === 'before') await act();
    const answer = await transport(request, until);
    if (now && when === 'after') await act();
    return answer;
  };
}

describe('removing from KV v2', () => {
  it('deletes the version read, which comes back when undeleted', async () => {
    const { provider, mount } = await twoVersions();
    expect(await provider.remove('app', expecting('2', two), {}, signal)).toEqual({
      kind: 'soft',
      version: '2',
    });
    expect(await provider.read('app', signal)).toBeNull();
    expect(await provider.readVersion('app', '1', signal)).toMatchObject({ version: '1' });
    await provider.undelete('app', '2', signal);
    expect(await textsAt(provider, 'app')).toEqual({ KEY: 'two' });
    // Removed again: the second time says the same.
    for (let times = 0; times < 2; times += 1)
      expect(await provider.remove('app', expecting('2', two), {}, signal)).toEqual({
        kind: 'soft',
        version: '2',
      });
    await provider.undelete('app', null, signal);
    expect(await textsAt(provider, 'app')).toEqual({ KEY: 'two' });
    expect((await bao.request('GET', `${mount}/data/app`)).status).toBe(200);
  });

  it('leaves a newer version alone', async () => {
    const { provider } = await twoVersions();
    expect(await failureOf(provider.remove('app', expecting('1', one), {}, signal))).toMatchObject({
      code: 'conflict',
    });
    expect(await textsAt(provider, 'app')).toEqual({ KEY: 'two' });
    expect(await provider.readVersion('app', '1', signal)).not.toBeNull();
  });

  it.each(['before', 'after'] as const)(
    'leaves a version that comes %s its own call, and brings the other back',
    async (when) => {
      const { provider: theirs, mount } = await twoVersions();
      const act = () => bao.call('PUT', `${mount}/data/app`, { data: { KEY: 'theirs' } });
      const transport = meddling(when, (url) => url.includes('/delete/'), act);
      const provider = connect({ url: bao.url, enginePath: mount, transport });
      expect(await failureOf(provider.remove('app', expecting('2', two), {}, signal))).toMatchObject({
        code: 'conflict',
      });
      expect(await textsAt(theirs, 'app')).toEqual({ KEY: 'theirs' });
      expect((await theirs.history('app', signal))?.map(({ state }) => state)).toEqual([
        'current',
        'kept',
        'kept',
      ]);
    },
  );

  it('says what cannot come back', async () => {
    const { provider, mount } = await twoVersions();
    await bao.call('PUT', `${mount}/destroy/app`, { versions: [2] });
    expect(await provider.remove('app', expecting('2', two), {}, signal)).toEqual({ kind: 'permanent' });
    expect(await provider.remove('never', expecting('1', one), {}, signal)).toEqual({ kind: 'permanent' });
  });

  it('names the right that is missing', async () => {
    const { provider: root, mount } = await twoVersions();
    const token = await bao.createToken(
      `path "${mount}/data/*" { capabilities = ["read", "create", "update"] }`,
    );
    const provider = connect({ url: bao.url, enginePath: mount, token });
    const error = await failureOf(provider.remove('app', expecting('2', two), {}, signal));
    expect(error).toMatchObject({
      code: 'denied',
      details: { action: 'delete', path: `${mount}/delete/app` },
    });
    expectNoLeak(error, token, 'two');
    expect(await root.read('app', signal)).not.toBeNull();
  });
});

describe('removing from KV v1', () => {
  it('is for good, and only when that was agreed to', async () => {
    const mount = await bao.freshMount({ version: 1 });
    const provider = connect({ url: bao.url, enginePath: mount });
    await provider.write('app', one, ABSENT, signal);
    expect(await failureOf(provider.remove('app', expecting(null, one), {}, signal))).toMatchObject({
      code: 'no-cas',
    });
    const permanent = { permanent: true };
    expect(await failureOf(provider.remove('app', expecting(null, two), permanent, signal))).toMatchObject({
      code: 'conflict',
    });
    expect(await textsAt(provider, 'app')).toEqual({ KEY: 'one' });
    for (let times = 0; times < 2; times += 1)
      expect(await provider.remove('app', expecting(null, one), permanent, signal)).toEqual({
        kind: 'permanent',
      });
    expect(await provider.read('app', signal)).toBeNull();
  });

  it('names the right that is missing', async () => {
    const mount = await bao.freshMount({ version: 1 });
    await bao.seedSecrets(mount, { app: { KEY: 'one' } });
    const token = await bao.createToken(`path "${mount}/*" { capabilities = ["read"] }`);
    const provider = connect({ url: bao.url, enginePath: mount, token });
    const work = provider.remove('app', expecting(null, one), { permanent: true }, signal);
    expect(await failureOf(work)).toMatchObject({
      code: 'denied',
      details: { action: 'delete', path: `${mount}/app` },
    });
  });
});
