import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AppError } from '@/lib/core/errors';
import type { SecretContent } from '@/lib/core/variables';
import type { SecretRecord } from '@/lib/providers/contract';
import { commitPush, pushBlind, reviewPush } from '@/lib/sync/push';
import type { PushOutcome } from '@/lib/sync/push';
import { startDelayProxy } from '../../world/delay-proxy';
import type { DelayProxy } from '../../world/delay-proxy';
import { startFaultProxy } from '../../world/fault-proxy';
import type { FaultProxy } from '../../world/fault-proxy';
import { startMinistack } from '../../world/ministack';
import type { Ministack } from '../../world/ministack';
import { create, expectationOf, labelsBySdk, providerAt, readBySdk, sdkAt, signal, strings } from './parts';

const ANY = { accessKeyId: 'AKIAANY', secretAccessKey: 'any' };
const PATH = 'team/api';
const ROUNDS = 50;

let ministack: Ministack;
let sdk: SecretsManagerClient;

beforeAll(async () => {
  ministack = await startMinistack();
  sdk = sdkAt(ministack.url, ANY);
});
afterAll(() => ministack.stop());
beforeEach(() => ministack.reset());

const valuesNow = async () => JSON.parse((await readBySdk(sdk, PATH)).text) as Record<string, unknown>;
const ourLabels = async () =>
  Object.values(await labelsBySdk(sdk, PATH))
    .flat()
    .filter((label) => label.startsWith('keyferry'));

describe('eight clients that write over the same version', () => {
  it('have exactly one winner, each round', async () => {
    await create(sdk, [{ name: PATH, string: '{"A":"start"}' }]);
    const clients = Array.from({ length: 8 }, () => providerAt(ministack.url, ANY));
    for (let round = 0; round < 10; round += 1) {
      const read = await expectationOf(providerAt(ministack.url, ANY), PATH);
      const results = await Promise.allSettled(
        clients.map((client, at) => client.write(PATH, strings({ A: `${round}/${at}` }), read, signal)),
      );
      const winners = results.flatMap((one, at) => (one.status === 'fulfilled' ? [at] : []));
      expect(winners).toHaveLength(1);
      for (const one of results) {
        if (one.status === 'rejected') expect(one.reason).toMatchObject({ code: 'conflict' });
      }
      expect(await valuesNow()).toEqual({ A: `${round}/${winners[0]}` });
    }
    expect(await ourLabels()).toEqual([]);
  });

  it('have exactly one winner when they create it', async () => {
    const clients = Array.from({ length: 8 }, () => providerAt(ministack.url, ANY));
    const results = await Promise.allSettled(
      clients.map((client, at) => client.write(PATH, strings({ A: `${at}` }), { state: 'absent' }, signal)),
    );
    const winners = results.flatMap((one, at) => (one.status === 'fulfilled' ? [at] : []));
    expect(winners).toHaveLength(1);
    expect(await valuesNow()).toEqual({ A: `${winners[0]}` });
  });
});

/** One of two people with the same secret: what they pulled last, and their way to the server. */
interface Writer {
  readonly name: string;
  readonly delay: DelayProxy;
  readonly fault: FaultProxy;
  readonly provider: ReturnType<typeof providerAt>;
  base: Pick<SecretRecord, 'version' | 'content'>;
}

describe.each([
  ['a slow network', false],
  ['a network that also loses answers after the server has acted', true],
])('two people who push at once, through %s', (_what, cutting) => {
  const stops: (() => Promise<void>)[] = [];
  afterAll(async () => {
    for (const stop of stops) await stop();
  });

  async function writer(name: string): Promise<Writer> {
    const fault = await startFaultProxy(ministack.port);
    const delay = await startDelayProxy(fault.port);
    stops.push(delay.stop, fault.stop);
    const provider = providerAt(`http://127.0.0.1:${delay.port}`, ANY);
    const { version, content } = await expectationOf(provider, PATH);
    return { name, fault, delay, provider, base: { version, content } };
  }

  /** Pushes as bulk Push or as Save does. What it acknowledges is the writer's new base. */
  async function push(who: Writer, change: Readonly<Record<string, string>>, blind: boolean) {
    const { base, provider } = who;
    const request = { path: PATH, base, mine: withChange(base.content, change) };
    try {
      const outcome: PushOutcome = blind
        ? await pushBlind(provider, request, signal)
        : await commitPush(provider, request, await reviewPush(provider, request, signal), signal);
      if (outcome.state !== 'conflict') {
        who.base = outcome;
        return true;
      }
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      expect(['conflict-again', 'outcome-unknown', 'unreachable']).toContain(error.code);
    }
    // Nothing was acknowledged: they pull again.
    who.fault.clear();
    const { version, content } = await expectationOf(provider, PATH);
    who.base = { version, content };
    return false;
  }

  it(`keep every acknowledged change, in ${ROUNDS} rounds`, async () => {
    await create(sdk, [{ name: PATH, string: '{}' }]);
    const seed = Math.floor(Math.random() * 2 ** 31);
    const random = randomFrom(seed);
    const writers = [await writer('ann'), await writer('ben')];
    const acknowledged: Record<string, string> = {};
    let clashes = 0;
    for (let round = 0; round < ROUNDS; round += 1) {
      const done = await Promise.all(
        writers.map(async (who) => {
          who.delay.delay(random() * 12);
          who.fault.clear();
          if (cutting) {
            let calls = 0;
            const lost = Math.floor(random() * 7);
            who.fault.fail({ when: () => calls++ === lost, then: 'cutAfter' });
          }
          // Their own last value, changed, and a new one of this round.
          const change = { [who.name]: `${round}`, [`${who.name}/${round}`]: 'new' };
          const before = who.provider.sent.length;
          const acked = await push(who, change, random() < 0.5);
          if (who.provider.sent.length - before > 5) clashes += 1;
          return acked ? change : {};
        }),
      );
      Object.assign(acknowledged, ...done);
      expect(await valuesNow(), `seed ${seed}, round ${round}`).toMatchObject(acknowledged);
    }
    // It was a race: the two met, and most of what they pushed was acknowledged.
    expect(clashes).toBeGreaterThan(0);
    expect(Object.keys(acknowledged).length).toBeGreaterThan(ROUNDS);
    expect(await ourLabels(), `seed ${seed}`).toEqual([]);
  });
});

function withChange(
  { form, variables }: SecretContent,
  change: Readonly<Record<string, string>>,
): SecretContent {
  const others = variables.filter(({ name }) => !(name in change));
  return { form, variables: [...others, ...strings(change).variables] };
}

/** A generator whose seed stands in the failure. (mulberry32, public domain) */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
