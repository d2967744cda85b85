import type { Decision, HoldReason, Place, SentAsTyped } from './contract';

/**
 * What the engine remembers in `storage.session`, so that it survives the worker: ids, names, a digest and
 * the destination. No value, and nothing else of a header.
 */
export interface Waiting {
  readonly requestId: string;
  readonly tabId: number;
  readonly frameId: number;
  readonly documentId: string | undefined;
  readonly origin: string;
  readonly digest: string;
  readonly testerId: string;
  readonly environmentId: string;
  readonly environmentName: string;
  readonly production: boolean;
  readonly boundTo: string;
  readonly destination: string;
  readonly method: string;
  readonly path: string;
  readonly proxy: boolean;
  readonly places: readonly Place[];
  readonly bareOnly: boolean;
  readonly reason: HoldReason;
  readonly heldSince: number;
  /** The card it was shown on; `null` until it was shown. */
  readonly card: string | null;
  readonly decision: Exclude<Decision, 'always'> | null;
}

export interface Armed {
  readonly nonce: string;
  readonly ruleId: number;
  readonly requestId: string;
  readonly tabId: number;
  readonly origin: string;
  readonly testerId: string;
  readonly environmentId: string;
  readonly destination: string;
  /** `pathPattern` of its address. */
  readonly pattern: string;
  readonly method: string;
  /** Milliseconds since the epoch. */
  readonly armedAt: number;
  /** When the rule goes, whatever happens; milliseconds since the epoch. */
  readonly deadline: number;
  /** The browser's id of the request that used the nonce; `null` until then. */
  readonly wireId: string | null;
}

export interface State {
  readonly waiting: Record<string, Waiting>;
  readonly armed: Record<string, Armed>;
  readonly asTyped: Record<string, SentAsTyped[]>;
  /** The document that each tab showed when its page last said hello, where the browser tells one from another. */
  readonly shown: Record<string, string>;
  nextRule: number;
}

interface Store {
  load(): Promise<string | null>;
  save(text: string): Promise<void>;
}

/** Keeps `State` in step with the store: changed in memory at once, written as a whole, one write at a time. */
export function createLedger(store: Store, firstRule: number) {
  const state: State = { waiting: {}, armed: {}, asTyped: {}, shown: {}, nextRule: firstRule };
  let writing: Promise<void> | null = null;
  let next: Promise<void> | null = null;

  async function write(): Promise<void> {
    try {
      await store.save(JSON.stringify(state));
    } catch {
      // Memory still has it. Lost with the worker, it costs a rule (reconciled away) or a second question.
    }
  }

  return {
    state,
    async load(): Promise<void> {
      const text = await store.load().catch(() => null);
      if (text !== null) Object.assign(state, JSON.parse(text) as State);
    },
    /** Resolves when the state as it is now has been written. Calls in between share one write. */
    save(): Promise<void> {
      if (!writing) {
        writing = Promise.resolve()
          .then(write)
          .finally(() => {
            writing = null;
          });
        return writing;
      }
      next ??= writing.then(() => {
        next = null;
        return this.save();
      });
      return next;
    },
  };
}
export type Ledger = ReturnType<typeof createLedger>;
