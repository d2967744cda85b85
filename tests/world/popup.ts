/**
 * The real popup, opened by the toolbar's own way: the tab stays the active one, which a popup page opened in a tab
 * would not let it. Playwright does not see it, so it is driven by the DevTools protocol.
 */
import type { CDPSession, Page } from '@playwright/test';
import type { ExtensionBrowser } from './browser';

/** The open popup. */
export interface Popup {
  /** Evaluates an expression in it, awaiting promises. @throws Error with what the popup threw. */
  evaluate<T>(expression: string): Promise<T>;
  /** Waits until an expression is true; @throws Error after 15 s. */
  waitFor(expression: string): Promise<void>;
  /** A real click in the middle of the first element that fits, once it is there and can be pressed. */
  click(selector: string): Promise<void>;
  /** The same for the button (or switch) of this name. */
  press(name: string): Promise<void>;
  /** Types into what has the focus. */
  type(text: string): Promise<void>;
  /** PNG of what its window shows: all of it where there is `ROOM_FOR_POPUPS`. */
  screenshot(): Promise<Buffer>;
  close(): Promise<void>;
}

/**
 * Arguments of headless Chromium for pictures of popups: its own screen of 800 x 600 has no room for one below the
 * toolbar, so it would be cut off and scroll.
 */
export const ROOM_FOR_POPUPS = ['--screen-info={1600x1200}'];

/**
 * Opens the popup over `page`, which becomes the active tab, and waits until it has loaded. Unlike a user's click on
 * the toolbar it gives no `activeTab`: what the popup is to see of the tab needs `grantHost` before.
 */
export async function openPopup(browser: ExtensionBrowser, page: Page): Promise<Popup> {
  const { worker } = browser;
  await page.bringToFront();
  await (
    await worker()
  ).evaluate(async () => {
    const { windows, action } = Reflect.get(globalThis, 'chrome') as {
      windows: { getLastFocused(): Promise<{ id: number }> };
      action: { openPopup(options: { windowId: number }): Promise<void> };
    };
    const { id } = await windows.getLastFocused();
    // Without the window's id headless Chromium finds no active one.
    await action.openPopup({ windowId: id });
  });
  return findPopup(browser, page);
}

/** Waits for the popup that opens (or has opened) by itself, and until it has loaded. */
export async function findPopup({ context, origin }: ExtensionBrowser, page: Page): Promise<Popup> {
  const cdp = await context.newCDPSession(page);
  const targetId = await waitForTarget(cdp, `${origin}/popup.html`);
  const send = await attach(cdp, targetId);

  const evaluate = async <T>(expression: string): Promise<T> => {
    const answer = await send<{
      result: { value: T };
      exceptionDetails?: { exception?: { description?: string } };
    }>('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true, userGesture: true });
    if (answer.exceptionDetails)
      throw new Error(answer.exceptionDetails.exception?.description ?? 'popup threw');
    return answer.result.value;
  };
  const waitFor = async (expression: string) => {
    // One evaluation that looks at every frame: the popup's own clock, no polling from here.
    const found = await evaluate<boolean>(`new Promise((resolve) => {
      const end = Date.now() + 15000;
      const look = () => {
        if (${expression}) resolve(true);
        else if (Date.now() > end) resolve(false);
        else setTimeout(look, 20);
      };
      look();
    })`);
    if (!found) throw new Error(`the popup never came to: ${expression}`);
  };
  await waitFor('document.readyState === "complete"');
  const clickOn = async (element: string) => {
    await waitFor(
      `${element} && !${element}.disabled && ${element}.getAttribute('aria-disabled') !== 'true'`,
    );
    const { x, y } = await evaluate<{ x: number; y: number }>(`(() => {
        const element = ${element};
        element.scrollIntoView({ block: 'nearest' });
        const box = element.getBoundingClientRect();
        return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
      })()`);
    for (const type of ['mousePressed', 'mouseReleased']) {
      await send('Input.dispatchMouseEvent', { type, x, y, button: 'left', clickCount: 1 });
    }
  };

  return {
    evaluate,
    waitFor,
    click: (selector) => clickOn(`document.querySelector(${JSON.stringify(selector)})`),
    press: (name) =>
      clickOn(`[...document.querySelectorAll('button, input[type="checkbox"], [role="switch"]')].find(
        (element) => [element.textContent.trim(), element.getAttribute('aria-label')].includes(${JSON.stringify(name)}),
      )`),
    type: async (text) => void (await send('Input.insertText', { text })),
    async screenshot() {
      const { data } = await send<{ data: string }>('Page.captureScreenshot', { format: 'png' });
      return Buffer.from(data, 'base64');
    },
    async close() {
      await cdp.send('Target.closeTarget', { targetId });
      await cdp.detach();
    },
  };
}

/** Resolves with the id of a page at this address, once there is one. */
async function waitForTarget(cdp: CDPSession, address: string): Promise<string> {
  const found = Promise.withResolvers<string>();
  const timer = setTimeout(() => found.reject(new Error('the popup did not open')), 15_000);
  const look = ({ targetInfo: { type, url, targetId } }: { targetInfo: Target }) => {
    if (type === 'page' && url.startsWith(address)) found.resolve(targetId);
  };
  cdp.on('Target.targetCreated', look);
  cdp.on('Target.targetInfoChanged', look);
  // Tells of those that are there already, too.
  await cdp.send('Target.setDiscoverTargets', { discover: true });
  try {
    return await found.promise;
  } finally {
    clearTimeout(timer);
    cdp.off('Target.targetCreated', look);
    cdp.off('Target.targetInfoChanged', look);
    await cdp.send('Target.setDiscoverTargets', { discover: false });
  }
}

interface Target {
  readonly type: string;
  readonly url: string;
  readonly targetId: string;
}

type Send = <T>(method: string, params: object) => Promise<T>;

/** A session inside a session: Playwright's own cannot be told of a target that it does not know. */
async function attach(cdp: CDPSession, targetId: string): Promise<Send> {
  const { sessionId } = await cdp.send('Target.attachToTarget', { targetId, flatten: false });
  const waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  let last = 0;
  cdp.on('Target.receivedMessageFromTarget', (event) => {
    if (event.sessionId !== sessionId) return;
    const { id, result, error } = JSON.parse(event.message) as {
      id?: number;
      result?: unknown;
      error?: { message: string };
    };
    const one = waiting.get(id ?? 0);
    waiting.delete(id ?? 0);
    if (error) one?.reject(new Error(error.message));
    else one?.resolve(result);
  });
  cdp.on('Target.detachedFromTarget', (event) => {
    if (event.sessionId !== sessionId) return;
    waiting.forEach(({ reject }) => reject(new Error('the popup has closed')));
  });
  return <T>(method: string, params: object) =>
    new Promise<T>((resolve, reject) => {
      const id = ++last;
      waiting.set(id, { resolve: (value) => resolve(value as T), reject });
      const message = JSON.stringify({ id, method, params });
      cdp.send('Target.sendMessageToTarget', { sessionId, message }).catch(reject);
    });
}
