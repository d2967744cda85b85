/** Firefox with Keyferry in it: its pages are driven by Puppeteer, the real popup by keys. */
import { expect } from '@playwright/test';
import type { Page as PlaywrightPage } from '@playwright/test';
import type { Page } from 'puppeteer-core';
import { createClient } from '@/lib/messaging/client';
import type { Client } from '@/lib/messaging/client';
import { launchFirefoxExtension } from '../../world/firefox';
import type { FirefoxExtension, FirefoxOptions } from '../../world/firefox';
import type { Keyferry } from './keyferry';
import { sendFrom } from './page-requests';
import type { Ended, Sending, Way } from './page-requests';
import { environmentsOf } from './set-up';
import { tabIdOf } from './tester';

/** A running Firefox, one own page that stays open, and the protocol's client in it. */
export interface FirefoxKeyferry extends FirefoxExtension {
  readonly page: Page;
  readonly send: Client;
}

/** Launches the built extension. `KEYFERRY_FIREFOX_BUILD` names another build than `.output/firefox-mv3`. */
export async function launchFirefoxKeyferry(options: FirefoxOptions = {}): Promise<FirefoxKeyferry> {
  const build = process.env['KEYFERRY_FIREFOX_BUILD'];
  const firefox = await launchFirefoxExtension({ ...(build ? { dir: build } : {}), ...options });
  const page = await firefox.openPage('options.html');
  return { ...firefox, page, send: clientIn(page) };
}

/** What is common to the pages of Puppeteer and of Playwright. */
const asPlaywright = (page: Page) => page as unknown as PlaywrightPage;

function clientIn(page: Page): Client {
  return createClient((message) =>
    page.evaluate((sent) => {
      const { runtime } = Reflect.get(globalThis, 'browser') as {
        runtime: { sendMessage(message: unknown): Promise<unknown> };
      };
      return runtime.sendMessage(sent);
    }, message),
  );
}

/** The options in a tab with room for them: nothing that is to be pressed lies under what sticks to the edge. */
export async function openOptions(firefox: FirefoxKeyferry, route: string): Promise<Page> {
  const page = await firefox.openPage(`options.html#${route}`);
  await page.setViewport({ width: 1200, height: 1000 });
  return page;
}

/** Types into the field with this label, over what is in it. */
export async function fill(page: Page, label: string, text: string): Promise<void> {
  const field = await page.waitForSelector(
    `xpath/.//input[@id=//label[starts-with(normalize-space(), "${label}")]/@for]`,
  );
  await field?.click({ count: 3 });
  await field?.type(text);
}
export const press = (page: Page, name: string, role = 'button') =>
  page.locator(`::-p-aria([name="${name}"][role="${role}"])`).click();
export const shows = (page: Page, text: string) =>
  page.waitForFunction((wanted) => document.body.innerText.includes(wanted), {}, text);

/** Opens the address in a new tab, enables its origin with the environment of this path, and loads it again. */
export async function openTester(firefox: FirefoxKeyferry, address: string, path: string): Promise<Page> {
  const environmentId = (await environmentsOf(firefox.send)).get(path)?.id ?? '';
  const page = await firefox.browser.newPage();
  await page.goto(address);
  const tabId = await tabIdOf({ page: asPlaywright(firefox.page) } as Keyferry, address);
  await firefox.send('tester/enable', { tabId, origin: new URL(address).origin, environmentId });
  await page.reload();
  await expectHooked(firefox, address);
  return page;
}

/** The page at this address was loaded with hook and bridge. */
export async function expectHooked({ page, send }: FirefoxKeyferry, address: string): Promise<void> {
  const needsReload = async () => {
    const tabId = await tabIdOf({ page: asPlaywright(page) } as Keyferry, address);
    return (await send('popup/view', { tabId })).tab?.needsReload;
  };
  await expect.poll(needsReload).toBe(false);
}

/** Sends one request and waits for its end. The page must stay: Puppeteer repeats what a load has interrupted. */
export const sendFromFirefox = (page: Page, way: Way, url: string, sending?: Sending): Promise<Ended> =>
  sendFrom(asPlaywright(page), way, url, sending);

/** The real popup, which opens over the tab in front. */
export interface FirefoxPopup {
  /** Waits until it shows this. */
  shows(text: string): Promise<void>;
  /** Presses the button of this name by the keyboard, once it can be pressed. */
  press(name: string): Promise<void>;
}

interface PopupApi {
  extension: { getViews(filter: { type: 'popup' }): Window[] };
}

/** The popup that is open or opens now; an own page looks into it, as both are of one process. */
export function popupOf({ page, focusPopup, pressEnterInPopup }: FirefoxKeyferry): FirefoxPopup {
  const shown = () =>
    page.evaluate(() => {
      const { extension } = Reflect.get(globalThis, 'browser') as PopupApi;
      return extension.getViews({ type: 'popup' })[0]?.document.body.innerText ?? 'closed';
    });
  /** Puts the focus on the button of this name. @returns Whether it is there and can be pressed. */
  const focusOn = (name: string) =>
    page.evaluate((wanted) => {
      Reflect.set(globalThis, 'heard', []);
      const { extension } = Reflect.get(globalThis, 'browser') as PopupApi;
      const [popup] = extension.getViews({ type: 'popup' });
      const button = [...(popup?.document.querySelectorAll('button') ?? [])].find((one) =>
        [one.innerText.trim(), one.ariaLabel].includes(wanted),
      );
      if (!popup?.document.hasFocus() || !button || button.matches('[disabled], [aria-disabled="true"]')) {
        return false;
      }
      const hear = ({ type }: Event) => (Reflect.get(globalThis, 'heard') as string[]).push(type);
      button.addEventListener('click', hear, { once: true });
      popup.addEventListener('keyup', hear, { capture: true, once: true });
      button.focus();
      return button.matches(':focus');
    }, name);
  /** What came of the key, once it has come through. */
  const heard = async () => {
    const events = () => page.evaluate(() => Reflect.get(globalThis, 'heard') as string[]);
    await expect.poll(events).toContain('keyup');
    return events();
  };
  return {
    shows: (text) => expect.poll(shown).toContain(text),
    async press(name) {
      await expect.poll(shown).not.toBe('closed');
      await expect(focusPopup).toPass({ timeout: 15_000 });
      // With the focus in it: approvals are inert for a moment after that. A popup that is still coming up may draw the
      // button anew before the key arrives.
      const pressed = async () => {
        if (!(await focusOn(name))) return shown();
        await pressEnterInPopup();
        return (await heard()).includes('click') ? 'pressed' : 'not pressed';
      };
      await expect.poll(pressed, `press “${name}”`).toBe('pressed');
    },
  };
}
