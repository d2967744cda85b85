import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const ENTRYPOINTS = join(import.meta.dirname, '..', '..', '..', 'entrypoints');

/** The directives of the page's own Content Security Policy, by name. */
async function policyOf(page: string): Promise<Record<string, string>> {
  const html = await readFile(join(ENTRYPOINTS, page, 'index.html'), 'utf8');
  const [head = ''] = html.split(/<script|<link|<style/);
  const [, policy = ''] = /http-equiv="Content-Security-Policy"\s+content="([^"]*)"/.exec(head) ?? [];
  return Object.fromEntries(
    policy.split('; ').map((directive): [string, string] => {
      const [name = '', ...sources] = directive.split(' ');
      return [name, sources.join(' ')];
    }),
  );
}

const CLOSED = {
  'default-src': "'none'",
  'script-src': "'self'",
  'form-action': "'none'",
  'base-uri': "'none'",
};
const DRAWN = { ...CLOSED, 'style-src': "'self'", 'img-src': "'self' data:", 'connect-src': "'none'" };

it('every document of ours has a policy, before anything is loaded', async () => {
  const folders = (await readdir(ENTRYPOINTS, { withFileTypes: true })).filter((one) => one.isDirectory());
  const policies = await Promise.all(folders.map(async ({ name }) => [name, await policyOf(name)]));
  expect(Object.fromEntries(policies)).toEqual({
    popup: DRAWN,
    options: DRAWN,
    // It fetches for the worker from whatever server the user has set, and shows nothing.
    offscreen: { ...CLOSED, 'connect-src': 'http: https:' },
  });
});
