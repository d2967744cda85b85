import { browser } from 'wxt/browser';

const area = browser.storage.session as Omit<typeof browser.storage.session, 'getKeys'> & {
  getKeys?(): Promise<string[]>;
};
const getKeys = area.getKeys?.bind(area);

/**
 * `storage.session`: in memory only, for this browser session, hidden from content scripts (its trusted
 * default is never changed).
 */
export const sessionArea = {
  get: (keys: string[] | null): Promise<Record<string, unknown>> => area.get(keys),
  set: (items: Record<string, unknown>): Promise<void> => area.set(items),
  remove: (keys: string[]): Promise<void> => area.remove(keys),
  ...(getKeys && { getKeys }),
};
