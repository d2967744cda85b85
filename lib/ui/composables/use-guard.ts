import { onScopeDispose, readonly, ref, watch, type Ref } from 'vue';

/** Milliseconds for which a decision's buttons do nothing after what they decide about has changed. */
export const GUARD_MS = 800;

/**
 * Keeps a click that was on its way to something else from deciding: false for `GUARD_MS` after the start,
 * after each change of `subject` and after the window got the focus.
 */
export function useGuard(subject: () => unknown): Readonly<Ref<boolean>> {
  const ready = ref(false);
  let timer: ReturnType<typeof setTimeout> | undefined;
  const hold = () => {
    ready.value = false;
    clearTimeout(timer);
    timer = setTimeout(() => {
      ready.value = true;
    }, GUARD_MS);
  };
  // Synchronous: a press in the same turn as the change must not get through.
  watch(subject, hold, { immediate: true, flush: 'sync' });
  window.addEventListener('focus', hold);
  onScopeDispose(() => {
    clearTimeout(timer);
    window.removeEventListener('focus', hold);
  });
  return readonly(ready);
}
