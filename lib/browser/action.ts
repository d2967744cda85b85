import { browser } from 'wxt/browser';

export type IconState = 'locked' | 'unlocked' | 'attention';

const BADGE_COLOUR = '#b8480a';

/** The toolbar button: which drawing, and how many requests wait (0 = no badge). */
export async function showAction(state: IconState, waiting: number): Promise<void> {
  const path = Object.fromEntries([16, 32, 48].map((size) => [size, `/icon/${state}-${String(size)}.png`]));
  await Promise.all([
    browser.action.setIcon({ path }),
    browser.action.setBadgeText({ text: waiting > 0 ? String(waiting) : '' }),
    browser.action.setBadgeBackgroundColor({ color: BADGE_COLOUR }),
  ]);
}

/**
 * Opens the popup where the browser lets us: only for the active tab of the focused window.
 *
 * @returns Whether it was opened.
 */
export async function openPopup(tabId: number): Promise<boolean> {
  try {
    const tab = await browser.tabs.get(tabId);
    if (!tab.active || tab.windowId === undefined) return false;
    const window = await browser.windows.get(tab.windowId);
    if (!window.focused) return false;
    await browser.action.openPopup({ windowId: tab.windowId });
    return true;
  } catch {
    // Not every browser and not every window can; badge and page notice remain.
    return false;
  }
}

/**
 * Opens the popup in the window of the page that asks. Call it first in a click's handler: Firefox wants the gesture.
 *
 * @returns Whether it was opened.
 */
export async function openPopupHere(): Promise<boolean> {
  try {
    await browser.action.openPopup();
    return true;
  } catch {
    // Chromium wants to be told the window where it finds none active; it needs no gesture.
    const window = await browser.windows.getCurrent();
    return browser.action.openPopup(window.id === undefined ? {} : { windowId: window.id }).then(
      () => true,
      () => false,
    );
  }
}
