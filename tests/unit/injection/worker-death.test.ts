import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { asker, createWorld, held, onWire, settle } from './world';

describe('after the worker has died', () => {
  it('removes rules that are not in the books, keeps those that are', async () => {
    const world = createWorld();
    world.grant();
    await world.engine.request(held(), asker);
    const [kept] = world.rules.values();
    if (!kept) throw new Error('no rule');
    world.rules.set(5_000, { ...kept, id: 5_000 });
    world.restart();
    await world.engine.reconcile();
    expect([...world.rules.keys()]).toEqual([kept.id]);
  });

  it('keeps the rule of the request whose preflight woke it', async () => {
    const world = createWorld();
    world.grant();
    const answer = await world.engine.request(held(), asker);
    if (answer.state !== 'armed') throw new Error(answer.state);
    world.restart();
    world.engine.onRequestStarted(onWire(answer.nonce, { method: 'OPTIONS', requestId: 'p' }));
    world.engine.onCompleted(onWire(answer.nonce, { method: 'OPTIONS', requestId: 'p' }));
    world.engine.onRequestStarted(onWire(answer.nonce));
    await settle();
    expect(world.rules.size).toBe(1);
    world.engine.onCompleted(onWire(answer.nonce));
    await settle();
    expect(world.rules.size).toBe(0);
  });

  it('removes a rule past its deadline, and one of a locked vault', async () => {
    const world = createWorld();
    world.grant();
    await world.engine.request(held(), asker);
    world.restart();
    await world.pass(10_000);
    await world.engine.tick();
    expect(world.rules.size).toBe(0);

    await world.engine.request(held(), asker);
    world.vault.state = 'locked';
    world.restart();
    await world.engine.reconcile();
    expect(world.rules.size).toBe(0);
  });

  it('removes the rule of a request whose end it missed', async () => {
    const world = createWorld();
    world.grant();
    const answer = await world.engine.request(held(), asker);
    if (answer.state !== 'armed') throw new Error(answer.state);
    world.engine.onRequestStarted(onWire(answer.nonce));
    await settle();
    world.restart();
    await world.engine.reconcile();
    expect(world.rules.size).toBe(1);
    await world.pass(10_000);
    expect(world.rules.size).toBe(0);
  });

  it('asks for an alarm, so that a dead worker’s rules go too', async () => {
    const world = createWorld();
    world.grant();
    await world.engine.request(held(), asker);
    expect(world.notes.alarms).toHaveLength(1);
  });

  it('still knows card and answer', async () => {
    const world = createWorld();
    const request = held();
    await world.engine.request(request, asker);
    const [card] = await world.engine.approvals();
    world.restart();
    expect(await world.engine.approvals()).toEqual([card]);
    await world.engine.answer(card?.id ?? '', card?.requestIds ?? [], 'once');
    world.restart();
    expect((await world.engine.request(request, asker)).state).toBe('armed');
  });

  it('never sends a wrong value, whenever it dies', async () => {
    // The bridge: asks until it gets an answer, again after each death.
    const step = fc.constantFrom('tick', 'kill', 'approve', 'lock', 'unlock', 'pass', 'send');
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), fc.boolean(), async (steps, granted) => {
        const world = createWorld();
        if (granted) world.grant();
        const requests = [held(), held({ headers: [['X-Other', '{{OTHER}}']] })];
        const expected = ['canary-1', 'canary-2'];
        const nonces = new Map<number, string>();
        const pending = new Map<number, Promise<unknown>>();
        const ask = (n: number) => {
          const request = requests[n];
          if (!request || nonces.has(n)) return;
          const asked = world.engine.request(request, asker).then((answer) => {
            if (pending.get(n) !== asked) return;
            pending.delete(n);
            if (answer.state === 'armed') nonces.set(n, answer.nonce);
          });
          pending.set(n, asked);
        };
        const check = () => {
          for (const rule of world.rules.values()) {
            const n = rule.action.requestHeaders[0]?.header === 'X-Other' ? 1 : 0;
            expect(rule.action.requestHeaders[0]?.value).toBe(expected[n]);
            expect(world.vault.state).toBe('ready');
          }
        };
        for (const what of steps) {
          if (what === 'kill') {
            world.restart();
            pending.clear();
          } else if (what === 'approve') {
            const [card] = await world.engine.approvals();
            if (card?.reason === 'destination') {
              await world.engine.answer(card.id, card.requestIds, 'once').catch(() => undefined);
            }
          } else if (what === 'lock') {
            world.vault.state = 'locked';
            await world.engine.sweep('all');
            check();
          } else if (what === 'unlock') {
            world.vault.state = 'ready';
            world.engine.onUnlocked();
          } else if (what === 'pass') {
            await world.pass(9_000);
          } else if (what === 'send') {
            for (const [n, nonce] of nonces)
              world.engine.onRequestStarted(onWire(nonce, { requestId: `w${n}` }));
          }
          for (const n of requests.keys()) if (!pending.has(n)) ask(n);
          if (what !== 'kill') await settle();
          if (what !== 'kill') check();
        }
        // In the end the user allows everything: no request hangs.
        world.vault.state = 'ready';
        world.restart();
        pending.clear();
        await world.engine.reconcile();
        for (let round = 0; round < 20 && nonces.size < requests.length; round += 1) {
          for (const n of requests.keys()) ask(n);
          await settle();
          for (const card of await world.engine.approvals()) {
            // A card may have changed since: the user looks again.
            await world.engine.answer(card.id, card.requestIds, 'once').catch(() => undefined);
          }
          await settle();
        }
        expect([...nonces.keys()].sort()).toEqual([0, 1]);
        await world.pass(400_000);
        await world.engine.tick();
        expect(world.rules.size).toBe(0);
      }),
      { numRuns: 60 },
    );
  });
});
