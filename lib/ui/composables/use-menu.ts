import {
  computed,
  nextTick,
  onScopeDispose,
  reactive,
  ref,
  useTemplateRef,
  type ComponentPublicInstance,
} from 'vue';

/** Between the button and the menu, in CSS pixels. */
const GAP = 4;

/**
 * A menu that opens from a button (`ref="trigger"`) and stands above everything (`ref="menu"`, fixed at
 * `at`): arrows move, Escape goes back to the button, a press elsewhere closes, and so does scrolling what the button
 * is in. Where there is no room on its side it opens on the other one.
 * https://www.w3.org/WAI/ARIA/apg/patterns/menu-button/
 *
 * @param side Where it opens; `above` is for a button at the lower edge.
 * @param edge The edge of the button that it keeps to.
 */
export function useMenu(side: 'below' | 'above' = 'below', edge: 'left' | 'right' = 'left') {
  const open = ref(false);
  const at = reactive({ left: 'auto', right: 'auto', top: 'auto', bottom: 'auto' });
  /** The button's width, for a menu that is to be as wide. */
  const width = ref('0px');
  const triggered = useTemplateRef<HTMLElement | ComponentPublicInstance>('trigger');
  const trigger = computed(() => {
    const found = triggered.value;
    return found && '$el' in found ? (found.$el as HTMLElement) : found;
  });
  const menu = useTemplateRef<HTMLElement>('menu');

  const entries = () => [...(menu.value?.querySelectorAll<HTMLElement>('[role^="menuitem"]') ?? [])];

  async function show(): Promise<void> {
    const box = trigger.value?.getBoundingClientRect();
    if (!box) return;
    width.value = `${box.width}px`;
    if (edge === 'left') at.left = `${box.left}px`;
    else at.right = `${Math.max(0, document.documentElement.clientWidth - box.right)}px`;
    place(side, box);
    open.value = true;
    window.addEventListener('pointerdown', onOutside, true);
    window.addEventListener('scroll', onScroll, true);
    window.addEventListener('resize', close);
    await nextTick();
    const height = menu.value?.offsetHeight ?? 0;
    if (side === 'below' && box.bottom + GAP + height > window.innerHeight) place('above', box);
    else if (side === 'above' && box.top - GAP - height < 0) place('below', box);
    const all = entries();
    (all.find((one) => one.getAttribute('aria-checked') === 'true') ?? all[0])?.focus();
  }

  function place(where: 'below' | 'above', box: DOMRect): void {
    at.top = where === 'below' ? `${box.bottom + GAP}px` : 'auto';
    at.bottom = where === 'above' ? `${window.innerHeight - box.top + GAP}px` : 'auto';
  }

  function close(): void {
    open.value = false;
    window.removeEventListener('pointerdown', onOutside, true);
    window.removeEventListener('scroll', onScroll, true);
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

  /** A long menu may scroll in itself. */
  function onScroll({ target }: Event): void {
    if (!menu.value?.contains(target as Node)) close();
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

  return { open, at, width, show, dismiss, onKey, toggle: () => (open.value ? close() : void show()) };
}
