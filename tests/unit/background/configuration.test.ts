import { beforeEach, describe, expect, it } from 'vitest';

import type { Configuration } from '@/lib/core/configuration';
import { readConfiguration } from '@/lib/core/configuration-read';
import { errorText } from '@/lib/core/copy/errors';
import { DEFAULT_AWS, DEFAULT_HASHICORP } from '@/lib/core/model';
import { startDraft } from '@/lib/sync/draft';

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

const SITE = 'https://docs.tidewater.example';
const API = 'https://api.tidewater.example';
const UUID = '00000000-0000-4000-8000-00000000000';

let at: WorkspaceWorld;
beforeEach(async () => {
  at = await workspaceWorld();
});

/** Everything that is stored, on disk and in the session. */
const everything = async () => {
  const tables = at.db.tables.map(async (table) => [table.name, await table.toArray()] as const);
  return { disk: Object.fromEntries(await Promise.all(tables)), session: [...at.items] };
};

/** A workspace as a teammate's file has it; it is new here. */
function teamFile(over: Partial<Configuration['workspaces'][number]> = {}): Configuration {
  return {
    format: 'keyferry-configuration',
    version: 1,
    exportedAt: '2026-11-25T10:00:00.000Z',
    workspaces: [
      {
        id: `${UUID}0`,
        name: 'Orders',
        environments: [
          { id: `${UUID}1`, name: 'API', sync: true, path: 'orders/api', production: false },
          { id: `${UUID}2`, name: 'Scratch', sync: false, path: 'scratch', production: false },
        ],
        testers: [
          {
            origin: SITE,
            kind: 'swagger-ui',
            environment: `${UUID}1`,
            grants: [{ environment: `${UUID}1`, destination: API }],
          },
        ],
        ...over,
      },
    ],
  };
}
const previewOf = (file: unknown) => at.configuration.preview(JSON.stringify(file));
const itemsOf = async (file: unknown) =>
  (await previewOf(file)).items.map(({ id, change, refusal, notes }) =>
    [id, change, ...(refusal ? [refusal.code] : []), ...notes].join(' '),
  );
const item = async (file: unknown, id: string) =>
  (await previewOf(file)).items.find((one) => one.id.startsWith(id));
/** Imports what is chosen, everything by default. */
async function bring(file: unknown, choices?: readonly string[]) {
  const text = JSON.stringify(file);
  const preview = await at.configuration.preview(text);
  return at.configuration.import(text, preview.id, choices ?? preview.items.map(({ id }) => id));
}
const addTester = (over = {}) =>
  at.db.testers.add({
    id: 'tester',
    origin: SITE,
    kind: 'other',
    workspaceId: 'default',
    environmentId: 'api',
    enabledAt: 1,
    ...over,
  });
const grantRow = (over = {}) => ({
  id: 'grant',
  testerId: 'tester',
  environmentId: 'api',
  destination: API,
  boundTo: 'global',
  grantedAt: 1,
  proposed: false,
  ...over,
});

describe('an exported file', () => {
  it('holds no value, token, key or variable name of any store', async () => {
    await at.save(vaultForm('global', 'canary-token'));
    await at.save(awsForm('global', 'canary-key'));
    const { id } = await at.workspaces.create('Orders');
    await at.save({
      ...vaultForm(id),
      credentials: { kind: 'approle', roleId: 'canary-role', secretId: 'canary-secret' },
      settings: { ...vaultForm(id).settings, auth: 'approle' },
    });
    await at.db.environments.bulkAdd([
      environmentRow('api', { failure: { code: 'unresolved', details: { name: 'canary-name' } } }),
      environmentRow('local', { sync: false, path: 'local' }),
    ]);
    await addTester();
    await at.db.grants.add(grantRow({ boundTo: 'canary-binding' }));
    await at.db.migrations.add({
      environmentId: 'api',
      from: 'canary-from',
      to: 'canary-to',
      step: 'read',
      fromVersion: null,
      toVersion: null,
      permanent: false,
      failure: null,
    });
    await at.values.put(new Map([['api', pulled('orders/api', 'canary-value')]]));
    await at.drafts.keep(environmentRow('api'), startDraft(null));
    await at.session.setMany({
      'secret:token:global': 'canary-login',
      wire: 'canary-wire',
      [`secret:review:api`]: 'canary-review',
    });
    // A field that somebody adds to a row one day, in every table.
    for (const table of at.db.tables) {
      await table.toCollection().modify((row: Record<string, unknown>) => {
        row.later = 'canary-later';
        if (typeof row.settings === 'object')
          Object.assign(row.settings as object, { token: 'canary-later' });
      });
    }

    const { name, text } = await at.configuration.export();
    expect(name).toMatch(/^keyferry-configuration-\d{4}-\d\d-\d\d\.json$/);
    expect(text).not.toMatch(/canary/i);
    for (const table of await at.db.connections.toArray()) {
      const { box } = table.credentials ?? {};
      for (const part of Object.values(box ?? {})) {
        if (typeof part === 'string' && part.length > 8) expect(text).not.toContain(part);
      }
    }
    const vaultKey = (await at.db.settings.get('vault-key'))?.value as Record<string, unknown>;
    for (const part of Object.values(vaultKey)) {
      if (typeof part === 'string' && part.length > 8) expect(text).not.toContain(part);
    }
    // Every name of a field is one that the format knows.
    const names = new Set<string>();
    JSON.parse(text, (key, value: unknown) => {
      if (!/^\d*$/.test(key)) names.add(key);
      return value;
    });
    expect([...names].sort()).toEqual(
      [
        ...['format', 'version', 'exportedAt', 'lock', 'global', 'workspaces', 'connection', 'provider'],
        ...['idleMinutes', 'maxMinutes', 'clipboardSeconds'],
        ...['hashicorp', 'aws', ...Object.keys(DEFAULT_HASHICORP), ...Object.keys(DEFAULT_AWS)],
        ...['id', 'name', 'environments', 'testers', 'sync', 'path', 'production'],
        ...['origin', 'kind', 'environment', 'grants', 'destination'],
      ]
        .filter((one, index, all) => all.indexOf(one) === index)
        .sort(),
    );
    expect(readConfiguration(text).workspaces).toHaveLength(2);
  });

  it('can be read again, whatever things are called', async () => {
    await at.db.environments.bulkAdd([
      environmentRow('a', { name: 'x'.repeat(900), path: 'x'.repeat(900) }),
      environmentRow('b', { name: 'turned \u202e round\n' }),
      environmentRow('c', { name: '' }),
    ]);
    const { text } = await at.configuration.export();
    expect(readConfiguration(text).workspaces[0]?.environments.map(({ name }) => name.slice(0, 12))).toEqual(
      ['xxxxxxxxxxxx', 'turned   rou', 'orders/c'].map((name) => name.slice(0, 12)),
    );
  });

  it('holds no proposals: they are another’s wish', async () => {
    await at.db.environments.add(environmentRow('api'));
    await addTester();
    await at.db.grants.bulkAdd([
      grantRow(),
      grantRow({ id: 'p', destination: `${API}:8443`, proposed: true }),
    ]);
    const { text } = await at.configuration.export();
    expect(readConfiguration(text).workspaces[0]?.testers[0]?.grants).toEqual([
      { environment: 'api', destination: API },
    ]);
  });

  it('changes nothing where it came from', async () => {
    await at.save(vaultForm('global', 'shared'));
    await at.db.environments.add(environmentRow('api', { production: true }));
    await addTester();
    await at.db.grants.add(grantRow());
    const { text } = await at.configuration.export();
    const preview = await at.configuration.preview(text);
    expect(preview.items.map(({ change }) => change)).toEqual(preview.items.map(() => 'same'));
    const before = await everything();
    await at.configuration.import(
      text,
      preview.id,
      preview.items.map(({ id }) => id),
    );
    expect(await everything()).toEqual(before);
  });

  it('brings everything to another browser but what is secret or was allowed', async () => {
    await at.save(vaultForm('global', 'shared', { autoSync: true, enginePath: 'team/kv' }));
    const { id } = await at.workspaces.create('Orders');
    await at.save(awsForm(id, 'own'));
    await at.db.environments.bulkAdd([
      environmentRow('api'),
      environmentRow(`${UUID}1`, { workspaceId: id, production: true }),
    ]);
    await addTester({ workspaceId: id, environmentId: `${UUID}1` });
    await at.db.grants.add(grantRow({ environmentId: `${UUID}1` }));
    const { text } = await at.configuration.export();

    at = await workspaceWorld();
    const preview = await at.configuration.preview(text);
    expect(
      await at.configuration.import(
        text,
        preview.id,
        preview.items.map((one) => one.id),
      ),
    ).toEqual({
      imported: 7,
      left: [],
    });
    const again = readConfiguration((await at.configuration.export()).text);
    const first = readConfiguration(text);
    expect(again.global).toMatchObject({ hashicorp: { enginePath: 'team/kv', autoSync: false } });
    expect(again.workspaces.map(({ name }) => name)).toEqual(['My workspace', 'Orders']);
    expect(again.workspaces[1]).toEqual({
      ...first.workspaces[1],
      testers: [{ ...first.workspaces[1]?.testers[0], grants: [] }],
    });
    expect(await at.db.grants.toArray()).toMatchObject([{ destination: API, proposed: true, boundTo: '' }]);
    expect((await at.db.connections.toArray()).map(({ credentials }) => credentials)).toEqual([null, null]);
  });
});

describe('a preview', () => {
  it('shows item by item what would change, and changes nothing', async () => {
    at.platform.hasHostAccess = async () => false;
    const before = await everything();
    const file = { ...teamFile(), lock: { idleMinutes: 0, maxMinutes: 60, clipboardSeconds: 30 } };
    expect(await itemsOf(file)).toEqual([
      'lock changed stricter-kept',
      `workspace:${UUID}0 new`,
      `environment:${UUID}1 new`,
      `environment:${UUID}2 new`,
      `tester:${SITE} new access-needed`,
      `grant:${SITE} ${UUID}1 ${API} new proposal`,
    ]);
    expect((await item(file, 'lock'))?.fields).toEqual([{ field: 'maxMinutes', before: '480', after: '60' }]);
    expect((await item(file, 'grant'))?.needs).toEqual([`tester:${SITE}`, `environment:${UUID}1`]);
    expect(await everything()).toEqual(before);
    expect(at.registered).toEqual([]);
  });

  it.each([
    ['not JSON', '{'],
    ['another file', '{"name": "package"}'],
    ['a token in it', JSON.stringify({ ...teamFile(), token: 'hvs.x' })],
    [
      'ids twice',
      JSON.stringify({ ...teamFile(), workspaces: [teamFile(), teamFile()].flatMap((f) => f.workspaces) }),
    ],
    ['a prototype', JSON.stringify(teamFile()).replace('"name"', '"__proto__":{"x":1},"name"')],
    ['the scope of the defaults as a workspace', JSON.stringify(teamFile({ id: 'global' }))],
    ['huge', ' '.repeat(6_000_000)],
  ])('of a hostile file (%s) is refused, and so is its import', async (_, text) => {
    const before = await everything();
    expect(await codeOf(at.configuration.preview(text))).toBe('file-invalid');
    expect(await codeOf(at.configuration.import(text, 'any', ['lock']))).toBe('file-invalid');
    expect(await everything()).toEqual(before);
  });

  it('of ten thousand environments is made, and they come in', async () => {
    const environments = Array.from({ length: 10_000 }, (_, index) => ({
      id: `e${index}`,
      name: `Environment ${index}`,
      sync: true,
      path: `orders/${index}`,
      production: false,
    }));
    const file = teamFile({ environments, testers: [] });
    expect((await previewOf(file)).items).toHaveLength(10_001);
    expect(await at.db.environments.count()).toBe(0);
    expect(await bring(file)).toEqual({ imported: 10_001, left: [] });
    expect(await at.db.environments.count()).toBe(10_000);
    expect(new Set((await itemsOf(file)).map((one) => one.split(' ')[1]))).toEqual(new Set(['same']));
  });

  it('is over once something has changed here', async () => {
    const text = JSON.stringify(teamFile());
    const preview = await at.configuration.preview(text);
    await at.workspaces.create('orders');
    expect(await codeOf(at.configuration.import(text, preview.id, ['lock']))).toBe('preview-over');
    const other = JSON.stringify(teamFile({ name: 'Other' }));
    expect(await codeOf(at.configuration.import(other, preview.id, ['lock']))).toBe('preview-over');
    expect(await at.db.environments.count()).toBe(0);
  });
});

describe('an import', () => {
  it('brings in what was chosen, and nothing that needs what was not', async () => {
    const ids = [`workspace:${UUID}0`, `environment:${UUID}1`, `grant:${SITE} ${UUID}1 ${API}`];
    expect(await bring(teamFile(), ids)).toEqual({ imported: 2, left: [ids[2]] });
    expect((await at.db.environments.toArray()).map(({ name }) => name)).toEqual(['API']);
    expect(await at.db.testers.count()).toBe(0);
    expect(await bring(teamFile(), [])).toEqual({ imported: 0, left: [] });
    // The same file finds what it brought.
    expect(await itemsOf(teamFile())).toEqual([
      `workspace:${UUID}0 same`,
      `environment:${UUID}1 same`,
      `environment:${UUID}2 new`,
      `tester:${SITE} new`,
      `grant:${SITE} ${UUID}1 ${API} new proposal`,
    ]);
  });

  it('sends nothing to anybody and trusts no imported server', async () => {
    const connection = {
      provider: 'hashicorp',
      hashicorp: { ...DEFAULT_HASHICORP, url: OTHER_VAULT, autoSync: true, verifySsl: false },
    } as const;
    const file = { ...teamFile({ connection }), global: connection };
    expect(await itemsOf(file)).toContain(
      'connection:global:hashicorp new credentials-needed auto-sync-stays-off verify-ssl-stays-on',
    );
    await bring(file);
    expect(at.sent).toEqual([]);
    for (const workspace of await at.workspaces.all()) {
      const effective = await at.connections.effective(workspace.id);
      expect(effective?.form.settings).toMatchObject({
        url: OTHER_VAULT,
        autoSync: false,
        verifySsl: true,
      });
      expect(effective && (await codeOf(at.connections.provider(effective)))).toBe('credentials-missing');
    }
    expect(at.sent).toEqual([]);
  });

  it('to another server forgets credentials, token, values and grants; to the same it keeps them', async () => {
    await at.save(vaultForm('global', 'shared', { autoSync: true }));
    const set = async () => {
      await at.db.environments.put(environmentRow('api', { version: '1' }));
      await at.values.put(new Map([['api', pulled('orders/api', 'value')]]));
      await at.db.grants.put(grantRow());
      await at.session.set('secret:token:global', 'canary');
    };
    const global = (settings: object) => ({
      ...teamFile({ environments: [], testers: [] }),
      global: { provider: 'hashicorp', hashicorp: { ...DEFAULT_HASHICORP, url: VAULT, ...settings } },
    });
    await set();
    const same = global({ autoSync: true, prefix: 'orders' });
    expect(await itemsOf(same)).toContain('connection:global:hashicorp changed');
    await bring(same);
    expect(await at.connections.view('global')).toMatchObject({
      hashicorp: { prefix: 'orders', autoSync: true },
      sealed: { hashicorp: { server: VAULT } },
    });
    expect(await at.values.get('api')).not.toBeNull();
    expect(await at.db.grants.count()).toBe(1);

    const moved = global({ url: OTHER_VAULT, autoSync: true });
    expect(await itemsOf(moved)).toContain(
      'connection:global:hashicorp changed credentials-forgotten credentials-needed auto-sync-stays-off',
    );
    await bring(moved);
    expect(await at.connections.view('global')).toMatchObject({
      hashicorp: { url: OTHER_VAULT, autoSync: false },
      sealed: { hashicorp: null },
    });
    expect(await at.values.get('api')).toBeNull();
    expect(await at.db.grants.count()).toBe(0);
    expect(await at.session.get('secret:token:global')).toBeUndefined();
    // Not even going back revives them.
    await bring(global({}));
    expect((await at.connections.view('global')).sealed.hashicorp).toBeNull();
  });

  it('does not revive credentials by pointing a form back to their server', async () => {
    await at.save(vaultForm('global', 'shared'));
    await at.save(vaultForm('global', undefined, { url: OTHER_VAULT }));
    await bring({
      ...teamFile({ environments: [], testers: [] }),
      global: { provider: 'hashicorp', hashicorp: { ...DEFAULT_HASHICORP, url: VAULT } },
    });
    expect((await at.connections.view('global')).sealed.hashicorp).toBeNull();
  });

  it('switches to the other provider without its Auto Sync', async () => {
    await at.save({
      ...awsForm('global', 'key'),
      settings: { ...awsForm('global').settings, autoSync: true },
    });
    await at.save(vaultForm('global', 'shared'));
    await bring({
      ...teamFile({ environments: [], testers: [] }),
      global: {
        provider: 'aws',
        aws: { ...DEFAULT_AWS, region: 'eu-central-1', autoSync: true },
      },
    });
    expect(await at.connections.view('global')).toMatchObject({ provider: 'aws', aws: { autoSync: false } });
  });

  it('gives one workspace its own connection and leaves the defaults', async () => {
    await at.save(vaultForm('global', 'shared'));
    const connection = { provider: 'aws', aws: { ...DEFAULT_AWS, region: 'eu-west-1' } } as const;
    await bring(teamFile({ connection }));
    expect(await at.connections.view(`${UUID}0`)).toMatchObject({
      source: `${UUID}0`,
      provider: 'aws',
      sealed: { hashicorp: null, aws: null },
    });
    expect(await at.connections.view('global')).toMatchObject({ provider: 'hashicorp' });
  });

  it('makes proposals of grants, which allow nothing until they are accepted', async () => {
    await at.save(vaultForm('global', 'shared'));
    await bring(teamFile());
    const [tester] = await at.testers.list(`${UUID}0`);
    const proposal = tester?.grants[0];
    expect(proposal).toMatchObject({ destination: API, proposed: true, environmentName: 'API' });
    const connection = await at.connections.effective(`${UUID}0`);
    const bound = `${connection?.identity}|orders/api`;
    for (const binding of ['', '|', bound]) {
      expect(await at.testers.grantFor(tester?.id ?? '', `${UUID}1`, API, binding)).toBeNull();
    }
    expect((await at.testers.list(`${UUID}0`))[0]?.grants).toHaveLength(1);
    await at.testers.acceptGrant(proposal?.id ?? '');
    expect(await at.testers.grantFor(tester?.id ?? '', `${UUID}1`, API, bound)).not.toBeNull();
    expect((await at.testers.list(`${UUID}0`))[0]?.grants[0]?.proposed).toBeUndefined();
  });

  it('never takes a mark of production away, and sets one', async () => {
    await at.db.environments.bulkAdd([
      environmentRow('live', { production: true, path: 'orders/x' }),
      environmentRow('quiet', { path: 'orders/y' }),
    ]);
    const file = teamFile({
      name: 'My workspace',
      testers: [],
      environments: [
        { id: 'live', name: 'live', sync: true, path: 'orders/x', production: false },
        { id: 'quiet', name: 'quiet', sync: true, path: 'orders/y', production: true },
        { id: 'n', name: 'n', sync: true, path: 'orders/prod', production: false },
      ],
    });
    expect(await itemsOf(file)).toEqual([
      `workspace:${UUID}0 same`,
      'environment:live same production-kept',
      'environment:quiet changed',
      'environment:n new production-kept',
    ]);
    await bring(file);
    expect((await at.db.environments.toArray()).map(({ production }) => production)).toEqual([
      true,
      true,
      true,
    ]);
  });

  it('says where new environments would lie', async () => {
    const fields = async (id: string) => (await item(teamFile(), `environment:${id}`))?.fields;
    expect(await fields(`${UUID}1`)).toEqual([{ field: 'path', before: null, after: 'orders/api' }]);
    expect(await fields(`${UUID}2`)).toEqual([{ field: 'sync', before: null, after: 'false' }]);
  });

  it('never loosens the lock', async () => {
    const lock = (idleMinutes: number, maxMinutes: number, clipboardSeconds: number) => ({
      ...teamFile(),
      lock: { idleMinutes, maxMinutes, clipboardSeconds },
    });
    await bring(lock(0, 9999, 0));
    expect(await at.lock.settings()).toEqual({ idleMinutes: 15, maxMinutes: 480, clipboardSeconds: 30 });
    await bring(lock(5, 0, 3600));
    expect(await at.lock.settings()).toEqual({ idleMinutes: 5, maxMinutes: 480, clipboardSeconds: 30 });
    const due = () => at.session.get<number>('secret:lock-at');
    await bring(lock(5, 10, 30));
    expect(await due()).toBe(at.clock.now + 600_000);
  });

  it('that points an environment elsewhere drops its grants, proposals and values', async () => {
    await at.db.environments.bulkAdd([environmentRow('api', { version: '1' }), environmentRow('other')]);
    await addTester();
    await at.db.grants.bulkAdd([
      grantRow(),
      grantRow({ id: 'p', destination: `${API}:8443`, proposed: true }),
      grantRow({ id: 'kept', environmentId: 'other' }),
    ]);
    await at.values.put(new Map([['api', pulled('orders/api', 'value')]]));
    const file = teamFile({
      name: 'My workspace',
      testers: [],
      environments: [{ id: 'api', name: 'api', sync: true, path: 'orders/elsewhere', production: false }],
    });
    expect(await itemsOf(file)).toContain('environment:api changed grants-dropped');
    await bring(file);
    expect(await at.db.environments.get('api')).toEqual({
      id: 'api',
      workspaceId: 'default',
      name: 'api',
      sync: true,
      path: 'orders/elsewhere',
      production: false,
    });
    expect(await at.db.grants.toCollection().primaryKeys()).toEqual(['kept']);
    expect(await at.values.get('api')).toBeNull();
    expect(at.sweeps).toContainEqual({ environmentId: 'api' });
  });

  it('that gives a site another environment takes away what was decided for the one before', async () => {
    await at.db.environments.bulkAdd([environmentRow('api'), environmentRow('other')]);
    await addTester();
    const file = teamFile({
      name: 'My workspace',
      environments: [{ id: 'other', name: 'other', sync: true, path: 'orders/other', production: false }],
      testers: [{ origin: SITE, kind: 'swagger-ui', environment: 'other', grants: [] }],
    });
    await bring(file);
    expect((await at.db.testers.get('tester'))?.environmentId).toBe('other');
    expect(at.sweeps).toContainEqual({ testerId: 'tester' });
  });

  it('finds what is here by id, path and name, in its own workspace only', async () => {
    const { id } = await at.workspaces.create('Orders');
    await at.db.environments.bulkAdd([
      environmentRow('by-path', { workspaceId: id, path: 'orders/api', name: 'called otherwise' }),
      environmentRow('by-name', { workspaceId: id, sync: false, path: 'x', name: 'Scratch' }),
      // Of another workspace: neither its id nor its path is a match.
      environmentRow(`${UUID}1`, { path: 'orders/api' }),
    ]);
    expect(await itemsOf(teamFile({ testers: [] }))).toEqual([
      `workspace:${UUID}0 same`,
      `environment:${UUID}1 changed`,
      `environment:${UUID}2 same`,
    ]);
    await bring(teamFile({ testers: [] }));
    expect((await at.db.environments.get('by-path'))?.name).toBe('API');
    expect((await at.db.environments.get(`${UUID}1`))?.name).toBe(`${UUID}1`);
    expect(await at.db.environments.count()).toBe(3);
  });

  it('takes the first workspace of another Keyferry for another one, unless it is called the same', async () => {
    expect(await itemsOf(teamFile({ id: 'default', testers: [], environments: [] }))).toEqual([
      'workspace:default new',
    ]);
    expect(
      await itemsOf(teamFile({ id: 'default', name: 'my workspace', testers: [], environments: [] })),
    ).toEqual(['workspace:default changed']);
  });

  it.each([
    [
      'a destination on plain http',
      { grants: [{ environment: `${UUID}1`, destination: 'http://api.tidewater.example' }] },
      'grant:',
      'plain-http',
    ],
  ])('refuses %s', async (_, over, id, code) => {
    const [tester] = teamFile().workspaces[0]?.testers ?? [];
    const file = teamFile({ testers: tester ? [{ ...tester, ...over }] : [] });
    const refusal = (await item(file, id))?.refusal;
    expect(refusal?.code).toBe(code);
    expect(refusal && errorText(refusal).sentence).not.toContain('credentials');
    await bring(file);
    expect(await at.db.grants.count()).toBe(0);
  });

  it('refuses what would break what is here, with what hangs on it', async () => {
    const { id } = await at.workspaces.create('Orders');
    await at.db.environments.bulkAdd([
      environmentRow('draft', { workspaceId: id }),
      environmentRow('moving', { workspaceId: id }),
      environmentRow('local', { workspaceId: id, sync: false, path: 'local' }),
      environmentRow('holder', { workspaceId: id, path: 'orders/held' }),
      environmentRow('api'),
    ]);
    await at.drafts.keep(environmentRow('draft', { workspaceId: id }), startDraft(null));
    await at.db.migrations.add({
      environmentId: 'moving',
      from: 'a',
      to: 'b',
      step: 'read',
      fromVersion: null,
      toVersion: null,
      permanent: false,
      failure: null,
    });
    await addTester();
    const sync = { sync: true, production: false };
    const file = teamFile({
      environments: [
        { ...sync, id: 'draft', name: 'draft', path: 'orders/1' },
        { ...sync, id: 'moving', name: 'moving', path: 'orders/2' },
        { ...sync, id: 'local', name: 'local', path: 'orders/3' },
        { ...sync, id: 'holder', name: 'holder', path: 'orders/4' },
        { ...sync, id: 'taker', name: 'taker', path: 'orders/held' },
        { ...sync, id: 'dots', name: 'dots', path: 'a/../b' },
      ],
      testers: [
        { origin: SITE, kind: 'other', environment: 'draft', grants: [] },
        {
          origin: `${SITE}:8443`,
          kind: 'other',
          environment: 'dots',
          grants: [{ environment: 'dots', destination: API }],
        },
      ],
    });
    expect(await itemsOf(file)).toEqual([
      `workspace:${UUID}0 same`,
      'environment:draft refused edited-first grants-dropped',
      'environment:moving refused move-first grants-dropped',
      'environment:local refused sync-differs grants-dropped',
      'environment:holder changed grants-dropped',
      'environment:taker refused path-taken',
      'environment:dots refused path-invalid',
      `tester:${SITE} refused tester-elsewhere`,
      `tester:${SITE}:8443 refused path-invalid`,
      `grant:${SITE}:8443 dots ${API} refused path-invalid proposal`,
    ]);
    expect(await bring(file)).toEqual({ imported: 1, left: [] });
    expect((await at.db.testers.get('tester'))?.workspaceId).toBe('default');
    expect((await at.db.environments.get('draft'))?.path).toBe('orders/draft');
  });

  it('refuses a connection that unsaved edits or the organization stand against', async () => {
    await at.save(vaultForm('global', 'shared'));
    await at.db.environments.add(environmentRow('api'));
    const file = (settings: object) => ({
      ...teamFile({ environments: [], testers: [] }),
      global: { provider: 'hashicorp', hashicorp: { ...DEFAULT_HASHICORP, url: VAULT, ...settings } },
    });
    const codes = async (settings: object) => (await item(file(settings), 'connection'))?.refusal?.code;
    expect(await codes({ url: 'http://vault.tidewater.example' })).toBe('plain-http');
    expect(await codes({ enginePath: 'a/../b' })).toBe('path-invalid');
    await at.drafts.keep(environmentRow('api'), startDraft(null));
    expect(await codes({ url: OTHER_VAULT })).toBe('edited-first');
    expect(await codes({ prefix: 'orders' })).toBeUndefined();
    at.managed.policy = {
      hashicorp: { url: VAULT },
      locked: ['hashicorp.url'],
      globalConnectionOnly: true,
      blockedTesters: [SITE],
      blockedDestinations: [API],
    };
    await at.policy.load();
    expect(await codes({ url: OTHER_VAULT })).toBe('policy-locked');
    const connection = { provider: 'hashicorp', hashicorp: { ...DEFAULT_HASHICORP, url: VAULT } } as const;
    const refused = (await itemsOf(teamFile({ connection }))).filter((one) => one.includes('refused'));
    expect(refused).toEqual([
      `connection:${UUID}0:hashicorp refused policy-locked credentials-needed`,
      `tester:${SITE} refused policy-forbidden`,
      `grant:${SITE} ${UUID}1 ${API} refused policy-forbidden proposal`,
    ]);
  });

  it('writes all or nothing', async () => {
    const text = JSON.stringify(teamFile());
    const preview = await at.configuration.preview(text);
    const before = await everything();
    at.db.grants.hook('creating', () => {
      throw new Error('disk full');
    });
    const ids = preview.items.map(({ id }) => id);
    expect(await codeOf(at.configuration.import(text, preview.id, ids))).not.toBe('done');
    expect(await everything()).toEqual(before);
  });
});
