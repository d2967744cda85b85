/** What the worker asks of the offscreen document over their private port, and what comes back. */
export const OFFSCREEN_PORT = 'offscreen';
export const OFFSCREEN_PATH = '/offscreen.html';

export interface OffscreenFetch {
  readonly type: 'fetch';
  readonly id: string;
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

export type OffscreenRequest =
  | OffscreenFetch
  | { readonly type: 'abort'; readonly id: string }
  /** Clears the clipboard at a time (ms since the epoch); with `onlyIf` only when it still holds that text. */
  | { readonly type: 'clear-clipboard'; readonly at: number; readonly onlyIf: string | null };

export type OffscreenAnswer =
  | {
      readonly type: 'fetched';
      readonly id: string;
      readonly status: number;
      readonly headers: Readonly<Record<string, string>>;
      readonly text: string;
      readonly redirected: boolean;
    }
  | { readonly type: 'fetch-failed'; readonly id: string }
  | { readonly type: 'clipboard-cleared' };
