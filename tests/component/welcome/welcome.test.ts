import { enableAutoUnmount, flushPromises, mount } from '@vue/test-utils';
import axe from 'axe-core';
import { createPinia } from 'pinia';
import { afterEach, describe, expect, it } from 'vitest';
import { createMemoryHistory, createRouter } from 'vue-router';

import WelcomePage from '@/components/welcome/WelcomePage.vue';
import { AppError } from '@/lib/core/errors';
import { DEFAULT_AWS, DEFAULT_HASHICORP } from '@/lib/core/model';
import type { TestStep } from '@/lib/core/test-steps';
import type { ConnectionView, StatusView } from '@/lib/messaging/views';
import { asProvided } from '@/lib/ui/client';

import { createFakeOutside, type FakeOutside } from '../../unit/ui/fake-outside';
import { job, status, tester } from '../popup/views';

enableAutoUnmount(afterEach);

const connection = (over: Partial<ConnectionView> = {}): ConnectionView => ({
  scope: 'global',
  source: 'global',
  provider: 'hashicorp',
  hashicorp: DEFAULT_HASHICORP,
  aws: DEFAULT_AWS,
  sealed: { hashicorp: null, aws: null },
  saved: false,
  syncedEnvironments: 0,
  lastPullAt: null,
  ...over,
});

const SAVED = connection({
  saved: true,
  hashicorp: { ...DEFAULT_HASHICORP, url: 'https://vault.tidewater.example' },
  sealed: { hashicorp: { auth: 'token', server: 'https://vault.tidewater.example' }, aws: null },
});

const STEPS: TestStep[] = (['reach', 'authenticate', 'place', 'list'] as const).map((step) => ({
  step,
  state: 'done',
  ms: 3,
}));

async function openWizard(
  step: number,
  phase: StatusView['phase'],
  saved: ConnectionView = connection(),
  answers: FakeOutside['answers'] = {},
) {
  const state = { phase, view: saved };
  const fake = createFakeOutside({
    'status/view': () => status({ phase: state.phase }),
    'connection/view': () => state.view,
    'environments/list': () => [],
    'testers/list': () => [],
    'connection/test': () => STEPS,
    'connection/test-cancel': () => null,
    'lock/set-up': () => {
      state.phase = 'unlocked';
      return null;
    },
    'connection/save': () => {
      state.view = SAVED;
      return SAVED;
    },
    ...answers,
  });
  const router = createRouter({
    history: createMemoryHistory(),
    routes: [
      {
        path: '/welcome/:step',
        component: WelcomePage,
        props: ({ params }) => ({ step: Number(params.step) }),
      },
      { path: '/:rest(.*)*', component: { template: '<p>elsewhere</p>' } },
    ],
  });
  await router.push(`/welcome/${step}`);
  const wrapper = mount(
    { template: '<RouterView />' },
    {
      attachTo: document.body,
      global: { plugins: [createPinia(), router], provide: asProvided(fake.outside) },
    },
  );
  await flushPromises();
  const text = () => wrapper.text().replace(/\s+/g, ' ');
  return {
    ...fake,
    wrapper,
    text,
    route: () => router.currentRoute.value.path,
    press: async (label: string) => {
      const found = wrapper.findAll('button').find((one) => one.text().trim() === label);
      if (!found) throw new Error(`no button ${label} in: ${text()}`);
      if (found.attributes('type') === 'submit') await wrapper.get('form').trigger('submit');
      else await found.trigger('click');
      await flushPromises();
    },
    type: async (labels: Record<string, string>) => {
      for (const [label, value] of Object.entries(labels)) {
        const found = wrapper.findAll('label[for]').find((one) => one.text().startsWith(label));
        await wrapper.get(`[id="${found?.attributes('for') ?? ''}"]`).setValue(value);
      }
    },
  };
}

async function expectAccessible() {
  const { violations } = await axe.run(document.body, {
    rules: { 'color-contrast': { enabled: false } },
  });
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)).toEqual([]);
}

describe('step 1, the passphrase', () => {
  it('refuses less than twelve characters and two that differ', async () => {
    const { press, type, text, names } = await openWizard(1, 'first-run');
    await type({ Passphrase: 'eleven-char' });
    await press('Continue');
    expect(text()).toContain('Use at least 12 characters.');
    await type({ Passphrase: 'tidewater ferry at dawn', 'Repeat it': 'tidewater ferry at noon' });
    await press('Continue');
    expect(text()).toContain('The two are not the same.');
    expect(names()).not.toContain('lock/set-up');
    await expectAccessible();
  });

  it('says how hard it is to guess', async () => {
    const { type, wrapper, text } = await openWizard(1, 'first-run');
    await type({ Passphrase: 'password1' });
    await expect.poll(text, { timeout: 5_000 }).toContain('Easy to guess.');
    await type({ Passphrase: 'wharf lantern velvet pigeon' });
    await expect.poll(text, { timeout: 5_000 }).toContain('Strong.');
    expect(wrapper.html()).not.toContain('pigeon');
  });

  it('sets Keyferry up and goes on', async () => {
    const { press, type, asked, route } = await openWizard(1, 'first-run');
    await type({ Passphrase: 'tidewater ferry', 'Repeat it': 'tidewater ferry' });
    await press('Continue');
    expect(asked()[0]).toEqual(['lock/set-up', { passphrase: 'tidewater ferry' }]);
    expect(route()).toBe('/welcome/2');
  });

  it('comes first, whatever the address says', async () => {
    expect((await openWizard(4, 'first-run')).route()).toBe('/welcome/1');
  });
});

describe('steps 2 and 3, the connection', () => {
  it('calls no server until Test is pressed, then asks the browser first, and saves what was tested', async () => {
    const { press, type, route, names, asked, text } = await openWizard(2, 'unlocked');
    await expectAccessible();
    await type({ 'Vault URL': 'https://vault.tidewater.example', Token: 'hvs.wizard' });
    await press('Continue');
    expect(route()).toBe('/welcome/3');
    expect(names()).not.toContain('connection/test');
    await expectAccessible();
    await press('Test Connection');
    expect(names().slice(-2)).toEqual(['access', 'connection/test']);
    expect(text()).toContain('Save and continue');
    await press('Save and continue');
    expect(asked().findLast(([what]) => what === 'connection/save')?.[1]).toMatchObject({
      scope: 'global',
      provider: 'hashicorp',
      credentials: { kind: 'token', token: 'hvs.wizard' },
    });
    expect(route()).toBe('/welcome/4');
  });

  it('shows what is missing', async () => {
    const { press, route, wrapper } = await openWizard(2, 'unlocked');
    await press('Continue');
    expect(route()).toBe('/welcome/2');
    expect(wrapper.findAll('[aria-invalid="true"]').length).toBeGreaterThan(0);
  });

  it('says why a test could not be made', async () => {
    const { press, text } = await openWizard(3, 'unlocked', SAVED, {
      'connection/test': () => {
        throw new AppError('offline');
      },
    });
    await press('Test Connection');
    expect(text()).toContain('This computer is offline.');
  });
});

describe('step 4, the pull', () => {
  it('needs a saved connection', async () => {
    expect((await openWizard(4, 'unlocked')).route()).toBe('/welcome/2');
  });

  it('shows progress and what was found', async () => {
    let found = 0;
    const { press, text, emit } = await openWizard(4, 'unlocked', SAVED, {
      'pull/all': () => job(),
      'environments/list': () =>
        Array.from({ length: found }, (_one, index) => ({
          id: `e${index}`,
          workspaceId: 'orders',
          name: `E${index}`,
          sync: true,
          path: `e${index}`,
          production: false,
          state: 'fresh' as const,
          variables: 1,
          pulledAt: 1,
          failure: null,
          changes: 0,
          conflicts: 0,
        })),
    });
    await expectAccessible();
    await press('Pull All');
    expect(text()).toContain('214 of 415');
    found = 3;
    emit({ type: 'changed', area: 'environments' });
    emit({ type: 'job', job: job({ state: 'done', done: 415, endedAt: Date.now() }) });
    await flushPromises();
    expect(text()).toContain('3 environments in this workspace');
    await press('Continue');
    expect(text()).toContain('Enable your first tester');
  });
});

describe('step 5, the first tester', () => {
  it('notices when it is enabled', async () => {
    let testers: ReturnType<typeof tester>[] = [];
    const { text, emit, press, route } = await openWizard(5, 'unlocked', SAVED, {
      'testers/list': () => testers,
    });
    expect(text()).toContain('{{vault:NAME}}');
    await expectAccessible();
    testers = [tester()];
    emit({ type: 'changed', area: 'testers' });
    await flushPromises();
    expect(text()).toContain('Keyferry is enabled on docs.tidewater.example.');
    await press('Open Environments');
    expect(route()).toBe('/environments');
  });
});

it('asks for the passphrase when Keyferry is locked', async () => {
  const { text } = await openWizard(3, 'locked');
  expect(text()).toContain('Unlock to go on with the set-up.');
  await expectAccessible();
});
