import { nextTick, onScopeDispose, reactive, ref, useTemplateRef } from 'vue';

/**
 * A menu that opens from a button (`ref="trigger"`) and stands above everything (`ref="menu"`, fixed at
 * `at`): arrows move, Escape goes back to the button, a press elsewhere closes.
 * https://www.w3.org/WAI/ARIA/apg/patterns/menu-button/
 *
 * @param side Where it opens; `above` is for a button at the lower edge.
 */
export function useMenu(side: 'below' | 'above' = 'below') {
  const open = ref(false);
  const at = reactive({ left: '0px', width: '0px', top: 'auto', bottom: 'auto' });
  const trigger = useTemplateRef<HTMLElement>('trigger');
  const menu = useTemplateRef<HTMLElement>('menu');

  const entries = () => [...(menu.value?.querySelectorAll<HTMLElement>('[role^="menuitem"]') ?? [])];

  async function show(): Promise<void> {
    const box = trigger.value?.getBoundingClientRect();
    if (!box) return;
    at.left = `${box.left}px`;
    at.width = `${box.width}px`;
    if (side === 'below') at.top = `${box.bottom + 4}px`;
    else at.bottom = `${window.innerHeight - box.top + 4}px`;
    open.value = true;
    window.addEventListener('pointerdown', onOutside, true);
    window.addEventListener('resize', close);
    await nextTick();
    const all = entries();
    (all.find((one) => one.getAttribute('aria-checked') === 'true') ?? all[0])?.focus();
  }

  function close(): void {
    open.value = false;
    window.removeEventListener('pointerdown', onOutside, true);
    window.removeEventListener('resize', close);
  }

  /** Closes it and gives the focus back to the button. */
  function dismiss(): void {
    close();
    trigger.value?.focus();
  }

  function onOutside({ target }: PointerEvent): void {
    if (!menu.value?.contains(target as Node) && !trigger.value?.contains(target as Node)) close();
  }

  function onKey(event: KeyboardEvent): void {
    const all = entries();
    const now = all.indexOf(document.activeElement as HTMLElement);
    const to = {
      ArrowDown: (now + 1) % all.length,
      ArrowUp: (now - 1 + all.length) % all.length,
      Home: 0,
      End: all.length - 1,
    }[event.key];
    event.stopPropagation();
    if (to !== undefined) all[to]?.focus();
    else if (event.key === 'Escape') dismiss();
    else if (event.key === 'Tab') return close();
    else return;
    event.preventDefault();
  }

  onScopeDispose(close);

  return { open, at, show, dismiss, onKey, toggle: () => (open.value ? close() : void show()) };
}
