import { flushPromises } from '@vue/test-utils';
import { afterEach, describe, expect, it, vi } from 'vitest';

import { expectAccessible } from '../base/render';
import { openOptions } from './open-options';
import { environment, environments, job, NEW } from './views';

const CANARY = 'canary-7f3a91';

describe('the list of environments', () => {
  it('shows names, states as words, paths, folders, and why one failed', async () => {
    const page = await openOptions('/environments');
    expect(page.text()).toContain('5 in Orders');
    for (const state of ['fresh', 'stale', 'session only', 'not pulled', 'failed']) {
      expect(page.text()).toContain(`State: ${state}`);
    }
    expect(page.text()).toContain('This login may not read orders/partners/carrier.');
    expect(page.hasButton('partners, 1 environment')).toBe(true);
    await expectAccessible();
    await page.press('partners, 1 environment');
    expect(page.text()).not.toContain('carrier');
  });

  it('finds by name and path, and says when nothing matches', async () => {
    const page = await openOptions('/environments');
    await page.wrapper.get('input[type="search"]').setValue('PARTNERS');
    expect(page.text()).toContain('1 of 5 match');
    expect(page.text()).not.toContain('staging');
    await page.wrapper.get('input[type="search"]').setValue('nothing');
    expect(page.text()).toContain('No environment matches “nothing”');
    await expectAccessible();
    await page.press('Show all');
    expect(page.text()).toContain('staging');
  });

  it('filters those that need attention', async () => {
    const page = await openOptions('/environments');
    expect(page.text()).toContain('Needs attention 2');
    await page.wrapper.get('input[value="attention"]').setValue();
    expect(page.text()).toContain('staging');
    expect(page.text()).not.toContain('production');
  });

  it('pulls one where a pull helps', async () => {
    const page = await openOptions('/environments', { 'pull/one': () => job({ kind: 'pull-one' }) });
    expect(page.hasButton('Pull production')).toBe(false);
    await page.press('Pull staging');
    expect(page.names().filter((name) => name === 'access' || name === 'pull/one')).toEqual([
      'access',
      'pull/one',
    ]);
  });

  it('says what to do while there is none', async () => {
    const page = await openOptions('/environments', { 'environments/list': () => [] });
    expect(page.text()).toContain('Pull All finds what is in your vault.');
    await expectAccessible();
    const fresh = await openOptions('/environments', {
      'environments/list': () => [],
      'connection/view': () => NEW,
    });
    expect(fresh.everything()).toContain('Open Vault settings');
  });

  it('grows a long list on request', async () => {
    const many = Array.from({ length: 450 }, (_, index) => environment(`env-${index}`));
    const page = await openOptions('/environments', { 'environments/list': () => many });
    expect(page.wrapper.findAll('[data-row-link]')).toHaveLength(200);
    await page.press('Show 200 more');
    await page.press('Show 50 more');
    expect(page.wrapper.findAll('[data-row-link]')).toHaveLength(450);
  });
});

describe('one environment', () => {
  afterEach(() => vi.useRealTimers());
  const value = { 'environment/value': () => ({ name: 'API_KEY', type: 'string' as const, text: CANARY }) };

  it('shows its names masked; no value is asked for, and none is in the page', async () => {
    const page = await openOptions('/environments/staging', value);
    expect(page.text()).toContain('API_KEY string hidden');
    expect(page.text()).toContain('db JSON · 5 hidden');
    expect(page.text()).toContain('Sync variables with HashiCorp Vault');
    expect(page.text()).toContain('orders/staging');
    expect(page.names()).not.toContain('environment/value');
    await expectAccessible();
  });

  it('reveals a value at a press and takes it back from the page', async () => {
    const page = await openOptions('/environments/staging', value);
    await page.press('Reveal API_KEY');
    expect(page.text()).toContain(CANARY);
    expect(page.button('Hide API_KEY').attributes('aria-pressed')).toBe('true');
    await expectAccessible();
    await page.press('Hide API_KEY');
    expect(document.body.innerHTML).not.toContain(CANARY);
  });

  it('hides a value when the window loses the focus', async () => {
    const page = await openOptions('/environments/staging', value);
    await page.press('Reveal API_KEY');
    window.dispatchEvent(new Event('blur'));
    await flushPromises();
    expect(document.body.innerHTML).not.toContain(CANARY);
  });

  it('copies the placeholder, and the value without showing it', async () => {
    const page = await openOptions('/environments/staging', { ...value, 'clipboard/copied': () => null });
    await page.press('Copy placeholder of API_KEY');
    expect(page.clipboard()).toBe('{{vault:API_KEY}}');
    await page.press('Copy value of API_KEY');
    expect(page.clipboard()).toBe(CANARY);
    expect(document.body.innerHTML).not.toContain(CANARY);
    expect(page.names()).toContain('clipboard/copied');
  });

  it('pulls from the provider by its name', async () => {
    const page = await openOptions('/environments/staging', {
      'environment/variables': () => null,
      'pull/one': () => job({ kind: 'pull-one' }),
    });
    expect(page.text()).toContain('The values are not in memory.');
    await expectAccessible();
    await page.press('Pull from Vault');
    expect(page.asked()).toContainEqual(['pull/one', { environmentId: 'staging' }]);
  });

  it('says that values of an environment without sync live in memory only', async () => {
    const page = await openOptions('/environments/scratch');
    expect(page.text()).toContain('Vault Sync is off.');
    expect(page.hasButton('Pull from Vault')).toBe(false);
    await expectAccessible();
  });

  it('marks production, and unlinks after a question', async () => {
    let list = environments;
    const page = await openOptions('/environments/staging', {
      'environments/list': () => list,
      'environment/production': () => null,
      'environment/forget': () => {
        list = environments.filter(({ id }) => id !== 'staging');
        return null;
      },
    });
    await page.field('Production').setValue(true);
    await flushPromises();
    expect(page.asked()).toContainEqual([
      'environment/production',
      { environmentId: 'staging', production: true },
    ]);
    await page.press('Unlink here…');
    expect(page.everything()).toContain('The secret stays at the provider');
    await expectAccessible();
    await page.press('Unlink');
    expect(page.router.currentRoute.value.path).toBe('/environments');
    expect(page.everything()).toContain('staging unlinked.');
  });

  it('says so when it is no longer here', async () => {
    const page = await openOptions('/environments/gone');
    expect(page.text()).toContain('This environment is no longer here');
    await expectAccessible();
  });
});
