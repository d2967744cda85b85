import { browser } from 'wxt/browser';

import { httpOrigin } from '@/lib/core/origins';

export interface TabInfo {
  readonly tabId: number;
  /** `null` when the page is none of http(s), or its address is hidden from us. */
  readonly origin: string | null;
}

/** The tab with this id, or the active tab of the last focused window. `null` when there is none. */
export async function tabInfo(tabId?: number): Promise<TabInfo | null> {
  const tab =
    tabId === undefined
      ? (await browser.tabs.query({ active: true, lastFocusedWindow: true }))[0]
      : await browser.tabs.get(tabId).catch(() => undefined);
  if (tab?.id === undefined) return null;
  return { tabId: tab.id, origin: tab.url ? httpOrigin(tab.url) : null };
}

export async function reloadTab(tabId: number): Promise<void> {
  await browser.tabs.reload(tabId);
}

export async function openTab(url: string): Promise<void> {
  await browser.tabs.create({ url });
}

/** Must be called in the worker's first turn. */
export function onTabRemoved(listener: (tabId: number) => void): void {
  browser.tabs.onRemoved.addListener((tabId) => listener(tabId));
}
