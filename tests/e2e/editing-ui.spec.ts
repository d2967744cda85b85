/** The editor as a person uses it: edit, save, review, push, resolve, restore, import, make and delete. */
import { expect, test } from '@playwright/test';
import type { Page } from '@playwright/test';
import { commonCopy } from '@/lib/core/copy/common';
import { editorCopy } from '@/lib/core/copy/editor';
import { historyCopy } from '@/lib/core/copy/editor-history';
import { conflictCopy, reviewCopy } from '@/lib/core/copy/editor-review';
import { popupCopy } from '@/lib/core/copy/popup';
import { startWorld } from '../world/index';
import type { World } from '../world/index';
import { idOf } from './support/editing';
import { launchKeyferry, pageOf } from './support/keyferry';
import type { Keyferry } from './support/keyferry';
import { environmentsOf, hashicorpForm, PASSPHRASE, pullAll } from './support/set-up';

const PATH = 'team/app';
const CANARY = 'kfcanary-typed-91d2';
const NESTED = 'kfcanary-nested-5b07';

let world: World<'openbao'>;
let keyferry: Keyferry;
let page: Page;
let mount: string;

test.beforeAll(async () => {
  world = await startWorld({ openbao: true });
  keyferry = await launchKeyferry();
  page = await keyferry.openPage('options.html');
  await keyferry.send('lock/set-up', { passphrase: PASSPHRASE });
});
test.afterAll(async () => {
  await keyferry?.close();
  await world?.stop();
});
/** One pulled environment, open in its editor. */
test.beforeEach(async () => {
  const { send } = keyferry;
  const { openbao } = world;
  mount = await openbao.freshMount();
  await theirs({ API_KEY: 'first', HOST: 'h' });
  await send('lock/wipe', {});
  await send('lock/set-up', { passphrase: PASSPHRASE });
  await send('connection/save', hashicorpForm(openbao.url, openbao.rootToken, { enginePath: mount }));
  await pullAll(send);
  await page.goto(`${keyferry.origin}/options.html#/environments/${await idOf(send, PATH)}`);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(PATH);
});

const theirs = (data: Readonly<Record<string, unknown>>, path = PATH) =>
  world.openbao.seedSecrets(mount, { [path]: data });
const now = async (path = PATH) => {
  const { status, body } = await world.openbao.request('GET', `${mount}/data/${path}`);
  return status === 200 ? (body as { data: { data: unknown } }).data.data : null;
};
const button = (name: string | RegExp) => page.getByRole('button', { name, exact: typeof name === 'string' });
const state = async (path = PATH) => (await environmentsOf(keyferry.send)).get(path)?.state;

/** A toast says it, beside the line for screen readers. */
const toldInToast = (text: string) => expect(page.getByText(text, { exact: true }).last()).toBeVisible();

/** Whether a text is anywhere in the memory of our own pages. */
async function isInMemory(text: string): Promise<boolean> {
  const cdp = await page.context().newCDPSession(page);
  const chunks: string[] = [];
  cdp.on('HeapProfiler.addHeapSnapshotChunk', ({ chunk }) => chunks.push(chunk));
  await cdp.send('HeapProfiler.takeHeapSnapshot');
  await cdp.detach();
  return chunks.join('').includes(text);
}

/** Types another value into a variable's row and keeps it by Enter. */
async function retype(name: string, text: string): Promise<void> {
  await button(editorCopy.row.edit(name)).click();
  await expect(page.getByText(editorCopy.row.editHint)).toBeVisible();
  await page.keyboard.press('Control+A');
  await page.keyboard.insertText(text);
  await page.keyboard.press('Enter');
  await expect(page.getByText(editorCopy.row.editHint)).toBeHidden();
}

test('edits, reviews the difference masked, pushes, and restores an old version', async () => {
  await retype('API_KEY', CANARY);
  await expect(page.getByRole('form', { name: editorCopy.bar.region })).toContainText('1 edited');
  expect(await state()).toBe('edited');
  await page.keyboard.press('Control+S');
  await expect(page.getByRole('dialog')).toContainText(reviewCopy.title(1, PATH));
  // Nothing is written yet, and the page holds no value.
  expect(await now()).toEqual({ API_KEY: 'first', HOST: 'h' });
  expect(await pageOf(page)).not.toContain(CANARY);
  await button(reviewCopy.push(1)).click();
  await toldInToast(reviewCopy.pushed(1));
  expect(await now()).toEqual({ API_KEY: CANARY, HOST: 'h' });
  expect(await state()).toBe('fresh');

  await page.getByRole('link', { name: editorCopy.history }).click();
  await page.getByRole('link', { name: historyCopy.version('1') }).click();
  await button(historyCopy.restore).click();
  await page.getByRole('dialog').getByRole('button', { name: historyCopy.restoreDo, exact: true }).click();
  await toldInToast(historyCopy.restored('1'));
  expect(await now()).toEqual({ API_KEY: 'first', HOST: 'h' });
});

test('opens a JSON variable to what is inside of it, and asks for a value there only to reveal or copy it', async () => {
  const { row } = editorCopy;
  await theirs({ db: { host: 'h', password: NESTED, pool: { max: 5 }, 'a.b': 1 } });
  await pullAll(keyferry.send);
  const inside = (name: string) => page.getByRole('row', { name });
  await button(row.openInside('db')).click();
  await expect(inside('db.host')).toContainText(row.innerTypes.string);
  await expect(inside('db.password')).toContainText(commonCopy.hidden);
  await expect(inside('db.pool.max')).toContainText(row.innerTypes.number);
  await expect(page.getByText(commonCopy.leftOut(1))).toBeVisible();
  expect(await pageOf(page)).not.toContain(NESTED);
  expect(await isInMemory(NESTED)).toBe(false);

  await button(commonCopy.reveal('db.password')).press('Enter');
  await expect(inside('db.password')).toContainText(NESTED);
  expect(await isInMemory(NESTED)).toBe(true);
  await button(commonCopy.conceal('db.password')).press('Enter');
  await expect(inside('db.password')).toContainText(commonCopy.hidden);
  expect(await pageOf(page)).not.toContain(NESTED);

  const copied = await page.evaluateHandle(() => {
    const texts: string[] = [];
    const { clipboard } = navigator;
    const write = clipboard.writeText.bind(clipboard);
    clipboard.writeText = (text) => {
      texts.push(text);
      return write(text);
    };
    return texts;
  });
  await button(row.placeholder('db.password')).click();
  await toldInToast(popupCopy.variables.placeholderCopied('db.password'));
  await button(commonCopy.copyValue('db.password')).click();
  await toldInToast(popupCopy.variables.valueCopied('db.password'));
  expect(await copied.jsonValue()).toEqual(['{{vault:db.password}}', NESTED]);
  expect(await pageOf(page)).not.toContain(NESTED);

  // The draft's inside, found by a search that opens the variable.
  await button(row.closeInside('db')).click();
  await retype('db', '{"host": "h", "token": "typed"}');
  await page.getByRole('searchbox').fill('tok');
  await button(commonCopy.reveal('db.token')).press('Enter');
  await expect(inside('db.token')).toContainText('typed');
  await expect(inside('db.host')).toBeHidden();
});

test('resolves a conflict one by one, and keeps what only they changed', async () => {
  await retype('API_KEY', 'mine');
  await retype('HOST', 'my-host');
  await theirs({ API_KEY: 'theirs', HOST: 'their-host', NEW: 'theirs' });
  await button(/^Save/).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(conflictCopy.title(PATH));
  await expect(page.getByText(conflictCopy.written)).toBeVisible();
  await expect(button(conflictCopy.push)).toBeDisabled();
  await page.getByRole('group', { name: 'API_KEY' }).getByText(conflictCopy.mine, { exact: true }).click();
  await page.getByRole('group', { name: 'HOST' }).getByText(conflictCopy.theirs, { exact: true }).click();
  expect(await now()).toMatchObject({ API_KEY: 'theirs' });
  await button(conflictCopy.push).click();
  await expect.poll(() => now()).toEqual({ API_KEY: 'mine', HOST: 'their-host', NEW: 'theirs' });
  await expect.poll(() => state()).toBe('fresh');
});

test('imports .env lines with a preview, undoes and discards', async () => {
  await button(editorCopy.importText).click();
  await expect(page.getByRole('dialog')).toContainText(editorCopy.importing.empty);
  await page.keyboard.insertText(`API_KEY=${CANARY}\nexport NEXT="a b"\nbroken\n`);
  await expect(page.getByRole('row', { name: 'NEXT' })).toBeVisible();
  await expect(
    page.getByText(editorCopy.importing.problem(3, editorCopy.importing.reasons['no-name'])),
  ).toBeVisible();
  await button(editorCopy.importing.add(2)).click();
  await expect(page.getByRole('form', { name: editorCopy.bar.region })).toContainText('1 new, 1 edited');
  expect(await now()).toEqual({ API_KEY: 'first', HOST: 'h' });
  await button(editorCopy.bar.undo).click();
  await expect(page.getByRole('form', { name: editorCopy.bar.region })).toBeHidden();
  expect(await state()).toBe('fresh');
});

test('makes an environment whose first Save makes the secret, and deletes it recoverably', async () => {
  await page.goto(`${keyferry.origin}/options.html#/environments/new`);
  await page.getByLabel(editorCopy.create.name, { exact: true }).fill('EU staging');
  await expect(page.getByText(editorCopy.path.free)).toBeVisible();
  await button(editorCopy.create.create).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('EU staging');
  expect(await now('eu-staging')).toBeNull();
  await button(editorCopy.add).first().click();
  await page.keyboard.insertText('TOKEN');
  await page.keyboard.press('Enter');
  await expect(page.getByText(editorCopy.row.editHint)).toBeVisible();
  await page.keyboard.insertText('value');
  await page.keyboard.press('Enter');
  await button(/^Save/).click();
  await button(reviewCopy.create).click();
  await expect.poll(() => now('eu-staging')).toEqual({ TOKEN: 'value' });

  await button(editorCopy.more('EU staging')).click();
  await page.getByText(editorCopy.menu.remove, { exact: true }).click();
  await page.getByRole('dialog').getByText(editorCopy.removing.provider, { exact: true }).first().click();
  await button(editorCopy.removing.removeEverywhere).click();
  await toldInToast(editorCopy.removing.removed.soft);
  expect(await now('eu-staging')).toBeNull();
  expect([...(await environmentsOf(keyferry.send)).keys()]).toEqual([PATH]);
  const versions = await world.openbao.call('GET', `${mount}/metadata/eu-staging`);
  expect(versions).toMatchObject({ data: { versions: { 1: { destroyed: false } } } });
});

test('keeps what is typed when the tab is closed in the middle of it', async () => {
  await button(editorCopy.row.edit('API_KEY')).click();
  await page.keyboard.press('Control+A');
  await page.keyboard.insertText('half typed');
  await page.close();
  page = await keyferry.openPage('options.html');
  const environmentId = await idOf(keyferry.send, PATH);
  await expect
    .poll(
      async () =>
        (await keyferry.send('editor/value', { environmentId, name: 'API_KEY', side: 'mine' }))?.text,
    )
    .toBe('half typed');
  await keyferry.killWorker();
  await page.goto(`${keyferry.origin}/options.html#/environments/${environmentId}`);
  await expect(page.getByRole('form', { name: editorCopy.bar.region })).toBeVisible();
  await button(commonCopy.reveal('API_KEY')).press('Enter');
  await expect(page.getByText('half typed')).toBeVisible();
});
