import { beforeEach, describe, expect, expectTypeOf, it } from 'vitest';

import type { Answer, Approval, HeldRequest, SentAsTyped } from '@/lib/injection/contract';
import type { HeldRequest as Wire, InjectAnswer } from '@/lib/messaging/protocol';
import type { ApprovalView, SentAsTypedView } from '@/lib/messaging/views';

import { API, asker, codeOf, createWorld, held, onWire, settle, type World } from './world';

let world: World;
beforeEach(() => {
  world = createWorld();
});

async function armed(request = held()): Promise<string> {
  const answer = await world.engine.request(request, asker);
  if (answer.state !== 'armed') throw new Error(answer.state);
  return answer.nonce;
}

/** Asks again and does not wait for news: whether it is held still. */
async function isHeld(request: HeldRequest): Promise<boolean> {
  let answered = false;
  void world.engine.request(request, asker).finally(() => (answered = true));
  await settle();
  return !answered;
}

async function onlyCard(): Promise<Approval> {
  const [card, ...more] = await world.engine.approvals();
  if (!card || more.length > 0) throw new Error(`${more.length + 1} cards`);
  return card;
}

it('speaks the protocol', () => {
  expectTypeOf<Wire>().toExtend<HeldRequest>();
  expectTypeOf<Answer>().toEqualTypeOf<InjectAnswer>();
  expectTypeOf<Approval>().toEqualTypeOf<ApprovalView>();
  expectTypeOf<SentAsTyped>().toEqualTypeOf<SentAsTypedView>();
});

describe('an allowed destination', () => {
  beforeEach(() => world.grant());

  it('gets a rule for this request only', async () => {
    const nonce = await armed(
      held({
        url: `${API}/v1/a*b^c?d=e`,
        method: 'POST',
        headers: [['Authorization', 'Bearer {{API_KEY}}']],
      }),
    );
    expect(world.onlyRule).toEqual({
      id: expect.any(Number) as number,
      priority: 1,
      action: {
        type: 'modifyHeaders',
        requestHeaders: [{ header: 'Authorization', operation: 'set', value: 'Bearer canary-1' }],
      },
      condition: {
        urlFilter: `|https://api.test/v1/a*b%5Ec*#kf-${nonce}|`,
        isUrlFilterCaseSensitive: true,
        requestMethods: ['post'],
        resourceTypes: ['xmlhttprequest'],
        initiatorDomains: ['docs.test'],
      },
    });
    expect(world.onlyRule.id).toBeGreaterThanOrEqual(1_000);
  });

  it('lets the rule go when the answer is there', async () => {
    const nonce = await armed();
    world.engine.onRequestStarted(onWire(nonce));
    world.engine.onSendHeaders(onWire(nonce));
    await settle();
    expect(world.rules.size).toBe(1);
    world.engine.onResponseStarted(onWire(nonce));
    await settle();
    expect(world.rules.size).toBe(0);
  });

  it('lets the rule go when the request fails', async () => {
    const nonce = await armed();
    world.engine.onRequestStarted(onWire(nonce));
    world.engine.onErrorOccurred(onWire(nonce));
    await settle();
    expect(world.rules.size).toBe(0);
  });

  it('lets the rule go after 10 s when nothing was sent', async () => {
    await armed();
    await world.pass(9_999);
    expect(world.rules.size).toBe(1);
    await world.pass(1);
    expect(world.rules.size).toBe(0);
  });

  it('lets no preflights of the page’s own making keep the rule', async () => {
    const nonce = await armed();
    for (let second = 0; second < 90; second += 5) {
      const preflight = onWire(nonce, { method: 'OPTIONS', requestId: `p${second}` });
      world.engine.onRequestStarted(preflight);
      world.engine.onCompleted(preflight);
      await world.pass(5_000);
    }
    expect(world.rules.size).toBe(0);
  });

  it('takes no word after the sign for more than a nonce', async () => {
    await armed();
    for (const word of ['constructor', '__proto__', 'toString']) {
      world.engine.onRequestStarted(onWire(word));
      world.engine.onCompleted(onWire(word));
      world.engine.onRequestStarted(onWire(word, { method: 'OPTIONS' }));
    }
    const { updates } = world.notes;
    await settle();
    expect(world.notes.updates).toBe(updates);
    expect(world.rules.size).toBe(1);
  });

  it('keeps the rule through a slow preflight, and drops it with a failed one', async () => {
    const nonce = await armed();
    const preflight = onWire(nonce, { method: 'OPTIONS', requestId: 'p' });
    world.engine.onRequestStarted(preflight);
    await world.pass(15_000);
    expect(world.rules.size).toBe(1);
    world.engine.onCompleted(preflight);
    world.engine.onRequestStarted(onWire(nonce));
    await settle();
    expect(world.rules.size).toBe(1);

    const other = await armed();
    world.engine.onErrorOccurred(onWire(other, { method: 'OPTIONS', requestId: 'p2' }));
    await settle();
    expect(world.rules.size).toBe(1);
  });

  it('keeps the rule for a redirect to the same path', async () => {
    const nonce = await armed();
    world.engine.onRequestStarted(onWire(nonce));
    world.engine.onRequestStarted(onWire(nonce, { url: `${API}/v1/items?x=2#kf-${nonce}` }));
    await settle();
    expect(world.rules.size).toBe(1);
  });

  it.each([
    ['a second request', { requestId: 'w2' }],
    ['another tab', { requestId: 'w2', tabId: 8 }],
  ])('burns the nonce at once when %s shows it', async (_, other) => {
    const nonce = await armed();
    world.engine.onRequestStarted(onWire(nonce));
    world.engine.onRequestStarted(onWire(nonce, other));
    await settle();
    expect(world.rules.size).toBe(0);
  });

  it.each([
    ['on another path', { url: `${API}/other#kf-` }],
    ['on another origin', { url: 'https://evil.test/v1/items#kf-' }],
    ['with another method', { method: 'DELETE' }],
    ['by another page', { initiator: 'https://evil.test' }],
    ['in another tab', { tabId: 9 }],
  ])('burns the nonce when it is first used %s', async (_, other) => {
    const nonce = await armed();
    const url = 'url' in other ? other.url + nonce : undefined;
    world.engine.onRequestStarted(onWire(nonce, { ...other, ...(url ? { url } : {}) }));
    await settle();
    expect(world.rules.size).toBe(0);
  });

  it('arms a hundred at once, each with its own value, in few calls', async () => {
    for (let n = 0; n < 100; n += 1) world.vault.values[`V${n}`] = `value-${n}`;
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, n) =>
        world.engine.request(held({ headers: [['X-Key', `{{vault:V${n}}}`]] }), asker),
      ),
    );
    const nonces = answers.map((answer) => (answer.state === 'armed' ? answer.nonce : ''));
    expect(new Set(nonces).size).toBe(100);
    for (const [n, nonce] of nonces.entries()) {
      const mine = [...world.rules.values()].filter((rule) =>
        rule.condition.urlFilter.includes(`#kf-${nonce}|`),
      );
      expect(mine.map((rule) => rule.action.requestHeaders[0]?.value)).toEqual([`value-${n}`]);
    }
    expect(world.notes.updates).toBeLessThan(10);
  });

  it('does not let one refused rule take the others with it', async () => {
    world.faults.update = (add) => {
      if (add.some(({ action }) => action.requestHeaders[0]?.header === 'X-Bad')) throw new Error('refused');
    };
    const answers = await Promise.allSettled(
      ['X-One', 'X-Bad', 'X-Two'].map((name) =>
        world.engine.request(held({ headers: [[name, '{{API_KEY}}']] }), asker),
      ),
    );
    expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(world.rules.size).toBe(2);
  });

  it('has one rule for a request that is asked about again', async () => {
    const request = held();
    const first = await armed(request);
    const second = await armed(request);
    expect(second).not.toBe(first);
    expect(world.onlyRule.condition.urlFilter).toContain(second);
  });

  it('takes unused rules back when the page gives up, and all of a closed tab', async () => {
    const request = held();
    await armed(request);
    await world.engine.abandon(request.requestId, { ...asker, tabId: 8 });
    expect(world.rules.size).toBe(1);
    await world.engine.abandon(request.requestId, asker);
    expect(world.rules.size).toBe(0);
    await armed();
    await world.engine.onTabRemoved(7);
    expect(world.rules.size).toBe(0);
  });

  it('sweeps by tester, environment and destination, and leaves others', async () => {
    await armed();
    await world.engine.sweep({ testerId: 'someone else' });
    await world.engine.sweep({ testerId: 'tester', destination: 'https://other.test' });
    expect(world.rules.size).toBe(1);
    await world.engine.sweep({ environmentId: 'env' });
    expect(world.rules.size).toBe(0);
  });

  it('arms nothing with a value from before a lock', async () => {
    const asked = world.engine.request(held(), asker);
    world.vault.state = 'locked';
    await world.engine.sweep('all');
    expect(await asked).toMatchObject({ state: 'held', reason: 'unlock' });
    expect(world.rules.size).toBe(0);
  });

  it('keeps no value and no header in its books', async () => {
    await armed(held({ headers: [['Authorization', 'Basic ' + btoa('chief:{{vault:API_KEY}}')]] }));
    expect(world.stored).toContain('https://api.test');
    expect(world.stored).not.toMatch(/canary|chief|Basic|Y2hpZWY/);
  });
});

describe('what is refused', () => {
  beforeEach(() => world.grant());

  const withHeader = (name: string, value: string) => held({ headers: [[name, value]] });

  it.each([
    ['embedded', held({ framed: 'foreign' })],
    ['place-unsupported', held({ elsewhere: ['url'] })],
    ['place-unsupported', held({ method: 'OPTIONS' })],
    ['bad-message', held({ url: 'https://user:password@api.test/' })],
    ['bad-message', held({ url: 'data:text/plain,x' })],
    ['bad-message', withHeader('X Y', '{{API_KEY}}')],
    [
      'bad-message',
      held({
        headers: [
          ['X-A', '{{API_KEY}}'],
          ['x-a', '{{OTHER}}'],
        ],
      }),
    ],
    ['unresolved', withHeader('X-Key', '{{vault:NOPE}}')],
    ['unresolved', withHeader('X-Key', '{{vault:other/API_KEY}}')],
    ['unresolved', withHeader('X-Key', '{{vault:my key}}')],
    ['header-illegal', withHeader('X-Key', '{{vault:BROKEN}}')],
    ['header-illegal', withHeader('X-Key', '{{vault:EMPTY}}')],
    ['header-forbidden', withHeader('Cookie', 'a={{vault:API_KEY}}')],
    ['header-forbidden', withHeader('sec-fetch-site', '{{API_KEY}}')],
    ['header-forbidden', withHeader('Proxy-Authorization', '{{API_KEY}}')],
    ['header-forbidden', withHeader('HOST', '{{vault:API_KEY}}')],
  ])('%s', async (code, request) => {
    expect(await codeOf(world.engine.request(request, asker))).toBe(code);
    expect(world.rules.size).toBe(0);
  });

  it('does not believe a frame that calls itself the tab', async () => {
    expect(await codeOf(world.engine.request(held(), { ...asker, frameId: 3 }))).toBe('embedded');
    expect(
      await codeOf(world.engine.request(held({ framed: 'same-origin' }), { ...asker, frameId: 3 })),
    ).toBe('none');
  });

  it('tells what a value is like only where the value may go', async () => {
    world.revokeAll();
    const illegal = held({ headers: [['X-Key', '{{vault:BROKEN}}']] });
    expect(await world.engine.request(illegal, asker)).toMatchObject({
      state: 'held',
      reason: 'destination',
    });
  });

  it('lets a line break through where base64 hides it', async () => {
    await armed(withHeader('Authorization', `Basic ${btoa('u:{{vault:BROKEN}}')}`));
    expect(world.onlyRule.action.requestHeaders[0]?.value).toBe(`Basic ${btoa('u:a\nb')}`);
  });

  it('sites that are not enabled', async () => {
    expect(await codeOf(world.engine.request(held(), { ...asker, origin: 'https://evil.test' }))).toBe(
      'not-enabled',
    );
  });

  it('names the missing variables and the environment, and nothing else', async () => {
    const request = held({
      headers: [['X-Key', 'secret-ish {{vault:NOPE}} {{vault:GONE}} {{vault:API_KEY}}']],
    });
    await expect(world.engine.request(request, asker)).rejects.toMatchObject({
      details: { name: 'NOPE', names: 'NOPE, GONE', environment: 'Name of env' },
    });
  });
});

describe('bare placeholders', () => {
  it('are left alone on sites that are not enabled, also in a frame of another site and while locked', async () => {
    const elsewhere = { ...asker, origin: 'https://evil.test', frameId: 3 };
    world.vault.state = 'locked';
    const theirs = held({ headers: [['X-Key', '{{API_KEY}}']], framed: 'foreign' });
    expect(await world.engine.request(theirs, elsewhere)).toEqual({ state: 'as-typed' });
    expect(await world.engine.asTyped(7)).toEqual([]);
    const mixed = held({ headers: [['X-Key', '{{API_KEY}} {{vault:API_KEY}}']] });
    expect(await codeOf(world.engine.request(mixed, { ...elsewhere, frameId: 0 }))).toBe('not-enabled');
  });

  it('go out untouched when they are none of ours, and are reported by tab', async () => {
    const answer = await world.engine.request(held({ headers: [['X-A', '{{theirs}} {{theirs}}']] }), asker);
    expect(answer).toEqual({ state: 'as-typed' });
    const [notice, ...more] = await world.engine.asTyped(7);
    expect(notice).toMatchObject({ name: 'theirs' });
    expect(more).toEqual([]);
    expect(await world.engine.asTyped(8)).toEqual([]);
    await world.engine.dismissAsTyped(7, notice?.id ?? '');
    expect(await world.engine.asTyped(7)).toEqual([]);
  });

  it('are told until the tab shows another document, however often its page says hello', async () => {
    const told = async () => (await world.engine.asTyped(7)).map(({ name }) => name);
    const typed = () => world.engine.request(held({ headers: [['X-A', '{{theirs}}']] }), asker);
    await world.engine.onPageLoaded(asker);
    await typed();
    await world.engine.onPageLoaded(asker);
    expect(await told()).toEqual(['theirs']);
    world.restart();
    await world.engine.onPageLoaded(asker);
    expect(await told()).toEqual(['theirs']);
    await world.engine.onPageLoaded({ ...asker, documentId: 'next' });
    expect(await told()).toEqual([]);

    // Where documents have no name, each hello may be another page's.
    const unnamed = { ...asker, documentId: undefined };
    await world.engine.onPageLoaded(unnamed);
    await typed();
    await world.engine.onPageLoaded(unnamed);
    expect(await told()).toEqual([]);
  });

  it('stay beside one that is ours', async () => {
    world.grant();
    await armed(
      held({
        headers: [
          ['X-A', '{{theirs}} {{API_KEY}}'],
          ['X-B', '{{theirs}}'],
        ],
      }),
    );
    expect(world.onlyRule.action.requestHeaders).toEqual([
      { header: 'X-A', operation: 'set', value: '{{theirs}} canary-1' },
    ]);
  });

  it('may be sent as typed while locked, ours may not', async () => {
    world.vault.state = 'locked';
    const bare = held({ headers: [['X-A', '{{API_KEY}}']] });
    expect(await world.engine.request(bare, asker)).toEqual({
      state: 'held',
      reason: 'unlock',
      names: ['API_KEY'],
    });
    const card = await onlyCard();
    expect(card).toMatchObject({ reason: 'unlock', bareOnly: true });
    expect(await codeOf(world.engine.answer(card.id, card.requestIds, 'once'))).toBe('bad-message');
    await world.engine.answer(card.id, card.requestIds, 'as-typed');
    expect(await world.engine.request(bare, asker)).toEqual({ state: 'as-typed' });
    expect(await world.engine.asTyped(7)).toMatchObject([{ name: 'API_KEY' }]);

    await world.engine.request(held(), asker);
    const ours = await onlyCard();
    expect(ours.bareOnly).toBe(false);
    expect(await codeOf(world.engine.answer(ours.id, ours.requestIds, 'as-typed'))).toBe('bad-message');
  });
});

describe('a destination that is not allowed yet', () => {
  it('waits on a card that says everything about it', async () => {
    const request = held({ headers: [['Authorization', 'Bearer {{vault:API_KEY}}']] });
    expect(await world.engine.request(request, asker)).toEqual({
      state: 'held',
      reason: 'destination',
      names: ['API_KEY'],
    });
    expect(await onlyCard()).toMatchObject({
      reason: 'destination',
      requestIds: [request.requestId],
      tester: 'https://docs.test',
      environmentName: 'Name of env',
      destination: API,
      method: 'GET',
      path: '/v1/items',
      places: [{ name: 'API_KEY', header: 'Authorization', known: true }],
      address: 'public',
      plainHttp: false,
      proxy: false,
      bareOnly: false,
      needsAccess: null,
    });
    await world.pass(100);
    expect(world.notes.changed.at(-1)).toBe(1);
    expect(world.notes.held).toEqual(['7 destination']);
    expect(world.rules.size).toBe(0);
  });

  it('is answered at once when the user allows it, for this request only', async () => {
    const request = held();
    await world.engine.request(request, asker);
    const again = world.engine.request(request, asker);
    await settle();
    const card = await onlyCard();
    await world.engine.answer(card.id, card.requestIds, 'once');
    const answer = await again;
    expect(answer.state).toBe('armed');
    expect(await world.engine.approvals()).toEqual([]);
    expect(await world.engine.request(held(), asker)).toMatchObject({ state: 'held' });
  });

  it('uses a once-decision up when the browser begins to send', async () => {
    const request = held();
    await world.engine.request(request, asker);
    const card = await onlyCard();
    await world.engine.answer(card.id, card.requestIds, 'once');
    const lost = await armed(request);
    // The answer was lost: it may ask again …
    const nonce = await armed(request);
    world.engine.onRequestStarted(onWire(nonce));
    await settle();
    // … but not once it was sent,
    expect(await world.engine.request(request, asker)).toMatchObject({ state: 'held' });
    // nor by the nonce that was replaced.
    world.engine.onRequestStarted(onWire(lost, { requestId: 'w9' }));
    await settle();
    expect(world.rules.size).toBeLessThanOrEqual(1);
  });

  it('never sends by two nonces of one request', async () => {
    const request = held();
    await world.engine.request(request, asker);
    const card = await onlyCard();
    await world.engine.answer(card.id, card.requestIds, 'once');
    const first = await armed(request);
    await armed(request);
    world.engine.onRequestStarted(onWire(first));
    await settle();
    expect(world.rules.size).toBe(0);
  });

  it('always: stores the grant, and later requests pass', async () => {
    await world.engine.request(held(), asker);
    const card = await onlyCard();
    await world.engine.answer(card.id, card.requestIds, 'always');
    await armed();
    world.vault.boundTo = 'another server|path';
    expect(await world.engine.request(held(), asker)).toMatchObject({ state: 'held' });
  });

  it('is never always for plain http to another machine', async () => {
    await world.engine.request(held({ url: 'http://lan.test/x' }), asker);
    const card = await onlyCard();
    expect(card).toMatchObject({ plainHttp: true });
    expect(await codeOf(world.engine.answer(card.id, card.requestIds, 'always'))).toBe('bad-message');
    await world.engine.answer(card.id, card.requestIds, 'once');
  });

  it('refused: tells the page', async () => {
    const request = held();
    await world.engine.request(request, asker);
    const again = codeOf(world.engine.request(request, asker));
    await settle();
    const card = await onlyCard();
    await world.engine.answer(card.id, card.requestIds, 'refuse');
    expect(await again).toBe('request-refused');
    expect(await world.engine.waiting()).toBe(0);
  });

  it('waits for the browser’s access too, and goes on when it is there', async () => {
    world.access.delete('https://api.test/*');
    const request = held();
    await world.engine.request(request, asker);
    const card = await onlyCard();
    expect(card.needsAccess).toBe('https://api.test/*');
    const again = world.engine.request(request, asker);
    await settle();
    await world.engine.answer(card.id, card.requestIds, 'once');
    expect((await onlyCard()).id).toBe(card.id);
    world.access.add('https://api.test/*');
    world.engine.onAccessChanged();
    expect((await again).state).toBe('armed');
  });
});

describe('cards', () => {
  it('show requests of one kind together and do not grow once shown', async () => {
    const first = held();
    const second = held({ headers: [['X-Other', '{{OTHER}}']] });
    const third = held({ headers: [['X-Api-Key', '{{vault:OTHER}}']] });
    await world.engine.request(first, asker);
    await world.engine.request(third, asker);
    const card = await onlyCard();
    expect(card.requestIds).toEqual([first.requestId, third.requestId]);
    expect(card.places.map(({ name }) => name)).toEqual(['API_KEY', 'OTHER']);

    const later = held();
    await world.engine.request(later, asker);
    await world.engine.request(second, asker);
    const cards = await world.engine.approvals();
    expect(cards.map(({ id }) => id)).toContain(card.id);
    expect(cards).toHaveLength(3);

    await world.engine.answer(card.id, card.requestIds, 'once');
    expect((await world.engine.request(first, asker)).state).toBe('armed');
    expect(await isHeld(later)).toBe(true);
  });

  it('take no answer for other requests than shown', async () => {
    const first = held();
    await world.engine.request(first, asker);
    const card = await onlyCard();
    const later = held();
    await world.engine.request(later, asker);
    const wrong = [
      world.engine.answer(card.id, [first.requestId, later.requestId], 'once'),
      world.engine.answer(card.id, [], 'once'),
      world.engine.answer(card.id, [later.requestId], 'once'),
      world.engine.answer('another', card.requestIds, 'once'),
    ];
    expect(await Promise.all(wrong.map(codeOf))).toEqual(Array(4).fill('request-changed'));
    expect(await world.engine.waiting()).toBe(2);
  });

  it('are gone with a changed environment, and so is the decision', async () => {
    const request = held();
    await world.engine.request(request, asker);
    const card = await onlyCard();
    await world.engine.answer(card.id, card.requestIds, 'once');
    world.vault.environmentId = 'production';
    expect(await isHeld(request)).toBe(true);
    expect(await onlyCard()).toMatchObject({ environmentId: 'production' });
    expect(await codeOf(world.engine.answer(card.id, card.requestIds, 'once'))).toBe('request-changed');
  });

  it('are gone when the page gives up, closes, or nobody asks any more', async () => {
    const request = held();
    await world.engine.request(request, asker);
    const again = codeOf(world.engine.request(request, asker));
    await settle();
    await world.engine.abandon(request.requestId, asker);
    expect(await again).toBe('request-gone');
    expect(await world.engine.approvals()).toEqual([]);

    await world.engine.request(held(), asker);
    await world.engine.onPageLoaded({ ...asker, documentId: 'next' });
    expect(await world.engine.waiting()).toBe(0);

    await world.engine.request(held(), asker);
    await world.pass(45_000);
    expect(await world.engine.approvals()).toEqual([]);
  });

  it('belong to the document that asked', async () => {
    const request = held();
    await world.engine.request(request, asker);
    for (const other of [{ tabId: 8 }, { frameId: 1 }, { documentId: 'x' }]) {
      expect(await codeOf(world.engine.request(request, { ...asker, ...other }))).toBe('request-changed');
      await world.engine.abandon(request.requestId, { ...asker, ...other });
    }
    expect(await world.engine.waiting()).toBe(1);
  });

  it('are for the template as it was', async () => {
    const request = held();
    await world.engine.request(request, asker);
    const card = await onlyCard();
    await world.engine.answer(card.id, card.requestIds, 'once');
    const changed = { ...request, headers: [['X-Api-Key', '{{vault:OTHER}}']] as [string, string][] };
    expect(await codeOf(world.engine.request(changed, asker))).toBe('request-changed');
  });
});

describe('waiting for values', () => {
  it('goes from unlock over pull to destination to the wire', async () => {
    world.vault.state = 'locked';
    const request = held();
    expect(await world.engine.request(request, asker)).toMatchObject({ reason: 'unlock' });

    let next = world.engine.request(request, asker);
    await settle();
    world.vault.state = 'not-pulled';
    world.engine.onUnlocked();
    expect(await next).toMatchObject({ state: 'held', reason: 'pull' });

    next = world.engine.request(request, asker);
    await settle();
    world.vault.state = 'ready';
    world.engine.onPulled();
    expect(await next).toMatchObject({ state: 'held', reason: 'destination' });

    next = world.engine.request(request, asker);
    await settle();
    world.grant();
    world.engine.onGrantChanged();
    expect((await next).state).toBe('armed');
    expect(world.notes.held).toEqual(['7 unlock', '7 pull', '7 destination']);
  });

  it('asks for the values of each environment that it comes to need', async () => {
    world.vault.state = 'not-pulled';
    const request = held();
    expect(await world.engine.request(request, asker)).toMatchObject({ state: 'held', reason: 'pull' });
    // The user gives the tab another environment while it waits, which is not pulled either.
    world.vault.environmentId = 'other';
    await world.engine.sweep({ testerId: 'tester' });
    void world.engine.request(request, asker);
    await settle();
    expect(world.notes.held).toEqual(['7 pull', '7 pull']);
    void world.engine.request(held(), asker);
    await settle();
    expect(world.notes.held).toHaveLength(2);
  });

  it('answers held again after 20 s without news', async () => {
    const request = held();
    await world.engine.request(request, asker);
    const again = world.engine.request(request, asker);
    await settle();
    await world.pass(20_000);
    expect(await again).toMatchObject({ state: 'held', reason: 'destination' });
  });

  it('takes an unused once-decision back at a lock', async () => {
    const request = held();
    await world.engine.request(request, asker);
    const card = await onlyCard();
    await world.engine.answer(card.id, card.requestIds, 'once');
    await world.engine.sweep('all');
    expect(await isHeld(request)).toBe(true);
  });
});
