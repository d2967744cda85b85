import { flushPromises } from '@vue/test-utils';
import { describe, expect, it } from 'vitest';

import { AppError } from '@/lib/core/errors';

import { expectAccessible, openPopup } from './open-popup';
import { NO_TESTER, popup, status, tab, tester } from './views';

const TWO = [
  { id: 'orders', name: 'Orders', order: 0 },
  { id: 'payments', name: 'Payments', order: 1 },
];
const menu = () => document.querySelector('[role="menu"]');

describe('the workspace in the popup', () => {
  it('is switched from the footer, by keys alone', async () => {
    const page = await openPopup(popup({ status: status({ workspaces: TWO }) }), {
      'workspace/switch': () => null,
    });
    await page.button('Workspace: Orders').trigger('click');
    await flushPromises();
    expect(document.activeElement?.textContent?.trim()).toBe('Orders');
    await expectAccessible();
    const key = (name: string) =>
      document.activeElement?.dispatchEvent(
        new KeyboardEvent('keydown', { key: name, bubbles: true, cancelable: true }),
      );
    key('ArrowDown');
    (document.activeElement as HTMLElement).click();
    await flushPromises();
    expect(page.asked()).toContainEqual(['workspace/switch', { workspaceId: 'payments' }]);
    expect(menu()).toBeNull();
  });

  it('is made and managed on the options page', async () => {
    const page = await openPopup(popup({ status: status({ workspaces: TWO }) }));
    for (const [entry, route] of [
      ['New workspace…', '/workspaces/new'],
      ['Manage workspaces', '/workspaces'],
    ] as const) {
      await page.button('Workspace: Orders').trigger('click');
      await flushPromises();
      const found = [...(menu()?.querySelectorAll<HTMLElement>('[role="menuitem"]') ?? [])];
      found.find((one) => one.textContent?.trim() === entry)?.click();
      await flushPromises();
      expect(page.asked()).toContainEqual(['options', route]);
    }
  });

  it('is another one than the open one where the site belongs to it, which is what is pulled', async () => {
    const page = await openPopup(
      popup({
        status: status({ workspaces: TWO }),
        tab: tab({ tester: tester({ workspaceId: 'payments' }) }),
      }),
      {
        'pull/all': ({ scope }) => {
          throw new AppError('unexpected', { where: scope });
        },
      },
    );
    expect(page.text()).toContain('This site belongs to the workspace Payments.');
    await expectAccessible();
    await page.button('Pull').trigger('click');
    expect(page.asked().find(([what]) => what === 'pull/all')?.[1]).toMatchObject({ scope: 'payments' });
  });
});

describe('what the organization forbids', () => {
  it('is not offered on a site where it forbids Keyferry', async () => {
    const page = await openPopup(popup({ tab: tab({ ...NO_TESTER, forbidden: true }), variables: null }));
    expect(page.text()).toContain('Your organization forbids the use of Keyferry on lab.tidewater.example.');
    expect(page.hasButton('Enable on this site')).toBe(false);
    await expectAccessible();
  });

  it('is said on a site that was enabled before', async () => {
    const page = await openPopup(
      popup({ tab: tab({ forbidden: true, tester: tester({ forbidden: true }), needsReload: true }) }),
    );
    expect(page.text()).toContain('Your organization forbids the use of Keyferry on docs.tidewater.example.');
    expect(page.hasButton('Reload page')).toBe(false);
    await expectAccessible();
  });

  it('is said of destinations that were allowed before', async () => {
    const grants = tester().grants.map((grant, at) => (at === 0 ? { ...grant, forbidden: true } : grant));
    const page = await openPopup(popup({ tab: tab({ tester: tester({ grants }) }) }));
    expect(page.text()).toContain('Your organization forbids sending values to api.tidewater.example.');
    await expectAccessible();
  });
});
