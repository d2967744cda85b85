import { flushPromises, mount } from '@vue/test-utils';
import { createPinia } from 'pinia';
import { afterEach } from 'vitest';
import { createMemoryHistory, createRouter } from 'vue-router';

import OptionsApp from '@/components/app/OptionsApp.vue';
import { routes } from '@/entrypoints/options/routes';
import { asProvided } from '@/lib/ui/client';
import { dismissToast } from '@/lib/ui/toasts';

import { createFakeOutside, type FakeOutside } from '../../unit/ui/fake-outside';
import { words } from '../base/render';
import { connection, environments, statusView, testers, variables, workspaces } from './views';

afterEach(dismissToast);

/** Opens the options page at a route, on a worker that gives these answers. */
export async function openOptions(route: string, answers: FakeOutside['answers'] = {}) {
  const fake = createFakeOutside({
    'status/view': () => statusView(),
    'workspaces/list': () => workspaces,
    'connection/view': () => connection(),
    'environments/list': () => environments,
    'environment/variables': () => variables,
    'testers/list': () => testers,
    'connection/test-cancel': () => null,
    ...answers,
  });
  const router = createRouter({ history: createMemoryHistory(), routes });
  await router.push(route);
  const wrapper = mount(OptionsApp, {
    attachTo: document.body,
    global: { plugins: [createPinia(), router], provide: asProvided(fake.outside) },
  });
  await flushPromises();
  const named = (element: Element) =>
    element.getAttribute('aria-label') ?? (element.textContent ?? '').replace(/\s+/g, ' ').trim();
  const button = (name: string) => {
    const found = wrapper.findAll('button').find((one) => named(one.element) === name);
    if (!found)
      throw new Error(
        `no button ${name}; there are: ${wrapper
          .findAll('button')
          .map((one) => named(one.element))
          .join(', ')}`,
      );
    return found;
  };
  return {
    ...fake,
    wrapper,
    router,
    /** What a person reads, the side bar left out. */
    text: () => words(document.querySelector('main') ?? document.body),
    everything: () => words(document.body),
    button,
    hasButton: (name: string) => wrapper.findAll('button').some((one) => named(one.element) === name),
    press: async (name: string) => {
      await button(name).trigger('click');
      await flushPromises();
    },
    /** The control that a label belongs to. */
    field: (label: string) => {
      const found = wrapper
        .findAll('label[for]')
        .find((one) => one.element.textContent?.trim().startsWith(label));
      const id = found?.attributes('for');
      if (!id) throw new Error(`no field ${label}`);
      return wrapper.get<HTMLInputElement>(`[id="${id}"]`);
    },
    hasField: (label: string) =>
      wrapper.findAll('label[for]').some((one) => one.element.textContent?.trim().startsWith(label)),
    key: async (key: string, init: KeyboardEventInit = {}) => {
      (document.activeElement ?? document.body).dispatchEvent(
        new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true, ...init }),
      );
      await flushPromises();
    },
  };
}
