import { describe, expect, it } from 'vitest';

import { errorText } from '@/lib/core/copy/errors';
import { FILE_PROBLEMS, MOST, type Configuration } from '@/lib/core/configuration';
import { readConfiguration } from '@/lib/core/configuration-read';
import { AppError } from '@/lib/core/errors';
import { DEFAULT_AWS, DEFAULT_HASHICORP } from '@/lib/core/model';

const VAULT = 'https://vault.tidewater.example:8200';

function file(): Configuration {
  return {
    format: 'keyferry-configuration',
    version: 1,
    exportedAt: '2026-11-25T10:00:00.000Z',
    lock: { idleMinutes: 15, maxMinutes: 480, clipboardSeconds: 30 },
    global: { provider: 'hashicorp', hashicorp: { ...DEFAULT_HASHICORP, url: VAULT } },
    workspaces: [
      {
        id: 'w1',
        name: 'Orders',
        connection: { provider: 'aws', aws: { ...DEFAULT_AWS, region: 'eu-central-1' } },
        environments: [
          { id: 'e1', name: 'api', sync: true, path: 'orders/api', production: true },
          { id: 'e2', name: 'scratch', sync: false, path: '', production: false },
        ],
        testers: [
          {
            origin: 'https://docs.tidewater.example',
            kind: 'swagger-ui',
            environment: 'e1',
            grants: [{ environment: 'e1', destination: 'https://api.tidewater.example' }],
          },
        ],
      },
    ],
  };
}
const write = (value: unknown) => JSON.stringify(value, null, 2);

/** How a text is refused. */
function refusal(text: string) {
  try {
    readConfiguration(text);
  } catch (error) {
    if (error instanceof AppError && error.code === 'file-invalid') return error.details;
    throw error;
  }
  return 'read';
}
type Path = readonly (string | number)[];

/** What stands at a path, to be changed into anything: a hostile file has any shape. */
const at = (tree: unknown, path: Path) =>
  path.reduce((node, step) => (node as Record<string | number, unknown>)[step], tree) as Record<
    string | number,
    unknown
  >;
/** The file with another value at a path, as text. */
function withValue(path: Path, value: unknown): string {
  const tree = file();
  at(tree, path.slice(0, -1))[path.at(-1) ?? ''] = value;
  return write(tree);
}
/** The file with one more element in a list, as text. */
function withMore(path: Path, element: unknown): string {
  const tree = file();
  (at(tree, path) as unknown as unknown[]).push(element);
  return write(tree);
}

describe('a configuration file', () => {
  it('is read as it was written', () => {
    expect(readConfiguration(write(file()))).toEqual(file());
    expect(readConfiguration(JSON.stringify(file()))).toEqual(file());
  });

  it('needs no more than its head', () => {
    const { format, version, exportedAt } = file();
    const bare = { format, version, exportedAt, workspaces: [] };
    expect(readConfiguration(write(bare))).toEqual(bare);
  });

  it('of ten thousand environments is read; of one more it is not', () => {
    const environments = Array.from({ length: MOST.environments }, (_, at) => ({
      id: `e${at}`,
      name: `Environment ${at}`,
      sync: true,
      path: `orders/${at}`,
      production: false,
    }));
    const [first] = file().workspaces;
    const large = { ...file(), workspaces: [{ ...first, environments, testers: [] }] };
    expect(readConfiguration(write(large)).workspaces[0]?.environments).toHaveLength(10_000);
    const last = { id: 'x', name: 'x', sync: false, path: '', production: false };
    const over = { ...large, workspaces: [{ ...first, environments: [...environments, last], testers: [] }] };
    expect(refusal(write(over))).toMatchObject({ reason: 'too-many', where: 'workspaces[0].environments' });
    const spread = {
      ...large,
      workspaces: [
        { ...first, environments, testers: [] },
        { id: 'w2', name: 'Two', environments: [last], testers: [] },
      ],
    };
    expect(refusal(write(spread))).toMatchObject({ reason: 'too-many', where: 'workspaces[1]' });
  });
});

describe('a file that is none', () => {
  it.each([
    ['', { reason: 'not-json' }],
    ['{"format": ', { reason: 'not-json' }],
    ['[]', { reason: 'not-keyferry' }],
    ['null', { reason: 'not-keyferry' }],
    ['"keyferry-configuration"', { reason: 'not-keyferry' }],
    ['{"format": "other", "version": 1}', { reason: 'not-keyferry' }],
    ['['.repeat(200_000) + ']'.repeat(200_000), { reason: 'wrong-type' }],
    ['['.repeat(1_000_000), { reason: 'not-json' }],
    [' '.repeat(MOST.characters + 1), { reason: 'too-large' }],
  ])('is refused: %.30j', (text, details) => {
    expect(refusal(text)).toMatchObject(details);
  });

  it('says in which line the JSON breaks, and quotes nothing of it', () => {
    const details = refusal('{\n  "format": "keyferry-configuration",\n  "token" "hvs.canary"\n}');
    expect(details).toEqual({ reason: 'not-json', line: 3, column: 11 });
  });

  it('of a newer Keyferry is called so', () => {
    expect(refusal(write({ ...file(), version: 2 }))).toMatchObject({ reason: 'newer', line: 3 });
    expect(refusal(write({ ...file(), version: '2' }))).toMatchObject({ reason: 'wrong-type' });
  });
});

describe('every field is read strictly', () => {
  /** Paths of everything in the file. */
  function* places(value: unknown, path: (string | number)[] = []): Generator<(string | number)[]> {
    if (path.length > 0) yield path;
    if (typeof value !== 'object' || value === null) return;
    for (const key of Object.keys(value)) {
      const step = Array.isArray(value) ? Number(key) : key;
      yield* places((value as Record<string, unknown>)[key], [...path, step]);
    }
  }
  const all = [...places(file())].map((path) => [path.join('.'), path] as const);
  const optional = new Set(['lock', 'global', 'global.hashicorp', 'workspaces.0.connection']);

  it.each(all)('%s: no other type', (_, path) => {
    for (const wrong of [null, 17.5, -1, 'x'.repeat(3000), true, [[]], { a: 1 }, '\u0000', 1e400]) {
      const tree = file();
      const parent = at(tree, path.slice(0, -1));
      const last = path.at(-1) ?? '';
      if (typeof wrong === typeof parent[last] && typeof wrong === 'boolean') continue;
      parent[last] = wrong;
      expect(refusal(write(tree))).toMatchObject({ reason: expect.any(String) });
    }
  });

  it.each(all)('%s: not left out', (name, path) => {
    const last = path.at(-1);
    if (typeof last !== 'string') return;
    const tree = file();
    Reflect.deleteProperty(at(tree, path.slice(0, -1)), last);
    if (optional.has(name) && !name.includes('.hashicorp')) expect(refusal(write(tree))).toBe('read');
    else expect(refusal(write(tree))).not.toBe('read');
  });

  it.each(all.filter(([, path]) => typeof at(file(), path) === 'object' && !Array.isArray(at(file(), path))))(
    '%s: nothing more, above all no credentials',
    (_, path) => {
      for (const extra of ['token', 'credentials', 'values', 'toString', 'hasOwnProperty']) {
        const tree = file();
        at(tree, path)[extra] = 'hvs.canary';
        const details = refusal(write(tree));
        expect(details).toMatchObject({ reason: 'unknown-field', where: expect.stringContaining(extra) });
        expect(JSON.stringify(details)).not.toContain('canary');
      }
    },
  );

  it.each(['__proto__', 'constructor', 'prototype', '\\u005f_proto__'])('no %s, anywhere', (name) => {
    for (const path of [[], ['lock'], ['workspaces', 0, 'environments', 1]]) {
      const tree = file();
      at(tree, path)['MARK'] = { polluted: true };
      expect(refusal(write(tree).replace('MARK', name))).toMatchObject({ reason: 'reserved-name' });
    }
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });

  it('no name twice, where the last would win', () => {
    const text = write(file()).replace('"name": "Orders"', '"name": "Orders", "name": "Billing"');
    expect(refusal(text)).toMatchObject({ reason: 'duplicate', where: 'workspaces[0].name', line: 25 });
  });
});

describe('what no field shows alone', () => {
  it.each([
    'javascript:alert(1)',
    'data:text/html,x',
    'file:///etc/passwd',
    'chrome-extension://abc',
    'https://user:pass@vault.example',
    'https://vault.example/path',
    'https://vault.example?x',
    'https://VAULT.example',
    'https://vault.example:443',
    ' https://vault.example',
    '//vault.example',
    '',
  ])('the address %j is refused', (url) => {
    for (const path of [
      ['global', 'hashicorp', 'url'],
      ['workspaces', 0, 'testers', 0, 'origin'],
      ['workspaces', 0, 'testers', 0, 'grants', 0, 'destination'],
    ]) {
      expect(refusal(withValue(path, url))).toMatchObject({
        reason: 'bad-address',
        where: expect.stringContaining(String(path.at(-1))),
      });
    }
  });

  const [workspace] = file().workspaces;
  const another = { ...workspace, id: 'w2', name: 'Two' };
  it.each([
    ['workspace ids', ['workspaces'], { ...another, id: 'w1' }],
    ['workspace names', ['workspaces'], { ...another, name: ' ORDERS ', environments: [], testers: [] }],
    ['environment ids', ['workspaces'], { ...another, testers: [] }],
    [
      'paths',
      ['workspaces', 0, 'environments'],
      { id: 'e3', name: 'again', sync: true, path: 'orders/api', production: false },
    ],
    ['sites', ['workspaces', 0, 'testers'], workspace?.testers[0]],
    ['grants', ['workspaces', 0, 'testers', 0, 'grants'], workspace?.testers[0]?.grants[0]],
  ])('%s given twice are refused', (_, path, element) => {
    expect(refusal(withMore(path, element))).toMatchObject({
      reason: 'duplicate',
      line: expect.any(Number),
    });
  });

  it.each([
    ['workspaces[0].testers[0].environment', ['workspaces', 0, 'testers', 0, 'environment'], 'e9'],
    [
      'workspaces[0].testers[0].grants[0].environment',
      ['workspaces', 0, 'testers', 0, 'grants', 0, 'environment'],
      'e9',
    ],
    ['global.provider', ['global', 'provider'], 'aws'],
    ['workspaces[0].connection.provider', ['workspaces', 0, 'connection', 'provider'], 'hashicorp'],
  ])('%s that points to nothing is refused', (where, path, value) => {
    expect(refusal(withValue(path, value))).toMatchObject({ reason: 'bad-reference', where });
  });

  it('a name that hides something is refused', () => {
    for (const name of ['', '  ', 'a\u202egnp.exe', 'a\nb', '\u0007']) {
      expect(refusal(withValue(['workspaces', 0, 'name'], name))).toMatchObject({
        reason: 'bad-name',
        where: 'workspaces[0].name',
        line: 25,
      });
    }
  });
});

it('every reason has its words', () => {
  const plain = errorText({ code: 'file-invalid', details: {} }).sentence;
  for (const reason of FILE_PROBLEMS) {
    expect(errorText({ code: 'file-invalid', details: { reason } }).sentence).not.toBe(plain);
  }
});
