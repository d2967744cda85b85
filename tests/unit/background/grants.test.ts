import { beforeEach, describe, expect, it } from 'vitest';

import { workspaceWorld, type WorkspaceWorld } from './workspace-world';

const HOUR = 3_600_000;
const passage = { testerId: 't', environmentId: 'e', destination: 'https://api.example', boundTo: 'here' };

describe('a standing permission', () => {
  let at: WorkspaceWorld;
  const environment = (production: boolean) => ({
    ...{ id: 'e', workspaceId: 'default', name: 'n', sync: true, path: 'p' },
    production,
  });
  const has = async (boundTo = 'here') =>
    (await at.testers.grantFor('t', 'e', 'https://api.example', boundTo)) !== null;

  beforeEach(async () => {
    at = await workspaceWorld();
    await at.db.environments.put(environment(false));
    await at.testers.addGrant(passage);
  });

  it('holds for its tester, environment and destination only', async () => {
    expect(await has()).toBe(true);
    expect(await at.testers.grantFor('t', 'e', 'https://api.example:8443', 'here')).toBeNull();
    expect(await at.testers.grantFor('t', 'other', 'https://api.example', 'here')).toBeNull();
    expect(await at.testers.grantFor('other', 'e', 'https://api.example', 'here')).toBeNull();
  });

  it('is gone for good once connection, server or path is another', async () => {
    expect(await has('elsewhere')).toBe(false);
    expect(await has()).toBe(false);
  });

  it('lasts', async () => {
    at.clock.now += 1_000 * HOUR;
    expect(await has()).toBe(true);
  });

  it('for production lasts twelve hours', async () => {
    await at.db.environments.put(environment(true));
    at.clock.now += 12 * HOUR;
    expect(await has()).toBe(true);
    at.clock.now += 1;
    expect(await has()).toBe(false);
    await at.db.environments.put(environment(false));
    expect(await has()).toBe(false);
  });
});

describe('enabling a site', () => {
  it('enables the site that was shown, and not the one that the tab has gone to', async () => {
    const at = await workspaceWorld();
    await at.db.environments.put({
      ...{ id: 'e', workspaceId: 'default', name: 'n', sync: true, path: 'p' },
      production: false,
    });
    at.platform.tabInfo = (async () => ({ tabId: 1, origin: 'https://evil.example' })) as never;
    await expect(at.testers.enable(1, 'https://docs.example', 'e')).rejects.toMatchObject({
      code: 'request-changed',
    });
    expect(await at.testers.list('default')).toEqual([]);
    expect(await at.testers.enable(1, 'https://evil.example', 'e')).toMatchObject({
      origin: 'https://evil.example',
    });
  });
});
