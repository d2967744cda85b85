import { enableAutoUnmount, flushPromises, mount } from '@vue/test-utils';
import axe from 'axe-core';
import { createPinia } from 'pinia';
import { afterEach, expect } from 'vitest';

import PopupApp from '@/components/popup/PopupApp.vue';
import type { PopupView, VariableView } from '@/lib/messaging/views';
import { asProvided } from '@/lib/ui/client';
import { dismissToast } from '@/lib/ui/toasts';

import { createFakeOutside, type FakeOutside } from '../../unit/ui/fake-outside';

enableAutoUnmount(afterEach);
afterEach(() => {
  dismissToast();
  document.body.innerHTML = '';
});

/** Opens the popup on a worker that gives this view; `answers` adds what else it answers. */
export async function openPopup(view: PopupView, answers: FakeOutside['answers'] = {}) {
  let current = view;
  const fake = createFakeOutside({
    'popup/view': () => current,
    'environment/variables': (): readonly VariableView[] => [
      { name: 'API_KEY', type: 'string', members: null },
    ],
    ...answers,
  });
  const wrapper = mount(PopupApp, {
    attachTo: document.body,
    global: { plugins: [createPinia()], provide: asProvided(fake.outside) },
  });
  await flushPromises();
  return {
    ...fake,
    wrapper,
    /** What a person reads. */
    text: () => words(wrapper.element),
    button: (name: string | RegExp) => {
      const found = wrapper.findAll('button').find((one) => {
        const label = one.attributes('aria-label') ?? one.text().replace(/\s+/g, ' ').trim();
        return typeof name === 'string' ? label === name : name.test(label);
      });
      if (!found) throw new Error(`no button ${name}`);
      return found;
    },
    hasButton: (name: string) =>
      wrapper.findAll('button').some((one) => (one.attributes('aria-label') ?? one.text().trim()) === name),
    /** The worker's state changed. */
    change: async (next: PopupView) => {
      current = next;
      fake.emit({ type: 'changed', area: 'status' });
      await flushPromises();
    },
  };
}

/** The text of each part, one space between them. */
function words(root: Node): string {
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  const parts: string[] = [];
  while (walker.nextNode()) parts.push(walker.currentNode.textContent ?? '');
  return parts.join(' ').replace(/\s+/g, ' ').trim();
}

/** No rule of axe is broken. Colours need a real page: the e2e tests look at those. */
export async function expectAccessible(): Promise<void> {
  const { violations } = await axe.run(document.body, {
    rules: { 'color-contrast': { enabled: false }, region: { enabled: false } },
  });
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)).toEqual([]);
}
