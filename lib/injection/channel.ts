/**
 * How hook (page's world) and bridge (ours) meet and talk. A synthetic `MessageEvent` with a port is
 * delivered synchronously at document_start, before any script of the page, in either order of the two.
 * The page may forge all of it: the port carries plain data only, and the worker checks everything.
 */

/** Bridge → hook: takes the port; `preventDefault()` says that it was taken. */
export const OFFER = 'keyferry-offer';
/** Hook → bridge: I am here now. */
export const ASK = 'keyferry-ask';

export type Place = 'url' | 'body';

export interface HoldMessage {
  readonly kind: 'hold';
  /** The hook's own number of the request. */
  readonly id: number;
  readonly url: string;
  readonly method: string;
  readonly headers: [string, string][];
  readonly elsewhere: Place[];
  /** A page learns of a failed fetch by its message; of a failed XHR it learns nothing. */
  readonly silent: boolean;
}

export type ToBridge = HoldMessage | { readonly kind: 'drop'; readonly id: number };

export type FromBridge =
  /** It arrived at a bridge that lives. */
  | { readonly kind: 'seen'; readonly id: number }
  | { readonly kind: 'armed'; readonly id: number; readonly nonce: string }
  | { readonly kind: 'as-typed'; readonly id: number }
  | { readonly kind: 'failed'; readonly id: number; readonly message: string }
  /** The extension behind the bridge is gone. */
  | { readonly kind: 'orphaned'; readonly id: number };
