import { flushPromises } from '@vue/test-utils';
import { describe, expect, it } from 'vitest';

import { AppError } from '@/lib/core/errors';
import { singleKeys } from '@/lib/ui/shortcuts';

import { expectAccessible } from '../base/render';
import { openOptions } from './open-options';
import { statusView } from './views';

/** A worker that is locked until it is given the right passphrase. */
function locked(right = 'four unrelated words') {
  let phase: 'locked' | 'unlocked' = 'locked';
  return {
    'status/view': () => statusView({ phase }),
    'lock/unlock': ({ passphrase }: { passphrase: string }) => {
      if (passphrase !== right) throw new AppError('wrong-passphrase');
      phase = 'unlocked';
      return null;
    },
    'lock/lock': () => {
      phase = 'locked';
      return null;
    },
  };
}

describe('the frame', () => {
  it('lists the pages there are, and marks the one that is open', async () => {
    const page = await openOptions('/environments');
    const links = page.wrapper.findAll('nav a').map((link) => link.text());
    expect(links.map((text) => text.replace(/\d+/, ''))).toEqual([
      'Environments',
      'Testers',
      'Vault',
      'Security',
      'Backup',
      'Help',
    ]);
    expect(page.wrapper.get('nav [aria-current="page"]').text()).toContain('Environments');
    expect(document.title).toBe('Environments · Keyferry');
    expect(page.wrapper.findAll('h1')).toHaveLength(1);
    await expectAccessible();
  });

  it('says that an update waits, and until when', async () => {
    const page = await openOptions('/testers', { 'status/view': () => statusView({ updateWaits: true }) });
    expect(page.text()).toContain('A newer Keyferry is ready.');
    expect(page.text()).toContain('It goes in by itself once nothing is unsaved');
    await expectAccessible();
  });

  it('shows how many requests wait', async () => {
    const page = await openOptions('/testers', { 'status/view': () => statusView({ waiting: 2 }) });
    expect(page.wrapper.get('nav a[href="/testers"]').text()).toBe('Testers2');
    expect(page.text()).toContain('2 requests are waiting.');
  });

  it('says that an address leads nowhere', async () => {
    const page = await openOptions('/nowhere');
    expect(page.text()).toContain('There is no such page');
    await expectAccessible();
  });

  it('goes to the first step while Keyferry is new', async () => {
    const page = await openOptions('/vault', { 'status/view': () => statusView({ phase: 'first-run' }) });
    expect(page.router.currentRoute.value.path).toBe('/welcome/1');
  });

  it('says when the stored settings are of a newer Keyferry', async () => {
    const page = await openOptions('/vault', {
      'status/view': () => statusView({ broken: { code: 'database-newer', details: {} } }),
    });
    expect(page.text()).toContain('A newer Keyferry wrote this data');
    expect(page.text()).toContain('It read nothing and changed nothing');
    expect(page.wrapper.find('nav').exists()).toBe(false);
    expect(document.title).toBe('Not readable · Keyferry');
    await expectAccessible();
    await page.router.push('/welcome/1');
    await flushPromises();
    expect(page.text()).toContain('A newer Keyferry wrote this data');
  });

  it('offers to retry when the worker does not answer', async () => {
    let dead = true;
    const page = await openOptions('/security', {
      'status/view': () => {
        if (dead) throw new AppError('worker-restarted', {}, true);
        return statusView();
      },
    });
    expect(page.text()).toContain('Your browser restarted Keyferry');
    dead = false;
    await page.press('Retry');
    expect(page.text()).toContain('Change passphrase');
  });
});

describe('while locked', () => {
  it('a deep link shows the unlock form in place, with the focus in it, and then the page', async () => {
    const page = await openOptions('/security', locked());
    expect(page.text()).toContain('Keyferry is locked');
    expect(page.text()).not.toContain('Change passphrase');
    expect(document.title).toBe('Keyferry is locked · Keyferry');
    expect(document.activeElement).toBe(page.field('Passphrase').element);
    await expectAccessible();

    await page.field('Passphrase').setValue('four unrelated words');
    await page.wrapper.get('form').trigger('submit');
    await flushPromises();
    expect(page.router.currentRoute.value.path).toBe('/security');
    expect(page.text()).toContain('Change passphrase');
  });

  it('says that a passphrase is wrong, selects it, and after five offers the way out', async () => {
    const page = await openOptions('/vault', locked());
    for (let times = 1; times <= 5; times += 1) {
      expect(page.hasButton('What if it is lost?')).toBe(false);
      await page.field('Passphrase').setValue('wrong');
      await page.wrapper.get('form').trigger('submit');
      await flushPromises();
      expect(page.text()).toContain('That passphrase does not open Keyferry.');
    }
    expect(document.activeElement).toBe(page.field('Passphrase').element);
    await expectAccessible();
    await page.press('What if it is lost?');
    expect(page.router.currentRoute.value.path).toBe('/help/passphrase');
    expect(page.text()).toContain('It cannot be recovered');
  });

  it('asks for a passphrase before it asks the worker', async () => {
    const page = await openOptions('/vault', locked());
    await page.wrapper.get('form').trigger('submit');
    expect(page.text()).toContain('Type your passphrase.');
    expect(page.names()).not.toContain('lock/unlock');
  });

  it('#/locked?to= goes on to a page of ours, and to no other address', async () => {
    const page = await openOptions('/locked?to=/testers', locked());
    await page.field('Passphrase').setValue('four unrelated words');
    await page.wrapper.get('form').trigger('submit');
    await flushPromises();
    expect(page.router.currentRoute.value.path).toBe('/testers');
    await page.router.push('/locked?to=//evil.example');
    await flushPromises();
    expect(page.router.currentRoute.value.path).toBe('/environments');
  });

  it('help stays readable', async () => {
    const page = await openOptions('/help/placeholders', locked());
    expect(page.text()).toContain('{{vault:API_KEY}}');
  });
});

describe('the keyboard', () => {
  it('goes to a page by g and a letter, and puts the focus on its heading', async () => {
    const page = await openOptions('/environments');
    await page.key('g');
    await page.key('v');
    expect(page.router.currentRoute.value.path).toBe('/vault/global');
    expect(document.activeElement?.tagName).toBe('H1');
  });

  it('searches by /, walks the rows by j and k', async () => {
    const page = await openOptions('/environments');
    await page.key('/');
    expect(document.activeElement?.getAttribute('type')).toBe('search');
    (document.activeElement as HTMLElement).blur();
    await page.key('j');
    await page.key('j');
    const second = document.activeElement?.textContent?.trim();
    await page.key('k');
    expect([document.activeElement?.textContent?.trim(), second]).toEqual(['production', 'staging']);
  });

  it('lists itself, and the list can be scrolled by keys', async () => {
    const page = await openOptions('/environments');
    await page.key('?');
    const list = page.wrapper.get('dialog [role="region"]');
    expect(list.attributes('tabindex')).toBe('0');
    expect(list.text()).toContain('This list');
    await expectAccessible();
  });

  it('leaves letters alone in a field, and when they are switched off', async () => {
    const page = await openOptions('/environments');
    await page.key('/');
    await page.key('?');
    expect(page.everything()).not.toContain('This list');
    (document.activeElement as HTMLElement).blur();
    singleKeys.value = false;
    await page.key('?');
    expect(page.everything()).not.toContain('This list');
    singleKeys.value = true;
    await page.key('?');
    expect(page.everything()).toContain('This list');
    await expectAccessible();
  });

  it('locks by Alt+L', async () => {
    const answers = { ...locked(), 'status/view': () => statusView() };
    const page = await openOptions('/environments', answers);
    await page.key('l', { altKey: true });
    expect(page.names()).toContain('lock/lock');
  });
});
