import type { HeaderRule } from '@/lib/injection/contract';
import { headerRule } from '@/lib/injection/rule';
import { startExtension } from '../browser/extension';
import type { Part } from '../part';
import { interleave } from '../rounds';

/** Far from those that the extension has made itself. */
const FIRST_ID = 900_000;
const OTHERS = [0, 100];
const UPDATES = 20;

export const rules: Part = {
  name: 'rules',
  about: 'One update of the session rules: a request is armed, or its rule goes',
  async *run({ dir, rounds, told }) {
    const extension = await startExtension(dir);
    try {
      const contenders = OTHERS.map((others) => ({
        name: `${others} other rules`,
        async turn() {
          const worker = await extension.browser.worker();
          const made = Array.from({ length: others + 1 }, (_, at) => oneShot(FIRST_ID + at));
          const [arm, drop] = await worker.run(updateRules, made, UPDATES);
          await worker.detach();
          return { [`arm, ${others} others`]: arm, [`drop, ${others} others`]: drop };
        },
      }));
      const samples = await interleave(contenders, rounds ?? 10, told);
      yield {
        title: `One update of the session rules (each round: the median of ${UPDATES})`,
        rows: [...samples].map(([what, list]) => ({
          what,
          unit: 'ms',
          samples: list,
          goal: { sign: '≤', than: 2 },
        })),
      };
    } finally {
      await extension.stop();
    }
  },
};

/** As the extension arms a request; the address is never asked for. */
function oneShot(id: number): HeaderRule {
  return headerRule({
    id,
    nonce: crypto.randomUUID(),
    url: new URL('http://127.0.0.1:9/v1/things'),
    method: 'GET',
    initiator: 'http://127.0.0.1:9',
    headers: [{ header: 'authorization', value: `Bearer ${crypto.randomUUID()}` }],
  });
}

/** Runs in the worker. The first rule comes and goes, the others are there meanwhile. */
async function updateRules(made: HeaderRule[], updates: number): Promise<[arm: number, drop: number]> {
  const { declarativeNetRequest } = Reflect.get(globalThis, 'chrome') as {
    declarativeNetRequest: { updateSessionRules(how: object): Promise<void> };
  };
  const change = async (how: object) => {
    const from = performance.now();
    await declarativeNetRequest.updateSessionRules(how);
    return performance.now() - from;
  };
  const [rule, ...others] = made;
  await change({ addRules: others });
  const arms: number[] = [];
  const drops: number[] = [];
  for (let at = 0; at < updates; at++) {
    arms.push(await change({ addRules: [rule], removeRuleIds: [] }));
    drops.push(await change({ addRules: [], removeRuleIds: [rule?.id] }));
  }
  await change({ removeRuleIds: others.map(({ id }) => id) });
  const median = (list: number[]) => list.sort((a, b) => a - b)[list.length >> 1] ?? 0;
  return [median(arms), median(drops)];
}
