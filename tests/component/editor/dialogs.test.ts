import { flushPromises } from '@vue/test-utils';
import { describe, expect, it, vi } from 'vitest';

import type { RemovalView } from '@/lib/messaging/editing';

import { expectAccessible } from '../base/render';
import { openOptions } from '../options/open-options';
import { connection, environment, NEW } from '../options/views';
import { CANARY, openEditor } from './fake-editor';

describe('a new environment', () => {
  const made = environment('made', { name: 'EU staging', state: 'edited' });

  it('gets the slug of its name as its path, checked while typed', async () => {
    const page = await openOptions('/environments/new', {
      'environment/path-state': () => ({ state: 'free' }),
      'environment/create': () => made,
    });
    await page.field('Name').setValue('EU staging');
    expect(page.field('Vault path').element.value).toBe('eu-staging');
    await vi.waitFor(() => expect(page.everything()).toContain('Free: nothing is stored there.'));
    await expectAccessible();
    await page.wrapper.get('#create').trigger('submit');
    await flushPromises();
    expect(page.asked()).toContainEqual([
      'environment/create',
      { workspaceId: 'orders', name: 'EU staging', sync: true, path: 'eu-staging' },
    ]);
    expect(page.router.currentRoute.value.path).toBe('/environments/made');
  });

  it('links to a secret that is there already instead of writing over it', async () => {
    const page = await openOptions('/environments/new', {
      'environment/path-state': () => ({ state: 'taken', variables: 4 }),
    });
    await page.field('Name').setValue('Staging');
    await vi.waitFor(() => expect(page.hasButton('Link and pull')).toBe(true));
    expect(page.everything()).toContain('It is not overwritten.');
    await expectAccessible();
  });

  it('asks for a path when the name has no Latin letter, and for a name', async () => {
    const page = await openOptions('/environments/new', {
      'environment/path-state': () => ({ state: 'free' }),
    });
    await page.field('Name').setValue('測試');
    expect(page.everything()).toContain('The name has no Latin letter, so write a path.');
    await page.field('Vault path').setValue('orders/test');
    await vi.waitFor(() => expect(page.everything()).toContain('Free'));
    await page.field('Name').setValue(' ');
    await page.wrapper.get('#create').trigger('submit');
    expect(page.everything()).toContain('Write a name.');
    expect(page.names()).not.toContain('environment/create');
  });

  it('lives in memory only while no connection is saved', async () => {
    const page = await openOptions('/environments/new', {
      'connection/view': () => NEW,
      'environment/create': () => environment('scratch', { sync: false }),
    });
    await page.field('Name').setValue('Scratch');
    expect(page.everything()).toContain('Save a connection on Vault first.');
    await page.wrapper.get('#create').trigger('submit');
    await flushPromises();
    expect(page.asked()).toContainEqual([
      'environment/create',
      { workspaceId: 'orders', name: 'Scratch', sync: false },
    ]);
  });

  it('is closed by Back', async () => {
    const page = await openOptions('/environments');
    await page.router.push('/environments/new');
    await flushPromises();
    expect(page.everything()).toContain('Vault path');
    await page.press('Cancel');
    await vi.waitFor(() => expect(page.router.currentRoute.value.path).toBe('/environments'));
    expect(document.querySelector('dialog')).toBeNull();
  });
});

describe('Import', () => {
  it('shows names and what each would change, and adds those that are ticked to the draft', async () => {
    const page = await openEditor('import');
    await page.type(
      page.area('Text to import'),
      `API_KEY=${CANARY}-API_KEY\nNEXT="a b"\nbroken\nCLIENT_SECRET=other`,
    );
    await vi.waitFor(() => expect(page.everything()).toContain('NEXT'));
    await flushPromises();
    expect(page.everything()).toContain('Line 3: no name in front of “=”');
    expect(page.everything()).toContain('API_KEY string same');
    expect(page.everything()).toContain('CLIENT_SECRET string other value');
    expect(document.body.innerHTML).not.toContain('a b');
    await expectAccessible();
    await page.wrapper.get('input[aria-label="Take CLIENT_SECRET"]').setValue(false);
    await page.press('Add 1 to draft');
    expect(page.mine().NEXT).toBe('a b');
    expect(page.mine().CLIENT_SECRET).toBe(`${CANARY}-CLIENT_SECRET`);
    expect(page.everything()).toContain('1 variable added. Nothing was pushed.');
  });

  it('reads a JSON object, and says when it is none', async () => {
    const page = await openEditor('import');
    await page.type(page.area('Text to import'), '[1]');
    await vi.waitFor(() => expect(page.everything()).toContain('this is JSON, but no object'));
    await page.type(page.area('Text to import'), '{"LIMIT": 3}');
    await vi.waitFor(() => expect(page.everything()).toContain('LIMIT JSON new'));
    await page.press('Add 1 to draft');
    expect(page.mine().LIMIT).toBe('3');
  });
});

describe('Rename', () => {
  it('says that the secret stays at its path', async () => {
    const page = await openEditor('', { answers: { 'environment/rename': () => environment('staging') } });
    await page.router.push('/environments/staging/rename');
    await flushPromises();
    expect(page.everything()).toContain('The secret stays at its path. Migrate moves it.');
    await expectAccessible();
    await page.field('Name').setValue('Blue');
    await page.wrapper.get('#rename').trigger('submit');
    await flushPromises();
    expect(page.asked()).toContainEqual(['environment/rename', { environmentId: 'staging', name: 'Blue' }]);
  });
});

describe('Delete', () => {
  const removes = (removal: RemovalView | null) => ({ 'environment/delete': () => removal });

  it('unlinks here, which is the near choice', async () => {
    const page = await openEditor('delete', { answers: removes(null) });
    await expectAccessible();
    await page.press('Unlink');
    expect(page.asked()).toContainEqual(['environment/delete', { environmentId: 'staging', where: 'here' }]);
    expect(page.router.currentRoute.value.path).toBe('/environments');
    expect(page.everything()).toContain('staging unlinked. The secret stays at the provider.');
  });

  it('deletes at AWS with a recovery window', async () => {
    const until = Date.UTC(2027, 0, 15, 12);
    const page = await openEditor('delete', {
      answers: {
        ...removes({ kind: 'scheduled', until }),
        'connection/view': () => connection({ provider: 'aws' }),
      },
    });
    await page.wrapper.get('input[value="provider"]').setValue();
    await page.field('Recovery window').setValue('7');
    await expectAccessible();
    await page.press('Delete at the provider');
    expect(page.asked()).toContainEqual([
      'environment/delete',
      { environmentId: 'staging', where: 'provider', days: 7 },
    ]);
    expect(page.everything()).toContain('It can be restored until 15 January.');
  });

  it('asks before KV version 1 deletes for good', async () => {
    const page = await openEditor('delete', {
      abilities: { compareAndSwap: false },
      answers: removes({ kind: 'permanent' }),
    });
    await page.wrapper.get('input[value="provider"]').setValue();
    expect(page.everything()).toContain('for good: KV version 1 keeps nothing of it.');
    expect(page.button('Delete at the provider').attributes('disabled')).toBeDefined();
    await page.wrapper.get('dialog input[type="checkbox"]').setValue(true);
    await expectAccessible();
    await page.press('Delete at the provider');
    expect(page.asked()).toContainEqual([
      'environment/delete',
      { environmentId: 'staging', where: 'provider', permanent: true },
    ]);
  });

  it('says why it cannot be deleted at the provider, and what is lost here', async () => {
    const permissions = { read: true, create: true, update: true, remove: false, list: true };
    const page = await openEditor('delete', { abilities: { permissions } });
    await page.edit({ op: 'remove', name: 'API_KEY' });
    await flushPromises();
    expect(page.everything()).toContain('This login may not delete orders/staging.');
    expect(page.wrapper.get('input[value="provider"]').attributes('disabled')).toBeDefined();
    expect(page.everything()).toContain('Your 1 unsaved change is lost.');
    await expectAccessible();
  });

  it('says that values without Vault Sync are gone for good', async () => {
    const page = await openEditor('delete', { environment: { sync: false, state: 'session only' } });
    expect(page.everything()).toContain('they are gone for good');
    expect(page.hasButton('Delete')).toBe(true);
  });
});
