/** Firefox with the built extension in it, driven by Puppeteer over WebDriver BiDi. */
import { randomUUID } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { launch } from 'puppeteer-core';
import type { Browser, Page } from 'puppeteer-core';
import { findFirefox } from './find-browser';
import { clearUpAfterUs, tempDir } from './process';

/** What to launch. */
export interface FirefoxOptions {
  /** The built extension; by default `.output/firefox-mv3`. */
  readonly dir?: string;
  /** By default true. */
  readonly headless?: boolean;
  readonly prefs?: Readonly<Record<string, unknown>>;
}

/** A running Firefox with the extension. */
export interface FirefoxExtension {
  readonly browser: Browser;
  /** `moz-extension://…`, without a slash at its end. */
  readonly origin: string;
  readonly profileDir: string;
  /** Opens one of the extension's pages (`popup.html`) in a tab. */
  openPage(path: string): Promise<Page>;
  close(): Promise<void>;
}

/** Launches Firefox with the built extension; permission prompts answer themselves, after a real click. */
export async function launchFirefoxExtension(options: FirefoxOptions = {}): Promise<FirefoxExtension> {
  const dir = options.dir ?? join(import.meta.dirname, '..', '..', '.output', 'firefox-mv3');
  const manifest = await readFile(join(dir, 'manifest.json'), 'utf8').catch(() => {
    throw new Error(`No extension in ${dir}: npm run build:firefox`);
  });
  const { id } = (JSON.parse(manifest) as { browser_specific_settings: { gecko: { id: string } } })
    .browser_specific_settings.gecko;
  const uuid = randomUUID();
  const profileDir = await tempDir('firefox');

  const browser = await launch({
    browser: 'firefox',
    executablePath: findFirefox(),
    headless: options.headless ?? true,
    userDataDir: profileDir,
    // Without it Firefox 153 and later keep WebDriver out of moz-extension: pages.
    args: ['--remote-allow-system-access'],
    extraPrefsFirefox: {
      'extensions.webextensions.uuids': JSON.stringify({ [id]: uuid }),
      'extensions.webextOptionalPermissionPrompts': false,
      // Every name is this machine, so nothing leaves it.
      'network.dns.forceResolve': '127.0.0.1',
      ...options.prefs,
    },
  });
  const callOff = clearUpAfterUs(browser.process()?.pid ?? 0, profileDir);
  await browser.installExtension(dir);
  const origin = `moz-extension://${uuid}`;
  return {
    browser,
    origin,
    profileDir,
    async openPage(path) {
      const page = await browser.newPage();
      // Firefox never tells BiDi that a moz-extension: page has loaded (seen in 153), although it has.
      await page.goto(`${origin}/${path}`, { timeout: 1500 }).catch(() => undefined);
      await page.waitForFunction('document.readyState === "complete"');
      return page;
    },
    async close() {
      await browser.close();
      callOff();
      await rm(profileDir, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
