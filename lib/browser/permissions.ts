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

/** Told whenever host access comes or goes. Must be called in the worker's first turn. */
export function onAccessChanged(listener: () => void): void {
  browser.permissions.onAdded.addListener(listener);
  browser.permissions.onRemoved.addListener(listener);
}
