/** Chromium with the built extension in it, with no debugger on the worker unless asked for. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findChromium } from '../../world/find-browser';
import { startProcess, tempDir } from '../../world/process';
import { connectDevTools } from './devtools';
import { attach, openDocument } from './document';
import type { Context, Document } from './document';

/** A running browser. */
export interface Chromium {
  readonly version: string;
  /** `chrome-extension://…`, without a slash at its end. */
  readonly origin: string;
  /** Opens a tab; `early` runs in each of its documents before anything else. */
  open(url: string, early?: string): Promise<Document>;
  /** The worker, with a debugger on it until `detach`. It must be running. */
  worker(): Promise<Context>;
  /** Ends the worker and waits until it has stopped. */
  killWorker(): Promise<void>;
  stop(): Promise<void>;
}

interface Target {
  readonly targetId: string;
  readonly type: string;
  readonly url: string;
}

interface WorkerVersion {
  readonly versionId: string;
  readonly scriptURL: string;
  readonly runningStatus: string;
}

/** The page's view of `chrome://extensions`. */
interface DeveloperPrivate {
  addHostPermission(id: string, host: string): Promise<void>;
}

/**
 * @param dir The built extension.
 * @param trust Keys of certificates to trust (`OpenBao.spki`).
 * @param hosts Match patterns that the extension is given.
 */
export async function startChromium(
  dir: string,
  trust: readonly string[],
  hosts: readonly string[],
): Promise<Chromium> {
  const profile = await tempDir('chromium');
  const running = await startProcess({
    name: 'chromium',
    command: findChromium(),
    dir: profile,
    args: [
      '--headless',
      '--no-first-run',
      '--no-default-browser-check',
      '--remote-debugging-port=0',
      `--user-data-dir=${profile}`,
      `--disable-extensions-except=${dir}`,
      `--load-extension=${dir}`,
      '--disable-features=DisableLoadExtensionCommandLineSwitch',
      '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost',
      '--disable-background-networking',
      '--disable-background-timer-throttling',
      '--disable-backgrounding-occluded-windows',
      '--disable-renderer-backgrounding',
      '--password-store=basic',
      '--use-mock-keychain',
      ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
      ...(trust.length > 0 ? [`--ignore-certificate-errors-spki-list=${trust.join(',')}`] : []),
    ],
  });
  try {
    let active = '';
    await running.waitUntil(async () => {
      active = await readFile(join(running.dir, 'DevToolsActivePort'), 'utf8').catch(() => '');
      return active.includes('\n');
    });
    const [port, path] = active.split('\n');
    const devtools = await connectDevTools(`ws://127.0.0.1:${port}${path}`);
    const { product } = await devtools.send<{ product: string }>('Browser.getVersion');

    const ours = async () => {
      const { targetInfos } = await devtools.send<{ targetInfos: Target[] }>('Target.getTargets');
      return targetInfos.find(({ type, url }) => type === 'service_worker' && url.endsWith('/background.js'));
    };
    let target: Target | undefined;
    await running.waitUntil(async () => (target = await ours()) !== undefined);
    const id = new URL(target?.url ?? '').hostname;
    const origin = `chrome-extension://${id}`;

    const extensions = await openDocument(devtools, 'chrome://extensions/');
    for (const host of hosts) {
      const grant = (extension: string, pattern: string) =>
        (Reflect.get(globalThis, 'chrome') as { developerPrivate: DeveloperPrivate }).developerPrivate //
          .addHostPermission(extension, pattern);
      await extensions.run(grant, id, host);
    }
    const page = await openDocument(devtools, `${origin}/options.html`);
    for (const host of hosts) {
      const ask = (pattern: string) =>
        (
          Reflect.get(globalThis, 'chrome') as {
            permissions: { request(what: { origins: string[] }): Promise<boolean> };
          }
        ).permissions.request({ origins: [pattern] });
      if (!(await page.run(ask, host))) throw new Error(`${host} was not granted`);
    }
    await page.close();

    const alive = new Set<string>();
    let changed = () => {};
    devtools.on('ServiceWorker.workerVersionUpdated', (event) => {
      for (const { versionId, scriptURL, runningStatus } of event['versions'] as readonly WorkerVersion[]) {
        if (!scriptURL.startsWith(origin)) continue;
        if (runningStatus === 'stopped') alive.delete(versionId);
        else alive.add(versionId);
      }
      changed();
    });

    return {
      version: product,
      origin,
      open: (url, early) => openDocument(devtools, url, early),
      async worker() {
        const found = await ours();
        if (!found) throw new Error('The worker does not run.');
        return attach(devtools, found.targetId);
      },
      async killWorker() {
        await extensions.send('ServiceWorker.enable');
        await extensions.send('ServiceWorker.stopAllWorkers');
        await new Promise<void>((resolve) => {
          changed = () => void (alive.size === 0 && resolve());
          changed();
        });
        // Else it would watch the workers that start from now on.
        await extensions.send('ServiceWorker.disable');
      },
      async stop() {
        devtools.close();
        await running.stop();
      },
    };
  } catch (error) {
    await running.stop();
    throw error;
  }
}
