/** A token got by an AppRole login, as it lives in session memory until the lock. */
export interface SavedToken {
  readonly token: string;
  /** Server, namespace and role it was got for; for others it is not used. */
  readonly owner: string;
  /** Milliseconds since the epoch; `null` = never. */
  readonly expiresAt: number | null;
  /** Milliseconds since the epoch at which to renew it; `null` = it cannot be renewed. */
  readonly renewAt: number | null;
  /** Requests it still allows, as far as counted; `null` = unlimited. */
  readonly usesLeft: number | null;
}

/** Keeps the token of one connection over the death of the worker, never on disk. */
export interface TokenSession {
  get(): Promise<SavedToken | null>;
  set(token: SavedToken | null): Promise<void>;
}

/** What is known of a token in use. */
export interface TokenFacts {
  /** Milliseconds since the epoch; `null` = never. */
  readonly expiresAt: number | null;
  readonly renewable: boolean;
  /** `null` = unlimited. */
  readonly usesLeft: number | null;
}
