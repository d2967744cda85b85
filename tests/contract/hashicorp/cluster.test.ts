import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { SecretContent } from '@/lib/core/variables';
import { pushBlind } from '@/lib/sync/push';
import { startProxy } from '../../world/proxy';
import type { Proxy } from '../../world/proxy';
import { startRaftCluster } from './raft-cluster';
import type { RaftCluster } from './raft-cluster';
import { ABSENT, connect, expecting, pull, secretOf, signal, texts } from './support';

let cluster: RaftCluster;
let proxy: Proxy;
beforeAll(async () => {
  cluster = await startRaftCluster();
  proxy = await startProxy({ target: cluster.standby.url });
});
afterAll(async () => {
  await proxy?.stop();
  await cluster?.stop();
});
beforeEach(() => proxy.clear());

const throughStandby = () => connect({ url: proxy.url, token: cluster.rootToken });
const keyOf = (n: number): SecretContent => secretOf({ KEY: `${n}` });

/** A deleted secret has a 404 with its version; one that the standby has not heard of has none. */
async function isDeleted(path: string): Promise<boolean> {
  const { status, body } = await cluster.standby.request('GET', path);
  return status === 404 && JSON.stringify(body).includes('"version":1');
}

it('sees its own writes at once through a standby, alone and in a pull', async () => {
  const provider = throughStandby();
  await provider.write('own', keyOf(0), ABSENT, signal);
  for (let n = 1; n <= 60; n += 1) {
    await provider.write('own', keyOf(n), expecting(`${n}`, keyOf(n - 1)), signal);
    if (n % 10)
      expect(await provider.read('own', signal)).toMatchObject({ version: `${n + 1}`, content: keyOf(n) });
    else expect((await pull(provider)).secrets.get('own')?.version).toBe(`${n + 1}`);
  }
  expect(await provider.remove('own', expecting('61', keyOf(60)), {}, signal)).toEqual({
    kind: 'soft',
    version: '61',
  });
});

it('pulls without the index until it has written, then with it', async () => {
  const provider = throughStandby();
  await pull(provider, { only: ['fresh'] });
  await provider.write('fresh', keyOf(1), ABSENT, signal);
  await pull(provider, { only: ['fresh'] });
  const calls = proxy.requests().filter(({ path }) => path.includes('/data/'));
  expect(calls.map(({ method, headers }) => [method, headers['x-vault-inconsistent']])).toEqual([
    ['GET', undefined],
    ['PUT', 'forward-active-node'],
    ['GET', 'forward-active-node'],
  ]);
  expect(calls[2]?.headers['x-vault-index']).toMatch(/^[\w+/=]+$/);
});

it('pushes through a standby right behind a write of another, and loses nothing', async () => {
  const provider = throughStandby();
  await cluster.active.request('PUT', 'secret/data/shared', { data: { START: '1' } });
  let base = await connect({ url: cluster.active.url, token: cluster.rootToken }).read('shared', signal);
  const theirs: Record<string, string> = { START: '1' };
  for (let n = 1; n <= 40; n += 1) {
    if (!base) return expect.unreachable();
    const mine: SecretContent = {
      form: 'object',
      variables: [...base.content.variables, ...secretOf({ [`MINE${n}`]: '1' }).variables],
    };
    // Everything of mine that was acknowledged is in `base`, so theirs goes on top of it.
    Object.assign(theirs, texts(base.content.variables), { [`THEIRS${n}`]: '1' });
    await cluster.active.request('PUT', 'secret/data/shared', { data: theirs });
    const outcome = await pushBlind(provider, { path: 'shared', base, mine }, signal);
    if (outcome.state !== 'pushed') return expect.unreachable();
    base = { path: 'shared', version: outcome.version, content: outcome.content };
  }
  const end = await provider.read('shared', signal);
  expect(Object.keys(texts(end?.content.variables ?? []))).toHaveLength(81);
});

it('creates where it has seen that another deleted', async () => {
  const provider = throughStandby();
  for (let n = 1; n <= 20; n += 1) {
    await cluster.active.request('PUT', `secret/data/gone${n}`, { data: { OLD: '1' } });
    await cluster.active.request('DELETE', `secret/data/gone${n}`);
    while (!(await isDeleted(`secret/data/gone${n}`)));
    expect(await provider.write(`gone${n}`, keyOf(n), ABSENT, signal)).toEqual({ version: '2' });
  }
});

it('is not refused by a standby that has not yet heard of the version it is about', async () => {
  for (let n = 1; n <= 30; n += 1) {
    // As after the worker's death: the version is known, the index is not.
    const provider = throughStandby();
    await provider.capabilities(signal);
    await cluster.active.request('PUT', `secret/data/late${n}`, { data: { KEY: '1' } });
    expect(await provider.write(`late${n}`, keyOf(2), expecting('1', keyOf(1)), signal)).toEqual({
      version: '2',
    });
  }
});
