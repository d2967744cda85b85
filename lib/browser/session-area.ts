import { browser } from 'wxt/browser';

/**
 * `storage.session`: in memory only, for this browser session, hidden from content scripts (its trusted
 * default is never changed).
 */
export const sessionArea = {
  get: (keys: string[] | null): Promise<Record<string, unknown>> => browser.storage.session.get(keys),
  set: (items: Record<string, unknown>): Promise<void> => browser.storage.session.set(items),
  remove: (keys: string[]): Promise<void> => browser.storage.session.remove(keys),
};
