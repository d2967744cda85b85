import { flushPromises } from '@vue/test-utils';
import { describe, expect, it, vi } from 'vitest';

import { AppError } from '@/lib/core/errors';
import type { MigrationView, VersionView } from '@/lib/messaging/editing';

import { expectAccessible } from '../base/render';
import { connection } from '../options/views';
import { CANARY, openEditor, string } from './fake-editor';

const version = (number: number, over: Partial<VersionView> = {}): VersionView => ({
  version: String(number),
  createdAt: Date.now() - (41 - number) * 86_400_000,
  state: 'kept',
  labels: [],
  pulled: false,
  ...over,
});
const VERSIONS = [
  version(41, { state: 'current', pulled: true }),
  version(40),
  version(39),
  version(38, { state: 'deleted' }),
  version(37, { state: 'destroyed' }),
];
const answers = {
  'history/list': () => VERSIONS,
  'history/compare': () => [
    { name: 'API_KEY', change: 'edited', before: 'string', after: 'string' } as const,
    { name: 'LEGACY', change: 'removed', before: 'string', after: null } as const,
    { name: 'SIGNING', change: 'new', before: null, after: 'string' } as const,
  ],
  'history/value': ({ version: of }: { version: string }) => string('API_KEY', `${CANARY}-${of}`),
};

describe('History', () => {
  it('compares a version with the current one: names and kinds, values on request', async () => {
    const page = await openEditor('history/39', { answers });
    expect(page.text()).toContain('Version 39 compared with version 41 (current)');
    expect(page.text()).toContain('3 variables differ');
    expect(page.text()).toContain('API_KEY other value');
    expect(page.text()).toContain('LEGACY only here');
    expect(page.text()).toContain('SIGNING not there yet');
    expect(page.asked()).toContainEqual([
      'history/compare',
      { environmentId: 'staging', before: '39', after: '41' },
    ]);
    expect(document.body.innerHTML).not.toContain(CANARY);
    await expectAccessible();
    await page.press('Reveal API_KEY, before and after');
    expect(page.text()).toContain(`${CANARY}-39`);
    expect(page.text()).toContain(`${CANARY}-41`);
    await page.wrapper.get('select').setValue('40');
    await flushPromises();
    expect(page.asked()).toContainEqual([
      'history/compare',
      { environmentId: 'staging', before: '39', after: '40' },
    ]);
    expect(document.body.innerHTML).not.toContain(CANARY);
  });

  it('restores an old version as a new one, and says that edits stay', async () => {
    const page = await openEditor('history/39', {
      answers: {
        ...answers,
        'history/restore': () => ({ state: 'pushed', version: '42', changes: 3 }),
      },
    });
    await page.edit({ op: 'remove', name: 'API_KEY' });
    expect(page.text()).toContain('Restoring writes version 42. No version is lost.');
    await page.press('Restore…');
    expect(page.everything()).toContain('Your 1 unsaved change stays unsaved, over what is restored.');
    await expectAccessible();
    await page.press('Restore');
    expect(page.asked()).toContainEqual([
      'history/restore',
      { environmentId: 'staging', version: '39', current: '41' },
    ]);
    expect(page.everything()).toContain('Version 39 restored.');
  });

  it('brings a deleted version back, and says when one is gone for good', async () => {
    const page = await openEditor('history/38', { answers: { ...answers, 'history/undelete': () => null } });
    expect(page.text()).toContain('This version was deleted');
    await expectAccessible();
    await page.press('Undelete');
    expect(page.asked()).toContainEqual(['history/undelete', { environmentId: 'staging', version: '38' }]);
    page.wrapper.unmount();
    const gone = await openEditor('history/37', { answers });
    expect(gone.text()).toContain('Its values are gone for good.');
  });

  it('says that KV version 1 keeps none', async () => {
    const page = await openEditor('history', {
      abilities: { history: false },
      answers: {
        'history/list': () => {
          throw new AppError('missing', { path: 'orders/staging' });
        },
      },
    });
    expect(page.text()).toContain('This engine keeps no history (KV version 1).');
    expect(page.text()).not.toContain('gone');
    await expectAccessible();
  });

  it('says that two hold the same, that there is one only, and what went wrong', async () => {
    const same = await openEditor('history/40', { answers: { ...answers, 'history/compare': () => [] } });
    expect(same.text()).toContain('Both versions hold the same variables and values.');
    same.wrapper.unmount();
    const one = await openEditor('history', {
      answers: { ...answers, 'history/list': () => VERSIONS.slice(0, 1) },
    });
    expect(one.text()).toContain('This is the only version');
    one.wrapper.unmount();
    const failed = await openEditor('history', {
      answers: {
        'history/list': () => {
          throw new AppError('denied', { path: 'orders/staging', action: 'list the versions of' });
        },
      },
    });
    expect(failed.text()).toContain('This login may not list the versions of orders/staging.');
    await expectAccessible();
  });
});

const moving = (over: Partial<MigrationView> = {}): MigrationView => ({
  environmentId: 'staging',
  from: 'orders/staging',
  to: 'orders/blue',
  step: 'verify',
  state: 'running',
  failure: null,
  removal: null,
  ...over,
});

describe('Migrate', () => {
  const free = { 'environment/path-state': () => ({ state: 'free' }) as const };

  it('moves to a path that is free', async () => {
    let now: MigrationView | null = null;
    const page = await openEditor('migrate', {
      answers: {
        ...free,
        'migration/view': () => now,
        'migration/start': () => (now = moving({ step: 'read' })),
      },
    });
    expect(page.text()).toContain('Version 41, 3 variables, fresh');
    expect(page.button('Migrate').attributes('disabled')).toBeDefined();
    await page.field('New vault path').setValue('orders/blue');
    await vi.waitFor(() => expect(page.text()).toContain('Free: nothing is stored there.'));
    await expectAccessible();
    await page.wrapper.get('form').trigger('submit');
    await flushPromises();
    expect(page.asked()).toContainEqual([
      'migration/start',
      { environmentId: 'staging', path: 'orders/blue' },
    ]);
    expect(page.text()).toContain('Moving to orders/blue');
    expect(page.text()).toContain('Read , running');
    now = moving({ state: 'done', step: 'remove', removal: { kind: 'soft', version: '41' } });
    page.emit({ type: 'changed', area: 'environments' });
    await flushPromises();
    await flushPromises();
    expect(page.text()).toContain('Moved to orders/blue');
    expect(page.text()).toContain('orders/staging was deleted. It can be undeleted at the provider.');
    await expectAccessible();
  });

  it('goes on where it stopped, or is left as it is', async () => {
    let now: MigrationView | null = moving({
      state: 'stopped',
      failure: { code: 'verify-failed', details: { old: 'orders/staging', new: 'orders/blue' } },
    });
    const page = await openEditor('migrate', {
      answers: {
        'migration/view': () => now,
        'migration/resume': () => moving(),
        'migration/abandon': () => (now = null),
      },
    });
    expect(page.text()).toContain('The move to orders/blue stopped');
    expect(page.text()).toContain(
      'The copy at orders/blue differs from orders/staging. The old path was kept.',
    );
    expect(page.text()).toContain('Verify , failed');
    await expectAccessible();
    await page.press('Leave it so');
    expect(page.everything()).toContain('Both paths stay as they are now');
    await page.wrapper.findAll('dialog button').at(-1)?.trigger('click');
    await flushPromises();
    expect(page.names()).toContain('migration/abandon');
    expect(page.hasButton('Migrate')).toBe(true);
  });

  it('says what would be lost on the way, and goes on without it only when told so', async () => {
    const details = {
      ...{ action: 'describe', path: 'orders/staging', unseen: 'metadata' },
      permission: 'secretsmanager:DescribeSecret',
    };
    const stopped = moving({ step: 'read', state: 'stopped', failure: { code: 'denied', details } });
    const page = await openEditor('migrate', {
      answers: {
        'connection/view': () => connection({ provider: 'aws' }),
        'migration/view': () => stopped,
        'migration/resume': ({ withoutMetadata }) => (withoutMetadata ? moving() : stopped),
      },
    });
    expect(page.text()).toContain('This login may not describe orders/staging.');
    expect(page.text()).toContain('Ask for secretsmanager:DescribeSecret');
    expect(page.text()).toContain('Its description, tags and KMS key would stay behind');
    await expectAccessible();
    await page.press('Go on');
    expect(page.asked()).toContainEqual(['migration/resume', { environmentId: 'staging' }]);
    await page.press('Move it without');
    expect(page.asked()).toContainEqual([
      'migration/resume',
      { environmentId: 'staging', withoutMetadata: true },
    ]);
    expect(page.text()).toContain('Moving to orders/blue');
  });

  it('asks before KV version 1 deletes the old one for good', async () => {
    const page = await openEditor('migrate', {
      abilities: { compareAndSwap: false },
      answers: { ...free, 'migration/start': () => moving() },
    });
    await page.field('New vault path').setValue('orders/blue');
    await vi.waitFor(() => expect(page.text()).toContain('Free'));
    expect(page.button('Migrate').attributes('disabled')).toBeDefined();
    await page.wrapper.get('form input[type="checkbox"]').setValue(true);
    await page.wrapper.get('form').trigger('submit');
    await flushPromises();
    expect(page.asked()).toContainEqual([
      'migration/start',
      { environmentId: 'staging', path: 'orders/blue', permanent: true },
    ]);
  });

  it('says what has to be done first', async () => {
    const page = await openEditor('migrate', { answers: free });
    await page.edit({ op: 'remove', name: 'API_KEY' });
    await flushPromises();
    expect(page.text()).toContain('Save or discard the 1 change first.');
    await expectAccessible();
  });
});
