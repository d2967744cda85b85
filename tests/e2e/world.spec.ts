import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { expect, test } from '@playwright/test';
import { launchExtension } from '../world/browser';
import type { ExtensionBrowser } from '../world/browser';
import { launchFirefoxExtension } from '../world/firefox';
import { startWorld } from '../world/index';
import type { World } from '../world/index';
import { openPopup } from '../world/popup';

let world: World<'openbaoTls' | 'api' | 'testers'>;
test.beforeAll(async () => {
  world = await startWorld({ openbaoTls: true, api: true, testers: true });
});
test.afterAll(() => world.stop());

const hosts = (browser: ExtensionBrowser) =>
  browser.worker().then((worker) =>
    worker.evaluate(async () => {
      const { permissions } = Reflect.get(globalThis, 'chrome') as {
        permissions: { getAll(): Promise<{ origins: string[] }> };
      };
      return (await permissions.getAll()).origins;
    }),
  );

test('Chromium runs the built extension, which has no host until it is granted', async () => {
  const browser = await launchExtension();
  const page = await browser.openPage('options.html');
  expect(await page.title()).toContain('Keyferry');
  expect(await hosts(browser)).toEqual([]);
  await browser.answerYes('http://127.0.0.1/*');
  expect(await hosts(browser)).toEqual([]);
  await browser.grantHost('http://127.0.0.1/*');
  expect(await hosts(browser)).toEqual(['http://127.0.0.1/*']);
  await browser.revokeHost('http://127.0.0.1/*');
  expect(await hosts(browser)).toEqual([]);
  await browser.close();
  expect(existsSync(browser.profileDir)).toBe(false);
});

test('a killed worker starts anew', async () => {
  const browser = await launchExtension();
  const mark = async (value?: string) =>
    (await browser.worker()).evaluate((text) => {
      const before: unknown = Reflect.get(globalThis, 'mark');
      if (text) Reflect.set(globalThis, 'mark', text);
      return before ?? null;
    }, value);
  await mark('first life');
  expect(await mark()).toBe('first life');
  await browser.killWorker();
  const page = await browser.openPage('options.html');
  await page.evaluate(async () => {
    const { runtime } = Reflect.get(globalThis, 'chrome') as {
      runtime: { sendMessage(what: object): unknown };
    };
    await Promise.resolve(runtime.sendMessage({})).catch(() => undefined);
  });
  expect(await mark()).toBeNull();
  await browser.close();
});

test('the real popup opens over the active tab', async () => {
  const browser = await launchExtension();
  // Opened by script the popup gets no activeTab, so the tab's address needs the host.
  await browser.grantHost('http://127.0.0.1/*');
  const page = await browser.context.newPage();
  await page.goto(world.testers.plain);
  const popup = await openPopup(browser, page);
  expect(await popup.evaluate('document.title')).toContain('Keyferry');
  const active = await popup.evaluate<string>(
    'chrome.tabs.query({active:true}).then(([tab]) => tab.url ?? "")',
  );
  expect(active).toBe(world.testers.plain);
  await popup.evaluate(
    'void document.body.prepend(Object.assign(document.createElement("input"), { id: "probe" }))',
  );
  await popup.click('#probe');
  await popup.type('typed');
  expect(await popup.evaluate('document.querySelector("#probe").value')).toBe('typed');
  expect((await popup.screenshot()).length).toBeGreaterThan(1000);
  await popup.close();
  await browser.close();
});

test('Swagger UI sends to the sample API; other names and untrusted certificates are out of reach', async () => {
  const trusting = await launchExtension({ trust: [world.openbaoTls.spki ?? ''] });
  const page = await trusting.context.newPage();
  await page.goto(world.testers.swaggerUi);
  await page.locator('[id="operations-answers-echo"] .opblock-summary').click();
  await page.locator('[id="operations-answers-echo"] button.execute').click();
  await world.api.arrival(({ path }) => path === '/echo');
  await expect(page.locator('.live-responses-table .response .response-col_status')).toContainText('200');
  const secure = await trusting.context.newPage();
  expect((await secure.goto(`${world.openbaoTls.url}/v1/sys/health`))?.status()).toBe(200);
  await expect(page.goto('http://example.org/')).rejects.toThrow('ERR_NAME_NOT_RESOLVED');
  await trusting.close();

  const wary = await launchExtension();
  const other = await wary.context.newPage();
  await expect(other.goto(world.openbaoTls.url)).rejects.toThrow('ERR_CERT_AUTHORITY_INVALID');
  await wary.close();
});

test('Firefox runs the built extension, and reaches no other machine', async () => {
  const firefox = await launchFirefoxExtension();
  const page = await firefox.openPage('options.html');
  expect(await page.title()).toContain('Keyferry');
  const outside = await firefox.browser.newPage();
  await expect(outside.goto('http://example.org/')).rejects.toThrow('NS_ERROR_CONNECTION_REFUSED');
  await firefox.close();
  expect(existsSync(firefox.profileDir)).toBe(false);
});

test('browsers end, and their profiles go, when the run is killed', async () => {
  const program = `
    import { launchExtension } from './tests/world/browser.ts';
    import { launchFirefoxExtension } from './tests/world/firefox.ts';
    const [chromium, firefox] = await Promise.all([launchExtension(), launchFirefoxExtension()]);
    console.log(JSON.stringify([chromium.profileDir, firefox.profileDir, firefox.browser.process().pid]));
    setInterval(() => {}, 1000);`;
  const parent = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(parent, 'exit').then(([code]) => Promise.reject(new Error(`ended early with ${code}`)));
  const told = once(createInterface({ input: parent.stdout }), 'line') as Promise<[string]>;
  const [line] = await Promise.race([told, ended]);
  const [chromium, firefox, pid] = JSON.parse(line) as [string, string, number];
  expect([chromium, firefox].map(existsSync)).toEqual([true, true]);
  parent.kill('SIGKILL');
  await expect(ended).rejects.toThrow();
  await expect.poll(() => [chromium, firefox].map(existsSync), { timeout: 20_000 }).toEqual([false, false]);
  expect(() => process.kill(pid, 0)).toThrow();
});
