import { beforeEach, describe, expect, it, vi } from 'vitest';

import type { Tester, TesterKind } from '@/lib/core/model';

import { workspaceWorld, type WorkspaceWorld } from './workspace-world';

const tester = (id: string, workspaceId: string, environmentId: string): Tester => ({
  ...{ id, workspaceId, environmentId, origin: `https://${id}.tidewater.example` },
  ...{ kind: 'other', enabledAt: 1 },
});
const TAB = 7;

describe("a tab's own environment", () => {
  const docs = tester('docs', 'default', 'staging');
  const other = tester('other', 'payments', 'payments-staging');
  let at: WorkspaceWorld;
  beforeEach(async () => {
    at = await workspaceWorld();
    await at.db.testers.bulkPut([docs, other]);
    await at.db.environments.bulkPut(
      ['staging', 'production'].map((id) => ({
        ...{ id, workspaceId: 'default', name: id, sync: true, path: id },
        production: false,
      })),
    );
    await at.testers.setEnvironment('docs', 'production', TAB);
  });

  it('is over that of the tester, in this tab', async () => {
    expect(await at.testers.environmentIn(docs, TAB)).toBe('production');
    expect(await at.testers.environmentIn(docs, TAB + 1)).toBe('staging');
  });

  it('is none of another tester that the tab goes to', async () => {
    expect(await at.testers.environmentIn(other, TAB)).toBe('payments-staging');
  });

  it('is kept when the page says what it is at the same time, and so is that', async () => {
    const { origin } = docs;
    at.platform.tabInfo = async () => ({ tabId: TAB, origin });
    await at.testers.tabClosed(TAB);
    const read = at.session.get.bind(at.session);
    vi.spyOn(at.session, 'get').mockImplementation(async (key) => {
      const found = await read(key);
      // Long enough for the other change to have read as well, if it may.
      for (let turn = 0; turn < 50; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      return found as never;
    });
    await Promise.all([
      at.testers.hello({ origin, tabId: TAB, documentId: 'doc' }, 'scalar'),
      at.testers.setEnvironment('docs', 'production', TAB),
    ]);
    expect(await at.testers.tabView(TAB)).toMatchObject({
      environmentId: 'production',
      overridden: true,
      needsReload: false,
      kind: 'scalar',
    });
  });

  it('does not come back with what a page said while its tab was closed', async () => {
    const read = at.session.get.bind(at.session);
    let closing: Promise<void> | undefined;
    vi.spyOn(at.session, 'get').mockImplementation(async (key) => {
      const found = await read(key);
      closing ??= at.testers.tabClosed(TAB);
      return found as never;
    });
    await at.testers.hello({ origin: docs.origin, tabId: TAB, documentId: 'doc' }, 'scalar');
    await closing;
    expect([...at.items.keys()].filter((key) => key.startsWith('tab:'))).toEqual([]);
  });

  it('ends with the tab', async () => {
    await at.testers.tabClosed(TAB);
    expect(await at.testers.environmentIn(docs, TAB)).toBe('staging');
  });
});

describe('what a page says that it is', () => {
  const docs = tester('docs', 'default', 'staging');
  const { origin } = docs;
  let at: WorkspaceWorld;
  /** Writes of the database and of session memory, and broadcasts. */
  let news: string[];
  const say = (kind: TesterKind, documentId = 'first') =>
    at.testers.hello({ origin, tabId: TAB, documentId }, kind);
  beforeEach(async () => {
    at = await workspaceWorld();
    await at.db.testers.add(docs);
    at.platform.tabInfo = async () => ({ tabId: TAB, origin });
    news = [];
    at.platform.broadcast = () => void news.push('broadcast');
    const [set, update] = [at.session.set.bind(at.session), at.db.testers.update.bind(at.db.testers)];
    vi.spyOn(at.session, 'set').mockImplementation((...pair) => (news.push('session'), set(...pair)));
    vi.spyOn(at.db.testers, 'update').mockImplementation((...change) => (news.push('db'), update(...change)));
  });

  it('counts again when the page knows better', async () => {
    await say('other');
    expect((await at.testers.tabView(TAB))?.kind).toBe('other');
    await say('swagger-ui');
    expect(await at.testers.tabView(TAB)).toMatchObject({ kind: 'swagger-ui', needsReload: false });
    expect(await at.db.testers.get('docs')).toMatchObject({ kind: 'swagger-ui' });
  });

  it('stays until the next page, however often it says another thing', async () => {
    await say('scalar');
    expect(news).toEqual(['session', 'db', 'broadcast']);
    for (let turn = 0; turn < 20; turn += 1) {
      await say('other');
      await say('swagger-ui');
      await say('scalar');
    }
    expect(news).toEqual(['session', 'db', 'broadcast']);
    expect((await at.testers.tabView(TAB))?.kind).toBe('scalar');

    await say('swagger-ui', 'second');
    expect(news).toEqual(['session', 'db', 'broadcast', 'session', 'db', 'broadcast']);
    expect((await at.testers.tabView(TAB))?.kind).toBe('swagger-ui');
  });
});

describe('registering the scripts', () => {
  it('is done once at a time, so that a permission given and a site enabled at once both count', async () => {
    const at = await workspaceWorld();
    let busy = 0;
    const most: number[] = [];
    const register = at.platform.registerTesterScripts;
    at.platform.registerTesterScripts = async (origins) => {
      most.push((busy += 1));
      await Promise.resolve();
      await register(origins);
      busy -= 1;
    };
    const byPermission = at.testers.register();
    await at.db.testers.add(tester('docs', 'default', 'staging'));
    await Promise.all([byPermission, at.testers.register()]);
    expect(most).toEqual([1, 1]);
    expect(at.registered.at(-1)).toEqual(['https://docs.tidewater.example']);
  });
});
