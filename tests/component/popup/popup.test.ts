import { flushPromises } from '@vue/test-utils';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { errorText } from '@/lib/core/copy/errors';
import { AppError } from '@/lib/core/errors';
import { listInside } from '@/lib/core/inner-names';
import { GUARD_MS } from '@/lib/ui/composables/use-guard';

import { expectAccessible, openPopup } from './open-popup';
import { NO_TESTER, VARIABLES, approval, job, locked, popup, status, tab } from './views';

const VALUE = 'canary-3f9c51d07a';
const value = () => ({ name: 'API_KEY', type: 'string' as const, text: VALUE });

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date'] });
});
afterEach(() => {
  vi.useRealTimers();
});

describe('starting', () => {
  it('keeps the rows’ place, then says so, then offers to try again', async () => {
    let answer = () => {};
    const { text, hasButton } = await openPopup(popup(), {
      'popup/view': () =>
        new Promise((resolve) => {
          answer = () => resolve(popup());
        }),
    });
    expect(text()).toBe('Keyferry');
    await vi.advanceTimersByTimeAsync(1_000);
    expect(text()).toContain('Still starting…');
    await vi.advanceTimersByTimeAsync(4_000);
    expect(hasButton('Retry')).toBe(true);
    answer();
    await flushPromises();
    expect(text()).toContain('docs.tidewater.example');
  });
});

describe('locked', () => {
  it('keeps a wrong passphrase selected and says what to check', async () => {
    const { wrapper, text } = await openPopup(locked(), {
      'lock/unlock': () => {
        throw new AppError('wrong-passphrase');
      },
    });
    const field = wrapper.get('input');
    expect(document.activeElement).toBe(field.element);
    await field.setValue('not-the-passphrase');
    await wrapper.get('form').trigger('submit');
    await flushPromises();
    expect(text()).toContain('That passphrase does not open Keyferry.');
    expect(document.activeElement).toBe(field.element);
    expect([field.element.selectionStart, field.element.selectionEnd]).toEqual([0, 18]);
  });

  it('offers to send bare placeholders as typed', async () => {
    const card = approval({ reason: 'unlock', bareOnly: true });
    const { button, asked } = await openPopup(
      locked({ status: status({ phase: 'locked', waiting: 1 }), approvals: [card] }),
      { 'approval/answer': () => null },
    );
    await button('Send as typed').trigger('click');
    expect(asked()).toEqual([]);
    await vi.advanceTimersByTimeAsync(GUARD_MS);
    await button('Send as typed').trigger('click');
    expect(asked()).toEqual([
      [
        'approval/answer',
        { approvalId: 'card-1', requestIds: ['request-1', 'request-2'], decision: 'as-typed' },
      ],
    ]);
  });

  it('sends as typed once, however often it is pressed', async () => {
    const told = Promise.withResolvers<null>();
    const { button, names } = await openPopup(
      locked({
        status: status({ phase: 'locked', waiting: 1 }),
        approvals: [approval({ reason: 'unlock', bareOnly: true })],
      }),
      { 'approval/answer': () => told.promise },
    );
    await vi.advanceTimersByTimeAsync(GUARD_MS);
    await button('Send as typed').trigger('click');
    expect(button('Send as typed').attributes('aria-busy')).toBe('true');
    await button('Send as typed').trigger('click');
    await button('Refuse').trigger('click');
    expect(names()).toEqual(['approval/answer']);
    told.resolve(null);
    await flushPromises();
  });
});

describe('enabling a site', () => {
  it('asks the browser first, then the worker', async () => {
    const { button, asked } = await openPopup(popup({ tab: tab(NO_TESTER), variables: null }), {
      'tester/enable': () => {
        throw new AppError('unexpected');
      },
    });
    await button('Enable on this site').trigger('click');
    await flushPromises();
    expect(asked().slice(1)).toEqual([
      ['access', ['https://lab.tidewater.example/*']],
      ['tester/enable', { tabId: 7, origin: 'https://lab.tidewater.example', environmentId: 'staging' }],
    ]);
  });

  it('enables nothing without the browser’s access', async () => {
    const { button, names, text, refuseAccess } = await openPopup(
      popup({ tab: tab(NO_TESTER), variables: null }),
    );
    refuseAccess();
    await button('Enable on this site').trigger('click');
    await flushPromises();
    expect(names()).not.toContain('tester/enable');
    expect(text()).toContain('Your browser has not given Keyferry access to lab.tidewater.example.');
    expect(text()).toContain('Nothing was changed.');
  });
});

describe('the tester’s environment', () => {
  const open = async () => {
    const opened = await openPopup(popup(), {
      'tester/environment': () => null,
      'tester/disable': () => null,
    });
    await opened.wrapper.get('select').setValue('staging');
    return opened;
  };

  it('can be another one for this tab only', async () => {
    const { button, asked } = await open();
    await button('This tab only').trigger('click');
    expect(asked()).toEqual([
      ['tester/environment', { testerId: 'tester-1', environmentId: 'staging', tabId: 7 }],
    ]);
  });

  it('or for all tabs', async () => {
    const { button, asked } = await open();
    await button('All tabs').trigger('click');
    expect(asked()).toEqual([['tester/environment', { testerId: 'tester-1', environmentId: 'staging' }]]);
  });

  it('stays when the question is cancelled', async () => {
    const { button, asked, wrapper } = await open();
    await button('Cancel').trigger('click');
    expect(asked()).toEqual([]);
    expect(wrapper.get('select').element.value).toBe('production');
  });

  it('is gone when the site is switched off', async () => {
    const { wrapper, asked } = await openPopup(popup(), { 'tester/disable': () => null });
    await wrapper.get('[role="switch"]').setValue(false);
    expect(asked()).toEqual([['tester/disable', { testerId: 'tester-1' }]]);
  });
});

describe('the first run', () => {
  it('begins with the set-up, or with a configuration file', async () => {
    const { button, asked } = await openPopup(
      popup({ status: status({ phase: 'first-run' }), tab: null, environments: [] }),
    );
    await button('Set up Keyferry').trigger('click');
    await button('Import a configuration file').trigger('click');
    expect(asked()).toEqual([
      ['options', '/welcome/1'],
      ['options', '/backup'],
    ]);
  });
});

describe('an approval', () => {
  const waiting = (...cards: ReturnType<typeof approval>[]) =>
    popup({ status: status({ waiting: cards.length }), approvals: cards });

  it('does nothing for 800 ms, and again after the card changed', async () => {
    const { button, asked, change } = await openPopup(waiting(approval()), { 'approval/answer': () => null });
    await button('Allow once').trigger('click');
    expect(asked()).toEqual([]);
    await vi.advanceTimersByTimeAsync(GUARD_MS - 1);
    await change(waiting(approval({ id: 'card-2', destination: 'https://evil.example' })));
    await vi.advanceTimersByTimeAsync(1);
    await button('Allow once').trigger('click');
    expect(asked()).toEqual([]);
    await vi.advanceTimersByTimeAsync(GUARD_MS);
    await button('Allow once').trigger('click');
    expect(asked()[0]).toEqual([
      'approval/answer',
      { approvalId: 'card-2', requestIds: ['request-1', 'request-2'], decision: 'once' },
    ]);
  });

  it('does nothing for 800 ms after the window got the focus', async () => {
    const { button, asked } = await openPopup(waiting(approval()), { 'approval/answer': () => null });
    await vi.advanceTimersByTimeAsync(GUARD_MS);
    window.dispatchEvent(new Event('focus'));
    await button('Always allow').trigger('click');
    expect(asked()).toEqual([]);
  });

  it('takes one answer: until it is in, no button of the card does anything', async () => {
    const told = Promise.withResolvers<null>();
    const { button, names, text, change } = await openPopup(waiting(approval()), {
      'approval/answer': () => told.promise,
    });
    await vi.advanceTimersByTimeAsync(GUARD_MS);
    const once = button('Allow once').element;
    once.click();
    once.click();
    await flushPromises();
    expect(once.getAttribute('aria-busy')).toBe('true');
    for (const name of ['Allow once', 'Always allow', 'Refuse']) {
      expect(button(name).attributes('aria-disabled'), name).toBe('true');
      await button(name).trigger('click');
    }
    expect(names()).toEqual(['approval/answer', 'access']);
    await change(popup());
    told.resolve(null);
    await flushPromises();
    expect(text()).toContain('Sent.');
  });

  it('can be answered again where the answer did not get through', async () => {
    let failing = true;
    const { button, names, text } = await openPopup(waiting(approval()), {
      'approval/answer': () => {
        if (failing) throw new AppError('worker-restarted');
        return null;
      },
    });
    await vi.advanceTimersByTimeAsync(GUARD_MS);
    await button('Refuse').trigger('click');
    await flushPromises();
    expect(text()).toContain('Your browser restarted Keyferry');
    failing = false;
    await button('Refuse').trigger('click');
    await flushPromises();
    expect(names()).toEqual(['approval/answer', 'approval/answer']);
    expect(text()).toContain('Refused.');
  });

  it('lets the next card be answered while the browser still asks about the one before', async () => {
    const asking = Promise.withResolvers<boolean>();
    const { button, asked, change, holdAccess } = await openPopup(waiting(approval()), {
      'approval/answer': () => null,
    });
    holdAccess(asking.promise);
    await vi.advanceTimersByTimeAsync(GUARD_MS);
    await button('Allow once').trigger('click');
    await change(waiting(approval({ id: 'card-2' })));
    await vi.advanceTimersByTimeAsync(GUARD_MS);
    await button('Refuse').trigger('click');
    expect(asked().filter(([what]) => what === 'approval/answer')).toMatchObject([
      ['approval/answer', { approvalId: 'card-1', decision: 'once' }],
      ['approval/answer', { approvalId: 'card-2', decision: 'refuse' }],
    ]);
    asking.resolve(true);
    await flushPromises();
  });

  it('tells the worker before it asks the browser, in one click', async () => {
    const { button, names } = await openPopup(waiting(approval()), { 'approval/answer': () => null });
    await vi.advanceTimersByTimeAsync(GUARD_MS);
    button('Always allow').element.click();
    expect(names()).toEqual(['approval/answer', 'access']);
  });

  it('asks for no access to refuse', async () => {
    const { button, names, text } = await openPopup(waiting(approval()), { 'approval/answer': () => null });
    await vi.advanceTimersByTimeAsync(GUARD_MS);
    await button('Refuse').trigger('click');
    await flushPromises();
    expect(names()).toEqual(['approval/answer']);
    expect(text()).toContain('Refused.');
  });

  it('says that a request still waits without access', async () => {
    const { button, refuseAccess, text } = await openPopup(waiting(approval()), {
      'approval/answer': () => null,
    });
    refuseAccess();
    await vi.advanceTimersByTimeAsync(GUARD_MS);
    await button('Allow once').trigger('click');
    await flushPromises();
    expect(text()).toContain('Your browser gave no access to api.eu.tidewater.example.');
  });

  it('has no Always over plain http', async () => {
    const { hasButton, text } = await openPopup(
      waiting(approval({ plainHttp: true, destination: 'http://api.tidewater.example' })),
    );
    expect(hasButton('Always allow')).toBe(false);
    expect(text()).toContain('This destination is not encrypted.');
  });

  it('names loopback, private addresses and proxies', async () => {
    const { text, change } = await openPopup(waiting(approval({ address: 'loopback' })));
    expect(text()).toContain('this computer');
    await change(waiting(approval({ address: 'private', proxy: true })));
    expect(text()).toContain('private network');
    expect(text()).toContain('This is a forwarding proxy.');
  });

  it('shows the next card without answering this one', async () => {
    const { button, text, asked } = await openPopup(
      waiting(approval(), approval({ id: 'card-2', destination: 'https://carrier.example', path: '/rates' })),
    );
    await button(/^Next/).trigger('click');
    expect(text()).toContain('To the destination https://carrier.example');
    expect(asked()).toEqual([]);
  });

  it('offers to pull what is not in memory', async () => {
    const { button, asked } = await openPopup(waiting(approval({ reason: 'pull' })), {
      'pull/one': () => job({ kind: 'pull-one' }),
    });
    await vi.advanceTimersByTimeAsync(GUARD_MS);
    await button('Pull Production').trigger('click');
    expect(asked()).toEqual([['pull/one', { environmentId: 'production' }]]);
  });
});

describe('variables', () => {
  it('have their keys told below them, also after a pull that went well', async () => {
    const keys = /Copy placeholder.*Reveal/;
    const done = job({ state: 'done', done: 415, endedAt: Date.now() });
    const { text, change } = await openPopup(popup({ status: status({ job: done }) }));
    expect(text()).toMatch(keys);
    await change(popup({ status: status({ job: job({ id: 'job-2' }) }) }));
    expect(text()).not.toMatch(keys);
    expect(text()).toContain('214 of 415');
    await change(popup({ status: status(), variables: [] }));
    expect(text()).not.toMatch(keys);
  });

  it('have no value in the page until revealed, and none after a minute', async () => {
    const { button, wrapper } = await openPopup(popup(), { 'environment/value': value });
    expect(wrapper.html()).not.toContain(VALUE);
    await button('Reveal API_KEY').trigger('click');
    await flushPromises();
    expect(wrapper.html()).toContain(VALUE);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(wrapper.html()).not.toContain(VALUE);
  });

  it('are hidden when the window loses the focus and when Keyferry locks', async () => {
    const { button, wrapper, change } = await openPopup(popup(), { 'environment/value': value });
    await button('Reveal API_KEY').trigger('click');
    await flushPromises();
    window.dispatchEvent(new Event('blur'));
    await flushPromises();
    expect(wrapper.html()).not.toContain(VALUE);
    await button('Reveal API_KEY').trigger('click');
    await flushPromises();
    await change(locked());
    expect(wrapper.html()).not.toContain(VALUE);
  });

  it('show while R is held, and stay after a tap', async () => {
    const { wrapper, button } = await openPopup(popup(), { 'environment/value': value });
    const row = button('API_KEY');
    await row.trigger('keydown', { key: 'r' });
    await flushPromises();
    expect(wrapper.html()).toContain(VALUE);
    await vi.advanceTimersByTimeAsync(400);
    await row.trigger('keyup', { key: 'r' });
    expect(wrapper.html()).not.toContain(VALUE);

    await row.trigger('keydown', { key: 'r' });
    await flushPromises();
    await row.trigger('keyup', { key: 'r' });
    expect(wrapper.html()).toContain(VALUE);
  });

  it('are copied as placeholder by Enter and as value by Shift+Enter', async () => {
    const { wrapper, clipboard, names } = await openPopup(popup(), {
      'environment/value': value,
      'clipboard/copied': () => null,
    });
    const search = wrapper.get('input[type="search"]');
    expect(document.activeElement).toBe(search.element);
    await search.setValue('client_s');
    await search.trigger('keydown', { key: 'Enter' });
    await flushPromises();
    expect(clipboard()).toBe('{{vault:CLIENT_SECRET}}');
    await search.trigger('keydown', { key: 'Enter', shiftKey: true });
    await flushPromises();
    expect(clipboard()).toBe(VALUE);
    expect(names()).toEqual(['clipboard', 'environment/value', 'clipboard', 'clipboard/copied']);
  });

  it('say so when the browser refuses the clipboard', async () => {
    const { button, text, refuseClipboard } = await openPopup(popup(), { 'environment/value': value });
    refuseClipboard();
    await button('Copy value of API_KEY').trigger('click');
    await flushPromises();
    expect(text()).toContain('Your browser refused the clipboard.');
  });

  it('can be walked through by arrows', async () => {
    const { wrapper, button } = await openPopup(popup());
    await wrapper.get('input[type="search"]').trigger('keydown', { key: 'ArrowDown' });
    expect(document.activeElement?.textContent?.trim()).toBe('API_KEY');
    await button('API_KEY').trigger('keydown', { key: 'End' });
    expect(document.activeElement?.textContent?.trim()).toBe('WEBHOOK_SECRET');
    await button('WEBHOOK_SECRET').trigger('keydown', { key: 'ArrowUp' });
    expect(document.activeElement?.textContent?.trim()).toBe('SIGNING_KEY');
    await button('SIGNING_KEY').trigger('keydown', { key: '/' });
    expect(document.activeElement).toBe(wrapper.get('input[type="search"]').element);
  });

  it('name the members of a JSON variable, without values', async () => {
    const db = {
      'a.b': 1,
      password: VALUE,
      pool: { max: 5 },
      hosts: Array.from({ length: 500 }, () => VALUE),
    };
    const variables = [{ name: 'db', type: 'json', text: JSON.stringify(db) }] as const;
    const { button, wrapper, clipboard, names } = await openPopup(popup(), {
      'environment/inside': ({ name, most }) => listInside(variables, '', [[name, most]])[0] ?? null,
    });
    await button('db').trigger('keydown', { key: 'ArrowRight' });
    await flushPromises();
    const listed = () => wrapper.findAll('li li').length;
    expect(wrapper.text()).toContain('db.password');
    expect(wrapper.text()).toContain('db.pool.max');
    expect(wrapper.text()).not.toContain('db.a.b');
    expect(wrapper.text()).toContain('1 member is not listed');
    expect(wrapper.html()).not.toContain(VALUE);
    expect(names()).not.toContain('environment/value');
    await button('db.password').trigger('click');
    expect(clipboard()).toBe('{{vault:db.password}}');
    expect(listed()).toBe(200);
    await button('Show 200 more of db').trigger('click');
    await flushPromises();
    expect(listed()).toBe(400);
    vi.useRealTimers();
    await expectAccessible();
  });

  it('closes a JSON variable that cannot be looked into, and says why', async () => {
    const { button, wrapper, text } = await openPopup(popup(), {
      'environment/inside': () => {
        throw new AppError('locked');
      },
    });
    await button('db').trigger('keydown', { key: 'ArrowRight' });
    await flushPromises();
    expect(wrapper.find('[aria-label="Members of db"]').exists()).toBe(false);
    expect(text()).toContain(errorText(new AppError('locked')).sentence);
  });

  it('of any environment can be looked at where there is no tester', async () => {
    const { wrapper, text, asked } = await openPopup(popup({ tab: null, variables: null }));
    expect(text()).toContain('API_KEY');
    await wrapper.get('select').setValue('production');
    await flushPromises();
    expect(asked().map(([, detail]) => detail)).toEqual([
      { environmentId: 'staging' },
      { environmentId: 'production' },
    ]);
  });
});

describe('a copied value', () => {
  it('is counted down, also when the popup opens later, and can be cleared at once', async () => {
    const { text, button, names } = await openPopup(
      popup({ clipboard: { name: 'API_KEY', clearsAt: Date.now() + 20_000 } }),
      { 'clipboard/clear': () => null },
    );
    expect(text()).toContain('Clipboard clears in 20 s.');
    await button('Clear now').trigger('click');
    await flushPromises();
    expect(names()).toEqual(['clipboard/clear']);
    expect(text()).toContain('Clipboard cleared.');
  });
});

describe('a pull', () => {
  it('shows its progress, never backwards, and can be cancelled', async () => {
    const { emit, text, button, asked } = await openPopup(popup({ status: status({ job: job() }) }), {
      'pull/cancel': () => null,
    });
    emit({ type: 'job', job: job({ done: 300 }) });
    emit({ type: 'job', job: job({ done: 299 }) });
    await flushPromises();
    expect(text()).toContain('300 of 415');
    await button('Cancel').trigger('click');
    expect(asked()).toEqual([['pull/cancel', { jobId: 'job-1' }]]);
    emit({ type: 'job', job: job({ state: 'cancelled', done: 301, endedAt: Date.now() }) });
    await flushPromises();
    expect(text()).toContain('Cancelled at 301 of 415');
  });

  it('says which paths failed and why', async () => {
    const { emit, text } = await openPopup(popup({ status: status({ job: job() }) }));
    emit({
      type: 'job',
      job: job({
        state: 'done',
        done: 415,
        endedAt: Date.now(),
        failures: [
          { code: 'denied', details: { path: 'team/hidden' }, path: 'team/hidden', environmentId: null },
        ],
      }),
    });
    await flushPromises();
    expect(text()).toContain('1 of 415 could not be pulled.');
    expect(text()).toContain('This login may not read team/hidden.');
  });

  it('is started by Alt+P, the lock by Alt+L', async () => {
    const { names } = await openPopup(popup(), { 'pull/all': () => job(), 'lock/lock': () => null });
    window.dispatchEvent(new KeyboardEvent('keydown', { code: 'KeyP', altKey: true, cancelable: true }));
    window.dispatchEvent(new KeyboardEvent('keydown', { code: 'KeyL', altKey: true, cancelable: true }));
    await flushPromises();
    expect(names()).toEqual(['pull/all', 'lock/lock']);
  });
});

it('holds no value in the stores', async () => {
  const { button, wrapper } = await openPopup(popup({ variables: VARIABLES }), {
    'environment/value': value,
  });
  await button('Reveal API_KEY').trigger('click');
  await flushPromises();
  const { $pinia } = wrapper.vm as unknown as { $pinia: { state: { value: unknown } } };
  expect(JSON.stringify($pinia.state.value)).not.toContain(VALUE);
});
