/** Chromium with Keyferry in it, and a way to talk to its worker as its own pages do. */
import type { Page } from '@playwright/test';
import { createClient } from '@/lib/messaging/client';
import type { Client } from '@/lib/messaging/client';
import { launchExtension } from '../../world/browser';
import type { ExtensionBrowser, LaunchOptions } from '../../world/browser';

/** A running browser, one own page that stays open, and the protocol's client in it. */
export interface Keyferry extends ExtensionBrowser {
  /** An options page that only carries messages. */
  readonly page: Page;
  /** Sends one message of the protocol. @throws AppError with the worker's code. */
  readonly send: Client;
}

/**
 * Launches the built extension. `KEYFERRY_BUILD` names another build than `.output/chrome-mv3`.
 *
 * @param hosts Match patterns that are granted from the start.
 */
export async function launchKeyferry(
  hosts: readonly string[] = ['http://127.0.0.1/*'],
  options: LaunchOptions = {},
): Promise<Keyferry> {
  const build = process.env['KEYFERRY_BUILD'];
  const browser = await launchExtension({ ...(build ? { dir: build } : {}), ...options });
  for (const host of hosts) await browser.grantHost(host);
  const page = await browser.openPage('options.html');
  return { ...browser, page, send: clientIn(page) };
}

/** Shows a route of the options page in the page that is open, with nothing left of what it showed before. */
export async function openAfresh({ page, origin }: Keyferry, route: string): Promise<void> {
  await page.goto(`${origin}/options.html${route}`);
  // A mere change of the fragment loads nothing.
  await page.reload();
}

/** The protocol's client in one of our own pages (`options.html` or `popup.html`). */
function clientIn(page: Page): Client {
  return createClient((message) =>
    page.evaluate((sent) => {
      const { runtime } = Reflect.get(globalThis, 'chrome') as {
        runtime: { sendMessage(message: unknown): Promise<unknown> };
      };
      return runtime.sendMessage(sent);
    }, message),
  );
}

/** All that is in `storage.session` or `storage.local`, as text. */
export function storedIn(page: Page, area: 'session' | 'local'): Promise<string> {
  return page.evaluate(async (name) => {
    const { storage } = Reflect.get(globalThis, 'chrome') as {
      storage: Record<string, { get(keys: null): Promise<unknown> }>;
    };
    return JSON.stringify(await storage[name]?.get(null));
  }, area);
}

/** All that is in the page origin's IndexedDB, as text; for our own pages that is the whole database. */
export function indexedDbOf(page: Page): Promise<string> {
  return page.evaluate(async () => {
    const settle = <Value>(request: IDBRequest<Value>) =>
      new Promise<Value>((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error ?? new Error('IndexedDB'));
      });
    const found: unknown[] = [];
    for (const { name = '' } of await indexedDB.databases()) {
      const db = await settle(indexedDB.open(name));
      for (const store of db.objectStoreNames) {
        const rows = db.transaction(store).objectStore(store);
        found.push([name, store, await settle(rows.getAllKeys()), await settle(rows.getAll())]);
      }
      db.close();
    }
    return JSON.stringify(found);
  });
}

/** What the page shows and keeps: its DOM with fields' values, and its own storages. */
export function pageOf(page: Page): Promise<string> {
  return page.evaluate(() => {
    const fields = [...document.querySelectorAll('input, textarea, select')].map((field) =>
      String(Reflect.get(field, 'value')),
    );
    const { outerHTML } = document.documentElement;
    return JSON.stringify([outerHTML, fields, { ...localStorage }, { ...sessionStorage }, location.href]);
  });
}
