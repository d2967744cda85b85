/** Workspaces side by side on servers of their own: each has its values, its credentials, and nothing of another's. */
import { randomBytes } from 'node:crypto';
import { expect, test } from '@playwright/test';
import type { Page } from '@playwright/test';
import { vaultCopy, vaultLabels } from '@/lib/core/copy/vault';
import { startWorld } from '../world/index';
import type { World } from '../world/index';
import { startRecorder } from '../world/recorder';
import type { Recorded, Recorder } from '../world/recorder';
import { createSwaggerUi, statusIn } from '../world/swagger-ui';
import { codeOf } from './support/editing';
import { indexedDbOf, launchKeyferry, openAfresh, storedIn } from './support/keyferry';
import type { Keyferry } from './support/keyferry';
import { sendFrom } from './support/page-requests';
import { textOf } from './support/scene';
import { awsForm, hashicorpForm, jobOver, PASSPHRASE, pullAll, WORKSPACE } from './support/set-up';
import {
  allowFrom,
  appRoleForm,
  bareForm,
  createOwn,
  environmentIn,
  openTesterOf,
  startPage,
} from './support/workspaces';

const canary = (name: string) => `kfcanary-${name}-${randomBytes(8).toString('hex')}`;
/** The same path and name everywhere: only the workspace tells them apart. */
const PATH = 'team/app';
const VALUES = { first: canary('first'), second: canary('second'), aws: canary('aws') };
const HEADERS = { 'X-Api-Key': '{{vault:KEY}}' };

let world: World<'openbao' | 'moto' | 'api' | 'testers'>;
let keyferry: Keyferry;
/** The pages of the second and the third workspace; the first one's is Swagger UI. */
let sites: Recorder[];
let other: Recorder;
let globalToken: string;
let second: string;
let third: string;
let pages: Record<keyof typeof VALUES, Page>;

test.beforeAll(async () => {
  world = await startWorld({ openbao: true, moto: true, api: true, testers: true });
  sites = [await startPage(), await startPage()];
  other = await startRecorder((_request, response) =>
    response.writeHead(403, { 'Content-Type': 'application/json' }).end('{"errors":["permission denied"]}'),
  );
  keyferry = await launchKeyferry();
  const { send } = keyferry;
  const { openbao, moto, api, testers } = world;

  const [one, two] = [await openbao.freshNamespace(), await openbao.freshNamespace()];
  const mounts = [
    await openbao.freshMount({ namespace: one }),
    await openbao.freshMount({ namespace: two }),
  ] as const;
  await openbao.seedSecrets(mounts[0], { [PATH]: { KEY: VALUES.first } });
  await openbao.seedSecrets(mounts[1], { [PATH]: { KEY: VALUES.second } });
  await moto.seed([{ name: PATH, string: JSON.stringify({ KEY: VALUES.aws }) }]);
  // Each login reaches its own namespace only.
  globalToken = await openbao.createToken(
    `path "${mounts[0]}/*" { capabilities = ["read", "list", "scan"] }`,
  );
  const { roleId, secretId } = await openbao.createAppRole(
    'path "*" { capabilities = ["read", "list", "scan"] }',
    {},
    two,
  );

  await send('lock/set-up', { passphrase: PASSPHRASE });
  await send('connection/save', hashicorpForm(openbao.url, globalToken, { enginePath: mounts[0] }));
  expect(await pullAll(send)).toMatchObject({ state: 'done', read: 1 });
  const login = appRoleForm(openbao.url, { roleId, secretId }, { namespace: two, enginePath: mounts[1] });
  second = await createOwn(send, 'Second', login);
  third = await createOwn(send, 'Third', awsForm(moto.url, await moto.createUser()));

  const open = async (workspaceId: string, address = '') =>
    openTesterOf(keyferry, address, await environmentIn(send, workspaceId, PATH));
  pages = {
    first: await open(WORKSPACE, testers.swaggerUi),
    second: await open(second, sites[0]?.url),
    aws: await open(third, sites[1]?.url),
  };
  for (const page of Object.values(pages)) {
    await allowFrom(send, page, `${api.url}/first`, HEADERS['X-Api-Key']);
  }
});
test.afterAll(async () => {
  await keyferry?.close();
  await Promise.all([...(sites ?? []), other].map((site) => site?.stop()));
  await world?.stop();
});

const call = (page: Page, path: string) =>
  sendFrom(page, 'fetch', `${world.api.url}${path}`, { headers: HEADERS });
const requestsAt = (path: string): Recorded[] =>
  world.api.requests(path).filter(({ method }) => method !== 'OPTIONS');
const keysAt = (path: string) => requestsAt(path).map(({ headers }) => headers['x-api-key']);

/** All that Keyferry keeps, in the browser's memory and on disk. */
async function kept(): Promise<string> {
  const { page } = keyferry;
  return [await storedIn(page, 'session'), await storedIn(page, 'local'), await indexedDbOf(page)].join('\n');
}

async function pullOf(scope: string) {
  const { id } = await keyferry.send('pull/all', { scope });
  return jobOver(keyferry.send, id);
}

test('two namespaces of OpenBao and one AWS at once: each request has its own workspace’s value', async () => {
  const { send } = keyferry;
  const swagger = createSwaggerUi(pages.first);
  const byHand = swagger.execute('headerParameter', '{{vault:KEY}}');
  // Which workspace is open in the settings is nothing to the testers.
  const switching = send('workspace/switch', { workspaceId: third });
  const rounds = Array.from({ length: 8 }, (_, at) => at);
  const ended = await Promise.all(
    Object.entries(pages).flatMap(([name, page]) =>
      rounds.map((round) => call(page, `/at-once/${name}/${round}`)),
    ),
  );
  await switching;
  expect(ended.map(({ status }) => status)).toEqual(ended.map(() => 200));
  for (const [name, value] of Object.entries(VALUES)) {
    for (const round of rounds) expect(keysAt(`/at-once/${name}/${round}`)).toEqual([value]);
  }
  await expect(statusIn(await byHand)).toContainText('200');
  expect(requestsAt('/parameter/header').map(({ headers }) => headers['x-custom'])).toEqual([VALUES.first]);

  // Nothing crossed, neither by pages nor by their own servers.
  const seen = [...sites, world.testers].flatMap((site) => site.requests()).map(textOf);
  expect(seen.filter((text) => Object.values(VALUES).some((value) => text.includes(value)))).toEqual([]);
  await send('workspace/switch', { workspaceId: WORKSPACE });
});

test('an override at another server: no credential of the defaults goes there, and the defaults stay', async () => {
  const { send } = keyferry;
  const { id: scope } = await send('workspace/create', { name: 'Elsewhere' });
  const before = await send('connection/view', { scope: 'global' });
  const bare = bareForm(hashicorpForm(other.url, globalToken), scope);

  const [step] = await send('connection/test', { testId: 'bare', form: bare });
  expect(step?.failure?.code).toBe('credentials-missing');
  const saved = await send('connection/save', bare);
  expect(saved).toMatchObject({ source: scope, sealed: { hashicorp: null } });
  expect(await codeOf(pullOf(scope))).toBe('credentials-missing');
  expect(other.requests()).toEqual([]);

  // With a token of its own it is asked, with that one only.
  await send('connection/save', { ...hashicorpForm(other.url, 'hvs.of-its-own'), scope });
  expect(await pullOf(scope)).toMatchObject({ state: 'failed' });
  const asked = other.requests();
  expect(asked.length).toBeGreaterThan(0);
  expect(new Set(asked.map(({ headers }) => headers['x-vault-token']))).toEqual(new Set(['hvs.of-its-own']));
  expect(asked.map(textOf).join('\n')).not.toContain(globalToken);

  // The other provider's form waits with settings and credentials, and comes back as it was.
  const keys = await world.moto.createUser();
  await send('connection/save', { ...awsForm(world.moto.url, keys), scope });
  const back = await send('connection/save', bare);
  expect(back).toMatchObject({
    provider: 'hashicorp',
    hashicorp: { url: other.url },
    aws: { endpoint: world.moto.url },
    sealed: { hashicorp: { server: other.url }, aws: { auth: 'keys' } },
  });
  await send('connection/save', bareForm(awsForm(world.moto.url, keys), scope));
  expect(await pullOf(scope)).toMatchObject({ state: 'done', read: 1 });

  expect(await send('connection/view', { scope: 'global' })).toEqual({
    ...before,
    syncedEnvironments: before.syncedEnvironments + 1,
  });
  expect(await pullAll(send)).toMatchObject({ state: 'done', failures: [] });

  // Reset: its own connection is gone, with all that hung on it.
  const reset = await send('connection/reset', { scope });
  expect(reset).toMatchObject({ source: 'global', hashicorp: { url: world.openbao.url } });
  expect(await kept()).not.toContain(other.url);
  expect(await kept()).not.toContain(keys.accessKeyId);
  other.clear();
  expect(await pullOf(scope)).toMatchObject({ state: 'done', read: 1 });
  const environmentId = await environmentIn(send, scope, PATH);
  expect(await send('environment/value', { environmentId, name: 'KEY' })).toMatchObject({
    text: VALUES.first,
  });
  expect(other.requests()).toEqual([]);
  await send('workspace/delete', { workspaceId: scope });
});

test('on the page: inherited, overridden, and reset again', async () => {
  const { send, page } = keyferry;
  const { id: scope } = await send('workspace/create', { name: 'By hand' });
  await send('workspace/switch', { workspaceId: scope });
  await openAfresh(keyferry, `#/vault/${scope}`);
  const token = page.getByRole('textbox', { name: vaultLabels.token });
  const url = page.getByRole('textbox', { name: vaultLabels.url });
  await expect(page.getByText(vaultCopy.inherits('By hand'))).toBeVisible();
  await page.getByRole('button', { name: vaultCopy.override }).click();
  await expect(page.getByText(vaultCopy.overriding('By hand'))).toBeVisible();
  // It starts with the settings of the defaults, and without their credentials.
  await expect(url).toHaveValue(world.openbao.url);
  await expect(token).toHaveValue('');
  await url.fill(other.url);
  await token.fill('hvs.by-hand');
  await page.getByRole('button', { name: vaultCopy.save, exact: true }).click();
  await expect(page.getByText(vaultCopy.ownText('By hand'))).toBeVisible();
  expect((await send('connection/view', { scope: 'global' })).hashicorp.url).toBe(world.openbao.url);
  expect(await send('connection/view', { scope })).toMatchObject({ source: scope });

  await page.getByRole('button', { name: vaultCopy.reset }).click();
  await page.getByRole('dialog').getByRole('button', { name: vaultCopy.resetDo }).click();
  await expect(page.getByText(vaultCopy.inherits('By hand')).first()).toBeVisible();
  expect(await send('connection/view', { scope })).toMatchObject({ source: 'global' });
  await send('workspace/switch', { workspaceId: WORKSPACE });
  await send('workspace/delete', { workspaceId: scope });
});

test('deletion takes credentials, tokens, values, sites and grants along; the others go on', async () => {
  const { send } = keyferry;
  const gone = {
    second: await environmentIn(send, second, PATH),
    aws: await environmentIn(send, third, PATH),
  };
  // What is to go is there.
  const before = await kept();
  for (const text of [second, third, ...Object.values(gone), VALUES.second, VALUES.aws, `token:${second}`]) {
    expect(before).toContain(text);
  }
  // One of its requests is on its way as the workspace goes.
  const held = sendFrom(pages.second, 'fetch', `${world.api.elsewhere.url}/held`, { headers: HEADERS });
  await expect.poll(async () => (await send('status/view', {})).waiting).toBe(1);

  await send('workspace/delete', { workspaceId: second });
  await send('workspace/delete', { workspaceId: third });
  expect((await held).status).toBe(0);
  expect(world.api.elsewhere.requests('/held')).toEqual([]);
  expect((await send('status/view', {})).waiting).toBe(0);

  // Ids of rows and keys, the values, and whatever tells of the servers.
  const after = await kept();
  const { moto } = world;
  for (const text of [second, third, ...Object.values(gone), VALUES.second, VALUES.aws, moto.url]) {
    expect(after).not.toContain(text);
  }
  // Their tabs are still open, so what the session knows of these stays.
  const onDisk = await indexedDbOf(keyferry.page);
  for (const site of sites) expect(onDisk).not.toContain(site.url);
  expect(
    await codeOf(send('connection/save', { ...awsForm(moto.url, await moto.createUser()), scope: third })),
  ).toBe('workspace-missing');

  // An open page gets nothing any more, and a new load has no hook.
  for (const [at, page] of [pages.second, pages.aws].entries()) {
    expect((await call(page, `/open/${at}`)).status).toBe(0);
    expect(keysAt(`/open/${at}`)).toEqual([]);
    await page.reload();
    expect((await call(page, `/reloaded/${at}`)).status).toBe(200);
    expect(keysAt(`/reloaded/${at}`)).toEqual([HEADERS['X-Api-Key']]);
  }
  expect((await call(pages.first, '/stays')).status).toBe(200);
  expect(keysAt('/stays')).toEqual([VALUES.first]);
  expect(await codeOf(send('workspace/delete', { workspaceId: WORKSPACE }))).toBe('workspace-last');
});
