/** Pull All as the user sees it, from both providers: what failed is named, what is known is not read again. */
import { expect, test } from '@playwright/test';
import { commonCopy } from '@/lib/core/copy/common';
import { pullCopy, pullResultCopy } from '@/lib/core/copy/vault';
import type { JobView } from '@/lib/messaging/views';
import { startWorld } from '../world/index';
import type { World } from '../world/index';
import { awsBackend, hashicorpBackend } from './support/backends';
import type { Backend } from './support/backends';
import { launchKeyferry, openAfresh } from './support/keyferry';
import type { Keyferry } from './support/keyferry';
import { environmentsOf, jobOver, PASSPHRASE, pullAll, valueOf } from './support/set-up';

let world: World<'openbao' | 'moto'>;
let keyferry: Keyferry;

test.beforeAll(async () => {
  world = await startWorld({ openbao: true, moto: true });
  keyferry = await launchKeyferry();
});
test.afterAll(async () => {
  await keyferry?.close();
  await world?.stop();
});

/** `count` paths in folders of a hundred, each with its own value. */
const secrets = (count: number) =>
  Object.fromEntries(
    Array.from({ length: count }, (_, at) => [`team-${Math.floor(at / 100)}/app-${at}`, `value ${at}`]),
  );

const startBackend = {
  hashicorp: () => hashicorpBackend(world.openbao),
  aws: () => awsBackend(world.moto),
};

/** The requests for the values of 300 secrets; AWS answers twenty with one. */
const readsOfHalf = { hashicorp: 300, aws: 15 };

for (const provider of ['hashicorp', 'aws'] as const) {
  test.describe(commonCopy.providers[provider], () => {
    let backend: Backend;

    test.beforeEach(async () => {
      backend = await startBackend[provider]();
      const { send } = keyferry;
      await send('lock/wipe', {});
      await send('lock/set-up', { passphrase: PASSPHRASE });
      await send('connection/save', backend.form);
    });
    test.afterEach(() => backend.stop());

    test('pulls a thousand secrets, each exact, and nothing twice', async () => {
      const { send } = keyferry;
      const seeded = secrets(1000);
      await backend.seed(seeded);
      const first = await pullAll(send);
      expect(first).toMatchObject({ state: 'done', total: 1000, read: 1000, created: 1000, failures: [] });
      const environments = await environmentsOf(send);
      expect([...environments.keys()].sort()).toEqual(Object.keys(seeded).sort());
      expect([...environments.values()].filter(({ state }) => state !== 'fresh')).toEqual([]);
      for (const path of ['team-0/app-0', 'team-4/app-444', 'team-9/app-999']) {
        expect(await valueOf(send, path, 'KEY')).toBe(seeded[path]);
      }

      backend.proxy.clear();
      expect(await pullAll(send)).toMatchObject({ state: 'done', read: 0, unchanged: 1000, created: 0 });
      expect(backend.reads()).toBe(0);
    });

    test('names each path that failed with its reason, and reads only that one again', async () => {
      const { send, page } = keyferry;
      await backend.seed({ 'team/a': 'first', 'team/b': 'second', 'team/c': 'third' });
      const allow = await backend.deny('team/b');
      await openAfresh(keyferry, '#/vault');
      await page.getByRole('button', { name: pullCopy.pullAll }).click();
      await expect(page.getByRole('heading', { level: 1 })).toHaveText(
        pullResultCopy.heading('pull-all', 2, 1),
      );
      const row = page.getByRole('row', { name: 'team/b' });
      await expect(row).toContainText('team/b');
      await expect(row).toContainText(/denied|allow|permission|may not|policy/i);
      expect(await valueOf(send, 'team/a', 'KEY')).toBe('first');

      await allow();
      backend.proxy.clear();
      await page.getByRole('button', { name: pullResultCopy.retryFailed(1) }).click();
      await expect(page.getByText(pullResultCopy.allGood, { exact: true })).toBeVisible();
      expect((await send('status/view', {})).job).toMatchObject({ read: 1, unchanged: 2, failures: [] });
      expect(backend.reads()).toBe(1);
      expect(await valueOf(send, 'team/b', 'KEY')).toBe('second');
    });

    test('keeps the last value of a secret that failed, and says which one is gone', async () => {
      const { send } = keyferry;
      await backend.seed({ 'team/stays': 'one', 'team/fails': 'two', 'team/goes': 'three' });
      expect(await pullAll(send)).toMatchObject({ state: 'done', read: 3 });
      const failing = (await environmentsOf(send)).get('team/fails');
      await backend.remove('team/goes');
      await backend.deny('team/fails');

      expect(await pullAll(send)).toMatchObject({ state: 'done', read: 0, unchanged: 2, missing: 1 });
      const one = await send('pull/one', { environmentId: failing?.id ?? '' });
      const failures = [expect.objectContaining({ path: 'team/fails', code: 'denied' })];
      expect(await jobOver(send, one.id)).toMatchObject({ state: 'done', failures });
      const states = [...(await environmentsOf(send))].map(([path, { state }]) => [path, state]);
      expect(states).toEqual([
        ['team/fails', 'failed'],
        ['team/goes', 'missing'],
        ['team/stays', 'fresh'],
      ]);
      expect(await valueOf(send, 'team/fails', 'KEY')).toBe('two');
    });

    test('stops at Cancel with what it has, and goes on from there', async () => {
      const { send, page } = keyferry;
      await backend.seed(secrets(600));
      await openAfresh(keyferry, '#/vault');
      backend.proxy.clear();
      // The other half gets no answer while it runs.
      backend.proxy.hold(() => backend.reads() > readsOfHalf[provider]);
      const seen = jobWhen(keyferry, ({ read }) => read > 0);
      await page.getByRole('button', { name: pullCopy.pullAll }).click();
      await seen;
      await page.getByRole('button', { name: commonCopy.cancel }).click();
      await expect(page.getByText(/^Cancelled at \d+ of \d+$/)).toBeVisible();
      const cancelled = (await send('status/view', {})).job;
      expect(cancelled).toMatchObject({ state: 'cancelled', failures: [], failure: null });
      const kept = [...(await environmentsOf(send)).values()].filter(({ state }) => state === 'fresh').length;
      expect(kept).toBe(cancelled?.read);
      expect(kept).toBeLessThan(600);

      backend.proxy.clear();
      await page.getByRole('button', { name: pullCopy.goOn }).click();
      await expect(page.getByText(pullCopy.doneToast(600), { exact: true })).toBeVisible();
      expect((await send('status/view', {})).job).toMatchObject({ read: 600 - kept, unchanged: kept });
    });
  });
}

/** The running job as soon as it fits. */
async function jobWhen({ send }: Keyferry, fits: (job: JobView) => boolean): Promise<void> {
  await expect
    .poll(
      async () => {
        const { job } = await send('status/view', {});
        return job?.state === 'running' && fits(job);
      },
      { intervals: [20] },
    )
    .toBe(true);
}
