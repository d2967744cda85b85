/** The configuration file on its way out, where nothing secret is in it, and in, where nothing in it is trusted. */
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { expect, test } from '@playwright/test';
import type { Page } from '@playwright/test';
import { backupCopy } from '@/lib/core/copy/backup';
import { errorText } from '@/lib/core/copy/errors';
import type { Configuration } from '@/lib/core/configuration';
import type { AppError, ErrorDetails } from '@/lib/core/errors';
import { startWorld } from '../world/index';
import type { World } from '../world/index';
import { startRecorder } from '../world/recorder';
import type { Recorder } from '../world/recorder';
import { giveFile, hostileFiles, manyEnvironments } from './support/configuration-files';
import { codeOf, setAll } from './support/editing';
import { indexedDbOf, launchKeyferry, openAfresh, storedIn } from './support/keyferry';
import type { Keyferry } from './support/keyferry';
import { sendFrom } from './support/page-requests';
import { holds } from './support/scene';
import { awsForm, environmentsOf, hashicorpForm, PASSPHRASE, pullAll, WORKSPACE } from './support/set-up';
import { answerApproval, openTester } from './support/tester';
import { bareForm, createOwn } from './support/workspaces';

const canary = (name: string) => `kfcanary${name}${randomBytes(8).toString('hex')}`;
const VALUE = canary('value');
const SECRETS = {
  value: VALUE,
  aws: canary('aws'),
  draft: canary('draft'),
  local: canary('local'),
  name: canary('NAME'),
  localName: canary('LOCALNAME'),
  passphrase: PASSPHRASE,
};
const HEADERS = { 'X-Api-Key': '{{vault:KEY}}' };

let world: World<'openbao' | 'moto' | 'api' | 'testers'>;
/** The server that hostile files name. */
let evil: Recorder;
let keyferry: Keyferry;
let tester: Page;
let token: string;
let keys: Awaited<ReturnType<World<'moto'>['moto']['createUser']>>;
/** As exported by the first test; what the others start from. */
let exported: Configuration;

test.beforeAll(async () => {
  world = await startWorld({ openbao: true, moto: true, api: true, testers: true });
  evil = await startRecorder((_request, response) =>
    response.writeHead(403, { 'Content-Type': 'application/json' }).end('{"errors":["permission denied"]}'),
  );
  keyferry = await launchKeyferry();
  const { send } = keyferry;
  const { openbao, moto, testers, api } = world;
  const mount = await openbao.freshMount();
  await openbao.seedSecrets(mount, { 'team/app': { KEY: VALUE, [SECRETS.name]: VALUE } });
  await moto.seed([{ name: 'team/aws', string: JSON.stringify({ KEY: SECRETS.aws }) }]);
  token = await openbao.createToken(
    `path "${mount}/*" { capabilities = ["read", "list", "scan", "update"] }`,
  );
  keys = await moto.createUser();
  await send('lock/set-up', { passphrase: PASSPHRASE });
  await send('connection/save', hashicorpForm(openbao.url, token, { enginePath: mount }));
  expect(await pullAll(send)).toMatchObject({ state: 'done', read: 1 });
  await createOwn(send, 'Own AWS', awsForm(moto.url, keys));
  tester = await openTester(keyferry, testers.plain, 'team/app');
  const sent = call('/first');
  await answerApproval(send, 'always');
  expect((await sent).status).toBe(200);
  expect(keysAt('/first', api)).toEqual([VALUE]);
});
test.afterAll(async () => {
  await keyferry?.close();
  await evil?.stop();
  await world?.stop();
});

const call = (path: string) => sendFrom(tester, 'fetch', `${world.api.url}${path}`, { headers: HEADERS });
const keysAt = (path: string, at: Recorder = world.api) =>
  at
    .requests(path)
    .filter(({ method }) => method !== 'OPTIONS')
    .map(({ headers }) => headers['x-api-key']);
const state = async () => [await indexedDbOf(keyferry.page), await storedIn(keyferry.page, 'local')];
const grants = async () =>
  (await keyferry.send('testers/list', { workspaceId: WORKSPACE })).flatMap((one) => one.grants);

/** Looks at a file on the Backup page. */
async function look(text: string): Promise<void> {
  await openAfresh(keyferry, '#/backup');
  await giveFile(keyferry.page, text);
}

/** Presses Import with every offered item ticked. */
async function importAll(): Promise<void> {
  const { page } = keyferry;
  await expect(page.getByRole('checkbox').first()).toBeVisible();
  for (const box of await page.getByRole('checkbox').all()) await box.check();
  await page.getByRole('button', { name: /^Import \d/ }).click();
  await expect(page.getByText(/^Imported \d/)).toBeVisible();
}

test('an export holds no value, name of a variable, token or key', async () => {
  const { send, page } = keyferry;
  const local = await send('environment/create', { workspaceId: WORKSPACE, name: 'local', sync: false });
  await setAll(send, local.id, { [SECRETS.localName]: SECRETS.local });
  const edited = (await environmentsOf(send)).get('team/app');
  await setAll(send, edited?.id ?? '', { [`${SECRETS.name}2`]: SECRETS.draft });
  // All of it is there to be found.
  const session = await storedIn(page, 'session');
  for (const secret of [SECRETS.value, SECRETS.aws, SECRETS.name]) expect(session).toContain(secret);
  const [vaultKey] = /(?<="secret:vault-key":"\\")[^\\]+/.exec(session) ?? [];
  const boxes = [...(await indexedDbOf(page)).matchAll(/"(?:ciphertext|mac|iv|salt)":"([^"]+)"/g)];
  expect(vaultKey).toBeDefined();
  expect(boxes.length).toBeGreaterThan(6);

  await openAfresh(keyferry, '#/backup');
  const saving = page.waitForEvent('download');
  await page.getByRole('button', { name: backupCopy.export }).click();
  const text = await readFile(await (await saving).path(), 'utf8');
  exported = JSON.parse(text) as Configuration;
  expect(exported.workspaces.map(({ name }) => name).sort()).toEqual(['My workspace', 'Own AWS']);
  expect(text).toContain('team/app');
  expect(text).toContain(world.api.url);
  const secrets = {
    ...SECRETS,
    token,
    accessKeyId: keys.accessKeyId,
    secretAccessKey: keys.secretAccessKey,
    vaultKey: vaultKey ?? '',
    ...Object.fromEntries(boxes.map(([, box = ''], at) => [`box ${at}`, box])),
  };
  for (const [name, secret] of Object.entries(secrets)) expect(holds(text, secret), name).toBe(false);
  await send('editor/discard', { environmentId: edited?.id ?? '' });
});

test('hostile files are refused with their reason, and nothing changes', async () => {
  const { send, page } = keyferry;
  const before = await state();
  await openAfresh(keyferry, '#/backup');
  for (const [what, text] of Object.entries(hostileFiles(exported))) {
    let details: ErrorDetails = { reason: 'too-large' };
    // Those that are large by their size alone take the one way only, for time.
    if (text.length < 5_000_000) {
      const refused = await send('configuration/preview', { text }).catch((error: unknown) => error);
      expect(refused, what).toMatchObject({ code: 'file-invalid' });
      const imported = codeOf(send('configuration/import', { text, preview: 'x', choices: [] }));
      expect(await imported, what).toBe('file-invalid');
      ({ details } = refused as AppError);
    }
    await giveFile(page, text);
    const { sentence } = errorText({ code: 'file-invalid', details });
    await expect(page.getByText(sentence), what).toBeVisible();
  }
  expect(await page.evaluate(() => Reflect.get({}, 'isAdmin') as unknown)).toBeUndefined();
  expect(await state()).toEqual(before);
});

test('ten thousand environments are previewed, and nothing changes before the user says so', async () => {
  const { page } = keyferry;
  const before = await state();
  await look(manyEnvironments(exported, 10_000));
  await expect(page.getByText('10001 new')).toBeVisible();
  expect(await page.getByRole('checkbox').count()).toBeLessThan(200);
  await page.getByRole('button', { name: backupCopy.cancel }).click();
  await expect(page.getByText(backupCopy.lead)).toBeVisible();
  expect(await state()).toEqual(before);
});

test('an imported destination is held by the card until it is accepted, then it goes', async () => {
  const { send } = keyferry;
  for (const { id } of await grants()) await send('grant/revoke', { grantId: id });
  await look(JSON.stringify(exported));
  await importAll();
  const [proposal, ...others] = await grants();
  expect(others).toEqual([]);
  expect(proposal).toMatchObject({ destination: world.api.url, proposed: true });

  const sent = call('/proposed');
  await expect.poll(async () => (await send('popup/view', {})).approvals.length).toBe(1);
  expect((await send('popup/view', {})).approvals[0]).toMatchObject({
    reason: 'destination',
    destination: world.api.url,
  });
  expect(world.api.requests('/proposed')).toEqual([]);
  await send('grant/accept', { grantId: proposal?.id ?? '' });
  expect((await sent).status).toBe(200);
  expect(keysAt('/proposed')).toEqual([VALUE]);
});

test('a foreign server is asked nothing before credentials are saved for it, and never gets those of another', async () => {
  const { send, page } = keyferry;
  const foreign = JSON.parse(JSON.stringify(exported)) as {
    global: { hashicorp: { url: string; autoSync: boolean; verifySsl: boolean } };
  };
  Object.assign(foreign.global.hashicorp, { url: evil.url, autoSync: true, verifySsl: false });
  const before = await state();
  await look(JSON.stringify(foreign));
  for (const note of ['credentials-forgotten', 'auto-sync-stays-off', 'verify-ssl-stays-on'] as const) {
    await expect(page.getByText(backupCopy.notes[note])).toBeVisible();
  }
  // A preview alone is nothing.
  expect(await state()).toEqual(before);
  expect(await call('/before')).toMatchObject({ status: 200 });

  await importAll();
  const form = hashicorpForm(evil.url, 'hvs.for-the-foreign-one');
  const view = await send('connection/view', { scope: 'global' });
  expect(view).toMatchObject({
    hashicorp: { url: evil.url, autoSync: false, verifySsl: true },
    sealed: { hashicorp: null },
  });
  expect(await codeOf(pullAll(send))).toBe('credentials-missing');
  const bare = bareForm(form, 'global');
  const [step] = await send('connection/test', { testId: 'foreign', form: bare });
  expect(step?.failure?.code).toBe('credentials-missing');
  // What was pulled, and allowed, was another server's.
  expect(await grants()).toEqual([]);
  const held = call('/after');
  await expect.poll(async () => (await send('status/view', {})).waiting).toBe(1);
  // Auto Sync would pull after an unlock.
  await send('lock/lock', {});
  await send('lock/unlock', { passphrase: PASSPHRASE });
  // Even back at its own server the old credential is gone.
  const mine = hashicorpForm(world.openbao.url, token, exported.global?.hashicorp ?? {});
  await send('connection/save', bareForm(mine, 'global'));
  expect(await codeOf(pullAll(send))).toBe('credentials-missing');
  await send('connection/save', bare);
  expect(evil.requests()).toEqual([]);
  expect(world.api.requests('/after')).toEqual([]);

  await send('connection/save', form);
  expect(await pullAll(send)).toMatchObject({ state: 'failed' });
  const tokens = new Set(evil.requests().map(({ headers }) => headers['x-vault-token']));
  expect(tokens).toEqual(new Set(['hvs.for-the-foreign-one']));
  await tester.close();
  expect((await held.catch(() => ({ status: 0 }))).status).toBe(0);
});

test('a server changed by hand: its credential opens for the one before only', async () => {
  const { send } = keyferry;
  const mine = hashicorpForm(world.openbao.url, token, exported.global?.hashicorp ?? {});
  await send('connection/save', mine);
  expect(await pullAll(send)).toMatchObject({ state: 'done', failures: [] });
  evil.clear();
  await send('connection/save', bareForm(hashicorpForm(evil.url, token), 'global'));
  expect(await codeOf(pullAll(send))).toBe('record-moved');
  expect(evil.requests()).toEqual([]);
  // Back there, it opens again.
  await send('connection/save', bareForm(mine, 'global'));
  expect(await pullAll(send)).toMatchObject({ state: 'done', failures: [] });
});
