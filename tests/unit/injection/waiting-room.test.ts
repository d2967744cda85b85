import { expect, it } from 'vitest';

import { asker, codeOf, createWorld, held } from './world';

/** A page that wants to fill session memory, which is there for values and drafts. */
it('takes no more than its room, however large the requests of a page are', async () => {
  const world = createWorld();
  const names = Array.from({ length: 1_000 }, (_, nth) => `{{NAME_${nth}}}`).join('');
  const outcomes: string[] = [];
  for (let nth = 0; nth < 60; nth += 1) {
    const header = `X-${'long'.repeat(60)}`;
    const large = held({ headers: [[header, `{{vault:API_KEY}}${names}`]] });
    outcomes.push(await codeOf(world.engine.request(large, asker)));
  }
  expect(new Set(outcomes)).toEqual(new Set(['none', 'throttled']));
  expect(world.stored.length).toBeLessThan(1_100_000);

  // When the page has gone there is room again.
  await world.engine.onTabRemoved(asker.tabId);
  expect(await codeOf(world.engine.request(held(), asker))).toBe('none');
});

it('has room again when nobody asks about those that wait any more', async () => {
  const world = createWorld();
  const path = 'x'.repeat(8_000);
  const ask = () => codeOf(world.engine.request(held({ url: `https://api.test/${path}` }), asker));
  while ((await ask()) === 'none');
  await world.pass(60_000);
  expect(await ask()).toBe('none');
  expect(world.stored.length).toBeLessThan(20_000);
});

/** Testers that want the whole room, by many requests or by large ones. */
it.each([
  ['many', ''],
  ['large', 'x'.repeat(8_000)],
])('leaves room for the next tester, however %s the requests of others are', async (_what, path) => {
  const world = createWorld();
  const hostile = ['https://first.test', 'https://second.test', 'https://third.test'];
  const last = 'https://last.test';
  world.vault.pages.push(...hostile, last);
  const ask = (origin: string) =>
    codeOf(world.engine.request(held({ url: `https://api.test/${path}` }), { ...asker, origin }));
  for (const origin of hostile) {
    let got = 0;
    while ((await ask(origin)) === 'none') got += 1;
    expect(got).toBeGreaterThan(10);
  }
  // Each of them again, now that all are there.
  for (const origin of hostile) expect(await ask(origin)).toBe('throttled');
  for (let nth = 0; nth < 5; nth += 1) expect(await ask(last)).toBe('none');
  expect(world.stored.length).toBeLessThan(1_100_000);
});
