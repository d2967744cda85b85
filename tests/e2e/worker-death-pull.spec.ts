/** The worker dies during a pull: what is said of it is true, what was pulled stays, and "Go on" brings the rest. */
import { randomInt } from 'node:crypto';
import { expect, test } from '@playwright/test';
import { commonCopy } from '@/lib/core/copy/common';
import { pullCopy } from '@/lib/core/copy/vault';
import { startWorld } from '../world/index';
import type { World } from '../world/index';
import { awsBackend, hashicorpBackend } from './support/backends';
import { launchKeyferry, openAfresh } from './support/keyferry';
import type { Keyferry } from './support/keyferry';
import { environmentsOf, jobOver, PASSPHRASE } from './support/set-up';
import { createWorkerKiller } from './support/worker';

const COUNT = 300;
const DEATHS = 5;
/** Not more than a pull of so many secrets needs; what comes after some of them gets no answer before the death. */
const requests = { hashicorp: COUNT, aws: 15 };

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

const startBackend = {
  hashicorp: () => hashicorpBackend(world.openbao),
  aws: () => awsBackend(world.moto),
};

for (const provider of ['hashicorp', 'aws'] as const) {
  test(`${commonCopy.providers[provider]}: dies ${DEATHS} times during pulls of ${COUNT} secrets`, async () => {
    const { send, page } = keyferry;
    const backend = await startBackend[provider]();
    const killer = await createWorkerKiller(keyferry);
    const values = Object.fromEntries(
      Array.from({ length: COUNT }, (_, at) => [`team/app-${at}`, `value ${at}`]),
    );
    await backend.seed(values);
    await send('lock/wipe', {});
    await send('lock/set-up', { passphrase: PASSPHRASE });
    await send('connection/save', backend.form);
    await openAfresh(keyferry, '#/vault');
    const inMemory = async () =>
      [...(await environmentsOf(send)).values()].filter(({ variables }) => variables !== null);

    for (let death = 1; death <= DEATHS; death++) {
      await send('lock/lock', {});
      await send('lock/unlock', { passphrase: PASSPHRASE });
      backend.proxy.clear();
      // The last time so late that something has been kept.
      const isLast = death === DEATHS;
      const answered = isLast ? Math.floor(requests[provider] * 0.8) : randomInt(0, requests[provider]);
      backend.proxy.hold(() => backend.proxy.requests().length > answered);
      const { id } = await send('pull/all', { scope: 'global' });
      await expect.poll(() => backend.proxy.held(), { intervals: [5] }).toBeGreaterThan(0);
      const read = async () => (await send('status/view', {})).job?.read ?? 0;
      if (isLast) await expect.poll(read, { intervals: [5] }).toBeGreaterThan(0);
      await killer.kill();

      const job = await jobOver(send, id);
      const kept = await inMemory();
      expect(kept.filter(({ state }) => state !== 'fresh')).toEqual([]);
      expect(job.state).toBe('interrupted');
      // It never tells of more than is there.
      expect(job.read).toBeLessThanOrEqual(kept.length);
      expect(job).toMatchObject({ done: job.read, unchanged: 0, missing: 0, failures: [] });
      expect(job.total).toBeGreaterThanOrEqual(job.done);
      if (isLast) expect(job.read).toBeGreaterThan(0);
    }

    // The page that was open all the time says it, and goes on.
    await expect(page.getByText(/^Interrupted at \d+ of \d+$/)).toBeVisible();
    const kept = (await inMemory()).length;
    backend.proxy.clear();
    await page.getByRole('button', { name: pullCopy.goOn }).click();
    await expect(page.getByText(pullCopy.doneToast(COUNT), { exact: true })).toBeVisible();
    expect((await send('status/view', {})).job).toMatchObject({
      state: 'done',
      read: COUNT - kept,
      unchanged: kept,
      failures: [],
    });
    const environments = await environmentsOf(send);
    expect(environments.size).toBe(COUNT);
    for (const [path, { id }] of environments) {
      const value = await send('environment/value', { environmentId: id, name: 'KEY' });
      expect(value?.text).toBe(values[path]);
    }
    await killer.close();
    await backend.stop();
  });
}
