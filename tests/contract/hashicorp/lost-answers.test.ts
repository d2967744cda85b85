import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AppError } from '@/lib/core/errors';
import type { Transport } from '@/lib/providers/transport';
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
beforeEach(() => proxy.clear());

const one = secretOf({ KEY: 'one' });
const two = secretOf({ KEY: 'canary-two' });
const isPut = ({ method }: { method: string }) => method === 'PUT';
const isGet = ({ method }: { method: string }) => method === 'GET';
const puts = () => proxy.requests().filter(isPut).length;

describe.each([1, 2] as const)('a write to KV v%i whose answer is lost', (version) => {
  const number = (n: number) => (version === 2 ? String(n) : null);

  async function created() {
    const mount = await bao.freshMount({ version });
    const provider = connect({ url: proxy.url, enginePath: mount });
    await provider.write('app', one, ABSENT, signal);
    proxy.clear();
    return { mount, provider, direct: connect({ url: bao.url, enginePath: mount }) };
  }

  it('is a success when it has arrived, and is not repeated', async () => {
    const { provider, direct } = await created();
    proxy.fail({ when: isPut, times: 1, then: 'cutAfter' });
    expect(await provider.write('app', two, expecting(number(1), one), signal)).toEqual({
      version: number(2),
    });
    proxy.fail({ when: isPut, times: 1, then: 'cutAfter' });
    expect(await provider.write('new', two, ABSENT, signal)).toEqual({ version: number(1) });
    expect(puts()).toBe(2);
    expect(await direct.read('app', signal)).toMatchObject({ version: number(2), content: two });
  });

  it.each([
    ['is cut on its way', 'cutBefore' as const],
    ['meets a gateway that is down', { status: 502, body: '<html>' }],
    ['gets an answer of something else', { status: 200, body: '<html>' }],
  ])('is repeated once when it %s', async (_name, then) => {
    // KV v1 answers a write with nothing, so any 200 is one; the reading back shows what it was worth.
    const { provider, direct } = await created();
    proxy.fail({ when: isPut, times: 1, then });
    const work = provider.write('app', two, expecting(number(1), one), signal);
    if (version === 1 && typeof then === 'object' && then.status === 200) {
      expect(await failureOf(work)).toMatchObject({ code: 'conflict' });
      return;
    }
    expect(await work).toEqual({ version: number(2) });
    expect(puts()).toBe(2);
    expect(await textsAt(direct, 'app')).toEqual({ KEY: 'canary-two' });
  });

  it('fails, retryable and with everything as it was, when it never arrives', async () => {
    const { provider, direct } = await created();
    proxy.fail({ when: isPut, then: 'cutBefore' });
    const error = await failureOf(provider.write('app', two, expecting(number(1), one), signal));
    expect(error).toMatchObject({ code: 'connection-reset', retryable: true });
    expectNoLeak(error, 'canary-two', 'root');
    expect(puts()).toBe(2);
    expect(await direct.read('app', signal)).toMatchObject({ version: number(1), content: one });
  });

  it('is told as unknown when the path cannot be read back', async () => {
    const { mount } = await created();
    let written = false;
    const plain = nodeTransport();
    // The line is gone for good once the server has written.
    const transport: Transport = async (request, until) => {
      if (written) throw new AppError('offline');
      const answer = await plain(request, until);
      if (request.method !== 'PUT') return answer;
      written = true;
      throw new AppError('timeout', { host: 'here', seconds: 30 }, true);
    };
    const provider = connect({ url: bao.url, enginePath: mount, transport });
    const error = await failureOf(provider.write('app', two, expecting(number(1), one), signal));
    expect(error).toMatchObject({ code: 'outcome-unknown', details: { path: 'app' } });
    expectNoLeak(error, 'canary-two', 'root');
  });

  it('is a conflict when somebody else wrote instead', async () => {
    const { mount, provider, direct } = await created();
    const lose = losing(async () => {
      await direct.write('app', secretOf({ KEY: 'theirs' }), expecting(number(1), one), signal);
    });
    const losingProvider = connect({ url: bao.url, enginePath: mount, transport: lose('before') });
    const work = losingProvider.write('app', two, expecting(number(1), one), signal);
    expect(await failureOf(work)).toMatchObject({ code: 'conflict' });
    expect(await textsAt(provider, 'app')).toEqual({ KEY: 'theirs' });
  });
});

/** Loses the first PUT: it never gets there (`before`) or only its answer is lost (`after`); then `act` happens. */
function losing(act: () => Promise<void>): (when: 'before' | 'after') => Transport {
  return (when) => {
    const plain = nodeTransport();
    let lost = false;
    return async (request, until) => {
      if (lost || request.method !== 'PUT') return plain(request, until);
      lost = true;
      if (when === 'after') await plain(request, until);
      await act();
      throw new AppError('connection-reset', {}, true);
    };
  };
}

describe('KV v2', () => {
  it('recognises its own write under a newer one', async () => {
    const mount = await bao.freshMount();
    const direct = connect({ url: bao.url, enginePath: mount });
    await direct.write('app', one, ABSENT, signal);
    const theirs = secretOf({ KEY: 'canary-two', THEIRS: '1' });
    const transport = losing(
      async () => void (await direct.write('app', theirs, expecting('2', two), signal)),
    )('after');
    const provider = connect({ url: bao.url, enginePath: mount, transport });
    expect(await provider.write('app', two, expecting('1', one), signal)).toEqual({ version: '2' });
    expect(await direct.read('app', signal)).toMatchObject({ version: '3', content: theirs });
  });

  it('recognises its own write when that arrives late, after it was looked for', async () => {
    const mount = await bao.freshMount();
    await bao.seedSecrets(mount, { app: { KEY: 'one' } });
    const plain = nodeTransport();
    let late: (() => Promise<unknown>) | null = null;
    const provider = connect({
      url: bao.url,
      enginePath: mount,
      transport: async (request, until) => {
        if (request.method !== 'PUT') return plain(request, until);
        if (late) await late();
        else {
          late = () => plain(request, until);
          throw new AppError('timeout', {}, true);
        }
        return plain(request, until);
      },
    });
    expect(await provider.write('app', two, expecting('1', one), signal)).toEqual({ version: '2' });
    expect(await provider.read('app', signal)).toMatchObject({ version: '2', content: two });
  });

  it('recognises its own write where a deleted secret was', async () => {
    const mount = await bao.freshMount();
    await bao.seedSecrets(mount, { app: { KEY: 'one' } });
    await bao.call('DELETE', `${mount}/data/app`);
    const provider = connect({ url: proxy.url, enginePath: mount });
    // The first PUT is refused for its number; the answer of the second is lost.
    proxy.fail({
      when: ({ method, body }) => isPut({ method }) && body.includes('"cas":1'),
      times: 1,
      then: 'cutAfter',
    });
    expect(await provider.write('app', two, ABSENT, signal)).toEqual({ version: '2' });
    expect(puts()).toBe(2);
  });

  it('waits out what did nothing: a limit, a missing active node', async () => {
    const provider = connect({ url: proxy.url, enginePath: await bao.freshMount() });
    for (const [status, text] of [
      [429, 'rate limit quota exceeded'],
      [500, 'local node not active but active cluster node not found'],
    ] as const) {
      proxy.fail({ when: isPut, times: 1, then: { status, body: JSON.stringify({ errors: [text] }) } });
      expect(await provider.write(`app${status}`, one, ABSENT, signal)).toEqual({ version: '1' });
    }
  });

  it('stops when cancelled, with no word of another outcome', async () => {
    const mount = await bao.freshMount();
    const controller = new AbortController();
    const plain = nodeTransport();
    const transport: Transport = async (request, until) => {
      if (request.method === 'PUT') controller.abort();
      return plain(request, until);
    };
    const provider = connect({ url: bao.url, enginePath: mount, transport });
    const work = provider.write('app', one, ABSENT, controller.signal);
    expect(await failureOf(work)).toMatchObject({ code: 'cancelled' });
  });
});

describe('a removal whose answer is lost', () => {
  it.each(['cutBefore', 'cutAfter'] as const)('(%s) ends with the secret deleted', async (then) => {
    for (const version of [1, 2] as const) {
      const mount = await bao.freshMount({ version });
      await bao.seedSecrets(mount, { app: { KEY: 'one' } });
      const provider = connect({ url: proxy.url, enginePath: mount });
      proxy.fail({ when: (request) => !isGet(request), times: 1, then });
      const expected = expecting(version === 2 ? '1' : null, one);
      const removal = await provider.remove('app', expected, { permanent: version === 1 }, signal);
      expect(removal).toEqual(version === 2 ? { kind: 'soft', version: '1' } : { kind: 'permanent' });
      expect(await provider.read('app', signal)).toBeNull();
    }
  });
});
