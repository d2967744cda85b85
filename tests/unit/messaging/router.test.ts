import { describe, expect, it } from 'vitest';

import { AppError } from '@/lib/core/errors';
import { createRouter, identify, type Handlers, type MessageSender } from '@/lib/messaging/router';
import { protocol } from '@/lib/messaging/protocol';

const self = { id: 'keyferry', origin: 'chrome-extension://keyferry' };
const popup: MessageSender = { id: 'keyferry', url: `${self.origin}/popup.html?tab=3`, frameId: 0 };
const bridge: MessageSender = {
  id: 'keyferry',
  url: 'https://docs.example/index.html',
  origin: 'https://docs.example',
  frameId: 0,
  tab: { id: 7, url: 'https://docs.example/index.html' },
};

/** Handlers that answer with the name of their message. */
const handlers = Object.fromEntries(
  Object.keys(protocol).map((kind) => [kind, () => kind]),
) as unknown as Handlers;
const route = createRouter(handlers, self);

describe('identify', () => {
  it.each([
    ['popup', popup],
    [
      'options page in a tab',
      { id: 'keyferry', url: `${self.origin}/options.html#/vault`, tab: { id: 1 }, frameId: 0 },
    ],
  ])('takes the %s as our own page', (_what, sender) => {
    expect(identify(sender, self)).toEqual({ kind: 'page' });
  });

  it('takes a content script by its origin, not by its address or tab', () => {
    expect(
      identify(
        { ...bridge, url: 'https://evil.example/', tab: { id: 7, url: 'https://evil.example' } },
        self,
      ),
    ).toEqual({
      kind: 'bridge',
      origin: 'https://docs.example',
      tabId: 7,
      frameId: 0,
      documentId: undefined,
    });
  });

  it.each([
    ['another extension', { ...popup, id: 'other' }],
    ['a page of ours that is neither popup nor options', { ...popup, url: `${self.origin}/offscreen.html` }],
    ['the popup in a frame', { ...popup, frameId: 4 }],
    ['an opaque origin', { ...bridge, origin: 'null' }],
    ['a missing origin', { ...bridge, origin: undefined }],
    ['a file', { ...bridge, origin: 'file://' }],
    ['no tab', { ...bridge, tab: undefined }],
    ['nobody', {}],
  ])('refuses %s', (_what, sender) => {
    expect(() => identify(sender, self)).toThrow(new AppError('untrusted-sender'));
  });
});

describe('router', () => {
  it('answers our own page', async () => {
    expect(await route({ kind: 'status/view', request: {} }, popup)).toEqual({
      ok: true,
      value: 'status/view',
    });
  });

  it('keeps every message of our pages from a tester, and the other way round', async () => {
    for (const [kind, { from }] of Object.entries(protocol)) {
      const stranger = from === 'page' ? bridge : popup;
      expect(await route({ kind, request: {} }, stranger), kind).toMatchObject({
        ok: false,
        code: 'untrusted-sender',
      });
    }
  });

  it.each([
    ['no object', 'hello'],
    ['null', null],
    ['an unknown kind', { kind: 'toString', request: {} }],
    ['a prototype key', { kind: '__proto__', request: {} }],
    ['no request', { kind: 'status/view' }],
    ['a field too many', { kind: 'status/view', request: { admin: true } }],
    ['a wrong type', { kind: 'lock/unlock', request: { passphrase: 4 } }],
    ['an over-long passphrase', { kind: 'lock/unlock', request: { passphrase: 'x'.repeat(2000) } }],
  ])('refuses %s', async (_what, message) => {
    expect(await route(message, popup)).toMatchObject({ ok: false, code: 'bad-message' });
  });

  describe('a held request', () => {
    const held = {
      ...{ requestId: '00000000-0000-4000-8000-000000000001', url: 'https://api.example/v1', method: 'GET' },
      ...{ headers: [['X-Api-Key', '{{vault:A}}']], elsewhere: [], framed: 'top' },
    };
    const ask = (over: object) => route({ kind: 'inject/request', request: { ...held, ...over } }, bridge);

    it.each([
      ['as a tester sends it', {}],
      ['with a placeholder in address and body', { elsewhere: ['url', 'body'] }],
      ['with a long query', { url: `https://api.example/?query=${'x'.repeat(60_000)}` }],
      ['with a long header', { headers: [['Authorization', `Bearer ${'x'.repeat(60_000)}`]] }],
    ])('is taken %s', async (_what, over) => {
      expect(await ask(over)).toEqual({ ok: true, value: 'inject/request' });
    });

    it.each([
      ['longer headers than any server takes', { headers: Array(10).fill(['X-A', 'x'.repeat(10_000)]) }],
      ['more headers than that', { headers: Array(201).fill(['X-A', 'x']) }],
      ['more places than there are', { elsewhere: Array(3).fill('url') }],
      ['a path that nobody could read', { url: `https://api.example/${'x'.repeat(9_000)}` }],
      ['a path that grows when it is written out', { url: `https://api.example/${'€'.repeat(1_000)}` }],
      ['another way of being framed', { framed: 'none' }],
      ['a field too many', { origin: 'https://other.example' }],
    ])('is refused with %s', async (_what, over) => {
      expect(await ask(over)).toMatchObject({ ok: false, code: 'bad-message' });
    });
  });

  it.each([
    ['a tab that is none', { kind: 'popup/view', request: { tabId: -1 } }],
    ['half a tab', { kind: 'pull/all', request: { scope: 'global', tabId: 1.5 } }],
    [
      'more requests than can wait',
      {
        kind: 'approval/answer',
        request: { approvalId: 'a', requestIds: Array(2_000).fill('r'), decision: 'once' },
      },
    ],
  ])('refuses %s from our own page', async (_what, message) => {
    expect(await route(message, popup)).toMatchObject({ ok: false, code: 'bad-message' });
  });

  it('tells a code and its details, never a text or a stack', async () => {
    const failing = createRouter(
      {
        ...handlers,
        'lock/lock': () => {
          throw new AppError('sealed', { host: 'vault.example' }, true);
        },
        'status/view': () => {
          throw new Error('token hvs.canary');
        },
      },
      self,
    );
    expect(await failing({ kind: 'lock/lock', request: {} }, popup)).toEqual({
      ok: false,
      code: 'sealed',
      details: { host: 'vault.example' },
      retryable: true,
    });
    const foreign = await failing({ kind: 'status/view', request: {} }, popup);
    expect(foreign).toMatchObject({ ok: false, code: 'unexpected' });
    expect(JSON.stringify(foreign)).not.toContain('canary');
  });
});
