import { flushPromises } from '@vue/test-utils';
import { describe, expect, it } from 'vitest';

import { AppError } from '@/lib/core/errors';

import { expectAccessible } from '../base/render';
import { environment, job } from '../options/views';
import { CANARY, json, openEditor, string } from './fake-editor';

const THEIRS = [string('API_KEY'), string('CLIENT_SECRET'), json('RATE_LIMIT', 400)];

describe('Save', () => {
  it('compares first, then shows what a push would change, masked, and pushes it', async () => {
    const page = await openEditor('', { theirs: THEIRS });
    await page.edit(
      { op: 'set', name: 'CLIENT_SECRET', type: 'string', text: 'mine' },
      { op: 'set', name: 'NEXT', type: 'string', text: 'n' },
      { op: 'remove', name: 'API_KEY' },
    );
    await page.key('s', { ctrlKey: true });
    expect(page.router.currentRoute.value.path).toBe('/environments/staging/review');
    expect(page.everything()).toContain('Push 3 changes to staging');
    expect(page.everything()).toContain('platform/kv/orders/staging · becomes version 43');
    expect(page.everything()).toContain('Version 42 arrived after your pull. It changed RATE_LIMIT');
    expect(page.everything()).toContain('Written only if version 42 is still current');
    expect(document.body.innerHTML).not.toContain(CANARY);
    await expectAccessible();
    await page.press('Reveal CLIENT_SECRET, before and after');
    expect(page.everything()).toContain(`${CANARY}-CLIENT_SECRET`);
    expect(page.everything()).toContain('mine');
    await page.press('Push 3 changes');
    expect(page.pushed()).toHaveLength(1);
    expect(
      page
        .pushed()[0]
        ?.map(({ name }) => name)
        .sort(),
    ).toEqual(['CLIENT_SECRET', 'NEXT', 'RATE_LIMIT']);
    expect(page.everything()).toContain('Pushed 3 changes. staging is at version 43.');
    expect(page.router.currentRoute.value.path).toBe('/environments/staging');
    expect(page.text()).not.toContain('not saved');
  });

  it('keeps what is typed in a field that still has the focus', async () => {
    const page = await openEditor();
    await page.press('Edit value of CLIENT_SECRET');
    await page.type(page.area('Value of CLIENT_SECRET'), 'typed');
    page
      .area('Value of CLIENT_SECRET')
      .dispatchEvent(new FocusEvent('focusout', { bubbles: true, composed: true }));
    await flushPromises();
    await page.wrapper.get('form[data-save]').trigger('submit');
    await flushPromises();
    expect(page.everything()).toContain('Push 1 change to staging');
    expect(page.mine().CLIENT_SECRET).toBe('typed');
  });

  it('saves by the key what is being typed, before any edit was kept', async () => {
    const page = await openEditor();
    await page.press('Edit value of CLIENT_SECRET');
    const field = page.area('Value of CLIENT_SECRET');
    field.focus();
    await page.type(field, 'typed');
    expect(page.text()).not.toContain('not saved');
    await page.key('s', { ctrlKey: true });
    expect(page.everything()).toContain('Push 1 change to staging');
    expect(page.mine().CLIENT_SECRET).toBe('typed');
  });

  it('says that there is nothing to push when the provider holds the same already', async () => {
    const page = await openEditor('', {
      theirs: [string('API_KEY', 'same'), string('CLIENT_SECRET'), json('RATE_LIMIT', 250)],
    });
    await page.edit({ op: 'set', name: 'API_KEY', type: 'string', text: 'same' });
    await page.key('s', { ctrlKey: true });
    expect(page.everything()).toContain('Nothing to push.');
    expect(page.router.currentRoute.value.path).toBe('/environments/staging');
  });

  it('says what KV version 1 cannot check', async () => {
    const page = await openEditor('', { abilities: { compareAndSwap: false } });
    await page.edit({ op: 'remove', name: 'API_KEY' });
    await page.key('s', { ctrlKey: true });
    expect(page.everything()).toContain('KV version 1 cannot check for a newer version.');
    await expectAccessible();
  });

  it('makes a secret that is yet to be made', async () => {
    const page = await openEditor('review', {
      pulled: { form: 'object', variables: [string('API_KEY')] },
      answers: {
        'push/review': () => ({
          id: 'staging:1',
          environmentId: 'staging',
          path: 'orders/staging',
          version: null,
          creates: true,
          rows: [{ name: 'API_KEY', change: 'new', before: null, after: 'string' }],
          kept: [],
          conflicts: [],
          compareAndSwap: true,
        }),
      },
    });
    expect(page.everything()).toContain('Create staging at the provider');
    expect(page.everything()).toContain('Written only if the path is still free');
    await expectAccessible();
  });

  it('says that the secret is gone, and what can be done', async () => {
    const page = await openEditor('', {
      answers: {
        'push/review': () => {
          throw new AppError('missing', { path: 'orders/staging' });
        },
      },
    });
    await page.edit({ op: 'remove', name: 'API_KEY' });
    await page.key('s', { ctrlKey: true });
    expect(page.text()).toContain('orders/staging is gone at the provider.');
    expect(page.hasButton('Create again')).toBe(true);
    await expectAccessible();
  });

  it('says what went wrong, and that nothing was changed', async () => {
    const page = await openEditor('review', {
      answers: {
        'push/commit': () => {
          throw new AppError('denied', { path: 'orders/staging', action: 'write' });
        },
      },
    });
    await page.edit({ op: 'remove', name: 'API_KEY' });
    await page.router.push('/environments/staging');
    await page.key('s', { ctrlKey: true });
    await page.press('Push 1 change');
    expect(page.everything()).toContain('This login may not write orders/staging. Nothing was changed.');
    await page.press('Back to editing');
    expect(page.text()).toContain('1 change, not saved');
  });

  it('is discarded after a question', async () => {
    const page = await openEditor();
    await page.edit({ op: 'remove', name: 'API_KEY' });
    await page.press('Discard');
    expect(page.everything()).toContain('Discard 1 change?');
    await expectAccessible();
    await page.wrapper.findAll('dialog button').at(-1)?.trigger('click');
    await flushPromises();
    expect(page.text()).not.toContain('not saved');
    expect(page.mine()).toHaveProperty('API_KEY');
  });
});

describe('a conflict', () => {
  const both = {
    pulled: {
      form: 'object' as const,
      variables: [string('CLIENT_SECRET', 'old'), json('db', { host: 'a', port: 1 }), json('RATE_LIMIT', 1)],
    },
    theirs: [
      string('CLIENT_SECRET', `${CANARY}-theirs`),
      json('db', { host: 'b', port: 1 }),
      json('RATE_LIMIT', 2),
    ],
  };
  async function open() {
    const page = await openEditor('', both);
    await page.edit(
      { op: 'set', name: 'CLIENT_SECRET', type: 'string', text: `${CANARY}-mine` },
      { op: 'set', name: 'db', type: 'json', text: '{"host":"c","port":1}' },
      { op: 'set', name: 'NEXT', type: 'string', text: 'n' },
    );
    await page.key('s', { ctrlKey: true });
    return page;
  }

  it('is resolved variable by variable, then pushed', async () => {
    const page = await open();
    expect(page.router.currentRoute.value.path).toBe('/environments/staging/conflict');
    expect(page.text()).toContain('Nothing was written.');
    expect(page.text()).toContain('2 variables were changed on both sides');
    expect(page.text()).toContain('0 of 2 chosen');
    expect(page.button('Push').attributes('disabled')).toBeDefined();
    expect(document.body.innerHTML).not.toContain(CANARY);
    await expectAccessible();
    await page.wrapper.findAll('input[value="mine"]')[0]?.setValue();
    expect(page.text()).toContain('Choose a side for db to go on.');
    await page.wrapper.findAll('input[value="theirs"]')[1]?.setValue();
    await page.press('Push');
    const written = Object.fromEntries(page.pushed()[0]?.map(({ name, text }) => [name, text]) ?? []);
    expect(written).toEqual({
      CLIENT_SECRET: `${CANARY}-mine`,
      db: '{"host":"b","port":1}',
      RATE_LIMIT: '2',
      NEXT: 'n',
    });
    expect(page.router.currentRoute.value.path).toBe('/environments/staging');
  });

  it('shows all sides at one press, and marks where JSON differs', async () => {
    const page = await open();
    await page.press('Reveal db on all sides');
    expect(page.text()).toContain('differs at db.host');
    expect(page.wrapper.findAll('mark').map((mark) => mark.text())).toEqual(['"host": "c",', '"host": "b",']);
    await page.press('Show as pulled');
    await expectAccessible();
    window.dispatchEvent(new Event('blur'));
    await flushPromises();
    expect(page.wrapper.findAll('mark')).toHaveLength(0);
  });

  it('can be taken from one side as a whole, or given up', async () => {
    const page = await open();
    await page.press('All theirs');
    expect(page.text()).toContain('2 of 2 chosen');
    await page.press('Discard my changes');
    expect(page.everything()).toContain('Discard 3 changes?');
    await expectAccessible();
    await page.wrapper.findAll('dialog button').at(-1)?.trigger('click');
    await flushPromises();
    expect(page.router.currentRoute.value.path).toBe('/environments/staging');
    expect(page.text()).not.toContain('not saved');
  });

  it('says so when there is none', async () => {
    const page = await openEditor('conflict');
    expect(page.text()).toContain('Nothing is in conflict');
    await expectAccessible();
  });
});

describe('pushing many', () => {
  const list = [
    environment('staging', { state: 'edited', changes: 2 }),
    environment('eu', { state: 'conflict', changes: 3, conflicts: 1 }),
    environment('development', { state: 'edited', changes: 1 }),
    environment('production'),
  ];
  const bulk = (over: Parameters<typeof job>[0]) =>
    job({ kind: 'push', total: 2, done: 2, read: 0, ...over });

  it('pushes those that are ticked and leaves conflicts alone', async () => {
    const page = await openEditor('/push', {
      answers: {
        'environments/list': () => list,
        'push/bulk': () => bulk({ state: 'running', done: 0, endedAt: null }),
        'pull/cancel': () => null,
      },
    });
    expect(page.text()).toContain('3 environments with unsaved changes');
    expect(page.text()).toContain('1 variable changed on both sides');
    expect(page.text()).not.toContain('production');
    expect(page.wrapper.get('input[aria-label="Push eu"]').attributes('disabled')).toBeDefined();
    await expectAccessible();
    await page.wrapper.get('input[aria-label="Push development"]').setValue(false);
    await page.press('Push 1 environment');
    expect(page.asked()).toContainEqual([
      'push/bulk',
      { workspaceId: 'orders', environmentIds: ['staging'] },
    ]);
    expect(page.text()).toContain('0 of 2');
    await page.press('Cancel');
    expect(page.names()).toContain('pull/cancel');
    page.emit({
      type: 'job',
      job: bulk({
        done: 2,
        pushed: 1,
        failures: [{ path: 'orders/eu', environmentId: 'eu', code: 'conflict', details: { count: 1 } }],
      }),
    });
    await flushPromises();
    expect(page.text()).toContain('Pushed 1 environment.');
    expect(page.text()).toContain('1 variable was changed on both sides. Nothing was written.');
    await expectAccessible();
  });

  it('opens to what changed, and reveals it on request', async () => {
    const page = await openEditor('/push', { answers: { 'environments/list': () => list } });
    await page.edit({ op: 'set', name: 'API_KEY', type: 'string', text: 'mine' });
    await page.press('staging');
    expect(page.text()).toContain('API_KEY edited hidden hidden');
    await page.press('Reveal API_KEY, before and after');
    expect(page.text()).toContain(`${CANARY}-API_KEY`);
    await expectAccessible();
  });

  it('says when there is nothing', async () => {
    const page = await openEditor('/push', { answers: { 'environments/list': () => [] } });
    expect(page.text()).toContain('No environment has unsaved changes.');
    await expectAccessible();
  });
});
