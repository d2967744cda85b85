import { describe, expect, it } from 'vitest';

import { expectAccessible } from '../base/render';
import { openOptions } from './open-options';
import { environment, job, NEW } from './views';

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

  it('says what is not pushed, and offers the one act that each state asks for', async () => {
    const page = await openOptions('/environments', {
      'environments/list': () => [
        environment('staging', { state: 'edited', changes: 3 }),
        environment('eu', { state: 'conflict', changes: 3, conflicts: 2 }),
        environment('returns', { state: 'missing' }),
      ],
    });
    expect(page.text()).toContain('3 changes, not pushed');
    expect(page.text()).toContain('2 variables changed on both sides');
    const acts = ['Review staging', 'Resolve eu', 'Restore returns'].map((name) =>
      page.wrapper.get(`a[aria-label="${name}"]`).attributes('href'),
    );
    expect(acts).toEqual([
      '#/environments/staging/review',
      '#/environments/eu/conflict',
      '#/environments/returns',
    ]);
    expect(page.text()).toContain('Push 2 edited…');
    await page.wrapper.get('input[value="edited"]').setValue();
    expect(page.text()).not.toContain('returns');
    await expectAccessible();
  });

  it('has a menu for each, by keyboard too', async () => {
    const page = await openOptions('/environments');
    await page.press('More for staging');
    expect(document.activeElement?.textContent?.trim()).toBe('Open');
    await page.key('ArrowUp');
    expect(document.activeElement?.textContent?.trim()).toBe('Delete…');
    await expectAccessible();
    await page.key('Escape');
    expect(document.activeElement?.getAttribute('aria-label')).toBe('More for staging');
    expect(document.querySelector('[role="menu"]')).toBeNull();
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
