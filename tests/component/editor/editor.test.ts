import { flushPromises } from '@vue/test-utils';
import { describe, expect, it, vi } from 'vitest';

import { errorText } from '@/lib/core/copy/errors';
import { AppError } from '@/lib/core/errors';
import type { Variable } from '@/lib/core/variables';

import { expectAccessible, words } from '../base/render';
import { job } from '../options/views';
import { CANARY, json, openEditor, string } from './fake-editor';

describe('the variables of an environment', () => {
  it('are shown masked; no value is asked for, and none is in the page', async () => {
    const page = await openEditor();
    expect(page.text()).toContain('API_KEY');
    expect(page.text()).toContain('Sync variables with HashiCorp Vault');
    expect(page.text()).toContain('platform/kv/ orders/staging');
    expect(page.text()).toContain('version 41');
    expect(page.names()).not.toContain('editor/value');
    expect(document.body.innerHTML).not.toContain(CANARY);
    expect(page.text()).not.toContain('not saved');
    await expectAccessible();
  });

  it('are revealed one by one, and hidden again when the window loses the focus', async () => {
    const page = await openEditor();
    await page.press('Reveal API_KEY');
    expect(page.text()).toContain(`${CANARY}-API_KEY`);
    expect(page.text()).not.toContain(`${CANARY}-CLIENT_SECRET`);
    await expectAccessible();
    window.dispatchEvent(new Event('blur'));
    await flushPromises();
    expect(document.body.innerHTML).not.toContain(CANARY);
  });

  it('copies the placeholder, and the value without showing it', async () => {
    const page = await openEditor('', {
      answers: {
        'clipboard/copied': () => null,
        'environment/value': ({ name }) => string(name),
      },
    });
    await page.press('Copy placeholder of API_KEY');
    expect(page.clipboard()).toBe('{{vault:API_KEY}}');
    await page.press('Copy value of API_KEY');
    expect(page.clipboard()).toBe(`${CANARY}-API_KEY`);
    expect(document.body.innerHTML).not.toContain(CANARY);
  });

  it('copies what is written, not what is in use, where a variable was edited', async () => {
    const page = await openEditor('', { answers: { 'clipboard/copied': () => null } });
    await page.edit({ op: 'set', name: 'API_KEY', type: 'string', text: 'draft' });
    await page.press('Copy value of API_KEY');
    expect(page.clipboard()).toBe('draft');
    expect(page.asked()).toContainEqual([
      'clipboard/copied',
      { environmentId: 'staging', name: 'API_KEY', side: 'mine' },
    ]);
  });

  it('hide what was revealed as soon as it is another, however often it was edited', async () => {
    const page = await openEditor();
    await page.edit({ op: 'set', name: 'API_KEY', type: 'string', text: 'first draft' });
    await page.press('Reveal API_KEY');
    await page.edit({ op: 'remove', name: 'CLIENT_SECRET' });
    expect(page.text()).toContain('first draft');
    await page.edit({ op: 'set', name: 'API_KEY', type: 'string', text: 'second draft' });
    await flushPromises();
    expect(page.text()).not.toContain('first draft');
    expect(page.text()).not.toContain('second draft');
  });

  it('take every letter: the page has no shortcuts while a value is written', async () => {
    const page = await openEditor();
    await page.press('Edit value of API_KEY');
    const field = page.area('Value of API_KEY');
    for (const key of ['j', '/', 'n', '.', '?', 'g', 'e']) {
      const event = new KeyboardEvent('keydown', { key, bubbles: true, composed: true, cancelable: true });
      field.dispatchEvent(event);
      expect(event.defaultPrevented).toBe(false);
    }
    await flushPromises();
    expect(page.router.currentRoute.value.path).toBe('/environments/staging');
  });

  it('change by Enter, and the row, the bar and the chip say so', async () => {
    const page = await openEditor();
    await page.press('Edit value of CLIENT_SECRET');
    const field = page.area('Value of CLIENT_SECRET');
    await expectAccessible();
    await page.type(field, 'changed');
    await page.pressKey(field, 'Enter');
    expect(page.mine().CLIENT_SECRET).toBe('changed');
    expect(page.text()).toContain('1 change, not saved: 1 edited.');
    expect(page.text()).toContain('State: edited');
    expect(document.activeElement?.getAttribute('aria-label')).toBe('Edit value of CLIENT_SECRET');
    expect(document.body.innerHTML).not.toContain('changed<');
    await expectAccessible();
  });

  it('reach the worker after a short pause already, so that a closed tab loses nothing', async () => {
    const page = await openEditor();
    await page.press('Edit value of CLIENT_SECRET');
    vi.useFakeTimers();
    const field = page.area('Value of CLIENT_SECRET');
    field.value = 'half a val';
    field.dispatchEvent(new Event('input'));
    await vi.advanceTimersByTimeAsync(600);
    vi.useRealTimers();
    expect(page.mine().CLIENT_SECRET).toBe('half a val');
    // The page goes before the next pause.
    field.value = 'half a value';
    field.dispatchEvent(new Event('input'));
    await flushPromises();
    window.dispatchEvent(new Event('pagehide'));
    await flushPromises();
    expect(page.mine().CLIENT_SECRET).toBe('half a value');
    await page.pressKey(field, 'Escape');
    expect(page.mine().CLIENT_SECRET).toBe(`${CANARY}-CLIENT_SECRET`);
  });

  it('keep a JSON value only while it is JSON, digits and all', async () => {
    const page = await openEditor();
    await page.press('Edit value of RATE_LIMIT');
    const field = page.area('Value of RATE_LIMIT');
    await page.type(field, '{"most": 9007199254740993');
    await page.pressKey(field, 'Enter');
    expect(page.text()).toContain('This is not JSON yet, so it is not kept.');
    expect(page.mine().RATE_LIMIT).toBe('250');
    await expectAccessible();
    await page.type(field, '{"most": 9007199254740993}');
    await page.pressKey(field, 'Enter');
    expect(page.mine().RATE_LIMIT).toBe('{"most": 9007199254740993}');
  });

  it('change their type by the mark: JSON to its text, a text that is no JSON is asked about', async () => {
    const page = await openEditor();
    await page.wrapper.get('select[aria-label="Type of RATE_LIMIT"]').setValue('string');
    await flushPromises();
    expect(page.asked()).toContainEqual([
      'editor/edit',
      { environmentId: 'staging', edits: [{ op: 'set', name: 'RATE_LIMIT', type: 'string', text: '250' }] },
    ]);
    await page.wrapper.get('select[aria-label="Type of API_KEY"]').setValue('json');
    await flushPromises();
    expect(page.area('Value of API_KEY').value).toBe(`${CANARY}-API_KEY`);
    expect(page.text()).toContain('This is not JSON yet');
  });

  it('are added by name first, then value', async () => {
    const page = await openEditor();
    await page.press('Add variable');
    const name = page.wrapper.get<HTMLInputElement>('input[aria-label="Name of the new variable"]');
    await name.setValue('API_KEY');
    expect(page.text()).toContain('There is a variable named API_KEY already.');
    await expectAccessible();
    await name.setValue('NEXT');
    await page.pressKey(name.element, 'Enter');
    await flushPromises();
    expect(page.mine().NEXT).toBe('');
    await page.type(page.area('Value of NEXT'), 'n');
    await page.pressKey(page.area('Value of NEXT'), 'Enter');
    expect(page.mine().NEXT).toBe('n');
    expect(page.text()).toContain('1 new');
  });

  it('are renamed in place', async () => {
    const page = await openEditor();
    await page.press('API_KEY');
    const name = page.wrapper.get<HTMLInputElement>('input[aria-label="New name of API_KEY"]');
    await name.setValue('API_TOKEN');
    await page.pressKey(name.element, 'Enter');
    await flushPromises();
    expect(Object.keys(page.mine())).toContain('API_TOKEN');
    expect(document.activeElement?.textContent).toBe('API_TOKEN');
    await page.press('API_TOKEN');
    await page.pressKey(page.wrapper.get('input[aria-label="New name of API_TOKEN"]').element, 'Escape');
    expect(Object.keys(page.mine())).toContain('API_TOKEN');
  });

  it('are removed and brought back, each by itself or the last one first', async () => {
    const page = await openEditor();
    await page.press('Remove API_KEY');
    await page.press('Remove CLIENT_SECRET');
    expect(page.text()).toContain('2 changes, not saved: 2 removed.');
    await expectAccessible();
    await page.press('Undo: API_KEY removed');
    expect(page.text()).toContain('1 change, not saved: 1 removed.');
    await page.press('Undo the last change');
    expect(page.text()).toContain('2 removed');
    await page.key('z', { ctrlKey: true });
    expect(page.text()).toContain('1 removed');
  });

  it('are walked through by the arrow keys, removed by Delete, renamed by F2', async () => {
    const page = await openEditor();
    const buttons = page.wrapper.findAll<HTMLElement>('[data-cell="name"]');
    buttons[0]?.element.focus();
    await page.key('ArrowDown');
    expect(document.activeElement?.textContent).toBe('CLIENT_SECRET');
    await page.key('End');
    expect(document.activeElement?.textContent).toBe('RATE_LIMIT');
    await page.key('Delete');
    expect(page.mine()).not.toHaveProperty('RATE_LIMIT');
    buttons[0]?.element.focus();
    await page.key('F2');
    expect(page.wrapper.find('input[aria-label="New name of API_KEY"]').exists()).toBe(true);
  });

  it('are found by name', async () => {
    const page = await openEditor();
    await page.wrapper.get('input[type="search"]').setValue('client');
    expect(page.text()).toContain('1 of 3 match');
    expect(page.text()).not.toContain('API_KEY');
    await page.wrapper.get('input[type="search"]').setValue('nothing');
    expect(page.text()).toContain('No variable matches “nothing”');
  });
});

describe('what an environment says of itself', () => {
  it('offers a pull, and nothing to edit or save, while no value is in memory', async () => {
    const page = await openEditor('', {
      environment: { state: 'not pulled', pulledAt: null },
      pulled: null,
      answers: { 'pull/one': () => job({ kind: 'pull-one' }) },
    });
    expect(page.text()).toContain('There is nothing to edit or save until they are pulled.');
    expect(page.hasButton('Add variable')).toBe(false);
    expect(page.hasButton('Save')).toBe(false);
    await expectAccessible();
    await page.press('Pull from Vault');
    expect(page.asked()).toContainEqual(['pull/one', { environmentId: 'staging' }]);
  });

  it('says that values without Vault Sync live in memory only', async () => {
    const page = await openEditor('', { environment: { sync: false, path: '', state: 'session only' } });
    expect(page.text()).toContain('Vault Sync is off.');
    expect(page.text()).toContain('until you close the browser');
    expect(page.hasButton('Pull from Vault')).toBe(false);
    expect(page.names()).not.toContain('editor/abilities');
    await expectAccessible();
  });

  it('says why Save cannot be pressed where the provider tells beforehand', async () => {
    const permissions = { read: true, create: false, update: false, remove: null, list: null };
    const page = await openEditor('', { abilities: { permissions, history: false } });
    await page.press('Remove API_KEY');
    expect(page.text()).toContain('This login may not write orders/staging.');
    expect(page.wrapper.get('[data-save] button[type="submit"]').attributes('disabled')).toBeDefined();
    expect(page.text()).toContain('This engine keeps no history (KV version 1).');
    await expectAccessible();
  });

  it('shows a secret that is one value as that', async () => {
    const page = await openEditor('', { pulled: { form: 'text', variables: [string('VALUE')] } });
    expect(page.text()).toContain('This secret is plain text, not variables.');
    expect(page.hasButton('Add variable')).toBe(false);
    expect(page.hasButton('Remove VALUE')).toBe(false);
    await page.press('Edit value of VALUE');
    await page.type(page.area('Value of VALUE'), 'other');
    await page.pressKey(page.area('Value of VALUE'), 'Enter');
    expect(page.mine().VALUE).toBe('other');
    await expectAccessible();
  });

  it('offers three ways when the secret is gone at the provider', async () => {
    const page = await openEditor('', {
      environment: { state: 'missing' },
      answers: {
        'history/undelete': () => null,
        'pull/one': () => job({ kind: 'pull-one' }),
        'environment/sync': () => {
          throw new AppError('denied', { path: 'orders/staging' });
        },
      },
    });
    expect(page.text()).toContain('orders/staging is gone at the provider.');
    await expectAccessible();
    await page.press('Restore');
    expect(page.names().slice(-2)).toEqual(['history/undelete', 'pull/one']);
    await page.press('Create again');
    expect(page.asked()).toContainEqual([
      'environment/sync',
      { environmentId: 'staging', sync: true, path: 'orders/staging' },
    ]);
    await page.press('Unlink');
    expect(page.router.currentRoute.value.path).toBe('/environments/staging/delete');
  });

  it('tells of a move that stopped on its way', async () => {
    const page = await openEditor('', {
      answers: {
        'migration/view': () => ({
          environmentId: 'staging',
          from: 'orders/staging',
          to: 'orders/blue',
          step: 'verify',
          state: 'stopped',
          failure: { code: 'worker-restarted', details: {} },
          removal: null,
        }),
      },
    });
    expect(page.text()).toContain('The move to orders/blue stopped on its way.');
  });

  it('says so when it is no longer here', async () => {
    const page = await openEditor('', {
      answers: {
        'editor/view': () => {
          throw new AppError('missing', { path: '' });
        },
      },
    });
    expect(page.text()).toContain('This environment is no longer here');
    await expectAccessible();
  });

  it('marks production', async () => {
    const page = await openEditor('', { answers: { 'environment/production': () => null } });
    await page.field('Production').setValue(true);
    await flushPromises();
    expect(page.asked()).toContainEqual([
      'environment/production',
      { environmentId: 'staging', production: true },
    ]);
  });
});

describe('Vault Sync', () => {
  it('is turned off after a question', async () => {
    const page = await openEditor('', { answers: { 'environment/sync': () => null as never } });
    await page.field('Sync variables with').setValue(false);
    expect(page.everything()).toContain('orders/staging stays at the provider as it is.');
    await expectAccessible();
    expect(page.names()).not.toContain('environment/sync');
    await page.press('Turn off');
    expect(page.asked()).toContainEqual(['environment/sync', { environmentId: 'staging', sync: false }]);
  });

  const scratch = { name: 'Größe EU', sync: false, path: '', state: 'session only' } as const;

  it('is turned on at a free path, by default the slug of the name', async () => {
    const page = await openEditor('', {
      environment: scratch,
      answers: {
        'environment/path-state': () => ({ state: 'free' }),
        'environment/sync': () => null as never,
      },
    });
    await page.field('Sync variables with').setValue(true);
    expect(page.field('Vault path').element.value).toBe('gro-e-eu');
    await vi.waitFor(() => expect(page.text()).toContain('Free: nothing is stored there.'));
    await expectAccessible();
    await page.wrapper.get('form').trigger('submit');
    await flushPromises();
    expect(page.asked()).toContainEqual([
      'environment/sync',
      { environmentId: 'staging', sync: true, path: 'gro-e-eu' },
    ]);
  });

  it('asks for a path when the name has no Latin letter', async () => {
    const page = await openEditor('', { environment: { ...scratch, name: '測試' } });
    await page.field('Sync variables with').setValue(true);
    expect(page.field('Vault path').element.value).toBe('');
    expect(page.text()).toContain('The name has no Latin letter, so write a path.');
    expect(page.button('Start syncing').attributes('disabled')).toBeDefined();
  });

  it('asks what becomes of a secret that is there already; it is never overwritten', async () => {
    const page = await openEditor('', {
      environment: scratch,
      answers: {
        'environment/path-state': () => ({ state: 'taken', variables: 5 }),
        'environment/sync': () => null as never,
      },
    });
    await page.field('Sync variables with').setValue(true);
    await vi.waitFor(() => expect(page.text()).toContain('A secret with 5 variables is stored there.'));
    expect(page.button('Link and pull').attributes('disabled')).toBeDefined();
    expect(page.text()).toContain('The 3 variables here are dropped.');
    await page.wrapper.get('input[value="merge"]').setValue();
    await expectAccessible();
    await page.wrapper.get('form').trigger('submit');
    await flushPromises();
    expect(page.asked()).toContainEqual([
      'environment/sync',
      { environmentId: 'staging', sync: true, path: 'gro-e-eu', join: 'merge' },
    ]);
  });

  it('offers no link to the path where it is now', async () => {
    const page = await openEditor('', {
      answers: { 'environment/path-state': () => ({ state: 'taken', variables: 5 }) },
    });
    await page.press('Change path…');
    expect(page.text()).toContain('This is the path where it is now.');
    expect(page.names()).not.toContain('environment/path-state');
    expect(page.button('Link to this path').attributes('disabled')).toBeDefined();
    await page.field('Vault path').setValue('orders/other');
    await vi.waitFor(() => expect(page.text()).toContain('A secret with 5 variables is stored there.'));
  });

  it('refuses a path that another environment has, and one that cannot be', async () => {
    const page = await openEditor('', {
      environment: scratch,
      answers: { 'environment/path-state': () => ({ state: 'linked', environment: 'Production' }) },
    });
    await page.field('Sync variables with').setValue(true);
    await vi.waitFor(() => expect(page.text()).toContain('This path belongs to the environment Production.'));
    await page.field('Vault path').setValue('a//b');
    expect(page.text()).toContain('Leave out empty parts');
    await expectAccessible();
  });
});

describe('a JSON variable', () => {
  const DB = { host: `${CANARY}-host`, port: 5432, pool: { max: 5 }, hosts: ['a'], tls: true, proxy: null };
  const openDb = (...variables: readonly Variable[]) =>
    openEditor('', {
      pulled: { form: 'object', variables: [string('API_KEY'), json('db', DB), ...variables] },
      answers: { 'clipboard/copied': () => null },
    });
  type Page = Awaited<ReturnType<typeof openDb>>;
  /** The rows below the head, each as it is read. */
  const rows = (page: Page) =>
    page.wrapper.findAll('main tbody tr').map(({ element }) => words(element).replace(/ hidden$/, ''));
  const inside = (page: Page) => rows(page).filter((row) => row.startsWith('db.'));
  const search = async (page: Page, query: string) => {
    await page.wrapper.get('main input[type="search"]').setValue(query);
    await flushPromises();
  };
  const focused = () => document.activeElement?.getAttribute('aria-label');

  it('shows how many members it has, and its value as it is written', async () => {
    const page = await openEditor('', {
      pulled: { form: 'object', variables: [json('db', { host: CANARY, port: 5432 })] },
    });
    expect(page.text()).toContain('db 2 2 members');
    await page.press('Reveal db');
    expect(page.text()).toContain(`{"host":"${CANARY}","port":5432}`);
  });

  it('opens to rows for what is inside, masked and without a field, and closes again', async () => {
    const page = await openDb();
    expect(page.names()).not.toContain('editor/inside');
    expect(page.button('Show what is inside of db').attributes('aria-expanded')).toBe('false');
    await page.press('Show what is inside of db');
    expect(page.button('Hide what is inside of db').attributes('aria-expanded')).toBe('true');
    expect(inside(page)).toEqual([
      'db.host string',
      'db.port number',
      'db.pool object',
      'db.pool.max number',
      'db.hosts array',
      'db.hosts.0 string',
      'db.tls boolean',
      'db.proxy null',
    ]);
    // Names came, and no value.
    expect(page.names()).not.toContain('editor/value');
    expect(document.body.innerHTML).not.toContain(CANARY);
    expect(page.hasButton('Edit value of db.host')).toBe(false);
    expect(page.hasButton('Remove db.host')).toBe(false);
    expect(page.wrapper.find('select[aria-label="Type of db.host"]').exists()).toBe(false);
    await expectAccessible();
    await page.press('Hide what is inside of db');
    expect(inside(page)).toEqual([]);
  });

  it('reveals each value inside by a question of its own', async () => {
    const page = await openDb();
    await page.press('Show what is inside of db');
    await page.press('Reveal db.host');
    expect(inside(page)[0]).toBe(`db.host string ${CANARY}-host`);
    const values = () => page.asked().filter(([what]) => what === 'editor/value');
    expect(values()).toEqual([
      ['editor/value', { environmentId: 'staging', name: 'db.host', side: 'mine', within: 'db' }],
    ]);
    await page.press('Reveal db.pool');
    expect(inside(page)[2]).toBe('db.pool object {"max":5}');
    expect(values()).toHaveLength(2);
    await expectAccessible();
    window.dispatchEvent(new Event('blur'));
    await flushPromises();
    expect(document.body.innerHTML).not.toContain(CANARY);
  });

  it('gives the placeholder of a value inside, and the value without showing it', async () => {
    const page = await openDb();
    await page.press('Show what is inside of db');
    await page.press('Copy placeholder of db.pool.max');
    expect(page.clipboard()).toBe('{{vault:db.pool.max}}');
    await page.press('Copy value of db.host');
    expect(page.clipboard()).toBe(`${CANARY}-host`);
    expect(page.asked()).toContainEqual([
      'clipboard/copied',
      { environmentId: 'staging', name: 'db.host', side: 'mine', within: 'db' },
    ]);
    expect(document.body.innerHTML).not.toContain(CANARY);
  });

  it('shows the inside of the draft, and no longer what was revealed before', async () => {
    const page = await openDb();
    await page.press('Show what is inside of db');
    await page.press('Reveal db.host');
    await page.press('Reveal db.port');
    await page.edit({
      op: 'set',
      name: 'db',
      type: 'json',
      text: JSON.stringify({ host: 'draft', port: 5432, user: 'u', pool: null, hosts: [], tls: 1 }),
    });
    await flushPromises();
    expect(inside(page)).toEqual([
      'db.host string',
      'db.port number 5432',
      'db.user string',
      'db.pool null',
      'db.hosts array',
      'db.tls number',
    ]);
    expect(document.body.innerHTML).not.toContain(CANARY);
    await page.press('Reveal db.host');
    expect(inside(page)[0]).toBe('db.host string draft');
    await page.edit({ op: 'set', name: 'db', type: 'string', text: 'no JSON' });
    await flushPromises();
    expect(inside(page)).toEqual([]);
    expect(page.hasButton('Hide what is inside of db')).toBe(false);
    await page.press('Remove db');
    await page.press('Undo: db removed');
    expect(page.hasButton('Hide what is inside of db')).toBe(true);
    await page.press('Remove db');
    expect(inside(page)).toEqual([]);
  });

  it('lists only names that placeholders resolve, and says how many others there are', async () => {
    const page = await openDb(string('db.port'), json('odd', { 'a.b': 1, c: 2 }), json('empty', {}));
    await page.press('Show what is inside of odd');
    expect(rows(page).slice(-3)).toEqual([
      'odd.c number',
      '1 member is not listed: no placeholder leads to it here.',
      expect.stringContaining('empty') as string,
    ]);
    await page.press('Show what is inside of db');
    expect(inside(page).filter((row) => row.startsWith('db.port'))).toEqual(['db.port string JSON']);
    expect(page.hasButton('Show what is inside of empty')).toBe(false);
    expect(page.hasButton('Show what is inside of API_KEY')).toBe(false);
    await expectAccessible();
  });

  it('is found by the names inside, and open while they are looked for', async () => {
    const page = await openDb(json('other', { hostname: 1, x: 2 }));
    await search(page, 'HOST');
    expect(rows(page)).toEqual([
      expect.stringMatching(/^db 6/) as string,
      'db.host string',
      'db.hosts array',
      'db.hosts.0 string',
      expect.stringMatching(/^other 2/) as string,
      'other.hostname number',
    ]);
    expect(page.text()).toContain('2 of 3 match, with 4 names inside');
    await expectAccessible();
    await page.press('Hide what is inside of db');
    expect(inside(page)).toEqual([]);
    await search(page, 'host.');
    expect(page.text()).toContain('No variable matches “host.”');
    await search(page, 'hosts.');
    expect(rows(page).slice(1)).toEqual(['db.hosts.0 string']);
    // Found by its own name, it stays as it is.
    await search(page, 'db');
    expect(inside(page)).toEqual([]);
    await page.press('Show what is inside of db');
    expect(inside(page)).toHaveLength(8);
    await search(page, '');
    expect(inside(page)).toHaveLength(8);
    expect(rows(page).filter((row) => row.startsWith('other.'))).toEqual([]);
    expect(page.names()).not.toContain('editor/value');
  });

  it('is opened, walked through and closed by the arrow keys', async () => {
    const page = await openDb();
    const name = page.wrapper.findAll<HTMLElement>('[data-cell="name"]')[1];
    name?.element.focus();
    await page.key('ArrowRight');
    expect(inside(page)).toHaveLength(8);
    await page.key('ArrowRight');
    expect(focused()).toBe('Copy placeholder of db.host');
    await page.key('ArrowDown');
    expect(focused()).toBe('Copy placeholder of db.port');
    await page.key('ArrowLeft');
    expect(focused()).toBe('Hide what is inside of db');
    await page.key('ArrowLeft');
    expect(inside(page)).toEqual([]);
    expect(focused()).toBe('Show what is inside of db');
  });

  it('with thousands of names shows some of them at a time, a search too', async () => {
    const many = json('many', Object.fromEntries(Array.from({ length: 5_000 }, (_, at) => [`key${at}`, at])));
    const page = await openDb(
      many,
      json(
        'list',
        Array.from({ length: 5_000 }, () => 1),
      ),
    );
    const shown = () => rows(page).filter((row) => row.startsWith('many.')).length;
    await page.press('Show what is inside of many');
    expect(shown()).toBe(200);
    await page.press('Show 200 more of many');
    expect(shown()).toBe(400);
    await page.press('Hide what is inside of many');
    await search(page, 'y4');
    expect(shown()).toBe(200);
    expect(page.text()).toContain('1 of 4 match, with 1111 names inside');
    await search(page, 'key4321');
    expect(rows(page).slice(1)).toEqual(['many.key4321 number']);
    // What no longer fits beside it is there, and closed.
    await search(page, '.');
    expect(page.text()).toContain('3 of 4 match, with 10008 names inside');
    expect(rows(page).length).toBeLessThan(210);
    await page.press('Show what is inside of list');
    expect(rows(page).filter((row) => row.startsWith('list.'))).toHaveLength(200);
  });

  it('tells why what is inside cannot be shown', async () => {
    const page = await openEditor('', {
      pulled: { form: 'object', variables: [json('db', DB)] },
      answers: {
        'editor/inside': () => {
          throw new AppError('locked');
        },
      },
    });
    await page.press('Show what is inside of db');
    expect(page.everything()).toContain(errorText(new AppError('locked')).sentence);
  });

  it('of a secret that is one JSON value opens as well', async () => {
    const page = await openEditor('', {
      pulled: { form: 'json', variables: [json('VALUE', ['a', { b: 1 }])] },
    });
    await page.press('Show what is inside of VALUE');
    expect(rows(page).slice(1)).toEqual(['VALUE.0 string', 'VALUE.1 object', 'VALUE.1.b number']);
    await expectAccessible();
  });
});
