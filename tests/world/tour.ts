/**
 * The whole way through, by the user interface only: from the first passphrase to a value on the wire. The demo shows
 * it and `tour.spec.ts` checks it.
 */
import { expect } from '@playwright/test';
import type { Page } from '@playwright/test';
import { popupCopy } from '@/lib/core/copy/popup';
import { pullCopy, testCopy, vaultCopy, vaultLabels } from '@/lib/core/copy/vault';
import { optionsCopy } from '@/lib/core/copy/options';
import { welcomeCopy } from '@/lib/core/copy/welcome';
import type { ExtensionBrowser } from './browser';
import type { DemoVault } from './demo-vault';
import { findPopup, openPopup } from './popup';
import type { SampleApi } from './sample-api';
import { createSwaggerUi, statusIn } from './swagger-ui';
import type { Testers } from './testers';

export interface TourScene {
  readonly browser: ExtensionBrowser;
  readonly vault: DemoVault;
  readonly api: SampleApi;
  readonly testers: Testers;
}

/** Who looks on. */
export interface Onlooker {
  /** One step. It is given what to do, and what that gives back is what was seen. */
  step(title: string, take: () => Promise<string>): Promise<void>;
  /** A picture, PNG; names sort in the order of the tour. */
  picture(name: string, png: Buffer): Promise<void>;
}

const PASSPHRASE = 'five ferries cross one harbour';

/** Security schemes of Swagger UI with the header that the API looks into. */
const SCHEMES = [
  { scheme: 'ApiKeyHeader', path: '/secure/header', header: 'x-api-key', before: '', decision: 'once' },
  {
    scheme: 'Bearer',
    path: '/secure/bearer',
    header: 'authorization',
    before: 'Bearer ',
    decision: 'always',
  },
] as const;

/**
 * Takes the tour in a browser with a new profile.
 *
 * @throws Error at the first step that does not show what it should.
 */
export async function takeTour({ browser, vault, api, testers }: TourScene, watch: Onlooker): Promise<void> {
  const host = new URL(vault.url).hostname;
  // Headless Chromium cannot show the browser's question for access; from here on it is answered by yes.
  await browser.answerYes(`http://${host}/*`);
  const options = await browser.openPage('options.html');
  const button = (name: string | RegExp) => options.getByRole('button', { name });
  let number = 0;
  const keep = async (name: string, shot: Promise<Buffer>) =>
    watch.picture(`${String(++number).padStart(2, '0')}-${name}`, await shot);

  await watch.step('Set-up: choose a passphrase', async () => {
    await options.getByLabel(welcomeCopy.passphrase.label, { exact: true }).fill(PASSPHRASE);
    await options.getByLabel(welcomeCopy.passphrase.repeat, { exact: true }).fill(PASSPHRASE);
    await keep('passphrase', options.screenshot());
    await button(welcomeCopy.next).click();
    const title = welcomeCopy.provider.title;
    await expect(options.getByRole('heading', { name: title })).toBeVisible();
    return `the vault key is made; next: “${title}”`;
  });

  await watch.step('Settings → Vault: fill in and test the connection', async () => {
    await options.getByRole('link', { name: welcomeCopy.leaveLink }).click();
    await options.getByRole('link', { name: optionsCopy.pages.vault, exact: true }).click();
    await options.getByRole('textbox', { name: vaultLabels.url }).fill(vault.url);
    await options.getByRole('textbox', { name: new RegExp(`^${vaultLabels.token}`) }).fill(vault.token);
    await options.getByRole('textbox', { name: vaultLabels.enginePath }).fill(vault.mount);
    await button(vaultCopy.test).click();
    const panel = options.getByRole('complementary', { name: testCopy.label });
    await expect(panel).toContainText(testCopy.doneTitle);
    await keep('test-connection', options.screenshot());
    const steps = await panel.getByRole('listitem').allInnerTexts();
    // Without how long it took, and without what only screen readers hear.
    return steps.map((text) => text.replace(/\s*, \w+\s*\d+ ms\s*/, ': ')).join('; ');
  });

  await watch.step('Save', async () => {
    await button(vaultCopy.save).click();
    await expect(options.getByText(vaultCopy.saved, { exact: true })).toBeVisible();
    return vaultCopy.savedText;
  });

  await watch.step('Pull All', async () => {
    await button(pullCopy.pullAll).click();
    const done = pullCopy.doneToast(vault.environments.length);
    await expect(options.getByText(done, { exact: true })).toBeVisible();
    await keep('pull-all', options.screenshot());
    await options.getByRole('link', { name: new RegExp(`^${optionsCopy.pages.environments}`) }).click();
    for (const name of vault.environments) await expect(options.getByText(name).first()).toBeVisible();
    await keep('environments', options.screenshot());
    return `${done} ${vault.environments.join(', ')}`;
  });

  const page = await browser.context.newPage();
  const swagger = createSwaggerUi(page);
  await watch.step('Swagger UI: enable Keyferry in the popup', async () => {
    await page.goto(testers.swaggerUi);
    await page.locator('.btn.authorize').waitFor();
    const popup = await openPopup(browser, page);
    await popup.waitFor(`document.body.innerText.includes(${JSON.stringify(popupCopy.tab.idle)})`);
    await keep('popup-enable', popup.screenshot());
    await popup.press(popupCopy.tab.enable);
    const reloaded = page.waitForEvent('load');
    await popup.press(popupCopy.notices.reloadButton);
    await reloaded;
    await popup.waitFor(
      `document.body.innerText.includes('API_KEY') && !document.body.innerText.includes(${JSON.stringify(popupCopy.notices.reload)})`,
    );
    await keep('popup-variables', popup.screenshot());
    await popup.close();
    return `enabled on ${new URL(testers.url).host}; the popup lists API_KEY, its value is not shown`;
  });

  for (const { scheme, path, header, before, decision } of SCHEMES) {
    await watch.step(`Swagger UI: Authorize ${scheme} with {{vault:API_KEY}}, Execute, approve`, async () => {
      await swagger.authorize(scheme, '{{vault:API_KEY}}');
      const block = await swagger.execute(scheme);
      const popup = await findPopup(browser, page);
      await popup.waitFor(`document.querySelector('article')?.innerText.includes(${JSON.stringify(path)})`);
      // A card that has just come takes no click for a moment, and looks so.
      await popup.waitFor(
        `![...document.querySelectorAll('article button')].some((button) => button.getAttribute('aria-disabled') === 'true')`,
      );
      if (api.requests(path).length > 0) throw new Error('it was sent before anybody allowed it');
      await keep(`${scheme}-approve`, popup.screenshot());
      await popup.press(popupCopy.approval[decision]);
      await expect(statusIn(block)).toContainText('200');
      await popup.close();
      await block.scrollIntoViewIfNeeded();
      await keep(`${scheme}-answer`, page.screenshot());
      const received = api.requests(path).find(({ method }) => method === 'GET')?.headers[header];
      if (received !== `${before}${vault.apiKey}`) throw new Error('the API did not receive the value');
      if ((await seenBy(page)).includes(vault.apiKey)) throw new Error('the page holds the value');
      const shown = await block.locator('.curl-command').innerText();
      if (!shown.includes('{{vault:API_KEY}}')) throw new Error('the page does not show the placeholder');
      return `the popup asked by itself and “${popupCopy.approval[decision]}” was pressed; the API received ${header}: ${before}${masked(vault.apiKey)} and answered 200; the page shows ${header}: ${before}{{vault:API_KEY}} and holds no value`;
    });
  }
}

/** Everything that scripts of the page can look at. */
function seenBy(page: Page): Promise<string> {
  return page.evaluate(() => {
    const fields = [...document.querySelectorAll('input, textarea')].map((field) =>
      Reflect.get(field, 'value'),
    );
    const { outerHTML } = document.documentElement;
    const stored = [{ ...localStorage }, { ...sessionStorage }, document.cookie];
    return JSON.stringify([outerHTML, fields, stored, performance.getEntries(), location.href]);
  });
}

const masked = (value: string) => `${value.slice(0, 7)}…${value.slice(-4)}`;
