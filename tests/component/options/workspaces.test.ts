import { flushPromises } from '@vue/test-utils';
import { describe, expect, it } from 'vitest';

import { AppError } from '@/lib/core/errors';
import { DEFAULT_HASHICORP } from '@/lib/core/model';
import type { WorkspaceView } from '@/lib/messaging/configuration';

import { expectAccessible, words } from '../base/render';
import { openOptions } from './open-options';
import { connection, environment, statusView, VAULT } from './views';

const ORDERS: WorkspaceView = {
  id: 'orders',
  name: 'Orders',
  order: 0,
  environments: 12,
  edited: 2,
  testers: 3,
  override: true,
};
const PAYMENTS: WorkspaceView = {
  id: 'payments',
  name: 'Payments',
  order: 1,
  environments: 4,
  edited: 0,
  testers: 0,
  override: false,
};

/** A worker with workspaces; `own` are those with a connection of their own. */
function world(all: WorkspaceView[] = [ORDERS, PAYMENTS], own = ['orders']) {
  let chosen = 'orders';
  const list = () => [...all];
  return {
    'status/view': () => statusView({ workspaces: [...all], workspaceId: chosen }),
    'workspaces/list': list,
    'workspace/create': ({ name }: { name: string }) => {
      if (name === 'Orders') throw new AppError('name-taken', { name });
      const made = { ...PAYMENTS, id: 'made', name, order: 2 };
      all.push(made);
      return made;
    },
    'workspace/rename': ({ workspaceId, name }: { workspaceId: string; name: string }) => {
      const at = all.findIndex(({ id }) => id === workspaceId);
      const renamed = { ...(all[at] ?? ORDERS), name };
      all[at] = renamed;
      return renamed;
    },
    'workspace/delete': ({ workspaceId }: { workspaceId: string }) => {
      all.splice(
        all.findIndex(({ id }) => id === workspaceId),
        1,
      );
      return null;
    },
    'workspace/switch': ({ workspaceId }: { workspaceId: string }) => {
      chosen = workspaceId;
      return null;
    },
    'environments/list': ({ workspaceId }: { workspaceId: string }) => [
      environment(`${workspaceId}-env`, { workspaceId }),
    ],
    'testers/list': () => [],
    'connection/view': ({ scope }: { scope: string }) =>
      connection({ scope, source: own.includes(scope) ? scope : 'global' }),
    'connection/save': ({ scope }: { scope: string }) => {
      if (scope !== 'global') own.push(scope);
      return connection({ scope, source: scope });
    },
    'connection/reset': ({ scope }: { scope: string }) => {
      own.splice(own.indexOf(scope), 1);
      return connection({ scope });
    },
  };
}

const menu = () => document.querySelector('[role="menu"]');

describe('the workspace switch of the side bar', () => {
  it('opens another workspace, whose environments are then shown', async () => {
    const page = await openOptions('/environments', world());
    expect(page.text()).toContain('orders-env');
    await page.press('Workspace: Orders');
    expect(menu()?.querySelector('[aria-checked="true"]')?.textContent).toBe('Orders');
    expect(document.activeElement?.textContent).toBe('Orders');
    await expectAccessible();
    await page.key('ArrowDown');
    expect(document.activeElement?.textContent).toBe('Payments');
    (document.activeElement as HTMLElement).click();
    await flushPromises();
    expect(page.asked()).toContainEqual(['workspace/switch', { workspaceId: 'payments' }]);
    expect(menu()).toBeNull();
    expect(page.text()).toContain('payments-env');
    expect(page.text()).not.toContain('orders-env');
    expect(page.button('Workspace: Payments').element).toBe(document.activeElement);
  });

  it('closes by Escape and gives the focus back', async () => {
    const page = await openOptions('/environments', world());
    await page.press('Workspace: Orders');
    await page.key('Escape');
    expect(menu()).toBeNull();
    expect(document.activeElement).toBe(page.button('Workspace: Orders').element);
  });

  it('leaves an environment of the workspace before', async () => {
    const page = await openOptions('/environments/orders-env/migrate', world());
    await page.press('Workspace: Orders');
    await page.key('ArrowDown');
    (document.activeElement as HTMLElement).click();
    await flushPromises();
    expect(page.router.currentRoute.value.path).toBe('/environments');
  });

  it('is not there while Keyferry is locked', async () => {
    const page = await openOptions('/environments', {
      ...world(),
      'status/view': () => statusView({ phase: 'locked' }),
    });
    expect(page.hasButton('Workspace: Orders')).toBe(false);
  });
});

describe('the workspaces', () => {
  it('are listed with what is in them', async () => {
    const page = await openOptions('/workspaces', world());
    expect(page.text()).toContain('Orders open now 12 · 2 with unsaved changes 3 its own');
    expect(page.text()).toContain('Payments 4 0 global defaults');
    await expectAccessible();
  });

  it('are made under a name that is free, and opened', async () => {
    const page = await openOptions('/workspaces/new', world());
    await expectAccessible();
    const form = page.wrapper.get('form#workspace-name');
    await form.trigger('submit');
    expect(page.everything()).toContain('Write a name.');
    await page.field('Name').setValue('Orders');
    await form.trigger('submit');
    await flushPromises();
    expect(page.everything()).toContain('Another one is called Orders already.');
    await expectAccessible();
    await page.field('Name').setValue(' Shipping ');
    await form.trigger('submit');
    await flushPromises();
    expect(page.asked()).toContainEqual(['workspace/create', { name: 'Shipping' }]);
    expect(page.asked()).toContainEqual(['workspace/switch', { workspaceId: 'made' }]);
    expect(page.router.currentRoute.value.path).toBe('/environments');
    expect(page.hasButton('Workspace: Shipping')).toBe(true);
  });

  it('are renamed', async () => {
    const page = await openOptions('/workspaces/orders/rename', world());
    await expectAccessible();
    await page.field('Name').setValue('Trade');
    await page.wrapper.get('form#workspace-name').trigger('submit');
    await flushPromises();
    expect(page.router.currentRoute.value.path).toBe('/workspaces');
    expect(page.text()).toContain('Trade');
  });

  it('are deleted after a question that says what goes along', async () => {
    const page = await openOptions('/workspaces/orders/delete', world());
    const dialog = words(document.querySelector('dialog') ?? document.body);
    expect(dialog).toContain('Delete Orders?');
    expect(dialog).toContain('12 environments with all values in memory');
    expect(dialog).toContain('the unsaved changes in 2 environments');
    expect(dialog).toContain('3 testers with the destinations allowed there');
    expect(dialog).toContain('its own connection, with the credentials sealed for it');
    expect(dialog).toContain('The secrets at your provider stay as they are');
    await expectAccessible();
    await page.press('Delete workspace');
    expect(page.asked()).toContainEqual(['workspace/delete', { workspaceId: 'orders' }]);
    expect(page.text()).not.toContain('Orders');
  });

  it('keep their last one', async () => {
    const page = await openOptions('/workspaces', world([ORDERS]));
    expect(page.button('Delete Orders').attributes('disabled')).toBeDefined();
    expect(page.text()).toContain('The only workspace cannot be deleted.');
    await page.router.push('/workspaces/orders/delete');
    await flushPromises();
    expect(page.hasButton('Delete workspace')).toBe(false);
    await expectAccessible();
  });
});

describe('Settings → Vault, of a workspace', () => {
  it('shows the settings in force: its own, or the global defaults', async () => {
    const own = await openOptions('/vault', world());
    expect(own.router.currentRoute.value.path).toBe('/vault/orders');
    own.wrapper.unmount();
    const inherits = await openOptions('/vault', world([ORDERS, PAYMENTS], []));
    expect(inherits.router.currentRoute.value.path).toBe('/vault/global');
  });

  it('says that the global defaults are shown, to be read only', async () => {
    const page = await openOptions('/vault/orders', world([ORDERS, PAYMENTS], []));
    expect(page.text()).toContain('Orders uses the global defaults.');
    expect(page.text()).toContain('sealed for the global defaults');
    expect(page.wrapper.get('main fieldset').attributes('disabled')).toBeDefined();
    expect(page.hasButton('Save')).toBe(false);
    await expectAccessible();
  });

  it('tests what is inherited with the credentials of the defaults', async () => {
    const page = await openOptions('/vault/orders', {
      ...world([ORDERS, PAYMENTS], []),
      'connection/test': () => [],
    });
    await page.press('Test Connection');
    expect(page.asked().find(([what]) => what === 'connection/test')?.[1]).toMatchObject({
      form: { scope: 'global' },
    });
  });

  it('makes an override that borrows no credentials, and leaves the defaults alone', async () => {
    const page = await openOptions('/vault/orders', world([ORDERS, PAYMENTS], []));
    await page.press('Override for this workspace');
    expect(page.text()).toContain('A connection of its own for Orders.');
    await expectAccessible();
    expect(page.field('Vault URL').element.value).toBe(VAULT);
    await page.wrapper.get('main form').trigger('submit');
    expect(page.text()).toContain('Enter the Token.');
    await page.field('Token').setValue('its-own');
    await page.wrapper.get('main form').trigger('submit');
    await flushPromises();
    const saves = page.asked().filter(([what]) => what === 'connection/save');
    expect(saves).toEqual([
      [
        'connection/save',
        {
          scope: 'orders',
          provider: 'hashicorp',
          settings: { ...DEFAULT_HASHICORP, url: VAULT, enginePath: 'platform/kv' },
          credentials: { kind: 'token', token: 'its-own' },
        },
      ],
    ]);
    expect(page.text()).toContain('Orders has a connection of its own.');
  });

  it('goes back to the defaults without an override when asked to keep them', async () => {
    const page = await openOptions('/vault/orders', world([ORDERS, PAYMENTS], []));
    await page.press('Override for this workspace');
    await page.press('Keep the defaults');
    expect(page.text()).toContain('Orders uses the global defaults.');
    expect(page.hasButton('Save')).toBe(false);
  });

  it('resets to the global defaults after a question', async () => {
    const page = await openOptions('/vault/orders', world());
    await page.press('Reset to global defaults');
    expect(page.everything()).toContain('credentials of Orders alone are forgotten. Its environments');
    await expectAccessible();
    const [, confirm] = page.wrapper
      .findAll('button')
      .filter((one) => one.text() === 'Reset to global defaults');
    await confirm?.trigger('click');
    await flushPromises();
    expect(page.asked()).toContainEqual(['connection/reset', { scope: 'orders' }]);
    expect(page.text()).toContain('Orders uses the global defaults.');
  });

  it('goes to the global defaults and back by the toggle', async () => {
    const page = await openOptions('/vault/orders', world());
    await page.wrapper.get('input[value="global"]').setValue();
    await flushPromises();
    expect(page.router.currentRoute.value.path).toBe('/vault/global');
    await page.wrapper.get('input[value="workspace"]').setValue();
    await flushPromises();
    expect(page.router.currentRoute.value.path).toBe('/vault/orders');
  });

  it('follows the side bar, and an address of another workspace opens that one', async () => {
    const page = await openOptions('/vault/orders', world());
    await page.press('Workspace: Orders');
    await page.key('ArrowDown');
    (document.activeElement as HTMLElement).click();
    await flushPromises();
    expect(page.router.currentRoute.value.path).toBe('/vault/payments');
    expect(page.text()).toContain('Payments uses the global defaults.');
    await page.router.push('/vault/orders');
    await flushPromises();
    expect(page.hasButton('Workspace: Orders')).toBe(true);
    await page.router.push('/vault/nowhere');
    await flushPromises();
    expect(page.text()).toContain('This workspace is no longer there.');
    await expectAccessible();
  });

  it('stays in a workspace whose unsaved fields are not to be lost', async () => {
    const page = await openOptions('/vault/orders', world());
    await page.field('Engine Path').setValue('other/kv');
    await page.press('Workspace: Orders');
    await page.key('ArrowDown');
    (document.activeElement as HTMLElement).click();
    await flushPromises();
    expect(page.everything()).toContain('Leave without saving?');
    await page.press('Stay here');
    expect(page.names()).not.toContain('workspace/switch');
    expect(page.hasButton('Workspace: Orders')).toBe(true);
  });

  it('says what the organization holds fast', async () => {
    const page = await openOptions('/vault/global', {
      'connection/view': () => connection({ managed: ['provider', 'hashicorp.url', 'hashicorp.verifySsl'] }),
    });
    expect(page.field('Vault URL').attributes('disabled')).toBeDefined();
    expect(page.field('Verify SSL').attributes('disabled')).toBeDefined();
    expect(page.field('Engine Path').attributes('disabled')).toBeUndefined();
    expect(page.wrapper.get('input[value="aws"]').attributes('disabled')).toBeDefined();
    expect(page.text().match(/Set by your organization\./g)).toHaveLength(3);
    await expectAccessible();
  });

  it('offers no override where the organization keeps all on the defaults', async () => {
    const page = await openOptions('/vault/orders', {
      'connection/view': ({ scope }) =>
        connection({ scope, ...(scope === 'global' ? {} : { managed: ['scope'] }) }),
    });
    expect(page.text()).toContain('Your organization keeps all workspaces on them.');
    expect(page.hasButton('Override for this workspace')).toBe(false);
    await expectAccessible();
  });
});
