import { beforeEach, describe, expect, it, vi } from 'vitest';

import type { UiEvent } from '@/lib/messaging/views';

const ORIGIN = 'chrome-extension://keyferry';

interface Context {
  readonly tabId: number;
  readonly windowId: number;
  readonly documentUrl?: string;
}
/** The browser's side: ports that come in, documents that are open, tabs that were made or brought to the front. */
const outside = vi.hoisted(() => ({
  connect: undefined as unknown as (port: unknown) => void,
  contexts: [] as unknown[],
  made: [] as unknown[],
  updated: [] as unknown[],
  focused: [] as unknown[],
}));
vi.mock('wxt/browser', () => ({
  browser: {
    runtime: {
      id: 'keyferry',
      getURL: (path: string) => `chrome-extension://keyferry/${path.replace(/^\//, '')}`,
      onConnect: { addListener: (listener: (port: unknown) => void) => (outside.connect = listener) },
      getContexts: async () => outside.contexts,
    },
    tabs: {
      create: async (tab: unknown) => void outside.made.push(tab),
      update: async (...tab: unknown[]) => void outside.updated.push(tab),
    },
    windows: { update: async (...window: unknown[]) => void outside.focused.push(window) },
  },
}));
const { acceptUi, openOptions } = await import('@/lib/browser/runtime');

const NEWS: UiEvent = { type: 'changed', area: 'status' };

function port(sender: object, postMessage: (event: UiEvent) => void = () => undefined) {
  const heard: UiEvent[] = [];
  return {
    heard,
    name: 'ui',
    sender: { id: 'keyferry', ...sender },
    postMessage: (event: UiEvent) => {
      postMessage(event);
      heard.push(event);
    },
    onDisconnect: { addListener: () => undefined },
    disconnect: vi.fn<() => void>(),
  };
}

describe('the port of news', () => {
  let ui: ReturnType<typeof acceptUi>;
  beforeEach(() => {
    ui = acceptUi();
  });

  it.each([
    ['popup', { url: `${ORIGIN}/popup.html?tab=3` }],
    ['options page', { url: `${ORIGIN}/options.html#/vault`, frameId: 0, tab: { id: 1 } }],
  ])('is open to the %s', (_what, sender) => {
    const own = port(sender);
    outside.connect(own);
    ui.broadcast(NEWS);
    expect(own.heard).toEqual([NEWS]);
    expect(own.disconnect).not.toHaveBeenCalled();
  });

  it.each([
    ['another page of ours', { url: `${ORIGIN}/offscreen.html` }],
    ['a page whose name begins as one of ours', { url: `${ORIGIN}/options.html.html` }],
    ['the popup in a frame', { url: `${ORIGIN}/popup.html`, frameId: 4 }],
    ['a content script', { url: 'https://docs.example/', frameId: 0, tab: { id: 1 } }],
    ['another extension', { id: 'other', url: `${ORIGIN}/popup.html` }],
    ['nobody', { url: undefined }],
  ])('is closed to %s', (_what, sender) => {
    const stranger = port(sender);
    outside.connect(stranger);
    ui.broadcast(NEWS);
    expect(stranger.disconnect).toHaveBeenCalledOnce();
    expect(stranger.heard).toEqual([]);
  });

  it('tells the others when one page cannot be told any more, and is no failure of who tells', () => {
    const url = `${ORIGIN}/options.html`;
    const gone = port({ url }, () => {
      throw new Error('Attempting to use a disconnected port object');
    });
    const there = port({ url });
    outside.connect(gone);
    outside.connect(there);
    expect(() => ui.broadcast(NEWS)).not.toThrow();
    expect(there.heard).toEqual([NEWS]);
  });
});

describe('opening the options page', () => {
  const open = (...contexts: Context[]) => (outside.contexts = contexts);
  beforeEach(() => {
    outside.made.length = 0;
    outside.updated.length = 0;
    outside.focused.length = 0;
  });

  it('brings the tab that has it already to the front, at the route', async () => {
    open(
      { tabId: 3, windowId: 1, documentUrl: `${ORIGIN}/popup.html?tab=8` },
      { tabId: 4, windowId: 2, documentUrl: `${ORIGIN}/options.html#/testers` },
    );
    await openOptions('/vault');
    expect(outside.updated).toEqual([[4, { active: true, url: `${ORIGIN}/options.html#/vault` }]]);
    expect(outside.focused).toEqual([[2, { focused: true }]]);
    expect(outside.made).toEqual([]);
  });

  it('finds it behind one that is in no tab', async () => {
    open(
      { tabId: -1, windowId: -1, documentUrl: `${ORIGIN}/options.html` },
      { tabId: 4, windowId: 2, documentUrl: `${ORIGIN}/options.html` },
    );
    await openOptions('/vault');
    expect(outside.updated).toHaveLength(1);
    expect(outside.made).toEqual([]);
  });

  it('makes a tab when no tab has it', async () => {
    open({ tabId: 3, windowId: 1, documentUrl: `${ORIGIN}/popup.html` });
    await openOptions('/vault');
    expect(outside.made).toEqual([{ url: `${ORIGIN}/options.html#/vault` }]);
    expect(outside.updated).toEqual([]);
  });
});
