import { browser } from 'wxt/browser';

import { isOwnPage } from '@/lib/messaging/own-pages';
import { UI_PORT } from '@/lib/messaging/ports';
import type { Identity, MessageSender, Reply } from '@/lib/messaging/router';
import type { UiEvent } from '@/lib/messaging/views';

/** Who we are, as the router compares senders with. */
export function ownIdentity(): Identity {
  return { id: browser.runtime.id, origin: browser.runtime.getURL('').replace(/\/$/, '') };
}

/** Sends a message to the worker; see `createClient`. */
export function sendMessage(message: unknown): Promise<unknown> {
  return browser.runtime.sendMessage(message);
}

/** Listens for messages. Must be called in the worker's first turn, or the message that wakes it is lost. */
export function onMessage(answer: (message: unknown, sender: MessageSender) => Promise<Reply>): void {
  browser.runtime.onMessage.addListener((message: unknown, sender, reply: (response: Reply) => void) => {
    void answer(message, sender).then(reply);
    return true;
  });
}

/**
 * Keeps one of our pages told of what changes in the worker. Reconnects when the worker was restarted.
 *
 * @returns Stops listening.
 */
export function connectUi(onEvent: (event: UiEvent) => void): () => void {
  let port: ReturnType<typeof browser.runtime.connect> | null = null;
  let stopped = false;
  const connect = () => {
    if (stopped) return;
    port = browser.runtime.connect({ name: UI_PORT });
    port.onMessage.addListener((event: unknown) => onEvent(event as UiEvent));
    port.onDisconnect.addListener(() => {
      port = null;
      if (stopped) return;
      connect();
      // What happened while nobody listened is unknown: everything is looked at again.
      onEvent({ type: 'changed', area: 'status' });
    });
  };
  connect();
  return () => {
    stopped = true;
    port?.disconnect();
  };
}

/** The worker's side of `connectUi`: only the router's own pages hear it. Must be called in the worker's first turn. */
export function acceptUi(): { broadcast(event: UiEvent): void } {
  const self = ownIdentity();
  const ports = new Set<ReturnType<typeof browser.runtime.connect>>();
  browser.runtime.onConnect.addListener((port) => {
    if (port.name !== UI_PORT) return;
    if (!isOwnPage(port.sender ?? {}, self)) {
      port.disconnect();
      return;
    }
    ports.add(port);
    port.onDisconnect.addListener(() => ports.delete(port));
  });
  return {
    broadcast: (event) => {
      for (const port of ports) {
        try {
          port.postMessage(event);
        } catch {
          // A page that is just going must not stop the work that told of itself; it asks for all when it is back.
          ports.delete(port);
        }
      }
    },
  };
}

/**
 * Told when a newer Keyferry is ready. While this listens the browser puts it in only by `applyUpdate`, or at its
 * next start. Must be called in the worker's first turn.
 */
export function onUpdateReady(listener: () => void): void {
  browser.runtime.onUpdateAvailable.addListener(() => listener());
}

/** Restarts into the newer version; all session memory goes with it. */
export function applyUpdate(): void {
  browser.runtime.reload();
}

/** Opens the options page at a route such as `/vault`, in the tab that has it already when there is one. */
export async function openOptions(route: string): Promise<void> {
  const address = browser.runtime.getURL('/options.html');
  const pages = await browser.runtime.getContexts({ contextTypes: ['TAB'] });
  const open = pages.find(({ documentUrl, tabId }) => tabId >= 0 && documentUrl?.split('#')[0] === address);
  if (open) {
    await browser.tabs.update(open.tabId, { active: true, url: `${address}#${route}` });
    await browser.windows.update(open.windowId, { focused: true });
  } else {
    await browser.tabs.create({ url: `${address}#${route}` });
  }
}

/**
 * Keeps the worker awake while `work` runs: an extension API call every 15 s counts as activity in both
 * browsers, where a pending `fetch` or message reply does not (facts measured on Chromium 156 and Firefox 153).
 */
export async function keepAwake<Result>(work: Promise<Result>): Promise<Result> {
  const beat = setInterval(() => void browser.runtime.getPlatformInfo(), 15_000);
  try {
    return await work;
  } finally {
    clearInterval(beat);
  }
}
