import { browser } from 'wxt/browser';

/**
 * Asks the browser for access to a host. Call it first in a click's handler, before any `await`: both
 * browsers want the gesture. Granted access answers at once without a prompt.
 *
 * @param pattern A match pattern, see `accessPattern`.
 */
export function requestHostAccess(...patterns: string[]): Promise<boolean> {
  return browser.permissions.request({ origins: patterns }).catch(() => false);
}

/** Whether the browser gives access to all of these match patterns now. */
export function hasHostAccess(...patterns: string[]): Promise<boolean> {
  return browser.permissions.contains({ origins: patterns });
}

const CLIPBOARD_READ = { permissions: ['clipboardRead' as const] };

/** Whether we may look at the clipboard, to clear it only while it still holds our value. */
export function canReadClipboard(): Promise<boolean> {
  return browser.permissions.contains(CLIPBOARD_READ);
}

/** Asks for that permission, or gives it back. Call it first in a click's handler. @returns Whether it is there now. */
export async function setClipboardReading(wanted: boolean): Promise<boolean> {
  if (wanted) return browser.permissions.request(CLIPBOARD_READ).catch(() => false);
  return !(await browser.permissions.remove(CLIPBOARD_READ));
}

/** Told whenever host access comes or goes. Must be called in the worker's first turn. */
export function onAccessChanged(listener: () => void): void {
  browser.permissions.onAdded.addListener(listener);
  browser.permissions.onRemoved.addListener(listener);
}
