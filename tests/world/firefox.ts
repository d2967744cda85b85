/** Firefox with the built extension in it, driven by Puppeteer over WebDriver BiDi. */
import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
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
  /** What an administrator sets for the extension, by a managed storage manifest. */
  readonly policy?: Readonly<Record<string, unknown>>;
}

/** A running Firefox with the extension. */
export interface FirefoxExtension {
  readonly browser: Browser;
  /** `moz-extension://…`, without a slash at its end. */
  readonly origin: string;
  readonly profileDir: string;
  /** Opens one of the extension's pages (`popup.html`) in a tab. */
  openPage(path: string): Promise<Page>;
  /** Gives access to hosts (match patterns), as the user may at any time among the add-on's settings. */
  grantHosts(...patterns: string[]): Promise<void>;
  /** Ends the event page as the browser ends an idle one. A page of the extension that listens wakes it at once. */
  endEventPage(): Promise<void>;
  /** Presses the toolbar's button over the tab in front: the real popup opens; one that was open closes before. */
  pressToolbarButton(): Promise<void>;
  closePopup(): Promise<void>;
  /** Puts the keyboard's focus into the open popup, which headless Firefox may not do. @throws Error when none is open. */
  focusPopup(): Promise<void>;
  /** Presses Enter in the open popup. @throws Error when none is open. */
  pressEnterInPopup(): Promise<void>;
  close(): Promise<void>;
}

/** Puppeteer's connection, which its types leave out. */
interface Bidi {
  send(method: string, params: object): Promise<{ result: Record<string, unknown> }>;
}

const WINDOW = 'chrome://browser/content/browser.xhtml';
const FOCUS_POPUP = `
  const popup = document.querySelector('panel[panelopen] .webextension-popup-browser');
  if (!popup) throw new Error('no popup is open');
  popup.focus();`;
const CLOSE_POPUP = `
  const open = document.querySelector('.webextension-popup-browser')?.closest('panel');
  if (open) {
    const hidden = new Promise((resolve) => open.addEventListener('popuphidden', resolve, { once: true }));
    open.hidePopup();
    await hidden;
  }`;

/**
 * Runs a script with the browser's own rights in its window, for what a user does outside of any page; `extension` is
 * ours. (https://firefox-source-docs.mozilla.org/remote/webdriver-bidi/Extensions.html)
 */
async function runInWindow(browser: Browser, id: string, script: string): Promise<void> {
  const bidi = Reflect.get(browser, 'connection') as Bidi;
  const tree = await bidi.send('browsingContext.getTree', { 'moz:scope': 'chrome' });
  const contexts = tree.result['contexts'] as { url: string; context: string }[];
  const context = contexts.find(({ url }) => url === WINDOW)?.context;
  const { result } = await bidi.send('script.callFunction', {
    functionDeclaration: `async () => {
      const { extension } = WebExtensionPolicy.getByID(${JSON.stringify(id)});
      ${script}
    }`,
    awaitPromise: true,
    target: { context },
  });
  const failure = result['exceptionDetails'] as { text: string } | undefined;
  if (failure) throw new Error(failure.text);
}

/** https://developer.mozilla.org/docs/Mozilla/Add-ons/WebExtensions/Native_manifests#managed_storage_manifests */
async function writePolicy(home: string, id: string, data: FirefoxOptions['policy']): Promise<void> {
  const folder = join(home, '.mozilla', 'managed-storage');
  await mkdir(folder, { recursive: true });
  const manifest = { name: id, description: 'Policy of a test', type: 'storage', data };
  await writeFile(join(folder, `${id}.json`), JSON.stringify(manifest));
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
  if (options.policy) await writePolicy(profileDir, id, options.policy);

  const browser = await launch({
    browser: 'firefox',
    executablePath: findFirefox(),
    headless: options.headless ?? true,
    userDataDir: profileDir,
    ...(options.policy ? { env: { ...process.env, HOME: profileDir } } : {}),
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
  const inBrowser = (script: string) => runInWindow(browser, id, script);
  return {
    browser,
    origin,
    profileDir,
    async openPage(path) {
      const page = await browser.newPage();
      // Firefox never tells BiDi that a moz-extension: page has loaded (seen in 153), although it has.
      await page.goto(`${origin}/${path}`, { timeout: 1500 }).catch(() => undefined);
      await page.waitForFunction(
        'location.protocol === "moz-extension:" && document.readyState === "complete"',
      );
      return page;
    },
    grantHosts: (...patterns) =>
      inBrowser(`
        const { ExtensionPermissions } =
          ChromeUtils.importESModule('resource://gre/modules/ExtensionPermissions.sys.mjs');
        const more = { permissions: [], origins: ${JSON.stringify(patterns)} };
        await ExtensionPermissions.add(extension.id, more, extension);`),
    endEventPage: () =>
      inBrowser(`
        const before = extension.backgroundContext;
        if (!before) throw new Error('no event page runs');
        await extension.terminateBackground({ ignoreDevToolsAttached: true, disableResetIdleForTest: true });
        if (extension.backgroundContext === before) throw new Error('the event page is still there');`),
    pressToolbarButton: () =>
      inBrowser(`
        const { ExtensionParent } = ChromeUtils.importESModule('resource://gre/modules/ExtensionParent.sys.mjs');
        ${CLOSE_POPUP}
        await ExtensionParent.apiManager.global.browserActionFor(extension).triggerAction(window);`),
    closePopup: () => inBrowser(CLOSE_POPUP),
    focusPopup: () => inBrowser(FOCUS_POPUP),
    pressEnterInPopup: () =>
      inBrowser(`
        ${FOCUS_POPUP}
        const input = Cc['@mozilla.org/text-input-processor;1'].createInstance(Ci.nsITextInputProcessor);
        input.beginInputTransactionForTests(window);
        const enter = new KeyboardEvent('', { key: 'Enter', code: 'Enter', keyCode: KeyboardEvent.DOM_VK_RETURN });
        input.keydown(enter);
        input.keyup(enter);`),
    async close() {
      await browser.close();
      callOff();
      await rm(profileDir, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
