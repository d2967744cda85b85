import { onScopeDispose, readonly, shallowRef, type ShallowRef } from 'vue';

/** A longer press shows the value only while it lasts. */
const HOLD_MS = 300;
/** A value that was revealed hides itself after this. */
const REVEAL_MS = 60_000;

export interface Reveal {
  /** The value while it is revealed, else `null`. */
  readonly value: Readonly<ShallowRef<string | null>>;
  readonly show: () => Promise<void>;
  readonly hide: () => void;
  readonly toggle: () => Promise<void>;
  /** Something changed: asks again for what is revealed, and hides it when it is another by now. */
  readonly recheck: () => Promise<void>;
  /** A key or the pointer went down, and up: a tap toggles, a longer press shows while it lasts. */
  readonly press: () => void;
  readonly release: () => void;
}

/**
 * Holds one value for as long as it is looked at. It is asked for only then and dropped when the window
 * loses the focus, after a minute, and with the component.
 *
 * @param ask Gets the value; `null` when it is not there. What it throws is thrown by `show`.
 * @param onError Told what `ask` threw when a press asked.
 */
export function useReveal(ask: () => Promise<string | null>, onError: (error: unknown) => void): Reveal {
  const value = shallowRef<string | null>(null);
  let turn = 0;
  let asking = false;
  let pressedAt: number | null = null;
  let hideOnRelease = false;
  let timer: ReturnType<typeof setTimeout> | undefined;

  function hide(): void {
    turn += 1;
    asking = false;
    pressedAt = null;
    clearTimeout(timer);
    value.value = null;
  }

  async function show(): Promise<void> {
    hide();
    const mine = turn;
    asking = true;
    const answer = await ask().catch((error: unknown) => {
      if (mine === turn) asking = false;
      throw error;
    });
    if (mine !== turn) return;
    asking = false;
    value.value = answer;
    timer = setTimeout(hide, REVEAL_MS);
  }

  const shown = () => asking || value.value !== null;

  async function toggle(): Promise<void> {
    if (shown()) hide();
    else await show();
  }

  async function recheck(): Promise<void> {
    if (!shown()) return;
    const mine = turn;
    const answer = await ask().catch(() => null);
    if (mine === turn && answer !== value.value) hide();
  }

  function press(): void {
    if (pressedAt !== null) return;
    hideOnRelease = shown();
    if (!hideOnRelease) void show().catch(onError);
    pressedAt = Date.now();
  }

  function release(): void {
    if (pressedAt === null) return;
    const held = Date.now() - pressedAt > HOLD_MS;
    pressedAt = null;
    if (hideOnRelease || held) hide();
  }

  const onHidden = () => {
    if (document.visibilityState === 'hidden') hide();
  };
  window.addEventListener('blur', hide);
  document.addEventListener('visibilitychange', onHidden);
  onScopeDispose(() => {
    hide();
    window.removeEventListener('blur', hide);
    document.removeEventListener('visibilitychange', onHidden);
  });

  return {
    value: readonly(value) as Readonly<ShallowRef<string | null>>,
    show,
    hide,
    toggle,
    recheck,
    press,
    release,
  };
}
