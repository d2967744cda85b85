/** Two people push to one secret at once, over bad lines: what was acknowledged to either is there at the end. */
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { SecretContent } from '@/lib/core/variables';
import type { SecretRecord } from '@/lib/providers/contract';
import type { WritableProvider } from '@/lib/providers/write-contract';
import { commitPush, pushBlind, reviewPush } from '@/lib/sync/push';
import type { PushRequest } from '@/lib/sync/push';
import { startOpenBao } from '../../world/openbao';
import type { OpenBao } from '../../world/openbao';
import { startProxy } from '../../world/proxy';
import type { Proxy } from '../../world/proxy';
import { connect, secretOf, signal, textsAt } from './support';

let bao: OpenBao;
beforeAll(async () => void (bao = await startOpenBao()));
afterAll(() => bao.stop());

interface Move {
  /** Round trip of this person's line, in ms. */
  readonly delay: number;
  readonly reviewed: boolean;
  readonly trouble: 'none' | 'cutBefore' | 'cutAfter';
}

const move = (troubles: readonly Move['trouble'][]): fc.Arbitrary<Move> =>
  fc.record({
    delay: fc.integer({ min: 0, max: 12 }),
    reviewed: fc.boolean(),
    trouble: fc.constantFrom(...troubles),
  });

interface Person {
  readonly name: string;
  readonly proxy: Proxy;
  readonly provider: WritableProvider;
  base: Pick<SecretRecord, 'version' | 'content'> | null;
  readonly acknowledged: string[];
}

async function person(name: string, mount: string): Promise<Person> {
  const proxy = await startProxy({ target: bao.url });
  return {
    name,
    proxy,
    provider: connect({ url: proxy.url, enginePath: mount }),
    base: null,
    acknowledged: [],
  };
}

/** Adds a variable of this person's own to what they last saw, and pushes that. */
async function act(person: Person, round: number, { delay, reviewed, trouble }: Move): Promise<void> {
  const { proxy, provider, base, name } = person;
  proxy.delay(delay);
  if (trouble !== 'none') proxy.fail({ when: ({ method }) => method === 'PUT', times: 1, then: trouble });
  const variable = `${name}${round}`;
  const mine: SecretContent = {
    form: 'object',
    variables: [...(base?.content.variables ?? []), ...secretOf({ [variable]: `${round}` }).variables],
  };
  const request: PushRequest = { path: 'shared', base, mine };
  const outcome = reviewed
    ? await commitPush(provider, request, await reviewPush(provider, request, signal), signal)
    : await pushBlind(provider, request, signal);
  if (outcome.state === 'conflict') return expect.unreachable();
  person.base = outcome;
  person.acknowledged.push(variable);
  proxy.clear();
}

it.each([
  ['with random interleaving', ['none']],
  ['with the line cut before or after the server has written', ['none', 'cutBefore', 'cutAfter']],
] as const)('50 rounds of two writers %s', { timeout: 120_000 }, async (_name, troubles) => {
  const rounds = fc.array(fc.tuple(move(troubles), move(troubles)), { minLength: 50, maxLength: 50 });
  await fc.assert(
    fc.asyncProperty(rounds, async (plan) => {
      const mount = await bao.freshMount();
      await bao.seedSecrets(mount, { shared: { START: '1' } });
      const people = await Promise.all([person('A', mount), person('B', mount)]);
      try {
        for (const one of people) one.base = await one.provider.read('shared', signal);
        for (const [round, moves] of plan.entries())
          await Promise.all([act(people[0], round, moves[0]), act(people[1], round, moves[1])]);
        const end = (await textsAt(connect({ url: bao.url, enginePath: mount }), 'shared')) ?? {};
        const acknowledged = people.flatMap((one) => one.acknowledged);
        expect(acknowledged).toHaveLength(100);
        expect(Object.keys(end).sort()).toEqual(['START', ...acknowledged].sort());
      } finally {
        await Promise.all(people.map(({ proxy }) => proxy.stop()));
      }
    }),
    { numRuns: 1, endOnFailure: true },
  );
});
