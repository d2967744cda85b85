/** No secret is ever written to disk: every file of the profile is searched, and the search is proved to find. */
import { randomBytes } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import type { Page } from '@playwright/test';
import { commonCopy } from '@/lib/core/copy/common';
import { securityCopy } from '@/lib/core/copy/security';
import { vaultCopy, vaultLabels } from '@/lib/core/copy/vault';
import type { AwsKeys } from '../world/moto';
import { clearUpAfterUs, tempDir } from '../world/process';
import { startRecorder } from '../world/recorder';
import { startWorld } from '../world/index';
import type { World } from '../world/index';
import { indexedDbOf, launchKeyferry, pageOf, storedIn } from './support/keyferry';
import type { Keyferry } from './support/keyferry';
import { killBrowser } from './support/kill-browser';
import {
  answerControls,
  createControls,
  plantInExtension,
  plantInPage,
  unseen,
} from './support/scan/controls';
import { formsOf, needlesOf } from './support/scan/needles';
import type { Needle } from './support/scan/needles';
import { scanFolder } from './support/scan/scan';
import { awsForm, hashicorpForm, pullAll, valueOf } from './support/set-up';
import { answerApproval, openTester } from './support/tester';

const unique = (name: string) => `kfcanary${name}${randomBytes(10).toString('hex')}`;
const { token, roleId, secretId, accessKeyId, secretAccessKey, sessionToken } = vaultLabels;
/** Labels of the fields that are typed into. */
const TYPED = [
  token,
  roleId,
  secretId,
  accessKeyId,
  secretAccessKey,
  sessionToken,
  securityCopy.current,
  securityCopy.next,
];

const LABELS = ['passphrase', 'token', 'name', 'value', 'nested', 'text', 'binary', 'aws'] as const;

let world: World<'openbao' | 'moto' | 'testers' | 'api'>;
let profileDir: string;

test.beforeAll(async () => {
  world = await startWorld({ openbao: true, moto: true, testers: true, api: true });
});
test.afterAll(() => world?.stop());
test.beforeEach(async () => {
  profileDir = await tempDir('canary');
  // Never called off: parts of a killed browser still write for a moment.
  clearUpAfterUs(0, profileDir);
});
test.afterEach(() => rm(profileDir, { recursive: true, force: true, maxRetries: 5 }));

test('the search finds every shape of a text, compressed or not', async () => {
  const control = unique('shape');
  const [needle] = needlesOf({ control });
  if (!needle) throw new Error('no needle');
  const forms = formsOf(needle);
  await mkdir(join(profileDir, 'a folder'));
  for (const [at, { bytes }] of forms.entries()) {
    await writeFile(join(profileDir, 'a folder', `shape ${at}`), Buffer.concat([randomBytes(at), bytes]));
  }
  const finds = await scanFolder(profileDir, [needle]);
  expect(forms.map(({ form }) => form).filter((form) => !finds.some((find) => find.form === form))).toEqual(
    [],
  );
  for (const before of ['', '{', '{"']) {
    await writeFile(join(profileDir, 'encoded'), Buffer.from(`${before}${control}"}`).toString('base64'));
    expect((await scanFolder(profileDir, [needle])).map(({ file }) => file)).toContain('encoded');
  }
});

test('values, credentials, names and keys are nowhere in the profile after pull, send, lock and close', async () => {
  const canary = Object.fromEntries(LABELS.map((label) => [label, unique(label)])) as Record<
    (typeof LABELS)[number],
    string
  >;
  const keys = await world.moto.createSession();
  const controls = createControls(() => randomBytes(10).toString('hex'));
  const web = await startRecorder(answerControls(controls));
  const keyferry = await launchKeyferry(undefined, { profileDir });
  const needles = [...needlesOf(canary), ...credentialNeedles(keys)];
  const { page, send } = keyferry;

  await plantInPage(await keyferry.context.newPage(), web.url, controls);
  await plantInExtension(page, controls);
  await send('lock/set-up', { passphrase: canary.passphrase });
  const rawKey = await vaultKeyOf(keyferry);
  needles.push({ label: 'vault key', bytes: rawKey });

  // HashiCorp: pulled, revealed, sent.
  const mount = await world.openbao.freshMount();
  await world.openbao.seedSecrets(mount, {
    'team/app': { API_KEY: canary.value, [canary.name]: 'a short one', db: { password: canary.nested } },
  });
  const everything = `path "${mount}/*" { capabilities = ["read", "list", "scan"] }`;
  await world.openbao.createToken(everything, { id: canary.token });
  await send('connection/save', hashicorpForm(world.openbao.url, canary.token, { enginePath: mount }));
  expect(await pullAll(send)).toMatchObject({ state: 'done', read: 1 });
  expect(await valueOf(send, 'team/app', 'API_KEY')).toBe(canary.value);
  const tester = await openTester(keyferry, world.testers.plain, 'team/app');
  const sent = tester.evaluate(
    async (to) => (await fetch(to, { headers: { 'X-Api-Key': '{{vault:API_KEY}}' } })).status,
    `${world.api.url}/canary`,
  );
  await answerApproval(send, 'always');
  expect(await sent).toBe(200);
  const arrived = world.api.requests('/canary').find(({ method }) => method === 'GET');
  expect(arrived?.headers['x-api-key']).toBe(canary.value);

  await expectInMemory(page, canary.name, canary.value, canary.nested);

  // AWS: JSON, plain text, binary.
  await world.moto.seed([
    { name: 'aws/json', string: JSON.stringify({ KEY: canary.aws }) },
    { name: 'aws/text', string: canary.text },
    { name: 'aws/binary', binary: Buffer.from(canary.binary).toString('base64') },
  ]);
  await send('connection/save', awsForm(world.moto.url, keys));
  expect(await pullAll(send)).toMatchObject({ state: 'done', read: 3, failures: [] });
  expect(await valueOf(send, 'aws/json', 'KEY')).toBe(canary.aws);

  // While it runs: session memory has what was pulled, and no other place does.
  await expectInMemory(page, canary.text, canary.aws);
  const secrets = needles.map(({ bytes }) => bytes.toString('latin1'));
  const places = {
    'storage.local': await storedIn(page, 'local'),
    IndexedDB: await indexedDbOf(page),
    'our page': await pageOf(page),
    'the tester': await pageOf(tester),
    'the tester’s IndexedDB': await indexedDbOf(tester),
  };
  for (const [place, text] of Object.entries(places)) expectNone(place, text, secrets);
  expect(places.IndexedDB).toContain('team/app');

  await send('lock/lock', {});
  expectNone('storage.session', await storedIn(page, 'session'), secrets);
  await keyferry.close();
  await web.stop();

  const finds = await scanFolder(profileDir, [...needlesOf(controls), ...needles]);
  expect(unseen(finds)).toEqual([]);
  expect(finds.filter(({ label }) => !(label in controls))).toEqual([]);
});

test('what is typed but not saved, and what is in memory, dies with a killed browser', async () => {
  const passphrase = unique('passphrase');
  const value = unique('value');
  const controls = { web: unique('control'), vault: unique('control'), security: unique('control') };
  const typed = Object.fromEntries(TYPED.map((label) => [label, unique('typed')]));
  const keyferry = await launchKeyferry(undefined, { profileDir });
  const { send, page: vault } = keyferry;
  await send('lock/set-up', { passphrase });
  const rawKey = await vaultKeyOf(keyferry);
  const mount = await world.openbao.freshMount();
  await world.openbao.seedSecrets(mount, { 'team/app': { API_KEY: value } });
  const { url, rootToken } = world.openbao;
  await send('connection/save', hashicorpForm(url, rootToken, { enginePath: mount }));
  expect(await pullAll(send)).toMatchObject({ state: 'done', read: 1 });

  await vault.goto(`${keyferry.origin}/options.html#/vault`);
  const type = (page: Page, label: string) =>
    page.getByRole('textbox', { name: new RegExp(`^${label}`) }).pressSequentially(typed[label] ?? '');
  const choose = (label: string) => vault.locator('label', { hasText: label }).click();
  await vault.getByRole('button', { name: commonCopy.replace }).click();
  await type(vault, token);
  // Shown, it is a text field like any other.
  await vault.getByRole('button', { name: commonCopy.show('token') }).click();
  await choose(vaultCopy.auths.approle);
  await type(vault, roleId);
  await type(vault, secretId);
  await choose(commonCopy.providers.aws);
  await type(vault, accessKeyId);
  await type(vault, secretAccessKey);
  await type(vault, sessionToken);
  const security = await keyferry.openPage('options.html#/security');
  await type(security, securityCopy.current);
  await type(security, securityCopy.next);

  // A plain field in each of these pages and in one of the web, which the session store does write down.
  const web = await keyferry.context.newPage();
  await web.goto(world.testers.plain);
  for (const [name, page] of Object.entries({ vault, security, web })) {
    await page.bringToFront();
    await page.evaluate(() => document.body.append(document.createElement('textarea')));
    await page.locator('textarea').pressSequentially(controls[name as keyof typeof controls]);
  }
  const sessions = join(profileDir, 'Default', 'Sessions');
  const unwritten = async () => {
    const finds = await scanFolder(sessions, needlesOf(controls));
    return Object.keys(controls).filter((name) => !finds.some(({ label }) => label === name));
  };
  await expect.poll(unwritten, { timeout: 30_000 }).toEqual([]);
  await killBrowser(keyferry);

  const needles = [...needlesOf({ ...typed, passphrase, value }), { label: 'vault key', bytes: rawKey }];
  const finds = await scanFolder(profileDir, [...needlesOf(controls), ...needles]);
  expect(new Set(finds.map(({ label }) => label))).toEqual(new Set(Object.keys(controls)));
});

async function vaultKeyOf({ page }: Keyferry): Promise<Buffer> {
  const stored = JSON.parse(await storedIn(page, 'session')) as Record<string, string>;
  const key = Buffer.from(JSON.parse(stored['secret:vault-key'] ?? '""') as string, 'base64');
  expect(key).toHaveLength(32);
  return key;
}

const credentialNeedles = ({ secretAccessKey, sessionToken = '' }: AwsKeys): Needle[] =>
  needlesOf({ 'secret access key': secretAccessKey, 'session token': sessionToken });

async function expectInMemory(page: Page, ...texts: string[]): Promise<void> {
  const memory = await storedIn(page, 'session');
  expect(texts.map((text) => memory.includes(text))).toEqual(texts.map(() => true));
}

function expectNone(place: string, text: string, secrets: readonly string[]): void {
  const found = secrets.filter((secret) => text.includes(secret)).length;
  expect(found, `secrets in ${place}`).toBe(0);
}
