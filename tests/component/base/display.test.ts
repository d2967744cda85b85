import { mount } from '@vue/test-utils';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { h } from 'vue';

import CountBadge from '@/components/base/CountBadge.vue';
import DataTable from '@/components/base/DataTable.vue';
import DialogBox from '@/components/base/DialogBox.vue';
import EmptyState from '@/components/base/EmptyState.vue';
import ErrorNotice from '@/components/base/ErrorNotice.vue';
import KeyCap from '@/components/base/KeyCap.vue';
import MaskedValue from '@/components/base/MaskedValue.vue';
import ProgressBar from '@/components/base/ProgressBar.vue';
import SkeletonRow from '@/components/base/SkeletonRow.vue';
import StatusBanner from '@/components/base/StatusBanner.vue';
import StatusChip from '@/components/base/StatusChip.vue';
import StepList from '@/components/base/StepList.vue';
import TagLabel from '@/components/base/TagLabel.vue';
import ToastHost from '@/components/base/ToastHost.vue';
import { ENVIRONMENT_STATES } from '@/lib/core/model';
import { dismissToast, showToast } from '@/lib/ui/toasts';

import { expectAccessible, words } from './render';

describe('the state of an environment', () => {
  it.each(ENVIRONMENT_STATES)('%s is told by a word and an icon', async (state) => {
    const wrapper = mount(StatusChip, { props: { state }, attachTo: document.body });
    expect(words(wrapper.element)).toBe(`State: ${state}`);
    expect(wrapper.find('svg[aria-hidden="true"]').exists()).toBe(true);
    await expectAccessible();
  });
});

describe('a masked value', () => {
  it('is painted dots and the word "hidden", whatever the value', async () => {
    const wrapper = mount(MaskedValue, { attachTo: document.body });
    expect(words(wrapper.element)).toBe('hidden');
    await expectAccessible();
  });

  it('shows the value while it is revealed, and forgets it', async () => {
    const wrapper = mount(MaskedValue, { props: { value: 'canary-1' }, attachTo: document.body });
    expect(words(wrapper.element)).toBe('canary-1');
    await wrapper.setProps({ value: null });
    expect(document.body.innerHTML).not.toContain('canary-1');
  });

  it('tells an empty value and one that is not in memory apart', async () => {
    const wrapper = mount(MaskedValue, { props: { value: '' } });
    expect(words(wrapper.element)).toBe('empty string');
    await wrapper.setProps({ value: null, inMemory: false });
    expect(words(wrapper.element)).toBe('not in memory');
  });

  it('folds a long value', async () => {
    const wrapper = mount(MaskedValue, { props: { value: 'a\nb\nc\nd' }, attachTo: document.body });
    const button = wrapper.get('button');
    expect(button.attributes('aria-expanded')).toBe('false');
    await button.trigger('click');
    expect(words(button.element)).toBe('Show less');
    await expectAccessible();
  });
});

describe('a failure', () => {
  it('says what happened, that nothing was changed, and what to do', async () => {
    const wrapper = mount(ErrorNotice, {
      props: { failure: { code: 'refused', details: { host: '127.0.0.1', port: 8200 } }, write: true },
      attachTo: document.body,
    });
    expect(wrapper.attributes('role')).toBe('alert');
    expect(words(wrapper.element)).toBe(
      '127.0.0.1 refuses connections on port 8200. Nothing was changed. Edit the address or retry.',
    );
    await expectAccessible();
  });

  it('offers the next step as a button', () => {
    const wrapper = mount(ErrorNotice, {
      props: { failure: { code: 'sealed', details: {} } },
      slots: { actions: () => h('button', 'Retry') },
    });
    expect(wrapper.get('button').text()).toBe('Retry');
  });
});

describe('progress', () => {
  it('is a progress bar with its numbers', async () => {
    const wrapper = mount(ProgressBar, {
      props: { title: 'Pulling Platform', note: '214 of 415', done: 214, total: 415, current: 'orders/eu' },
      attachTo: document.body,
    });
    expect(wrapper.get('[role="progressbar"]').attributes()).toMatchObject({
      'aria-valuenow': '214',
      'aria-valuemax': '415',
    });
    expect(words(wrapper.element)).toContain('orders/eu');
    await expectAccessible();
  });

  it('has no value while the total is not known', async () => {
    const wrapper = mount(ProgressBar, { props: { title: 'Pulling', done: 0, total: 0 } });
    expect(wrapper.get('[role="progressbar"]').attributes('aria-valuenow')).toBeUndefined();
  });

  it('is a picture once it is stopped', async () => {
    const wrapper = mount(ProgressBar, {
      props: {
        title: 'Cancelled at 214 of 415',
        note: 'what was pulled stays',
        done: 214,
        total: 415,
        stopped: true,
      },
      attachTo: document.body,
    });
    expect(wrapper.find('[role="progressbar"]').exists()).toBe(false);
    await expectAccessible();
  });

  it('as steps tells each state in words and puts the fix into the failed one', async () => {
    const wrapper = mount(StepList, {
      props: {
        steps: [
          { key: 'reach', state: 'done', label: 'Reach', note: 'Vault 1.20.3', meta: '84 ms' },
          { key: 'authenticate', state: 'failed', label: 'Authenticate' },
          { key: 'list', state: 'todo', label: 'List' },
        ],
      },
      slots: { fix: ({ step }: { step: string }) => h('p', `fix ${step}`) },
      attachTo: document.body,
    });
    const steps = wrapper.findAll('li').map((step) => words(step.element));
    expect(steps[0]).toContain('Reach , done');
    expect(steps[1]).toContain('fix authenticate');
    expect(steps[2]).toContain('List , to do');
    await expectAccessible();
  });
});

describe('a dialog', () => {
  it('opens as a modal with its title, closes by Escape, and is gone with its cause', async () => {
    const wrapper = mount(DialogBox, {
      props: { title: 'Wipe everything?', text: 'Secrets at your provider stay as they are.' },
      slots: { footer: () => h('button', { type: 'button' }, 'Keep everything') },
      attachTo: document.body,
    });
    const dialog = wrapper.get('dialog');
    expect(dialog.element.open).toBe(true);
    const title = wrapper.get(`[id="${dialog.attributes('aria-labelledby')}"]`);
    expect(title.text()).toBe('Wipe everything?');
    await expectAccessible();
    await dialog.trigger('cancel');
    expect(wrapper.emitted('close')).toHaveLength(1);
    expect(dialog.element.open).toBe(true);
  });
});

describe('a toast', () => {
  afterEach(() => {
    dismissToast();
    vi.useRealTimers();
  });

  it('is announced, and goes after six seconds', async () => {
    vi.useFakeTimers();
    const wrapper = mount(ToastHost, { attachTo: document.body });
    showToast({ title: 'Saved.', text: 'Credentials are sealed.' });
    await wrapper.vm.$nextTick();
    expect(words(wrapper.get('[role="status"]').element)).toBe('Saved. Credentials are sealed.');
    await vi.advanceTimersByTimeAsync(6_500);
    expect(words(wrapper.element)).toBe('');
  });

  it('counts down to its end, then says what came of it', async () => {
    vi.useFakeTimers();
    const wrapper = mount(ToastHost, { attachTo: document.body });
    let cleared = 0;
    showToast({
      title: 'API_KEY copied.',
      until: Date.now() + 30_000,
      countdown: (seconds) => `Clipboard clears in ${seconds} s.`,
      spoken: 'API_KEY copied, clipboard clears in 30 seconds',
      after: { title: 'Clipboard cleared.' },
      action: { label: 'Clear now', run: () => (cleared += 1) },
    });
    await vi.advanceTimersByTimeAsync(6_000);
    expect(words(wrapper.element)).toContain('Clipboard clears in 24 s.');
    expect(words(wrapper.get('[role="status"]').element)).toContain('in 30 seconds');
    await wrapper.get('button').trigger('click');
    expect(cleared).toBe(1);
    await vi.advanceTimersByTimeAsync(24_500);
    expect(words(wrapper.element)).toContain('Clipboard cleared.');
  });

  it('breaks no rule of accessibility', async () => {
    const wrapper = mount(ToastHost, { attachTo: document.body });
    showToast({ title: 'Saved.' });
    await wrapper.vm.$nextTick();
    await expectAccessible();
  });
});

describe('small parts', () => {
  it('banners, empty states, tables and marks break no rule of accessibility', async () => {
    for (const tone of ['plain', 'info', 'good', 'warn', 'bad', 'split', 'held'] as const) {
      mount(StatusBanner, {
        props: { tone, title: 'Vault is sealed.', text: 'Retry.' },
        attachTo: document.body,
      });
    }
    mount(EmptyState, {
      props: { title: 'No testers yet', text: 'Open one.' },
      slots: { icon: () => h('svg') },
      attachTo: document.body,
    });
    mount(DataTable, {
      props: { caption: 'Variables of Staging' },
      slots: {
        head: () => h('tr', [h('th', { scope: 'col' }, 'Name')]),
        default: () => h('tr', [h('th', { scope: 'row' }, 'API_KEY')]),
      },
      attachTo: document.body,
    });
    mount(SkeletonRow, { props: { rows: 2 }, attachTo: document.body });
    mount(CountBadge, { props: { count: 2, held: true }, attachTo: document.body });
    mount(TagLabel, { slots: { default: 'new' }, attachTo: document.body });
    mount(KeyCap, { slots: { default: '/' }, attachTo: document.body });
    expect(words(document.body)).toContain('Vault is sealed. Retry.');
    await expectAccessible();
  });
});
