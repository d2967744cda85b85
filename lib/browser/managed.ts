import { browser } from 'wxt/browser';

/**
 * What the organization's policy sets for this extension
 * (https://developer.mozilla.org/docs/Mozilla/Add-ons/WebExtensions/API/storage/managed). Firefox rejects where no
 * administrator has put a managed storage manifest; that is no policy.
 */
export function readManaged(): Promise<Record<string, unknown>> {
  return browser.storage.managed.get(null).catch(() => ({}));
}

/** Told when the policy changes. Must be called in the worker's first turn. */
export function onManagedChanged(listener: () => void): void {
  browser.storage.onChanged.addListener((_changes, area) => {
    if (area === 'managed') listener();
  });
}
