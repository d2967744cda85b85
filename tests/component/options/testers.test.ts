import { flushPromises } from '@vue/test-utils';
import { describe, expect, it } from 'vitest';

import { AppError } from '@/lib/core/errors';
import type { ApprovalView, PopupView, TesterView } from '@/lib/messaging/views';

import type { FakeOutside } from '../../unit/ui/fake-outside';
import { expectAccessible } from '../base/render';
import { openOptions } from './open-options';
import { managed, statusView, testers } from './views';

type Page = Awaited<ReturnType<typeof openOptions>>;

const submit = async (page: Page, form: string) => {
  await page.wrapper.get(`form#${form}`).trigger('submit');
  await flushPromises();
};
const [docs] = testers as readonly [TesterView];

/** Opens a dialog above the page, as its link does. */
async function openAbove(route: string, answers: FakeOutside['answers']): Promise<Page> {
  const page = await openOptions('/testers', answers);
  await page.router.push(route);
  await flushPromises();
  return page;
}

describe('enabling a site', () => {
  const open = (answers: FakeOutside['answers'] = {}) =>
    openAbove('/testers/enable', { 'tester/add': () => docs, ...answers });
  const fill = (page: Page, address: string) => page.field('Address').setValue(address);

  it('is offered in the head, and where no tester is yet', async () => {
    const page = await openOptions('/testers', { 'testers/list': () => [] });
    const links = page.wrapper.findAll('a').filter((one) => one.text() === 'Enable a site');
    expect(links.map((one) => one.attributes('href'))).toEqual(['#/testers/enable', '#/testers/enable']);
    await expectAccessible();
  });

  it('takes any address on it, says what is meant, and asks the browser first', async () => {
    const page = await open();
    expect(document.activeElement).toBe(page.field('Address').element);
    await expectAccessible();
    await fill(page, 'lab.tidewater.example:8443/graphiql?x#y');
    expect(page.everything()).toContain('Enables https://lab.tidewater.example:8443 with all its pages.');
    expect(page.everything()).toContain('Your browser asks once for access to lab.tidewater.example:8443.');
    await page.field('Environment').setValue('staging');
    await submit(page, 'enable');
    const acts = page.asked().filter(([what]) => what === 'access' || what === 'tester/add');
    expect(acts).toEqual([
      ['access', ['https://lab.tidewater.example/*']],
      ['tester/add', { origin: 'https://lab.tidewater.example:8443', environmentId: 'staging' }],
    ]);
    expect(page.everything()).toContain('lab.tidewater.example:8443 is enabled. Reload its open pages.');
    expect(page.router.currentRoute.value.path).toBe('/testers');
  });

  it('leaves the focus on the page’s head where what opened it is gone', async () => {
    let list: readonly TesterView[] = [];
    const page = await openOptions('/testers', {
      'testers/list': () => list,
      'tester/add': () => {
        list = testers;
        return docs;
      },
    });
    const opener = page.wrapper.findAll('a').findLast((one) => one.text() === 'Enable a site');
    opener?.element.focus();
    await page.router.push('/testers/enable');
    await flushPromises();
    await fill(page, 'https://docs.tidewater.example');
    await submit(page, 'enable');
    expect(page.router.currentRoute.value.path).toBe('/testers');
    expect(document.activeElement).toBe(page.wrapper.get('h1').element);
  });

  it('asks the browser in the click’s own turn', async () => {
    const page = await open();
    await fill(page, 'https://lab.tidewater.example');
    const form = page.wrapper.get('form#enable').element;
    form.dispatchEvent(new Event('submit', { cancelable: true }));
    // Nothing was awaited since.
    expect(page.asked().at(-1)).toEqual(['access', ['https://lab.tidewater.example/*']]);
    await flushPromises();
  });

  it('takes the first environment unless another is chosen', async () => {
    const page = await open();
    await fill(page, 'https://lab.tidewater.example');
    await submit(page, 'enable');
    expect(page.asked()).toContainEqual([
      'tester/add',
      { origin: 'https://lab.tidewater.example', environmentId: 'production' },
    ]);
  });

  it.each([
    ['', 'Enter the site’s address, with http or https.'],
    ['ftp://docs.example', 'Enter the site’s address, with http or https.'],
    ['chrome-extension://abcdef/options.html', 'Enter the site’s address, with http or https.'],
    ['https://addons.mozilla.org/firefox', 'Keyferry cannot work on this page'],
    ['https://docs.tidewater.example/swagger', 'docs.tidewater.example is enabled already.'],
    ['https://x.closed.example', 'Your organization forbids the use of Keyferry on x.closed.example.'],
  ])('refuses %j before the browser is asked', async (address, said) => {
    const page = await open({
      'status/view': () =>
        statusView({
          managed: managed({ testers: { blocked: ['https://*.closed.example'], allowed: [] } }),
        }),
    });
    await fill(page, address);
    await submit(page, 'enable');
    expect(page.everything()).toContain(said);
    expect(page.field('Address').attributes('aria-invalid')).toBe('true');
    expect(document.activeElement).toBe(page.field('Address').element);
    expect(page.names()).not.toContain('access');
    expect(page.names()).not.toContain('tester/add');
    await expectAccessible();
  });

  it('enables nothing when the browser is told no', async () => {
    const page = await open();
    page.refuseAccess();
    await fill(page, 'https://lab.tidewater.example');
    await submit(page, 'enable');
    expect(page.everything()).toContain(
      'Your browser has not given Keyferry access to lab.tidewater.example.',
    );
    expect(page.everything()).toContain('Nothing was changed.');
    expect(page.names()).not.toContain('tester/add');
    expect(page.router.currentRoute.value.path).toBe('/testers/enable');
    await expectAccessible();
  });

  it('says why the worker refuses', async () => {
    const page = await open({
      'tester/add': () => {
        throw new AppError('tester-elsewhere', { host: 'lab.tidewater.example', name: 'Payments' });
      },
    });
    await fill(page, 'https://lab.tidewater.example');
    await submit(page, 'enable');
    expect(page.everything()).toContain(
      'lab.tidewater.example is enabled in another workspace (Payments). Nothing was changed.',
    );
  });

  it('needs an environment', async () => {
    const page = await open({ 'environments/list': () => [] });
    expect(page.everything()).toContain('No environments yet');
    expect(page.hasButton('Enable')).toBe(false);
    await expectAccessible();
    await page.press('Cancel');
    expect(page.router.currentRoute.value.path).toBe('/testers');
  });
});

describe('adding a destination', () => {
  const open = (answers: FakeOutside['answers'] = {}) =>
    openAbove('/testers/tester/destination', { 'grant/add': () => null, ...answers });
  const fill = (page: Page, address: string) => page.field('Destination').setValue(address);

  it('is offered below the table', async () => {
    const page = await openOptions('/testers');
    const link = page.wrapper.get('a[aria-label="Add destination for docs.tidewater.example"]');
    expect(link.attributes('href')).toBe('#/testers/tester/destination');
  });

  it('is not offered for a site that the organization forbids', async () => {
    const page = await openOptions('/testers', { 'testers/list': () => [{ ...docs, forbidden: true }] });
    expect(page.wrapper.find('a[aria-label^="Add destination"]').exists()).toBe(false);
  });

  it('asks the browser first, then allows it for the tester’s own environment', async () => {
    const page = await open();
    await expectAccessible();
    await fill(page, 'https://api.eu.tidewater.example/v1/orders');
    expect(page.everything()).toContain('Allows https://api.eu.tidewater.example with all its paths.');
    expect(page.everything()).not.toContain('this counts when you switch it');
    await submit(page, 'destination');
    const acts = page.asked().filter(([what]) => what === 'access' || what === 'grant/add');
    const destination = 'https://api.eu.tidewater.example';
    expect(acts).toEqual([
      ['access', ['https://api.eu.tidewater.example/*']],
      ['grant/add', { testerId: 'tester', environmentId: 'staging', destination }],
    ]);
    expect(page.everything()).toContain('Allowed. https://api.eu.tidewater.example may receive staging.');
    expect(page.router.currentRoute.value.path).toBe('/testers');
  });

  it('asks the browser in the click’s own turn', async () => {
    const page = await open();
    await fill(page, 'https://api.tidewater.example');
    page.wrapper.get('form#destination').element.dispatchEvent(new Event('submit', { cancelable: true }));
    expect(page.asked().at(-1)).toEqual(['access', ['https://api.tidewater.example/*']]);
    await flushPromises();
  });

  it('says what another environment and production mean, and how long it holds on this computer', async () => {
    const page = await open({
      'testers/list': () => [{ ...docs, origin: 'http://localhost:8080' }],
    });
    expect(page.everything()).toContain('It ends at the lock, as the tester runs on this computer.');
    await page.field('May receive').setValue('production');
    expect(page.everything()).toContain(
      'localhost:8080 uses staging now; this counts when you switch it. It is a production environment: after 12 hours you are asked again.',
    );
    await fill(page, 'localhost:3000');
    await submit(page, 'destination');
    expect(page.asked()).toContainEqual([
      'grant/add',
      { testerId: 'tester', environmentId: 'production', destination: 'http://localhost:3000' },
    ]);
  });

  it('warns of a forwarding proxy', async () => {
    const page = await open();
    await fill(page, 'https://proxy.scalar.com');
    expect(page.everything()).toContain('This is a forwarding proxy.');
    await expectAccessible();
  });

  it.each([
    ['', 'Enter the API’s address, with http or https.'],
    ['wss://api.tidewater.example', 'Enter the API’s address, with http or https.'],
    ['http://api.tidewater.example', 'api.tidewater.example is not encrypted.'],
    ['https://api.closed.example', 'Your organization forbids sending values to api.closed.example.'],
  ])('refuses %j before the browser is asked', async (address, said) => {
    const page = await open({
      'status/view': () =>
        statusView({
          managed: managed({ destinations: { blocked: ['https://*.closed.example'], allowed: [] } }),
        }),
    });
    await fill(page, address);
    await submit(page, 'destination');
    expect(page.everything()).toContain(said);
    expect(document.activeElement).toBe(page.field('Destination').element);
    expect(page.names()).not.toContain('access');
    expect(page.names()).not.toContain('grant/add');
  });

  it('allows nothing when the browser is told no', async () => {
    const page = await open();
    page.refuseAccess();
    await fill(page, 'https://api.tidewater.example');
    await submit(page, 'destination');
    expect(page.everything()).toContain(
      'Your browser has not given Keyferry access to api.tidewater.example.',
    );
    expect(page.names()).not.toContain('grant/add');
  });

  it('closes when its tester is not there (any more)', async () => {
    const page = await openOptions('/testers/gone/destination');
    await flushPromises();
    expect(page.router.currentRoute.value.path).toBe('/testers');
  });
});

describe('the browser’s access to a destination', () => {
  const open = (over: object) =>
    openOptions('/testers', {
      'testers/list': () => [{ ...docs, grants: docs.grants.map((grant) => ({ ...grant, ...over })) }],
    });

  it('is said to be there', async () => {
    const page = await open({});
    expect(page.text()).toContain('granted');
    expect(page.text()).not.toContain('not granted');
  });

  it('is asked for again', async () => {
    const page = await open({ hostAccess: false });
    expect(page.text()).toContain('not granted');
    await expectAccessible();
    await page.press('Grant access to https://api.tidewater.example');
    expect(page.asked()).toContainEqual(['access', ['https://api.tidewater.example/*']]);
    page.refuseAccess();
    await page.press('Grant access to https://api.tidewater.example');
    expect(page.everything()).toContain(
      'Your browser has not given Keyferry access to api.tidewater.example.',
    );
  });

  it('is asked for by Accept where the destination is a proposal, and not at all where it is forbidden', async () => {
    const grant = 'Grant access to https://api.tidewater.example';
    expect((await open({ hostAccess: false, proposed: true })).hasButton(grant)).toBe(false);
    expect((await open({ hostAccess: false, forbidden: true })).hasButton(grant)).toBe(false);
  });
});

describe('requests that wait', () => {
  const card = {
    ...{ id: 'card', reason: 'destination', requestIds: ['r'], testerId: 'tester', environmentId: 'eu' },
    ...{ tester: 'https://docs.tidewater.example', environmentName: 'eu', production: false },
    ...{ destination: 'https://api.eu.tidewater.example', method: 'GET', path: '/v1', address: 'public' },
    ...{ plainHttp: false, proxy: false, bareOnly: false, heldSince: 1, needsAccess: null },
    places: [
      { name: 'API_KEY', header: 'X-Api-Key', known: true },
      { name: 'API_KEY', header: 'X-Other', known: true },
      { name: 'TOKEN', header: 'Authorization', known: true },
      { name: 'theirs', header: 'X-Theirs', known: false },
    ],
  } as const satisfies ApprovalView;
  /** A page on which so many wait; the number can change. */
  const open = async (waiting: number) => {
    let now = statusView({ waiting });
    const page = await openOptions('/testers', {
      'status/view': () => now,
      'popup/view': () =>
        ({ status: now, approvals: now.waiting === 0 ? [] : [card] }) as unknown as PopupView,
    });
    const change = async (next: number) => {
      now = statusView({ waiting: next });
      page.emit({ type: 'changed', area: 'approvals' });
      await flushPromises();
    };
    return { ...page, change };
  };

  it('are told by who wants to send what where, while it is one', async () => {
    const page = await open(1);
    expect(page.text()).toContain(
      '1 request is waiting. docs.tidewater.example wants to send 2 values of eu to api.eu.tidewater.example.',
    );
    await expectAccessible();
    await page.change(2);
    expect(page.text()).toContain('2 requests are waiting. Press the Keyferry icon to review.');
    await page.change(1);
    expect(page.text()).toContain('wants to send 2 values');
    await page.change(0);
    expect(page.text()).not.toContain('waiting');
  });

  it('are reviewed in the popup, or by the icon where the browser does not open it', async () => {
    const page = await open(1);
    await page.press('Review');
    expect(page.names()).toContain('popup');
    expect(page.everything()).not.toContain('does not open the popup');
    page.refusePopup();
    await page.press('Review');
    expect(page.everything()).toContain(
      'Your browser does not open the popup from here. Press the Keyferry icon to review.',
    );
  });
});
