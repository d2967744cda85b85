import { readonly, shallowRef } from 'vue';

/** A short notice at the edge of the page. One at a time: a newer one takes the older one's place. */
export interface Toast {
  readonly title: string;
  readonly text?: string | undefined;
  readonly tone?: 'good' | 'held' | 'bad' | undefined;
  /** Milliseconds since the epoch: the toast counts down to it with a ring and lives as long. */
  readonly until?: number | undefined;
  /** With `until`: the text for so many seconds left. */
  readonly countdown?: ((seconds: number) => string) | undefined;
  /** With `until`: what comes when it is reached. */
  readonly after?: Toast | undefined;
  readonly action?: { readonly label: string; readonly run: () => void } | undefined;
  /** What a screen reader is told, once, instead of the text. */
  readonly spoken?: string | undefined;
}

const current = shallowRef<Toast | null>(null);

/** The toast that is shown now, for `ToastHost`. */
export const currentToast = readonly(current);

export function showToast(toast: Toast): void {
  current.value = toast;
}

export function dismissToast(): void {
  current.value = null;
}
