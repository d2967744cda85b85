/** Configuration files that mean harm, or are damaged; and the Backup page that they are given to. */
import type { Page } from '@playwright/test';
import type { Configuration } from '@/lib/core/configuration';

type Change = (file: Record<string, unknown>) => void;

/** What is wrong with each → the text of the file. None may be taken; no two in a row are refused in the same words. */
export function hostileFiles(good: Configuration): Record<string, string> {
  const text = JSON.stringify(good, null, 2);
  const changed = (change: Change) => {
    const copy = JSON.parse(text) as Record<string, unknown>;
    change(copy);
    return JSON.stringify(copy, null, 2);
  };
  const hashicorp = (settings: object) =>
    changed((file) => {
      file['global'] = {
        provider: 'hashicorp',
        hashicorp: { ...good.global?.hashicorp, ...settings },
      };
    });
  const workspaces = (make: (first: object) => unknown[]) =>
    changed((file) => (file['workspaces'] = make((file['workspaces'] as object[])[0] ?? {})));
  const environment = (id: string, path: string) => ({ id, name: path, sync: true, path, production: false });
  const inOne = (environments: unknown[]) =>
    workspaces(() => [{ id: 'hostile', name: 'Hostile', environments, testers: [] }]);

  return {
    'not JSON': `${text.slice(0, -3)},,`,
    'another format': JSON.stringify({ settings: [] }),
    'a list': JSON.stringify([good]),
    'a newer version': changed((file) => (file['version'] = 99)),
    'a text for a switch': hashicorp({ verifySsl: 'false' }),
    'a list for workspaces that is none': changed((file) => (file['workspaces'] = { length: 1 })),
    'a prototype': text.replace('{', '{ "__proto__": { "isAdmin": true },'),
    'a prototype deep in it': inOne([environment('one', 'a')]).replace(
      '"sync"',
      '"constructor": { "prototype": {} }, "sync"',
    ),
    credentials: hashicorp({ token: 'hvs.smuggled' }),
    'an address that is a script': hashicorp({ url: 'javascript:alert(1)' }),
    'a region that leads elsewhere': changed(
      (file) =>
        (file['global'] = {
          provider: 'aws',
          aws: { region: 'x.evil.example/', auth: 'keys', autoSync: false, prefix: '', endpoint: '' },
        }),
    ),
    'an address with a user in it': hashicorp({ url: 'https://vault.example@evil.example' }),
    'the same workspace twice': workspaces((first) => [first, first]),
    'an address with a path': hashicorp({ url: 'https://evil.example/v1/../x' }),
    'the same environment twice': inOne([environment('one', 'a'), environment('one', 'b')]),
    'the same path twice': inOne([environment('one', 'a'), environment('two', 'a')]),
    'the same field twice': text.replace('"version": 1,', '"version": 1, "version": 1,'),
    'the scope of the defaults as a workspace': workspaces((first) => [{ ...first, id: 'global' }]),
    'a name that turns the writing round': workspaces((first) => [{ ...first, name: 'evil\u202Etxet' }]),
    'one environment too many': inOne(
      Array.from({ length: 10_001 }, (_, at) => environment(`e${at}`, `p/${at}`)),
    ),
    'six million letters': changed((file) => (file['note'] = 'x'.repeat(6_000_000))),
    'nesting without end': text.replace('"lock"', `"deep": ${'['.repeat(5000)}${']'.repeat(5000)}, "lock"`),
    'more than a message may hold': changed((file) => (file['note'] = 'x'.repeat(20_500_000))),
  };
}

/** As many environments as a file may have. */
export function manyEnvironments(good: Configuration, count: number): string {
  const environments = Array.from({ length: count }, (_, at) => ({
    id: `many-${at}`,
    name: `many/${at}`,
    sync: true,
    path: `many/${at}`,
    production: false,
  }));
  const workspaces = [{ id: 'many', name: 'Many', environments, testers: [] }];
  const { format, version, exportedAt } = good;
  return JSON.stringify({ format, version, exportedAt, workspaces });
}

/** Gives the Backup page a file, as by its file dialog. */
export function giveFile(page: Page, text: string): Promise<void> {
  const file = { name: 'configuration.json', mimeType: 'application/json', buffer: Buffer.from(text) };
  return page.locator('input[type="file"]').setInputFiles(file);
}
