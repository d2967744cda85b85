import { onScopeDispose, ref, watch } from 'vue';

const STORED = 'kf-single-keys';

/** Whether single letters do anything; kept in this browser, as it is about the person at the keyboard. */
export const singleKeys = ref(globalThis.localStorage?.getItem(STORED) !== 'off');
watch(singleKeys, (on) => localStorage.setItem(STORED, on ? 'on' : 'off'));

export interface Shortcuts {
  /** A page's letter was typed after `g`. */
  readonly goTo: (letter: string) => void;
  readonly lock: () => void;
  readonly help: () => void;
}

/** How long `g` waits for its second letter. */
const SEQUENCE_MS = 1200;

const typing = (target: EventTarget | null | undefined) =>
  target instanceof HTMLElement &&
  target.matches('input:not([type="checkbox"], [type="radio"]), select, textarea, [contenteditable]');

/** The keys of the options page (`keyboardCopy` lists them). A dialog that is open has the keyboard to itself. */
export function useShortcuts({ goTo, lock, help }: Shortcuts): void {
  let waitingSince: number | null = null;

  function step(direction: 1 | -1): void {
    const rows = [...document.querySelectorAll<HTMLElement>('main [data-row-link]')];
    const at = rows.findIndex((row) => row === document.activeElement);
    const next = at === -1 ? (direction === 1 ? 0 : rows.length - 1) : at + direction;
    rows[next]?.focus();
  }

  /** The menu of the row that has the focus. */
  function openMenu(): void {
    document.activeElement?.closest('tr')?.querySelector<HTMLElement>('[data-cell="more"]')?.click();
  }

  function letter(key: string): boolean {
    const waited = waitingSince !== null && performance.now() - waitingSince < SEQUENCE_MS;
    waitingSince = key === 'g' && !waited ? performance.now() : null;
    if (waited) goTo(key);
    else if (key === '/') document.querySelector<HTMLElement>('main input[type="search"]')?.focus();
    else if (key === 'j') step(1);
    else if (key === 'k') step(-1);
    else if (key === 'n') document.querySelector<HTMLElement>('main [data-new]')?.click();
    else if (key === '.') openMenu();
    else if (key === '?') help();
    else return false;
    return true;
  }

  function onKey(event: KeyboardEvent): void {
    if (event.defaultPrevented || event.isComposing || document.querySelector('dialog[open]')) return;
    const key = event.key.toLowerCase();
    if (event.altKey) {
      if (key !== 'l' || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      lock();
    } else if (event.ctrlKey || event.metaKey) {
      const form = document.querySelector<HTMLFormElement>('main form[data-save]');
      if (key !== 's' || !form) return;
      event.preventDefault();
      form.requestSubmit();
    } else if (singleKeys.value && !typing(event.composedPath()[0]) && letter(key)) {
      event.preventDefault();
    }
  }

  window.addEventListener('keydown', onKey);
  onScopeDispose(() => window.removeEventListener('keydown', onKey));
}
