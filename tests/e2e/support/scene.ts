/** A vault with known values, the servers that record, and a browser in which Keyferry has pulled them. */
import { randomBytes } from 'node:crypto';
import { expect } from '@playwright/test';
import type { Page } from '@playwright/test';
import type { Recorded } from '../../world/recorder';
import { startWorld } from '../../world/index';
import type { World } from '../../world/index';
import { launchKeyferry, pageOf } from './keyferry';
import type { Keyferry } from './keyferry';
import { hashicorpForm, PASSPHRASE, pullAll } from './set-up';
import { answerApproval, openTester } from './tester';

const canary = (name: string) => `kfcanary-${name}-${randomBytes(8).toString('hex')}`;

/** The values of the environment `team/app` by the names that placeholders use, and those of `team/production`. */
function newValues() {
  return {
    API_KEY: canary('key'),
    TOKEN: canary('token'),
    'spaced-name.v2': `${canary('odd')} with spaces "and" {{vault:TOKEN}}`,
    'db.password': canary('nested'),
    PRODUCTION: canary('production'),
  };
}
export type Values = ReturnType<typeof newValues>;

export interface Scene {
  readonly world: World<'openbao' | 'api' | 'testers'>;
  readonly keyferry: Keyferry;
  readonly values: Values;
  /** Opens an enabled tester with `team/app`; by default the plain page. */
  open(address?: string): Promise<Page>;
  /** Always allows the API and what is elsewhere to the tester, by asking from this page. */
  allow(page: Page, ...origins: string[]): Promise<void>;
  /** What has arrived anywhere, the servers of pages included. */
  everything(): Recorded[];
  /** Forgets what has arrived. */
  clear(): void;
  /** Expects that no value is where pages can see it, nor in what has arrived at these requests. */
  expectUnseen(page: Page, requests?: readonly Recorded[]): Promise<void>;
  stop(): Promise<void>;
}

/** Everything up to the first pull, by messages. */
export async function startScene(): Promise<Scene> {
  const world = await startWorld({ openbao: true, api: true, testers: true });
  const { api, testers, openbao } = world;
  const keyferry = await launchKeyferry();
  const { send } = keyferry;
  const values = newValues();
  const mount = await openbao.freshMount();
  const { API_KEY, TOKEN } = values;
  await openbao.seedSecrets(mount, {
    'team/app': {
      API_KEY,
      TOKEN,
      'spaced-name.v2': values['spaced-name.v2'],
      db: { password: values['db.password'] },
      BROKEN: 'two\nlines',
      EMPTY: '',
    },
    'team/production': { API_KEY: values.PRODUCTION },
  });
  await send('lock/set-up', { passphrase: PASSPHRASE });
  await send('connection/save', hashicorpForm(openbao.url, openbao.rootToken, { enginePath: mount }));
  expect(await pullAll(send)).toMatchObject({ state: 'done', read: 2 });

  const secrets = Object.values(values);
  const servers = [api, api.elsewhere, testers, testers.hostile];
  return {
    world,
    keyferry,
    values,
    open: (address = testers.plain) => openTester(keyferry, address, 'team/app'),
    async allow(page, ...origins) {
      for (const origin of origins) {
        const sent = page.evaluate(
          (to) => fetch(to, { headers: { 'X-First': '{{vault:API_KEY}}' } }).then(({ status }) => status),
          `${origin}/first`,
        );
        await answerApproval(send, 'always');
        expect(await sent).toBe(200);
      }
    },
    everything: () => servers.flatMap((server) => server.requests()),
    clear: () => servers.forEach((server) => server.clear()),
    async expectUnseen(page, requests = []) {
      const timings = await page.evaluate(() => JSON.stringify(performance.getEntries()));
      const places = { page: await pageOf(page), timings, wire: requests.map(textOf).join('\n') };
      for (const [place, text] of Object.entries(places)) {
        expect(secrets.filter((secret) => holds(text, secret)).length, `values in ${place}`).toBe(0);
      }
    },
    async stop() {
      await keyferry.close();
      await world.stop();
    },
  };
}

/** All of a request, as text. */
export function textOf({ method, target, rawHeaders, body }: Recorded): string {
  return [method, target, ...rawHeaders, body.toString('latin1')].join('\n');
}

/** Whether the text holds the secret, also percent-encoded or in base64 at any of the three shifts. */
export function holds(text: string, secret: string): boolean {
  const bytes = Buffer.from(secret);
  const shifted = [0, 1, 2].map((shift) =>
    Buffer.concat([Buffer.alloc(shift), bytes])
      .toString('base64')
      .slice(4, -4),
  );
  return [secret, encodeURIComponent(secret), ...shifted].some((form) => text.includes(form));
}
