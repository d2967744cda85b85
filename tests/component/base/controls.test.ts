import { mount } from '@vue/test-utils';
import { describe, expect, it } from 'vitest';
import { defineComponent, h, ref } from 'vue';

import BaseButton from '@/components/base/BaseButton.vue';
import CheckBox from '@/components/base/CheckBox.vue';
import FormField from '@/components/base/FormField.vue';
import IconButton from '@/components/base/IconButton.vue';
import ProviderToggle from '@/components/base/ProviderToggle.vue';
import SavedCredential from '@/components/base/SavedCredential.vue';
import SecretInput from '@/components/base/SecretInput.vue';
import SegmentedControl from '@/components/base/SegmentedControl.vue';
import SelectInput from '@/components/base/SelectInput.vue';
import SwitchInput from '@/components/base/SwitchInput.vue';
import TextInput from '@/components/base/TextInput.vue';
import type { ProviderKind } from '@/lib/core/model';
import type { FieldControl } from '@/lib/ui/field';

import { expectAccessible, words } from './render';

const CANARY = 'canary-7f3a91';

/** A secret's input within its field, as forms use it. */
function secretField(props: Record<string, unknown> = {}, field: Record<string, unknown> = {}) {
  const typed = ref('');
  const Form = defineComponent(
    () => () =>
      h(
        FormField,
        { label: 'Token', hint: 'Starts with hvs.', ...field },
        {
          default: ({ control }: { control: FieldControl }) =>
            h(SecretInput, {
              ...control,
              name: 'token',
              modelValue: typed.value,
              'onUpdate:modelValue': (next: string) => {
                typed.value = next;
              },
              ...props,
            }),
        },
      ),
  );
  return { typed, wrapper: mount(Form, { attachTo: document.body }) };
}

describe('a button', () => {
  it('drops presses while it is busy, and says so', async () => {
    const pressed: string[] = [];
    const wrapper = mount(BaseButton, {
      props: { busy: true, onClick: () => pressed.push('press') },
      slots: { default: 'Testing…' },
      attachTo: document.body,
    });
    await wrapper.trigger('click');
    expect(pressed).toEqual([]);
    expect(wrapper.attributes('aria-busy')).toBe('true');
    await wrapper.setProps({ busy: false });
    await wrapper.trigger('click');
    expect(pressed).toEqual(['press']);
    await expectAccessible();
  });

  it('does not submit a form while it is busy', async () => {
    const wrapper = mount(BaseButton, { props: { type: 'submit', busy: true }, attachTo: document.body });
    const event = new MouseEvent('click', { bubbles: true, cancelable: true });
    wrapper.element.dispatchEvent(event);
    expect(event.defaultPrevented).toBe(true);
  });

  it('is a link when it leads somewhere', () => {
    const wrapper = mount(BaseButton, { props: { href: '#/vault' }, slots: { default: 'Open' } });
    expect(wrapper.element.tagName).toBe('A');
  });

  it('with an icon only is named by its act and object, and a toggle tells its state', async () => {
    const wrapper = mount(IconButton, {
      props: { label: 'Reveal API_KEY', pressed: true },
      attachTo: document.body,
    });
    expect(wrapper.attributes()).toMatchObject({ 'aria-label': 'Reveal API_KEY', 'aria-pressed': 'true' });
    await expectAccessible();
  });
});

describe('a field', () => {
  it('shows its hint, then the error in the same line, and ties both to the input', async () => {
    const Form = defineComponent({
      props: { error: { type: String, default: '' } },
      setup: (props) => () =>
        h(
          FormField,
          { label: 'Vault URL', hint: 'Scheme, host and port.', error: props.error },
          {
            default: ({ control }: { control: FieldControl }) => h(TextInput, { ...control, modelValue: '' }),
          },
        ),
    });
    const wrapper = mount(Form, { attachTo: document.body });
    const input = wrapper.get('input');
    const note = () => words(wrapper.get(`[id="${input.attributes('aria-describedby')}"]`).element);
    expect(note()).toBe('Scheme, host and port.');
    await wrapper.setProps({ error: 'Start with https://' });
    expect(note()).toBe('Start with https://');
    expect(input.attributes('aria-invalid')).toBe('true');
    expect(wrapper.get('label').attributes('for')).toBe(input.attributes('id'));
    await expectAccessible();
  });
});

describe('an input for a secret', () => {
  it('hides what is typed, and is left out of the browser’s memory', async () => {
    const { wrapper } = secretField();
    expect(wrapper.get('input').attributes()).toMatchObject({
      type: 'password',
      autocomplete: 'off',
      spellcheck: 'false',
    });
    expect(wrapper.get('input').attributes('name')).toBeUndefined();
    await expectAccessible();
  });

  it('shows it at the press of the eye', async () => {
    const { wrapper } = secretField();
    await wrapper.get('[aria-label="Show token"]').trigger('click');
    expect(wrapper.get('input').attributes('type')).toBe('text');
    await wrapper.get('[aria-label="Hide token"]').trigger('click');
    expect(wrapper.get('input').attributes('type')).toBe('password');
  });

  it('never writes what is typed into the markup', async () => {
    const { wrapper, typed } = secretField();
    await wrapper.get('input').setValue(CANARY);
    await wrapper.get('[aria-label="Show token"]').trigger('click');
    expect(typed.value).toBe(CANARY);
    expect(document.body.innerHTML).not.toContain(CANARY);
  });

  it('says that Caps Lock is on, in the place of the hint, until it is off', async () => {
    const { wrapper } = secretField();
    const press = (on: boolean) => {
      const event = new KeyboardEvent('keydown', { key: 'A', bubbles: true });
      Object.defineProperty(event, 'getModifierState', { value: () => on });
      wrapper.get('input').element.dispatchEvent(event);
      return wrapper.vm.$nextTick();
    };
    await press(true);
    expect(words(wrapper.element)).toContain('Caps Lock is on.');
    expect(words(wrapper.element)).not.toContain('Starts with hvs.');
    await press(false);
    expect(words(wrapper.element)).toContain('Starts with hvs.');
  });

  it('is empty when it is gone', async () => {
    const { wrapper } = secretField();
    const input = wrapper.get('input').element;
    await wrapper.get('input').setValue(CANARY);
    wrapper.unmount();
    expect(input.value).toBe('');
  });

  it('for an id is readable, and has been a password field all the same', async () => {
    const types: string[] = [];
    const setAttribute = HTMLInputElement.prototype.setAttribute;
    HTMLInputElement.prototype.setAttribute = function (name: string, value: string) {
      if (name === 'type') types.push(value);
      setAttribute.call(this, name, value);
    };
    const { wrapper } = secretField({ readable: true });
    await wrapper.vm.$nextTick();
    HTMLInputElement.prototype.setAttribute = setAttribute;
    expect(types).toEqual(['password', 'text']);
    expect(wrapper.find('[aria-label="Show token"]').exists()).toBe(false);
  });
});

describe('a saved credential', () => {
  it('is no input: it says that it is sealed and offers to replace it', async () => {
    const wrapper = mount(SavedCredential, { props: { name: 'Secret ID' }, attachTo: document.body });
    expect(wrapper.find('input').exists()).toBe(false);
    expect(words(wrapper.element)).toContain('saved, sealed with your passphrase');
    await wrapper.get('[aria-label="Replace Secret ID"]').trigger('click');
    expect(wrapper.emitted('replace')).toHaveLength(1);
    await expectAccessible();
  });
});

describe('choices', () => {
  it('the provider toggle is a radio group of two', async () => {
    const chosen = ref<ProviderKind>('hashicorp');
    const wrapper = mount(ProviderToggle, {
      props: {
        modelValue: chosen.value,
        'onUpdate:modelValue': (next: ProviderKind) => {
          chosen.value = next;
        },
      },
      attachTo: document.body,
    });
    expect(wrapper.get('[role="radiogroup"]').attributes('aria-labelledby')).toBeTruthy();
    expect(words(wrapper.element)).toContain('HashiCorp Vault AWS Secrets Manager');
    await wrapper.get('input[value="aws"]').setValue();
    expect(chosen.value).toBe('aws');
    await expectAccessible();
  });

  it('a filter shows its count', async () => {
    const wrapper = mount(SegmentedControl, {
      props: {
        modelValue: 'all',
        label: 'Filter by state',
        options: [
          { value: 'all', label: 'All' },
          { value: 'attention', label: 'Needs attention', count: 4 },
        ],
      },
      attachTo: document.body,
    });
    expect(words(wrapper.element)).toBe('All Needs attention 4');
    await expectAccessible();
  });

  it('a switch says its state as a word', async () => {
    const wrapper = mount(SwitchInput, {
      props: { modelValue: true, label: 'Verify SSL' },
      attachTo: document.body,
    });
    expect(words(wrapper.element)).toBe('On');
    await wrapper.setProps({ modelValue: false });
    expect(words(wrapper.element)).toBe('Off');
    expect(wrapper.get('input').attributes('role')).toBe('switch');
    await expectAccessible();
  });

  it('a select and a check box give what was chosen', async () => {
    const select = mount(SelectInput, {
      props: {
        modelValue: 15,
        label: 'Auto-lock',
        options: [
          { value: 15, label: 'After 15 minutes' },
          { value: 0, label: 'Never' },
        ],
      },
      attachTo: document.body,
    });
    await select.get('select').setValue('0');
    expect(select.emitted('update:modelValue')).toEqual([[0]]);
    const box = mount(CheckBox, {
      props: { modelValue: false },
      slots: { default: 'Push and create' },
      attachTo: document.body,
    });
    await box.get('input').setValue(true);
    expect(box.emitted('update:modelValue')).toEqual([[true]]);
    await expectAccessible();
  });
});
