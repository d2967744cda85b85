import { readFileSync } from 'node:fs';

import { beforeEach, describe, expect, it } from 'vitest';

import { createPolicy } from '@/lib/background/policy';
import { readPolicy } from '@/lib/core/configuration-policy';
import { DEFAULT_AWS, DEFAULT_HASHICORP, DEFAULT_LOCK_SETTINGS } from '@/lib/core/model';

import {
  awsForm,
  codeOf,
  environmentRow,
  OTHER_VAULT,
  pulled,
  VAULT,
  vaultForm,
  workspaceWorld,
  type WorkspaceWorld,
} from './workspace-world';

let at: WorkspaceWorld;
beforeEach(async () => {
  at = await workspaceWorld();
});
/** As the background does when the browser tells of a change. */
const setPolicy = async (policy: unknown) => {
  at.managed.policy = policy;
  await at.changes.forced(() => at.policy.load());
  await at.lock.follow();
  await at.testers.register();
};

describe('a provider that the organization sets', () => {
  const POLICY = {
    provider: 'hashicorp',
    hashicorp: { url: OTHER_VAULT, enginePath: 'team/kv', autoSync: true },
    locked: ['provider', 'hashicorp.url', 'hashicorp.prefix'],
  };

  it('is there before anything is saved, and connects to nothing', async () => {
    await setPolicy(POLICY);
    expect(await at.connections.view('global')).toMatchObject({
      provider: 'hashicorp',
      hashicorp: { ...DEFAULT_HASHICORP, url: OTHER_VAULT, enginePath: 'team/kv', autoSync: true },
      aws: DEFAULT_AWS,
      saved: false,
      // A field that is not set above cannot be held fast.
      managed: ['provider', 'hashicorp.url'],
    });
    expect(await at.connections.effective('default')).toBeNull();
  });

  it('holds fast what is locked and leaves the rest to the user', async () => {
    await setPolicy(POLICY);
    const save = (settings: object) =>
      at.save(vaultForm('global', 'token', settings)).then(
        () => 'done',
        ({ code, details }) => `${code} ${details.field}`,
      );
    expect(await save({ url: VAULT })).toBe('policy-locked url');
    expect(await at.db.connections.count()).toBe(0);
    expect(await codeOf(at.connections.tested(vaultForm('global', 'token', { url: VAULT })))).toBe(
      'policy-locked',
    );
    expect(at.sent).toEqual([]);
    expect(await codeOf(at.save(awsForm('global', 'secret')))).toBe('policy-locked');
    expect(await save({ url: `${OTHER_VAULT}/`, enginePath: 'my/kv' })).toBe('done');
    expect((await at.connections.view('global')).hashicorp.enginePath).toBe('my/kv');
  });

  it('takes over from what was saved, which never gets the old credentials', async () => {
    await at.save(vaultForm('global', 'shared'));
    await at.db.environments.add(environmentRow('api'));
    await at.values.put(new Map([['api', pulled('orders/api', 'of the old server')]]));
    await setPolicy(POLICY);
    const connection = await at.connections.effective('default');
    expect(connection?.form.settings).toMatchObject({ url: OTHER_VAULT });
    expect(connection && (await codeOf(at.connections.provider(connection)))).toBe('record-moved');
    expect(await at.values.get('api')).toBeNull();
    // What was saved is not lost when the policy goes.
    await setPolicy({});
    expect((await at.connections.view('global')).hashicorp.url).toBe(VAULT);
    expect((await at.connections.view('global')).managed).toBeUndefined();
  });

  it('can be the only one: workspaces with their own go back to it', async () => {
    const { id } = await at.workspaces.create('Orders');
    await at.save(vaultForm('global', 'shared'));
    await at.save(vaultForm(id, 'own', { url: OTHER_VAULT }));
    await setPolicy({ globalConnectionOnly: true });
    expect((await at.connections.effective(id))?.source).toBe('global');
    expect(await at.connections.view(id)).toMatchObject({ source: 'global', managed: ['scope'] });
    expect(await codeOf(at.save(vaultForm(id, 'own')))).toBe('policy-locked');
    await setPolicy({});
    expect((await at.connections.effective(id))?.source).toBe(id);
  });
});

describe('sites and destinations that the organization forbids', () => {
  const SITE = 'https://docs.tidewater.example';
  const API = 'https://api.tidewater.example';
  const grant = { testerId: 'tester', environmentId: 'api', destination: API, boundTo: 'x' };
  beforeEach(async () => {
    await at.db.environments.add(environmentRow('api'));
    await at.db.testers.add({
      id: 'tester',
      origin: SITE,
      kind: 'other',
      workspaceId: 'default',
      environmentId: 'api',
      enabledAt: 1,
    });
  });

  it('get no scripts, are said so, and come back with the policy’s end', async () => {
    await setPolicy({ blockedTesters: ['*://*.tidewater.example'] });
    expect(at.registered.at(-1)).toEqual([]);
    expect((await at.testers.list('default'))[0]?.forbidden).toBe(true);
    expect(() => at.policy.checkTester(SITE)).toThrow(
      expect.objectContaining({
        code: 'policy-forbidden',
        details: { what: 'tester', host: 'docs.tidewater.example' },
      }),
    );
    await setPolicy({});
    expect(at.registered.at(-1)).toEqual([SITE]);
    expect((await at.testers.list('default'))[0]?.forbidden).toBeUndefined();
  });

  it('cannot be enabled', async () => {
    await setPolicy({ blockedTesters: ['*://*'], allowedTesters: ['https://try.tidewater.example'] });
    at.platform.tabInfo = (async () => ({ tabId: 1, origin: SITE })) as never;
    expect(await codeOf(at.testers.enable(1, SITE, 'api'))).toBe('policy-forbidden');
    expect((await at.testers.tabView(1))?.forbidden).toBe(true);
    at.platform.tabInfo = (async () => ({ tabId: 1, origin: 'https://try.tidewater.example' })) as never;
    expect(await codeOf(at.testers.enable(1, 'https://try.tidewater.example', 'api'))).toBe('done');
  });

  it('can be given no grant, by the card or by a proposal', async () => {
    await at.db.grants.add({ ...grant, id: 'proposal', grantedAt: 1, proposed: true });
    await setPolicy({ blockedDestinations: [API] });
    expect(await codeOf(at.testers.addGrant(grant))).toBe('policy-forbidden');
    expect(await codeOf(at.testers.acceptGrant('proposal'))).toBe('policy-forbidden');
    expect((await at.testers.list('default'))[0]?.grants).toMatchObject([
      { proposed: true, forbidden: true },
    ]);
  });
});

describe('the lock under a policy', () => {
  it('comes at the latest when the organization says, whatever the user sets', async () => {
    await setPolicy({ autoLock: { idleMinutes: 10, maxMinutes: 60 } });
    expect(await at.lock.settings()).toEqual({ idleMinutes: 10, maxMinutes: 60, clipboardSeconds: 30 });
    await at.lock.saveSettings({ idleMinutes: 0, maxMinutes: 0, clipboardSeconds: 0 });
    expect(await at.lock.settings()).toEqual({ idleMinutes: 10, maxMinutes: 60, clipboardSeconds: 0 });
    await at.lock.saveSettings({ idleMinutes: 5, maxMinutes: 600, clipboardSeconds: 0 });
    expect(await at.lock.settings()).toEqual({ idleMinutes: 5, maxMinutes: 60, clipboardSeconds: 0 });
    await setPolicy({});
    expect((await at.lock.settings()).maxMinutes).toBe(600);
  });

  it('is moved forward at once, never back', async () => {
    const due = () => at.session.get<number>('secret:lock-at');
    const start = at.clock.now;
    expect(await due()).toBe(start + DEFAULT_LOCK_SETTINGS.maxMinutes * 60_000);
    await setPolicy({ autoLock: { maxMinutes: 30 } });
    expect(await due()).toBe(start + 30 * 60_000);
    at.clock.now += 29 * 60_000;
    await setPolicy({ autoLock: { maxMinutes: 20 } });
    // A new limit counts from now; one that is due earlier stays.
    expect(await due()).toBe(start + 30 * 60_000);
    at.clock.now += 60_000;
    await at.lock.follow();
    expect(await at.lock.phase()).toBe('locked');
  });
});

describe('reading a policy', () => {
  it('says what it is, and nothing when there is none', async () => {
    expect(at.policy.view()).toBeUndefined();
    await setPolicy({ blockedTesters: ['HTTPS://Docs.Tidewater.example'] });
    expect(at.policy.view()).toMatchObject({
      testers: { blocked: ['https://docs.tidewater.example'], allowed: [] },
    });
  });

  it('keeps what can be read and tells what cannot', () => {
    const policy = readPolicy({
      provider: 'gcp',
      hashicorp: { url: 'javascript:alert(1)', enginePath: 'team/kv', autoSync: 'yes' },
      aws: ['eu-central-1'],
      locked: ['provider', 'hashicorp.enginePath', 7],
      blockedTesters: ['https://ok.example', 'ok.example', 'ftp://x', '__proto__'],
      blockedDestinations: 'https://api.example',
      autoLock: { idleMinutes: -1, maxMinutes: 60 },
    });
    expect(policy).toMatchObject({
      provider: null,
      hashicorp: { enginePath: 'team/kv' },
      aws: {},
      locked: ['hashicorp.enginePath'],
      testers: { blocked: ['https://ok.example'] },
      destinations: { blocked: [] },
      lock: { maxMinutes: 60 },
    });
    expect(policy.problems).toEqual([
      'provider',
      'hashicorp.url',
      'hashicorp.autoSync',
      'aws',
      'locked[0]',
      'locked[2]',
      'blockedTesters[1]',
      'blockedTesters[2]',
      'blockedTesters[3]',
      'blockedDestinations',
      'autoLock.idleMinutes',
    ]);
  });

  it.each([null, undefined, 'x', 7, []])('takes %j for none', (stored) => {
    expect(readPolicy(stored).problems).toEqual([]);
  });

  it('remembers in a new worker what was followed, and sees what changed meanwhile', async () => {
    await setPolicy({ blockedTesters: ['*://*'] });
    at.managed.policy = {};
    const next = createPolicy(async () => at.managed.policy, at.session);
    await next.resume();
    expect(next.forbidsTester('https://docs.tidewater.example')).toBe(true);
    expect(await next.isChanged()).toBe(true);
    await next.load();
    expect(next.forbidsTester('https://docs.tidewater.example')).toBe(false);
    expect(await next.isChanged()).toBe(false);
  });

  it('knows the fields that the schema for Chromium names, and no other', () => {
    interface Schema {
      readonly properties?: Readonly<Record<string, Schema>>;
    }
    const schema = JSON.parse(
      readFileSync(new URL('../../../public/managed-schema.json', import.meta.url), 'utf8'),
    ) as Schema;
    const fields = (name: string) => Object.keys(schema.properties?.[name]?.properties ?? {}).sort();
    expect(fields('hashicorp')).toEqual(Object.keys(DEFAULT_HASHICORP).sort());
    expect(fields('aws')).toEqual(Object.keys(DEFAULT_AWS).sort());
    expect(fields('autoLock')).toEqual(Object.keys(DEFAULT_LOCK_SETTINGS).sort());
    const wrong = Object.fromEntries(Object.keys(schema.properties ?? {}).map((name) => [name, 7]));
    // Each is read: each is called wrong.
    expect([...readPolicy(wrong).problems].sort()).toEqual(Object.keys(wrong).sort());
  });
});
