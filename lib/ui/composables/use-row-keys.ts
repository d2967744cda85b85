import { onScopeDispose, watch, type Ref } from 'vue';

/**
 * Arrow keys in a table of rows: up and down go to the same control of the next row, Home and End to the first and
 * the last. Controls say which one they are by `data-cell`; while a field has the focus its own keys hold.
 */
export function useRowKeys(root: Ref<HTMLElement | null>): void {
  function onKey(event: KeyboardEvent): void {
    const from = event.target;
    if (!(from instanceof HTMLElement) || !from.matches('button[data-cell]')) return;
    if (event.altKey || event.ctrlKey || event.metaKey || !root.value) return;
    const cell = from.dataset.cell ?? '';
    const alike = [...root.value.querySelectorAll<HTMLElement>(`[data-cell="${cell}"]`)];
    const at = alike.indexOf(from);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: alike.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    alike[to]?.focus();
  }
  const stop = watch(
    root,
    (now, before) => {
      before?.removeEventListener('keydown', onKey);
      now?.addEventListener('keydown', onKey);
    },
    { immediate: true, flush: 'post' },
  );
  onScopeDispose(() => {
    stop();
    root.value?.removeEventListener('keydown', onKey);
  });
}
