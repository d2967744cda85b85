import { startWorld } from '../../world/index';
import { startExtension } from '../browser/extension';
import type { Extension } from '../browser/extension';
import { openTester, pullOne } from '../browser/tester';
import type { Part } from '../part';
import { interleave } from '../rounds';

/** Stands where the browser's fetch is and does nothing, so that what is left is the hook's own work. */
const BARE = `{
  const answer = Promise.resolve(new Response());
  window.bareFetch = window.fetch = function (input, init) { return answer; };
}`;
const CALLS = 200_000;

type Case = 'address only' | 'three headers' | 'a Headers object';
const CASES: readonly Case[] = ['address only', 'three headers', 'a Headers object'];

export const hook: Part = {
  name: 'hook',
  about: 'What the hook costs a request without placeholder',
  async *run({ dir, rounds, told }) {
    const world = await startWorld({ testers: true });
    let extension: Extension | undefined;
    try {
      extension = await startExtension(dir);
      const environmentId = await pullOne(extension);
      const { tab } = await openTester(extension, world.testers.plain, environmentId, BARE);
      if (await tab.run(() => window.fetch === Reflect.get(window, 'bareFetch'))) {
        throw new Error('The hook is not in the page.');
      }
      const contenders = CASES.map((name) => ({
        name,
        turn: async () => ({ [name]: await tab.run(costOf, name, CALLS) }),
      }));
      const samples = await interleave(contenders, rounds ?? 15, told);
      yield {
        title: `Cost of the hook without placeholder, above a bare function (each round: ${CALLS} calls of both)`,
        rows: [...samples].map(([what, list]) => ({
          what,
          unit: 'µs',
          samples: list,
          ...(what === 'a Headers object' ? {} : { goal: { sign: '≤', than: 0.3 } }),
        })),
      };
    } finally {
      await Promise.all([world.stop(), extension?.stop()]);
    }
  },
};

/** Runs in the page. @returns Microseconds a call. */
function costOf(what: Case, calls: number): number {
  const headers = {
    accept: 'application/json',
    'content-type': 'application/json',
    authorization: 'Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.signature',
  };
  const init: RequestInit | undefined =
    what === 'address only'
      ? undefined
      : { headers: what === 'three headers' ? headers : new Headers(headers) };
  const time = (send: typeof fetch) => {
    const from = performance.now();
    for (let at = 0; at < calls; at++) void send('https://api.example.com/v1/orders?page=2&size=50', init);
    return performance.now() - from;
  };
  const bare = Reflect.get(window, 'bareFetch') as typeof fetch;
  const cost = time(window.fetch) - time(bare);
  return (cost / calls) * 1_000;
}
