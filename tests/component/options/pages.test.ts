import { flushPromises } from '@vue/test-utils';
import { describe, expect, it } from 'vitest';

import { guides } from '@/lib/core/copy/help';
import { AppError } from '@/lib/core/errors';
import { DEFAULT_AWS } from '@/lib/core/model';
import type { TesterView } from '@/lib/messaging/views';

import { expectAccessible } from '../base/render';
import { openOptions } from './open-options';
import { connection, managed, statusView, testers } from './views';

describe('testers', () => {
  it('shows a site, its environment and its destinations', async () => {
    const page = await openOptions('/testers');
    expect(page.text()).toContain('docs.tidewater.example Swagger UI · 1 destination');
    expect(page.text()).toContain('https://api.tidewater.example staging');
    await expectAccessible();
  });

  it('revokes a destination at once, and disables a site after a question', async () => {
    const page = await openOptions('/testers', { 'grant/revoke': () => null, 'tester/disable': () => null });
    await page.press('Revoke https://api.tidewater.example for staging');
    expect(page.asked()).toContainEqual(['grant/revoke', { grantId: 'grant' }]);
    await page.press('Disable docs.tidewater.example');
    expect(page.names()).not.toContain('tester/disable');
    await expectAccessible();
    await page.press('Disable');
    expect(page.asked()).toContainEqual(['tester/disable', { testerId: 'tester' }]);
  });

  it('switches the environment, and asks before production', async () => {
    const page = await openOptions('/testers', { 'tester/environment': () => null });
    const select = page.wrapper.get('select');
    await select.setValue('eu');
    await flushPromises();
    expect(page.asked()).toContainEqual(['tester/environment', { testerId: 'tester', environmentId: 'eu' }]);
    await page.wrapper.get('select').setValue('production');
    expect(page.everything()).toContain('All tabs of docs.tidewater.example use it from now on.');
    await page.press('Keep the environment');
    expect(page.wrapper.get('select').element.value).toBe('staging');
    await page.wrapper.get('select').setValue('production');
    await page.press('Switch');
    expect(page.asked()).toContainEqual([
      'tester/environment',
      { testerId: 'tester', environmentId: 'production' },
    ]);
  });

  it('offers to grant access that the browser took back', async () => {
    const page = await openOptions('/testers', {
      'testers/list': () => testers.map((one) => ({ ...one, hostAccess: false })),
    });
    await expectAccessible();
    await page.press('Grant access');
    expect(page.asked()).toContainEqual(['access', ['https://docs.tidewater.example/*']]);
  });

  it('shows what an imported file proposes, to accept or to remove', async () => {
    const [tester] = testers;
    let grants = [{ ...tester?.grants[0], proposed: true }];
    const page = await openOptions('/testers', {
      'testers/list': () => testers.map((one) => ({ ...one, grants }) as TesterView),
      'grant/accept': () => {
        grants = [{ ...tester?.grants[0], proposed: false }];
        return null;
      },
      'grant/revoke': () => {
        grants = [];
        return null;
      },
    });
    expect(page.text()).toContain('1 destination was proposed by an imported file.');
    expect(page.text()).toContain('https://api.tidewater.example staging proposed by an imported file');
    await expectAccessible();
    await page.press('Accept https://api.tidewater.example for staging');
    expect(page.asked()).toContainEqual(['access', ['https://api.tidewater.example/*']]);
    expect(page.asked()).toContainEqual(['grant/accept', { grantId: 'grant' }]);
    expect(page.text()).not.toContain('proposed');
    await page.press('Revoke https://api.tidewater.example for staging');
    expect(page.text()).toContain('No destination is allowed yet.');
  });

  it('removes a proposal', async () => {
    const page = await openOptions('/testers', {
      'testers/list': () =>
        testers.map((one) => ({ ...one, grants: one.grants.map((grant) => ({ ...grant, proposed: true })) })),
      'grant/revoke': () => null,
    });
    await page.press('Remove the proposal https://api.tidewater.example for staging');
    expect(page.asked()).toContainEqual(['grant/revoke', { grantId: 'grant' }]);
    expect(page.everything()).toContain('https://api.tidewater.example is not proposed any more.');
  });

  it('says which sites and destinations the organization forbids', async () => {
    const page = await openOptions('/testers', {
      'testers/list': () =>
        testers.map((one) => ({
          ...one,
          forbidden: true,
          hostAccess: false,
          grants: one.grants.map((grant) => ({ ...grant, proposed: true, forbidden: true })),
        })),
    });
    expect(page.text()).toContain(
      'Your organization forbids the use of Keyferry on docs.tidewater.example. Ask your administrator.',
    );
    expect(page.text()).toContain('forbidden by your organization');
    expect(page.hasButton('Accept https://api.tidewater.example for staging')).toBe(false);
    expect(page.hasButton('Grant access')).toBe(false);
    await expectAccessible();
  });

  it('says how to enable the first one', async () => {
    const page = await openOptions('/testers', { 'testers/list': () => [] });
    expect(page.text()).toContain('press the Keyferry icon and “Enable on this site”');
    await expectAccessible();
  });
});

describe('security', () => {
  it('saves each lock setting as it is chosen', async () => {
    const page = await openOptions('/security', { 'lock/settings': () => null });
    await expectAccessible();
    await page.field('Auto-lock').setValue('5');
    await flushPromises();
    expect(page.asked()).toContainEqual([
      'lock/settings',
      { idleMinutes: 5, maxMinutes: 480, clipboardSeconds: 30 },
    ]);
    expect(page.everything()).toContain('Saved.');
  });

  it('offers no more than the organization lets be, and says so', async () => {
    const page = await openOptions('/security', {
      'status/view': () =>
        statusView({
          lock: { idleMinutes: 10, maxMinutes: 480, clipboardSeconds: 30 },
          managed: managed({ lock: { idleMinutes: 15, clipboardSeconds: 30 } }),
        }),
    });
    const offered = page
      .field('Auto-lock')
      .findAll('option')
      .map((one) => one.text());
    expect(offered).toEqual([
      'After 1 minute idle',
      'After 5 minutes idle',
      'After 10 minutes idle',
      'After 15 minutes idle',
    ]);
    expect(page.text()).toContain('Set by your organization: 15 minutes at most.');
    expect(page.text()).toContain('Set by your organization: 30 s at most.');
    expect(page.field('At the latest').findAll('option').at(-1)?.text()).toBe('Never');
    await expectAccessible();
  });

  it('says what the policy sets, and what of it cannot be read', async () => {
    const page = await openOptions('/security', {
      'status/view': () =>
        statusView({
          managed: managed({
            locked: ['hashicorp.url'],
            globalOnly: true,
            testers: { blocked: ['*://*'], allowed: ['https://*.tidewater.example'] },
            problems: ['aws.region'],
          }),
        }),
    });
    expect(page.text()).toContain('Sites without Keyferry *://*, except https://*.tidewater.example');
    expect(page.text()).toContain('Workspaces All use the global defaults.');
    expect(page.text()).toContain('Your administrator has to correct: aws.region.');
    await expectAccessible();
  });

  it('asks the browser for the clipboard when it is to look before it clears', async () => {
    const page = await openOptions('/security');
    await page.field('Only our value').setValue(true);
    await flushPromises();
    expect(page.asked()).toContainEqual(['clipboard-reading', true]);
    expect(page.field('Only our value').element).toHaveProperty('checked', true);
    await page.field('Only our value').setValue(false);
    await flushPromises();
    expect(page.asked()).toContainEqual(['clipboard-reading', false]);
    expect(page.field('Only our value').element).toHaveProperty('checked', false);
  });

  it('changes the passphrase and forgets what was typed', async () => {
    const page = await openOptions('/security', { 'lock/change-passphrase': () => null });
    await page.field('Current passphrase').setValue('the old passphrase');
    await page.field('New passphrase').setValue('four unrelated words');
    await page.field('Repeat it').setValue('four unrelated words');
    await page.wrapper.get('main form').trigger('submit');
    await flushPromises();
    expect(page.asked()).toContainEqual([
      'lock/change-passphrase',
      { current: 'the old passphrase', next: 'four unrelated words' },
    ]);
    expect(page.everything()).toContain('Passphrase changed.');
    expect(page.field('New passphrase').element.value).toBe('');
  });

  it('says what is wrong with a new passphrase, and that the current one is', async () => {
    const page = await openOptions('/security', {
      'lock/change-passphrase': () => {
        throw new AppError('wrong-passphrase');
      },
    });
    await page.field('Current passphrase').setValue('x');
    await page.field('New passphrase').setValue('short');
    await page.wrapper.get('main form').trigger('submit');
    await flushPromises();
    expect(page.text()).toContain('characters or more.');
    expect(page.text()).toContain('The two are not the same.');
    expect(document.activeElement).toBe(page.field('New passphrase').element);
    await page.field('New passphrase').setValue('four unrelated words');
    await page.field('Repeat it').setValue('four unrelated words');
    await page.wrapper.get('main form').trigger('submit');
    await flushPromises();
    expect(page.text()).toContain('That passphrase does not open Keyferry.');
    expect(document.activeElement).toBe(page.field('Current passphrase').element);
    await expectAccessible();
  });

  it('wipes after the typed word only, and begins anew', async () => {
    let phase: 'unlocked' | 'first-run' = 'unlocked';
    const page = await openOptions('/security', {
      'status/view': () => statusView({ phase }),
      'lock/wipe': () => {
        phase = 'first-run';
        return null;
      },
    });
    await page.press('Wipe everything…');
    await expectAccessible();
    expect(page.button('Wipe everything').attributes('disabled')).toBeDefined();
    await page.field('Type wipe to go on').setValue('wipe');
    expect(page.button('Wipe everything').attributes('disabled')).toBeUndefined();
    await page.wrapper.get('form#wipe').trigger('submit');
    await flushPromises();
    expect(page.names()).toContain('lock/wipe');
    expect(page.router.currentRoute.value.path).toBe('/welcome/1');
  });
});

describe('help', () => {
  it('lists all guides', async () => {
    const page = await openOptions('/help');
    for (const { title } of guides) expect(page.text()).toContain(title);
    await expectAccessible();
  });

  it.each([...guides.map(({ topic }) => topic), 'keyboard'])('the guide %s is complete', async (topic) => {
    const page = await openOptions(`/help/${topic}`);
    expect(page.wrapper.get('h1').text()).not.toBe('There is no such guide');
    expect(page.text()).not.toMatch(/undefined|\*\*/);
    await expectAccessible();
  });

  it('makes the Vault policy from the saved settings, for either KV version and server', async () => {
    const page = await openOptions('/help/vault-approle', {
      'connection/view': () =>
        connection({ hashicorp: { ...connection().hashicorp, enginePath: 'team/kv', prefix: 'orders' } }),
    });
    expect(page.text()).toContain('path "team/kv/data/orders/*"');
    await page.wrapper.get('input[value="openbao"]').setValue();
    expect(page.text()).toContain('["list", "scan"]');
    await page.wrapper.get('input[value="1"]').setValue();
    expect(page.text()).toContain('path "team/kv/orders/*"');
    await page.press('Copy: Policy for team/kv/orders/*');
    expect(page.clipboard()).toContain('capabilities = ["read", "list", "scan"]');
  });

  it('makes the IAM policy from the saved settings, in the partition of the region', async () => {
    const page = await openOptions('/help/aws-iam', {
      'connection/view': () =>
        connection({ aws: { ...DEFAULT_AWS, region: 'cn-north-1', prefix: 'storefront/' } }),
    });
    expect(page.text()).toContain('arn:aws-cn:secretsmanager:cn-north-1:*:secret:storefront/*');
    await page.press('Copy: Policy for storefront/* in cn-north-1');
    const policy = JSON.parse(page.clipboard() ?? '') as { Statement: { Action: string[] }[] };
    expect(policy.Statement.flatMap(({ Action }) => Action)).toEqual([
      'secretsmanager:ListSecrets',
      'secretsmanager:BatchGetSecretValue',
      'secretsmanager:GetSecretValue',
      'secretsmanager:DescribeSecret',
    ]);
  });
});
