import { describe, expect, it } from 'vitest';

import { API, asker, codeOf, createWorld, held, settle } from './world';

describe('a destination that a policy forbids', () => {
  it('gets nothing, whatever was granted', async () => {
    const world = createWorld();
    world.grant();
    world.forbidden.add(API);
    expect(await codeOf(world.engine.request(held(), asker))).toBe('policy-forbidden');
    expect(world.rules.size).toBe(0);
    expect(await world.engine.approvals()).toEqual([]);
  });

  it('gets nothing by a once-decision of before', async () => {
    const world = createWorld();
    const request = held();
    expect(await world.engine.request(request, asker)).toMatchObject({ state: 'held' });
    const [card] = await world.engine.approvals();
    if (!card) throw new Error('no card');
    await world.engine.answer(card.id, card.requestIds, 'once');
    world.forbidden.add(API);
    expect(await codeOf(world.engine.request(request, asker))).toBe('policy-forbidden');
    await settle();
    expect(world.rules.size).toBe(0);
  });

  it('is told to a request that waits, at the next sweep', async () => {
    const world = createWorld();
    const request = held();
    await world.engine.request(request, asker);
    const waiting = codeOf(world.engine.request(request, asker));
    await settle();
    world.forbidden.add(API);
    await world.engine.sweep('all');
    expect(await waiting).toBe('policy-forbidden');
  });
});
