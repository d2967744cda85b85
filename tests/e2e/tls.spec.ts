/** Why a server cannot be reached, told apart; and a certificate that the user accepts by hand. */
import { rm } from 'node:fs/promises';
import { expect, test } from '@playwright/test';
import type { Page } from '@playwright/test';
import { errorText } from '@/lib/core/copy/errors';
import { pullCopy, testCopy, vaultCopy, vaultLabels } from '@/lib/core/copy/vault';
import type { ErrorCode } from '@/lib/core/errors';
import type { ConnectionForm } from '@/lib/messaging/protocol';
import { startWorld } from '../world/index';
import type { World } from '../world/index';
import { freePort } from '../world/ports';
import { clearUpAfterUs, tempDir } from '../world/process';
import { launchKeyferry } from './support/keyferry';
import type { Keyferry } from './support/keyferry';
import { hashicorpForm, PASSPHRASE, pullAll, valueOf } from './support/set-up';

let world: World<'openbaoTls'>;
let keyferry: Keyferry;
let mount: string;
let profileDir: string;
let keepProfile: () => void;

test.beforeAll(async () => {
  profileDir = await tempDir('tls');
  keepProfile = clearUpAfterUs(0, profileDir);
  world = await startWorld({ openbaoTls: true });
  mount = await world.openbaoTls.freshMount();
  await world.openbaoTls.seedSecrets(mount, { 'team/app': { API_KEY: 'over TLS' }, 'team/b': { B: 'too' } });
  keyferry = await launchKeyferry([], { profileDir });
  await keyferry.send('lock/set-up', { passphrase: PASSPHRASE });
});
test.afterAll(async () => {
  await keyferry?.close();
  await world?.stop();
  keepProfile?.();
  await rm(profileDir, { recursive: true, force: true, maxRetries: 5 });
});

const formOf = (url: string, verifySsl = true): ConnectionForm =>
  hashicorpForm(url, world.openbaoTls.rootToken, { enginePath: mount, verifySsl });

/** The code of the first step that failed; `null` when none did. */
async function failureOf(form: ConnectionForm): Promise<{ code: ErrorCode; step: string } | null> {
  const steps = await keyferry.send('connection/test', { testId: crypto.randomUUID(), form });
  const failed = steps.find(({ state }) => state === 'failed');
  return failed?.failure ? { step: failed.step, code: failed.failure.code } : null;
}

test('Test Connection tells an untrusted certificate, a refusal and an unknown host apart', async () => {
  // Granted while the worker runs, as by the click on Test Connection.
  for (const host of ['http://127.0.0.1/*', 'https://127.0.0.1/*', 'https://vault.nowhere.example/*']) {
    await keyferry.grantHost(host);
  }
  const { url } = world.openbaoTls;
  const nobody = await freePort();
  expect(await failureOf(formOf(url))).toEqual({ step: 'reach', code: 'tls-untrusted' });
  expect(await failureOf(formOf(url, false))).toEqual({ step: 'reach', code: 'tls-not-accepted' });
  expect(await failureOf(formOf(`https://127.0.0.1:${nobody}`))).toEqual({ step: 'reach', code: 'refused' });
  expect(await failureOf(formOf(`http://127.0.0.1:${nobody}`))).toEqual({ step: 'reach', code: 'refused' });
  const unknown = await failureOf(formOf('https://vault.nowhere.example:8200'));
  expect(unknown).toEqual({ step: 'reach', code: 'host-unknown' });
});

test('Verify SSL off: the page guides to the warning, and what was accepted there is used from then on', async () => {
  const { page, context, origin, send } = keyferry;
  const { url } = world.openbaoTls;
  await page.goto(`${origin}/options.html#/vault`);
  await page.getByRole('textbox', { name: vaultLabels.url }).fill(url);
  await page
    .getByRole('textbox', { name: new RegExp(`^${vaultLabels.token}`) })
    .fill(world.openbaoTls.rootToken);
  await page.getByRole('textbox', { name: vaultLabels.enginePath }).fill(mount);
  const connection = page.getByRole('region', { name: testCopy.label });
  await page.getByRole('button', { name: vaultCopy.test }).click();
  const details = { host: new URL(url).host };
  await expect(connection).toContainText(errorText({ code: 'tls-untrusted', details }).sentence);

  await page.getByRole('switch', { name: vaultLabels.verifySsl }).click();
  await expect(page.getByText(vaultCopy.insecureTitle)).toBeVisible();
  const opened = context.waitForEvent('page');
  await page
    .getByRole('button', { name: vaultCopy.openServer(details.host) })
    .first()
    .click();
  await accept(await opened);

  await page.bringToFront();
  await page.getByRole('button', { name: vaultCopy.test }).click();
  await expect(connection.getByRole('heading', { name: testCopy.doneTitle })).toBeVisible();
  await page.getByRole('button', { name: vaultCopy.save }).click();
  await expect(page.getByText(vaultCopy.saved, { exact: true })).toBeVisible();
  await page.getByRole('button', { name: pullCopy.pullAll }).click();
  await expect(page.getByText(pullCopy.doneToast(2), { exact: true })).toBeVisible();
  expect(await valueOf(send, 'team/app', 'API_KEY')).toBe('over TLS');

  await keyferry.killWorker();
  expect(await pullAll(send)).toMatchObject({ state: 'done', unchanged: 2, failures: [] });
});

test('what was accepted lasts, and only requests with Verify SSL off go by it', async () => {
  await keyferry.close();
  keyferry = await launchKeyferry([], { profileDir });
  const { send } = keyferry;
  const { url } = world.openbaoTls;
  await send('lock/unlock', { passphrase: PASSPHRASE });
  expect(await failureOf(formOf(url, true))).toEqual({ step: 'reach', code: 'tls-untrusted' });
  expect(await failureOf(formOf(url, false))).toBeNull();
  expect(await pullAll(send)).toMatchObject({ state: 'done', read: 2, failures: [] });
});

/** Goes through Chromium's own warning page. */
async function accept(warning: Page): Promise<void> {
  await warning.locator('#details-button').click();
  await warning.locator('#proceed-link').click();
  await warning.waitForURL((at) => at.protocol === 'https:');
  await warning.close();
}
