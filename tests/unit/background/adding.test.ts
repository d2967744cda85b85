import { beforeEach, describe, expect, it } from 'vitest';

import { createHandlers } from '@/lib/background/handlers';
import type { Tester } from '@/lib/core/model';

import { codeOf, environmentRow, vaultForm, workspaceWorld, type WorkspaceWorld } from './workspace-world';

const SITE = 'https://docs.tidewater.example';
const API = 'https://api.tidewater.example';
const HOUR = 3_600_000;

let at: WorkspaceWorld;
/** Match patterns that the browser gives access to; `null`: all. */
let access: ReadonlySet<string> | null;
let granted: number;

beforeEach(async () => {
  granted = 0;
  access = null;
  at = await workspaceWorld({ onGranted: () => void (granted += 1) });
  at.platform.hasHostAccess = async (...patterns: string[]) =>
    access === null || patterns.every((pattern) => access?.has(pattern));
  await at.db.workspaces.bulkPut([
    { id: 'default', name: 'Orders', order: 0, lastPullAt: null },
    { id: 'payments', name: 'Payments', order: 1, lastPullAt: null },
  ]);
  await at.db.environments.bulkAdd([
    environmentRow('staging'),
    environmentRow('production', { production: true }),
    environmentRow('theirs', { workspaceId: 'payments' }),
  ]);
});

const setPolicy = async (policy: unknown) => {
  at.managed.policy = policy;
  await at.policy.load();
};

describe('enabling a site by its address', () => {
  const add = (origin: string, environmentId = 'staging') => at.testers.add(origin, environmentId);
  const enabled = async () => (await at.db.testers.toArray()).map(({ origin }) => origin);

  it('needs no tab, and puts the scripts there', async () => {
    expect(await add(SITE)).toMatchObject({
      ...{ origin: SITE, kind: 'other', workspaceId: 'default', environmentId: 'staging' },
      ...{ environmentName: 'staging', grants: [], hostAccess: true },
    });
    expect(at.registered.at(-1)).toEqual([SITE]);
    expect(await at.testers.list('default')).toHaveLength(1);
  });

  it.each([
    'ftp://docs.tidewater.example',
    'chrome-extension://abcdefghijklmnop',
    'moz-extension://abcdefghijklmnop',
    'file:///home/docs.html',
    'about:blank',
    'null',
    'docs.tidewater.example',
    `${SITE}/swagger`,
    'https://user:word@docs.tidewater.example',
    'https://chromewebstore.google.com',
    'https://addons.mozilla.org',
    'https://addons.mozilla.org.',
    'https://microsoftedge.microsoft.com',
  ])('refuses %s', async (origin) => {
    expect(await codeOf(add(origin))).toBe('not-supported-here');
    expect(await enabled()).toEqual([]);
  });

  it('refuses what the organization forbids', async () => {
    await setPolicy({ blockedTesters: [SITE] });
    expect(await codeOf(add(SITE))).toBe('policy-forbidden');
    expect(await enabled()).toEqual([]);
  });

  it('refuses what the browser gives no access to', async () => {
    access = new Set(['http://docs.tidewater.example/*']);
    await expect(add(SITE)).rejects.toMatchObject({
      code: 'host-permission',
      details: { host: 'docs.tidewater.example' },
    });
    expect(await enabled()).toEqual([]);
  });

  it('refuses an environment that is gone', async () => {
    expect(await codeOf(add(SITE, 'gone'))).toBe('missing');
    expect(await enabled()).toEqual([]);
  });

  it('says that a site is enabled already, and where, and leaves it as it is', async () => {
    await add(SITE);
    await expect(add(SITE, 'production')).rejects.toMatchObject({
      code: 'tester-known',
      details: { host: 'docs.tidewater.example' },
    });
    await expect(add(SITE, 'theirs')).rejects.toMatchObject({
      code: 'tester-elsewhere',
      details: { host: 'docs.tidewater.example', name: 'Orders' },
    });
    expect(await at.db.testers.toArray()).toMatchObject([{ origin: SITE, environmentId: 'staging' }]);
  });

  it('enables it once, however often it is asked for at the same time', async () => {
    const codes = await Promise.all([add(SITE), add(SITE, 'production')].map(codeOf));
    expect(codes.sort()).toEqual(['done', 'tester-known']);
    expect(await enabled()).toEqual([SITE]);
  });

  it('keeps out of extension stores by the tab as well', async () => {
    at.platform.tabInfo = async () => ({ tabId: 1, origin: 'https://addons.mozilla.org' });
    expect(await codeOf(at.testers.enable(1, 'https://addons.mozilla.org', 'staging'))).toBe(
      'not-supported-here',
    );
  });
});

describe('a destination that is added by hand', () => {
  const docs: Tester = {
    ...{ id: 'docs', origin: SITE, kind: 'other', workspaceId: 'default', environmentId: 'staging' },
    enabledAt: 1,
  };
  const add = (destination = API, environmentId = 'staging', testerId = 'docs') =>
    at.testers.addDestination(testerId, environmentId, destination);
  const grants = async () => (await at.testers.list('default'))[0]?.grants ?? [];
  /** Whether a request may go there now, for what the environment points to. */
  const mayGo = async (environmentId = 'staging', destination = API) => {
    const [row] = await at.db.grants.where({ environmentId, destination }).toArray();
    return (await at.testers.grantFor('docs', environmentId, destination, row?.boundTo ?? '')) !== null;
  };
  beforeEach(() => at.db.testers.add(docs));

  it('is a grant like that of a card, and lets what waits go', async () => {
    await add();
    expect(await grants()).toMatchObject([
      { destination: API, environmentId: 'staging', environmentName: 'staging', hostAccess: true },
    ]);
    expect((await grants())[0]?.proposed).toBeUndefined();
    expect(await mayGo()).toBe(true);
    expect(granted).toBe(1);
  });

  it('may be for another environment of the workspace', async () => {
    await add(API, 'production');
    expect(await mayGo('production')).toBe(true);
    expect(await mayGo('staging')).toBe(false);
  });

  it('is bound to what its environment points to', async () => {
    await at.save(vaultForm('global', 'token'));
    await add();
    const [{ boundTo } = { boundTo: '' }] = await at.db.grants.toArray();
    expect(boundTo).toContain('|orders/staging');
    expect(boundTo).not.toMatch(/^\|/);
    expect(await at.testers.grantFor('docs', 'staging', API, '|orders/staging')).toBeNull();
  });

  it('lasts twelve hours for production, and is renewed by adding it again', async () => {
    await add(API, 'production');
    at.clock.now += 12 * HOUR + 1;
    await add(API, 'production');
    expect(await at.db.grants.count()).toBe(1);
    expect(await mayGo('production')).toBe(true);
    at.clock.now += 12 * HOUR + 1;
    expect(await mayGo('production')).toBe(false);
  });

  it('ends at the lock for a tester on this computer', async () => {
    await at.db.testers.add({ ...docs, id: 'local', origin: 'http://localhost:8080' });
    await add(API, 'staging', 'local');
    await at.testers.endLoopbackGrants();
    expect(await grants()).toEqual([]);
  });

  it('answers the proposal of an imported file', async () => {
    await at.db.grants.add({
      ...{ id: 'proposal', testerId: 'docs', environmentId: 'staging', destination: API, boundTo: 'x' },
      ...{ grantedAt: 1, proposed: true },
    });
    await add();
    expect(await at.db.grants.toArray()).toMatchObject([{ destination: API, proposed: false }]);
  });

  it('may be http on this computer only', async () => {
    await add('http://localhost:3000');
    await add('http://127.0.0.1:3000');
    await expect(add('http://api.tidewater.example')).rejects.toMatchObject({
      code: 'plain-http',
      details: { host: 'api.tidewater.example', what: 'destination' },
    });
    expect(await codeOf(add('http://10.0.0.7'))).toBe('plain-http');
    expect((await grants()).map(({ destination }) => destination).sort()).toEqual([
      'http://127.0.0.1:3000',
      'http://localhost:3000',
    ]);
  });

  it.each([
    ['no origin', 'bad-message', () => add(`${API}/v1`)],
    ['an origin written otherwise', 'bad-message', () => add('https://API.tidewater.example')],
    ['another scheme', 'bad-message', () => add('wss://api.tidewater.example')],
    ['a user name in it', 'bad-message', () => add('https://user@api.tidewater.example')],
    ['no address', 'bad-message', () => add('api')],
    ['an environment that is gone', 'missing', () => add(API, 'gone')],
    ['an environment of another workspace', 'missing', () => add(API, 'theirs')],
    ['a site that is not enabled', 'not-enabled', () => add(API, 'staging', 'gone')],
  ])('is refused: %s', async (_what, code, refused) => {
    expect(await codeOf(refused())).toBe(code);
    expect(await at.db.grants.count()).toBe(0);
    expect(granted).toBe(0);
  });

  it.each([
    ['the destination', { blockedDestinations: [API] }],
    ['the site', { blockedTesters: [SITE] }],
  ])('is refused when the organization forbids %s', async (_what, policy) => {
    await setPolicy(policy);
    expect(await codeOf(add())).toBe('policy-forbidden');
    expect(await at.db.grants.count()).toBe(0);
  });

  it('is refused while the browser gives no access to it', async () => {
    access = new Set(['https://docs.tidewater.example/*']);
    await expect(add()).rejects.toMatchObject({
      code: 'host-permission',
      details: { host: 'api.tidewater.example' },
    });
    expect(await at.db.grants.count()).toBe(0);
  });

  it('says when the browser has taken its access back', async () => {
    await add();
    access = new Set(['https://docs.tidewater.example/*']);
    expect(await grants()).toMatchObject([{ destination: API, hostAccess: false }]);
    expect(await at.testers.list('default')).toMatchObject([{ hostAccess: true }]);
  });
});

it('neither is done while it is locked', async () => {
  type Deps = Parameters<typeof createHandlers>[0];
  const { lock, testers } = at;
  const { 'tester/add': addTester, 'grant/add': addGrant } = createHandlers({ lock, testers } as Deps);
  const page = { kind: 'page' } as const;
  await lock.lock();
  const refused = [
    addTester({ origin: SITE, environmentId: 'staging' }, page),
    addGrant({ testerId: 'docs', environmentId: 'staging', destination: API }, page),
  ];
  expect(await Promise.all(refused.map(async (work) => codeOf(Promise.resolve(work))))).toEqual([
    'locked',
    'locked',
  ]);
});
