import { describe, expect, it } from 'vitest';

import { API, asker, createWorld, held, settle, type World } from './world';

/** More steps than a request takes from the question to its rule. */
const STEPS = 60;

const ends: readonly [what: string, end: (world: World) => Promise<void>][] = [
  [
    'a lock',
    async (world) => {
      world.vault.state = 'locked';
      await world.engine.sweep('all');
    },
  ],
  [
    'a revoked destination',
    async (world) => {
      world.revokeAll();
      await world.engine.sweep({ testerId: 'tester', destination: API });
    },
  ],
  [
    'a site that is no tester any more',
    async (world) => {
      world.vault.enabled = false;
      await world.engine.sweep({ testerId: 'tester' });
    },
  ],
];

describe.each(ends)('%s', (_, end) => {
  it.each(['by a grant', 'by an answer to its card'])(
    'leaves no rule of a request allowed %s, whenever it comes',
    async (way) => {
      let armed = 0;
      let stopped = 0;
      for (let step = 0; step < STEPS; step += 1) {
        const world = createWorld();
        const request = held();
        if (way === 'by a grant') world.grant();
        else {
          await world.engine.request(request, asker);
          const [card] = await world.engine.approvals();
          await world.engine.answer(card?.id ?? '', card?.requestIds ?? [], 'once');
        }
        let answer = 'none yet';
        void world.engine.request(request, asker).then(
          ({ state }) => (answer = state),
          () => (answer = 'refused'),
        );
        // The later half goes by digests: the request waits for those too, which are made on another thread.
        for (let turn = 0; turn < step; turn += 1) {
          await (step < STEPS / 2 ? undefined : crypto.subtle.digest('SHA-256', new Uint8Array(1_000)));
        }
        await end(world);
        expect(world.rules.size, `rules right after it, ${step} steps on`).toBe(0);
        await settle();
        expect(world.rules.size, `rules later, ${step} steps on`).toBe(0);
        if (answer === 'armed') armed += 1;
        else stopped += 1;
      }
      // It came before and after the rule was made, or the steps were too few.
      expect(armed).toBeGreaterThan(0);
      expect(stopped).toBeGreaterThan(0);
    },
  );
});
