import { inject, provide, ref, type InjectionKey, type Ref } from 'vue';

/** What a form field hands to the control inside it: `<FormField v-slot="{ control }"><TextInput v-bind="control" …`. */
export interface FieldControl {
  readonly id: string;
  readonly describedBy: string | undefined;
  readonly labelledBy: string;
  readonly invalid: boolean;
  readonly disabled: boolean;
}

const noticeKey: InjectionKey<Ref<string>> = Symbol('notice');

/** The field's side: a line that its control may put in the hint's place for a while. */
export function provideNotice(): Ref<string> {
  const notice = ref('');
  provide(noticeKey, notice);
  return notice;
}

/** The control's side; outside of a field the notice goes nowhere. */
export function useNotice(): Ref<string> {
  return inject(noticeKey, () => ref(''), true);
}
