/** Chromium with the built extension in it, driven by Playwright. */
import { rm } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from '@playwright/test';
import type { BrowserContext, Page, Worker } from '@playwright/test';
import { findChromium } from './find-browser';
import { clearUpAfterUs, tempDir } from './process';

/** What to launch. */
export interface LaunchOptions {
  /** The built extension; by default `.output/chrome-mv3`. */
  readonly dir?: string;
  /** By default true. */
  readonly headless?: boolean;
  /** A profile to use and keep; by default a new one that is removed on close. */
  readonly profileDir?: string;
  /** Keys of certificates to trust (`OpenBao.spki`). */
  readonly trust?: readonly string[];
  readonly extraArgs?: readonly string[];
}

/** A running Chromium with the extension. */
export interface ExtensionBrowser {
  readonly context: BrowserContext;
  readonly extensionId: string;
  /** `chrome-extension://…`, without a slash at its end. */
  readonly origin: string;
  readonly profileDir: string;
  /** The extension's service worker, once it runs. */
  worker(): Promise<Worker>;
  /** Opens one of the extension's pages (`popup.html`, `options.html#/vault`) in a tab. */
  openPage(path: string): Promise<Page>;
  /**
   * Lets the extension's own request for this host (`http://127.0.0.1/*`), made by a click, resolve to true without
   * the prompt, which headless Chromium cannot answer. The host is not granted before that click.
   */
  answerYes(pattern: string): Promise<void>;
  /** Grants a host at once, as if it had been asked for and allowed. */
  grantHost(pattern: string): Promise<void>;
  revokeHost(pattern: string): Promise<void>;
  /** Ends the service worker as Chromium would, and waits until it has stopped. */
  killWorker(): Promise<void>;
  close(): Promise<void>;
}

/** Launches Chromium with the built extension; names outside this machine do not resolve. */
export async function launchExtension(options: LaunchOptions = {}): Promise<ExtensionBrowser> {
  const dir = options.dir ?? join(import.meta.dirname, '..', '..', '.output', 'chrome-mv3');
  if (!existsSync(join(dir, 'manifest.json'))) throw new Error(`No extension in ${dir}: npm run build`);
  const profileDir = options.profileDir ?? (await tempDir('chromium'));
  // Chromium itself goes when the pipe that drives it closes.
  const callOff = options.profileDir ? null : clearUpAfterUs(0, profileDir);
  const context = await chromium.launchPersistentContext(profileDir, {
    executablePath: findChromium(),
    headless: options.headless ?? true,
    args: [
      // Both are needed, as Playwright disables extensions.
      `--disable-extensions-except=${dir}`,
      `--load-extension=${dir}`,
      '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost',
      ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
      ...(options.trust ? [`--ignore-certificate-errors-spki-list=${options.trust.join(',')}`] : []),
      ...(options.extraArgs ?? []),
    ],
  });

  const ours = () => context.serviceWorkers().find((one) => one.url().startsWith('chrome-extension://'));
  const worker = async () => ours() ?? (await context.waitForEvent('serviceworker'));
  const extensionId = new URL((await worker()).url()).hostname;
  const origin = `chrome-extension://${extensionId}`;

  async function openPage(path: string): Promise<Page> {
    const page = await context.newPage();
    await page.goto(`${origin}/${path}`);
    return page;
  }

  async function changeHost(
    change: 'addHostPermission' | 'removeHostPermission',
    pattern: string,
  ): Promise<void> {
    const page = await context.newPage();
    await page.goto('chrome://extensions');
    await page.evaluate(
      async ([name, id, host]) => {
        const { developerPrivate } = Reflect.get(globalThis, 'chrome') as {
          developerPrivate: Record<string, (id: string, host: string) => Promise<void>>;
        };
        await developerPrivate[name]?.(id, host);
      },
      [change, extensionId, pattern] as const,
    );
    await page.close();
  }

  return {
    context,
    extensionId,
    origin,
    profileDir,
    worker,
    openPage,
    answerYes: (pattern) => changeHost('addHostPermission', pattern),
    async grantHost(pattern) {
      await changeHost('addHostPermission', pattern);
      const page = await openPage('options.html');
      // Playwright evaluates with a user gesture, which the request needs.
      await page.evaluate(async (host) => {
        const { permissions } = Reflect.get(globalThis, 'chrome') as {
          permissions: { request(what: { origins: string[] }): Promise<boolean> };
        };
        if (!(await permissions.request({ origins: [host] }))) throw new Error(`${host} was not granted`);
      }, pattern);
      await page.close();
    },
    revokeHost: (pattern) => changeHost('removeHostPermission', pattern),
    killWorker: () => killWorker(context, origin),
    async close() {
      await context.close();
      if (!callOff) return;
      await rm(profileDir, { recursive: true, force: true, maxRetries: 5 });
      callOff();
    },
  };
}

/** https://chromedevtools.github.io/devtools-protocol/tot/ServiceWorker/ */
async function killWorker(context: BrowserContext, origin: string): Promise<void> {
  const page = await context.newPage();
  const cdp = await context.newCDPSession(page);
  const running = new Set<string>();
  let changed = () => {};
  cdp.on('ServiceWorker.workerVersionUpdated', ({ versions }) => {
    for (const { scriptURL, versionId, runningStatus } of versions) {
      if (!scriptURL.startsWith(origin)) continue;
      if (runningStatus === 'stopped') running.delete(versionId);
      else running.add(versionId);
    }
    changed();
  });
  await cdp.send('ServiceWorker.enable');
  await cdp.send('ServiceWorker.stopAllWorkers');
  await new Promise<void>((resolve) => {
    changed = () => void (running.size === 0 && resolve());
    changed();
  });
  await page.close();
}
