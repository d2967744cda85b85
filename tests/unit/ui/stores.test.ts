import { createPinia } from 'pinia';
import { describe, expect, it } from 'vitest';
import { createApp } from 'vue';

import { AppError } from '@/lib/core/errors';
import { DEFAULT_LOCK_SETTINGS } from '@/lib/core/model';
import type { JobView, StatusView } from '@/lib/messaging/views';
import { provideOutside } from '@/lib/ui/client';
import { useConnectionStore } from '@/lib/ui/stores/connection';
import { useEnvironmentsStore } from '@/lib/ui/stores/environments';
import { useJobStore } from '@/lib/ui/stores/job';
import { useStatusStore } from '@/lib/ui/stores/status';
import { useTestersStore } from '@/lib/ui/stores/testers';

import { createFakeOutside, type FakeOutside } from './fake-outside';

const STATUS: StatusView = {
  phase: 'unlocked',
  workspaces: [{ id: 'orders', name: 'Orders', order: 0 }],
  workspaceId: 'orders',
  lock: DEFAULT_LOCK_SETTINGS,
  waiting: 0,
  job: null,
};

const job = (over: Partial<JobView>): JobView => ({
  id: 'job-1',
  kind: 'pull-all',
  scope: 'global',
  workspaceId: 'orders',
  state: 'running',
  startedAt: 1,
  endedAt: null,
  total: 10,
  done: 0,
  read: 0,
  unchanged: 0,
  missing: 0,
  created: 0,
  pushed: 0,
  current: null,
  failures: [],
  failure: null,
  ...over,
});

/** Stores as in a page of ours, on a worker that answers what the test says. */
function page(answers: FakeOutside['answers']) {
  const fake = createFakeOutside({ 'status/view': () => STATUS, ...answers });
  const app = createApp({});
  const pinia = createPinia();
  app.use(pinia);
  provideOutside(app, fake.outside);
  return { ...fake, pinia };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('a view of the worker’s state', () => {
  it('is fetched again when its area changed, and after the worker was restarted', async () => {
    let phase: StatusView['phase'] = 'locked';
    const { pinia, emit } = page({ 'status/view': () => ({ ...STATUS, phase }) });
    const status = useStatusStore(pinia);
    await status.refresh();
    expect(status.phase).toBe('locked');
    phase = 'unlocked';
    emit({ type: 'changed', area: 'clipboard' });
    await settled();
    expect(status.phase).toBe('locked');
    emit({ type: 'changed', area: 'status' });
    await settled();
    expect(status.phase).toBe('unlocked');
  });

  it('is not fetched before anybody wants it', async () => {
    const { pinia, emit, names } = page({ 'testers/list': () => [] });
    useTestersStore(pinia);
    emit({ type: 'changed', area: 'testers' });
    await settled();
    expect(names()).toEqual([]);
  });

  it('ends with the newest answer however many changes come at once', async () => {
    let asked = 0;
    const { pinia, emit } = page({
      'status/view': async () => {
        asked += 1;
        const waiting = asked;
        await settled();
        return { ...STATUS, waiting };
      },
    });
    const status = useStatusStore(pinia);
    const first = status.refresh();
    for (let change = 0; change < 20; change += 1) emit({ type: 'changed', area: 'status' });
    await first;
    expect(status.view?.waiting).toBe(2);
    expect(asked).toBe(2);
  });

  it('keeps the last answer when the next one fails, and says why', async () => {
    const answers: FakeOutside['answers'] = {};
    const { pinia } = page(answers);
    const status = useStatusStore(pinia);
    await status.refresh();
    const { pinia: broken } = page({
      'status/view': () => {
        throw new AppError('worker-restarted', {}, true);
      },
    });
    const other = useStatusStore(broken);
    await other.refresh();
    expect(status.failure).toBeNull();
    expect(other.view).toBeNull();
    expect(other.failure).toEqual({ code: 'worker-restarted', details: {} });
  });

  it('asks for the environments of the chosen workspace', async () => {
    const { pinia, asked } = page({ 'environments/list': () => [] });
    const environments = useEnvironmentsStore(pinia);
    await environments.refresh();
    expect(asked()).toEqual([['environments/list', { workspaceId: 'orders' }]]);
    expect(environments.view).toEqual([]);
  });

  it('throws what an act was refused for', async () => {
    const { pinia } = page({
      'lock/unlock': () => {
        throw new AppError('wrong-passphrase');
      },
    });
    await expect(useStatusStore(pinia).unlock('no')).rejects.toMatchObject({ code: 'wrong-passphrase' });
  });
});

describe('the job', () => {
  it('does not go backwards when answers and events cross', () => {
    const { pinia, emit } = page({});
    const jobs = useJobStore(pinia);
    emit({ type: 'job', job: job({ done: 5 }) });
    jobs.accept(job({ done: 3 }));
    expect(jobs.job?.done).toBe(5);
    emit({ type: 'job', job: job({ done: 10, state: 'done', endedAt: 2 }) });
    jobs.accept(job({ done: 9 }));
    expect(jobs.job?.state).toBe('done');
    expect(jobs.running).toBeNull();
  });

  it('gives way to a newer one', () => {
    const { pinia } = page({});
    const jobs = useJobStore(pinia);
    jobs.accept(job({ state: 'done' }));
    jobs.accept(job({ id: 'job-2', startedAt: 2 }));
    jobs.accept(job({ state: 'done' }));
    expect(jobs.job?.id).toBe('job-2');
  });

  it('stays when it is over and the worker forgot it, and goes when a running one is lost', () => {
    const { pinia } = page({});
    const jobs = useJobStore(pinia);
    jobs.accept(job({ state: 'done' }));
    jobs.accept(null);
    expect(jobs.job).not.toBeNull();
    jobs.accept(job({ id: 'job-2', startedAt: 2 }));
    jobs.accept(null);
    expect(jobs.job).toBeNull();
  });
});

describe('a test of the connection', () => {
  it('shows its own steps as they come, and nobody else’s', async () => {
    let finish = () => {};
    const { pinia, emit, asked } = page({
      'connection/test': () =>
        new Promise((resolve) => {
          finish = () => resolve([{ step: 'reach', state: 'done' }]);
        }),
    });
    const connection = useConnectionStore(pinia);
    const done = connection.test({
      scope: 'global',
      provider: 'aws',
      settings: { region: 'eu-central-1', auth: 'keys', autoSync: false, prefix: '', endpoint: '' },
    });
    const { testId } = asked()[0]?.[1] as { testId: string };
    emit({ type: 'test', testId: 'another', step: { step: 'list', state: 'running' } });
    emit({ type: 'test', testId, step: { step: 'reach', state: 'running' } });
    expect(connection.steps).toEqual([{ step: 'reach', state: 'running' }]);
    finish();
    await done;
    expect(connection.steps).toEqual([{ step: 'reach', state: 'done' }]);
    expect(connection.testing).toBeNull();
  });
});
