import { flushPromises } from '@vue/test-utils';
import { describe, expect, it } from 'vitest';

import { AppError } from '@/lib/core/errors';
import { DEFAULT_AWS, DEFAULT_HASHICORP } from '@/lib/core/model';

import { expectAccessible } from '../base/render';
import { openOptions } from './open-options';
import { connection, environment, job, NEW, statusView, STEPS, VAULT } from './views';

const CANARY = 'hvs.canary-7f3a91';

describe('Settings → Vault, the form', () => {
  it('has the fixed labels of HashiCorp Vault, the credential sealed', async () => {
    const page = await openOptions('/vault');
    for (const label of ['Vault URL', 'Token', 'Engine Path', 'Verify SSL', 'Auto Sync']) {
      expect(page.hasField(label)).toBe(true);
    }
    expect(page.hasField('Namespace')).toBe(false);
    expect(page.text()).toContain('saved, sealed with your passphrase');
    expect(page.text()).toContain('Settings for Global defaults');
    expect(document.title).toBe('Vault · Keyferry');
    await expectAccessible();
  });

  it('asks Role ID, Secret ID and Namespace for AppRole', async () => {
    const page = await openOptions('/vault');
    await page.wrapper.get('input[value="approle"]').setValue();
    for (const label of ['Role ID', 'Secret ID', 'Namespace']) expect(page.hasField(label)).toBe(true);
    await expectAccessible();
  });

  it('has the fixed labels of AWS, and calls nothing by showing them', async () => {
    const page = await openOptions('/vault', { 'connection/view': () => NEW });
    await page.wrapper.get('input[value="aws"]').setValue();
    for (const label of ['Region', 'Access Key ID', 'Secret Access Key', 'Session Token', 'Auto Sync']) {
      expect(page.hasField(label)).toBe(true);
    }
    expect(page.names().filter((name) => name === 'access' || name === 'connection/test')).toEqual([]);
    await page.press('Advanced');
    expect(page.hasField('Path prefix')).toBe(true);
    expect(page.hasField('Custom endpoint')).toBe(true);
    await expectAccessible();
  });

  it('says that Profile and Default Chain need the companion, and offers neither Save nor Test', async () => {
    const page = await openOptions('/vault', { 'connection/view': () => NEW });
    await page.wrapper.get('input[value="aws"]').setValue();
    await page.wrapper.get('input[value="profile"]').setValue();
    expect(page.text()).toContain('Profile needs the Keyferry companion on this computer');
    await page.wrapper.get('input[value="default-chain"]').setValue();
    expect(page.text()).toContain('Default Chain needs the Keyferry companion');
    expect(page.button('Save').attributes('disabled')).toBeDefined();
    expect(page.button('Test Connection').attributes('disabled')).toBeDefined();
    await expectAccessible();
  });

  it('keeps the unsaved fields of both providers while one toggles, and says what is not saved', async () => {
    const page = await openOptions('/vault');
    await page.field('Engine Path').setValue('team/kv');
    expect(page.text()).toContain('Engine Path changed, not saved');
    await page.wrapper.get('input[value="aws"]').setValue();
    await page.field('Region').setValue('eu-central-1');
    await page.wrapper.get('input[value="hashicorp"]').setValue();
    expect(page.field('Engine Path').element.value).toBe('team/kv');
    await page.wrapper.get('input[value="aws"]').setValue();
    expect(page.field('Region').element.value).toBe('eu-central-1');
    expect(page.text()).toContain('3 changes, not saved');
  });

  it('asks for the credential again when the server is another', async () => {
    const page = await openOptions('/vault');
    await page.field('Vault URL').setValue('https://other.tidewater.example');
    await page.field('Vault URL').trigger('change');
    expect(page.text()).toContain(
      'The server changed, so the saved token stays sealed. Enter the one for other.tidewater.example.',
    );
    await page.press('Save');
    expect(page.names()).not.toContain('connection/save');
    expect(document.activeElement).toBe(page.field('Token').element);
  });

  it('goes to the first bad field and says what is wrong, before anything is asked', async () => {
    const page = await openOptions('/vault', { 'connection/view': () => NEW });
    await page.field('Vault URL').setValue('https://vault.tidewater.example/ui');
    await page.field('Engine Path').setValue('');
    await page.press('Save');
    expect(page.text()).toContain('leave out the path “/ui”');
    expect(page.text()).toContain('Enter the Token.');
    expect(page.text()).toContain('3 fields need a look');
    expect(document.activeElement).toBe(page.field('Vault URL').element);
    expect(page.names()).not.toContain('access');
    await expectAccessible();
    await page.field('Vault URL').setValue('https://vault.tidewater.example');
    expect(page.text()).not.toContain('leave out the path');
  });

  it('refuses plain http to another machine', async () => {
    const page = await openOptions('/vault');
    await page.field('Vault URL').setValue('http://vault.tidewater.example');
    await page.press('Test Connection');
    expect(page.text()).toContain('vault.tidewater.example is not encrypted');
  });

  it('explains Verify SSL off, and opens the server in a tab', async () => {
    const page = await openOptions('/vault', {
      'connection/view': () =>
        connection({
          hashicorp: { ...DEFAULT_HASHICORP, url: 'https://127.0.0.1:8300', verifySsl: false },
          sealed: { hashicorp: { auth: 'token', server: 'https://127.0.0.1:8300' }, aws: null },
        }),
    });
    expect(page.text()).toContain('The certificate is not checked against a CA.');
    await page.press('Open 127.0.0.1:8300');
    expect(page.asked()).toContainEqual(['tab', 'https://127.0.0.1:8300']);
    await expectAccessible();
  });

  it('keeps Verify SSL on for public addresses', async () => {
    const page = await openOptions('/vault');
    await page.field('Verify SSL').setValue(false);
    await page.press('Save');
    expect(page.text()).toContain('vault.tidewater.example is a public address');
    expect(page.names()).not.toContain('connection/save');
  });
});

describe('Settings → Vault, Save', () => {
  it('asks the browser for the host first, then saves without the credentials that are sealed', async () => {
    const page = await openOptions('/vault', { 'connection/save': () => connection() });
    await page.field('Engine Path').setValue(' /team/kv/ ');
    await page.wrapper.get('form[data-save]').trigger('submit');
    await flushPromises();
    const asked = page.asked().filter(([what]) => what === 'access' || what === 'connection/save');
    expect(asked).toEqual([
      ['access', ['https://vault.tidewater.example/*']],
      [
        'connection/save',
        {
          scope: 'global',
          provider: 'hashicorp',
          settings: { ...DEFAULT_HASHICORP, url: VAULT, enginePath: 'team/kv' },
        },
      ],
    ]);
    expect(page.everything()).toContain('Saved. Credentials are sealed with your passphrase.');
  });

  it('sends a replaced token once and keeps it nowhere on the page', async () => {
    const page = await openOptions('/vault', { 'connection/save': () => connection() });
    await page.press('Replace Token');
    expect(document.activeElement).toBe(page.field('Token').element);
    await page.field('Token').setValue(CANARY);
    expect(document.body.innerHTML).not.toContain(CANARY);
    await page.press('Save');
    await page.wrapper.get('form[data-save]').trigger('submit');
    await flushPromises();
    const [, saved] = page.asked().find(([what]) => what === 'connection/save') ?? [];
    expect(saved).toMatchObject({ credentials: { kind: 'token', token: CANARY } });
    expect(page.text()).toContain('saved, sealed with your passphrase');
  });

  it('saves AWS keys with the optional session token left out', async () => {
    const page = await openOptions('/vault', {
      'connection/view': () => NEW,
      'connection/save': () => connection(),
    });
    await page.wrapper.get('input[value="aws"]').setValue();
    await page.field('Region').setValue('eu-central-1');
    await page.field('Access Key ID').setValue('AKIAEXAMPLE');
    await page.field('Secret Access Key').setValue('not-a-real-key');
    await page.wrapper.get('form[data-save]').trigger('submit');
    await flushPromises();
    expect(page.asked()).toContainEqual(['access', ['https://secretsmanager.eu-central-1.amazonaws.com/*']]);
    expect(page.asked()).toContainEqual([
      'connection/save',
      {
        scope: 'global',
        provider: 'aws',
        settings: { ...DEFAULT_AWS, region: 'eu-central-1' },
        credentials: { kind: 'keys', accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'not-a-real-key' },
      },
    ]);
  });

  it('says so when the browser gives no access, and saves nothing', async () => {
    const page = await openOptions('/vault');
    page.refuseAccess();
    await page.wrapper.get('form[data-save]').trigger('submit');
    await flushPromises();
    expect(page.text()).toContain(
      'Your browser has not given Keyferry access to vault.tidewater.example:8200. Nothing was changed.',
    );
    expect(page.names()).not.toContain('connection/save');
    await expectAccessible();
  });

  it('saves by Ctrl+S', async () => {
    const page = await openOptions('/vault', { 'connection/save': () => connection() });
    await page.key('s', { ctrlKey: true });
    expect(page.names()).toContain('connection/save');
  });

  it('asks before unsaved fields are left, and stays on "Stay here"', async () => {
    const page = await openOptions('/vault');
    await page.field('Engine Path').setValue('team/kv');
    void page.router.push('/security');
    await flushPromises();
    expect(page.everything()).toContain('Leave without saving?');
    await expectAccessible();
    await page.press('Stay here');
    expect(page.router.currentRoute.value.path).toBe('/vault/global');
    void page.router.push('/security');
    await flushPromises();
    await page.press('Leave');
    expect(page.router.currentRoute.value.path).toBe('/security');
  });
});

describe('Settings → Vault, Test Connection', () => {
  it('shows each step as it happens, and can be cancelled', async () => {
    let finish: () => void = () => undefined;
    const page = await openOptions('/vault', {
      'connection/test': ({ testId }) => {
        page.emit({ type: 'test', testId, step: { step: 'reach', state: 'running' } });
        return new Promise((resolve) => {
          finish = () => resolve([]);
        });
      },
    });
    await page.press('Test Connection');
    expect(page.text()).toContain('Testing');
    expect(page.text()).toContain('Reach , running');
    await page.press('Cancel');
    expect(page.names()).toContain('connection/test-cancel');
    finish();
    await flushPromises();
    await expectAccessible();
  });

  it('tells when its result is of what the form said before', async () => {
    const page = await openOptions('/vault', {
      'connection/test': () => STEPS,
      'connection/save': () => connection(),
    });
    const old = 'Tested before your changes';
    await page.press('Test Connection');
    expect(page.text()).toContain('Connected just now');
    await page.field('Auto Sync').setValue(true);
    expect(page.text()).toContain('Connected just now');
    await page.field('Engine Path').setValue('team/other');
    expect(page.text()).toContain(old);
    expect(page.text()).not.toContain('Connected');
    await expectAccessible();
    await page.press('Test Connection');
    expect(page.text()).toContain('Connected just now');
    await page.press('Replace Token');
    await page.field('Token').setValue(CANARY);
    expect(page.text()).toContain(old);
    await page.press('Test Connection');
    await page.press('Save');
    expect(page.text()).toContain('Connected just now');
  });

  it('says what was found at each step', async () => {
    const page = await openOptions('/vault', { 'connection/test': () => STEPS });
    await page.press('Test Connection');
    expect(page.asked().findIndex(([what]) => what === 'access')).toBeLessThan(
      page.asked().findIndex(([what]) => what === 'connection/test'),
    );
    for (const line of [
      'Connected',
      'Version 1.20.3, unsealed',
      'platform/kv is KV version 2, with check-and-set',
      '11 secrets',
    ]) {
      expect(page.text()).toContain(line);
    }
    await expectAccessible();
  });

  it('warns of a token that has too few uses left for a pull', async () => {
    const page = await openOptions('/vault', {
      'connection/test': () => [
        ...STEPS.slice(0, 3),
        {
          step: 'list',
          state: 'done',
          facts: { secrets: 11, warning: 'token-uses', usesLeft: 3, usesNeeded: 12 },
        },
      ],
    });
    await page.press('Test Connection');
    expect(page.text()).toContain('This token has 3 uses left; a pull needs about 12.');
  });

  it('puts the fix into the step that failed', async () => {
    const page = await openOptions('/vault', {
      'connection/test': () => [
        ...STEPS.slice(0, 3),
        { step: 'list', state: 'failed', ms: 3, failure: { code: 'denied', details: { action: 'list' } } },
      ],
    });
    await page.press('Test Connection');
    expect(page.text()).toContain('Stopped at “List”');
    expect(page.text()).toContain('This login may not list this secret.');
    await page.press('Copy policy');
    expect(page.clipboard()).toContain('path "platform/kv/metadata/*"');
    await expectAccessible();
  });

  it('leads to the server whose certificate is not trusted, and tests again', async () => {
    const page = await openOptions('/vault', {
      'connection/test': () => [
        { step: 'reach', state: 'failed', failure: { code: 'tls-untrusted', details: { host: 'vault' } } },
      ],
    });
    await page.press('Test Connection');
    await page.press('Open vault.tidewater.example:8200');
    expect(page.asked()).toContainEqual(['tab', VAULT]);
    await page.press('Test again');
    expect(page.names().filter((name) => name === 'connection/test')).toHaveLength(2);
  });

  it('says what the worker refused, at the field where it knows one', async () => {
    const page = await openOptions('/vault', {
      'connection/test': () => {
        throw new AppError('path-invalid', { field: 'enginePath', problem: 'dots' });
      },
    });
    await page.press('Test Connection');
    expect(page.field('Engine Path').attributes('aria-invalid')).toBe('true');
  });
});

describe('Settings → Vault, Pull All', () => {
  it('leads to the push of what was edited, where anything was', async () => {
    const nothing = await openOptions('/vault');
    expect(nothing.text()).not.toContain('edited environment');
    nothing.wrapper.unmount();
    const edited = (name: string, over = {}) => environment(name, { state: 'edited', changes: 2, ...over });
    const page = await openOptions('/vault', {
      'environments/list': () => [
        edited('staging'),
        edited('eu', { changes: 1 }),
        // Of the session only: it has nowhere to go.
        edited('scratch', { sync: false, state: 'session only' }),
      ],
    });
    expect(page.text()).toContain('2 edited environments staging and 1 other');
    expect(page.wrapper.findAll('main a').map((link) => link.attributes('href'))).toContain('#/push');
    await expectAccessible();
  });

  it('asks the browser for the saved host, then shows progress and cancels', async () => {
    const page = await openOptions('/vault', {
      'pull/all': () => job({ state: 'running', endedAt: null, done: 214, current: 'orders/eu' }),
      'pull/cancel': () => null,
    });
    await page.press('Pull All');
    const names = page.names();
    expect(names.indexOf('access')).toBeLessThan(names.indexOf('pull/all'));
    expect(page.text()).toContain('214 of 415');
    expect(page.text()).toContain('orders/eu');
    await expectAccessible();
    await page.press('Cancel');
    expect(page.asked()).toContainEqual(['pull/cancel', { jobId: 'job' }]);
    page.emit({ type: 'job', job: job({ state: 'cancelled', done: 214 }) });
    await flushPromises();
    expect(page.text()).toContain('Cancelled at 214 of 415');
    expect(page.hasButton('Go on')).toBe(true);
  });

  it('says in a toast that all came, and opens the result when something failed', async () => {
    let pulls = 0;
    const page = await openOptions('/vault', {
      'pull/all': () => {
        pulls += 1;
        return job({ id: pulls === 1 ? 'first' : 'second', state: 'running', endedAt: null, done: 0 });
      },
    });
    await page.press('Pull All');
    page.emit({ type: 'job', job: job({ id: 'first' }) });
    await flushPromises();
    expect(page.everything()).toContain('Pulled 412 environments.');
    await page.press('Pull All');
    page.emit({
      type: 'job',
      job: job({
        id: 'second',
        failures: [{ path: 'a/b', environmentId: 'production', code: 'denied', details: {} }],
      }),
    });
    await flushPromises();
    expect(page.router.currentRoute.value.path).toBe('/pull/second');
  });

  it('waits for a connection that is saved', async () => {
    const page = await openOptions('/vault', { 'connection/view': () => NEW });
    expect(page.button('Pull All').attributes('disabled')).toBeDefined();
    expect(page.text()).toContain('Save a connection first.');
  });
});

describe('the result of a pull', () => {
  const failures = [
    { path: 'billing/ledger', environmentId: 'production', code: 'denied', details: {} },
    { path: 'geo/tiles', environmentId: 'staging', code: 'memory-full', details: { megabytes: 11 } },
    { path: 'search/', environmentId: null, code: 'throttled', details: { provider: 'hashicorp', tries: 4 } },
  ] as const;

  it('names each path that failed with its reason', async () => {
    const page = await openOptions('/pull/job', {
      'status/view': () => statusView({ job: job({ failures }) }),
      'pull/one': () => job(),
    });
    expect(page.text()).toContain('Pull All: 412 pulled, 3 failed');
    expect(page.text()).toContain('365 unchanged 38 changed 9 new environments 3 failed');
    expect(page.text()).toContain('search/ folder, could not be listed');
    expect(page.text()).toContain('Vault asks to slow down; 4 tries did not get through.');
    await expectAccessible();
    await page.press('Copy report');
    expect(page.clipboard()).toContain('geo/tiles: memory-full.');
    await page.press('Pull alone: geo/tiles');
    expect(page.asked()).toContainEqual(['pull/one', { environmentId: 'staging' }]);
  });

  it('says so when nothing failed, and when the pull is no longer known', async () => {
    const page = await openOptions('/pull/job', { 'status/view': () => statusView({ job: job() }) });
    expect(page.text()).toContain('Nothing failed.');
    await expectAccessible();
    await page.router.push('/pull/older');
    await flushPromises();
    expect(page.text()).toContain('This pull is no longer known');
    await expectAccessible();
  });
});
