import { beforeEach, expect, it } from 'vitest';

import type { Approval, Decision } from '@/lib/injection/contract';

import { asker, codeOf, createWorld, held, settle, type World } from './world';

/** A button that was pressed twice: the popup sends the same answer again. */
let world: World;
beforeEach(() => {
  world = createWorld();
});

async function cardOf(request = held()): Promise<{ card: Approval; outcome: Promise<string> }> {
  await world.engine.request(request, asker);
  const [card] = await world.engine.approvals();
  if (!card) throw new Error('no card');
  // As the bridge does: it asks again, and hears of the answer.
  const outcome = world.engine.request(request, asker).then(({ state }) => state, codeOfThrown);
  return { card, outcome };
}
const codeOfThrown = (error: unknown) => codeOf(Promise.reject(error as Error));
const answer = ({ id, requestIds }: Approval, decision: Decision) =>
  codeOf(world.engine.answer(id, requestIds, decision));

const OUTCOMES: [Decision, string][] = [
  ['once', 'armed'],
  ['always', 'armed'],
  ['refuse', 'request-refused'],
];

it.each(OUTCOMES)('"%s" at once twice is one answer', async (decision, state) => {
  const { card, outcome } = await cardOf();
  expect(await Promise.all([answer(card, decision), answer(card, decision)])).toEqual(['none', 'none']);
  expect(await outcome).toBe(state);
});

it.each(OUTCOMES)(
  '"%s" again after the request has gone its way changes nothing',
  async (decision, state) => {
    const { card, outcome } = await cardOf();
    expect(await answer(card, decision)).toBe('none');
    expect(await outcome).toBe(state);
    expect(await answer(card, decision)).toBe('none');
    await settle();
    expect(await world.engine.approvals()).toEqual([]);
    expect(world.rules.size).toBe(state === 'armed' ? 1 : 0);
  },
);

it('another decision, or for other requests, is no second press', async () => {
  const { card, outcome } = await cardOf();
  expect(await answer(card, 'refuse')).toBe('none');
  await outcome;
  expect(await answer(card, 'once')).toBe('request-changed');
  expect(await answer({ ...card, requestIds: [...card.requestIds, 'other'] }, 'refuse')).toBe(
    'request-changed',
  );
});

it('what a sweep took back is decided anew', async () => {
  world.access.delete('https://api.test/*');
  const request = held();
  const { card } = await cardOf(request);
  expect(await answer(card, 'once')).toBe('none');
  await world.engine.sweep('all');
  expect(await world.engine.waiting()).toBe(1);
  // On no card yet: a press on the old one must not look as if it had been taken.
  expect(await answer(card, 'once')).toBe('request-changed');
});
