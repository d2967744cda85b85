/** What the engine needs of the rest of the worker, and what it gives. Pure types. */

/** Who sent a request, as the browser says it; never as the page claims. */
export interface Asker {
  readonly origin: string;
  readonly tabId: number;
  readonly frameId: number;
  readonly documentId: string | undefined;
}

/** A request that the hook holds back; the shape of the protocol's `inject/request`. Everything in it comes from the page. */
export interface HeldRequest {
  readonly requestId: string;
  readonly url: string;
  readonly method: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly elsewhere: readonly ('url' | 'body')[];
  readonly framed: 'top' | 'same-origin' | 'foreign';
}

export type HoldReason = 'unlock' | 'pull' | 'destination';

export type Answer =
  | { readonly state: 'armed'; readonly nonce: string }
  | { readonly state: 'as-typed' }
  | { readonly state: 'held'; readonly reason: HoldReason; readonly names: readonly string[] };

export type Decision = 'once' | 'always' | 'refuse' | 'as-typed';

/** Where in a request a placeholder stands. */
export interface Place {
  readonly name: string;
  readonly header: string;
  /** False for a variable that the environment lacks (bare form only). */
  readonly known: boolean;
}

export type AddressClass = 'public' | 'loopback' | 'private';

/** A card: what the user sees is what the answer is for. The shape of the views' `ApprovalView`. */
export interface Approval {
  readonly id: string;
  readonly reason: HoldReason;
  readonly requestIds: readonly string[];
  readonly tester: string;
  readonly testerId: string;
  readonly environmentId: string;
  readonly environmentName: string;
  readonly production: boolean;
  readonly destination: string;
  readonly method: string;
  readonly path: string;
  readonly places: readonly Place[];
  readonly address: AddressClass;
  readonly plainHttp: boolean;
  readonly proxy: boolean;
  readonly bareOnly: boolean;
  readonly heldSince: number;
  readonly needsAccess: string | null;
}

/** A bare `{{NAME}}` that went out untouched; the shape of the views' `SentAsTypedView`. */
export interface SentAsTyped {
  readonly id: string;
  readonly name: string;
  readonly at: number;
}

/** The tester of an origin with the environment in force in one tab. */
export interface TesterInForce {
  readonly testerId: string;
  readonly environmentId: string;
  readonly environmentName: string;
  readonly production: boolean;
  /** Connection, server and path of the environment (`Grant.boundTo`). */
  readonly boundTo: string;
  readonly values:
    | { readonly state: 'locked' }
    | { readonly state: 'not-pulled' }
    /** `text` gives a variable's text (also of a dotted name), `undefined` when there is none. */
    | { readonly state: 'ready'; text(name: string): string | undefined };
}

/** What a grant is about. */
export interface Passage {
  readonly testerId: string;
  readonly environmentId: string;
  /** API origin. */
  readonly destination: string;
  readonly boundTo: string;
}

/** The part of a session rule that we use; assignable to the browser's own type. */
export interface HeaderRule {
  id: number;
  priority: number;
  action: {
    type: 'modifyHeaders';
    requestHeaders: { header: string; operation: 'set'; value: string }[];
  };
  condition: {
    urlFilter: string;
    isUrlFilterCaseSensitive: true;
    requestMethods: string[];
    resourceTypes: 'xmlhttprequest'[];
    initiatorDomains: string[];
  };
}

export interface InjectionDeps {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Unguessable text of [A-Za-z0-9-], 32 characters or more (a UUID will do). */
  randomId(): string;
  /** One timer of this worker's life (`setTimeout`). @returns Cancels it. */
  after(ms: number, run: () => void): () => void;
  /**
   * Wakes the worker about then, also a dead one (an alarm); answer it by `tick()`. Called rarely, and once
   * more replaces the earlier time.
   */
  wakeAt(when: number): void;
  /** One text in `storage.session`. */
  readonly store: {
    load(): Promise<string | null>;
    save(text: string): Promise<void>;
  };
  readonly rules: {
    /** Removes first, then adds, in one step or not at all. */
    update(add: readonly HeaderRule[], remove: readonly number[]): Promise<void>;
    /** Ids of all session rules there are (those outside of `RULE_IDS` are ignored). */
    ids(): Promise<readonly number[]>;
  };
  /** Whether the vault is open now. */
  isUnlocked(): Promise<boolean>;
  /** `null`: this origin is no enabled tester. */
  tester(origin: string, tabId: number): Promise<TesterInForce | null>;
  /** Whether values may go there at all, whatever the user says. @throws AppError when not. */
  checkDestination?(destination: string): void;
  readonly grants: {
    has(passage: Passage): Promise<boolean>;
    /** Told of by `onGrantChanged` or not: the engine looks again by itself. */
    add(passage: Passage): Promise<void>;
  };
  /** Whether the browser lets us reach this match pattern (`accessPattern`). */
  hasAccess(pattern: string): Promise<boolean>;
  /** Cards, their number or the as-typed lists changed: badge and open pages are out of date. */
  changed(waiting: number): void;
  /** The first request of a burst waits in this tab: the popup may open itself; a pull may be started. */
  held(where: { readonly tabId: number; readonly reason: HoldReason; readonly environmentId: string }): void;
}

/** A `webRequest` event. `url` with its fragment. */
export interface WireEvent {
  readonly requestId: string;
  readonly url: string;
  readonly method: string;
  readonly tabId: number;
  readonly frameId: number;
  /** Page origin: `initiator` in Chromium, `originUrl` in Firefox. */
  readonly initiator?: string | undefined;
}

/** What a sweep takes away: all, or whatever matches every field given. */
export type Sweep = 'all' | Partial<Pick<Passage, 'testerId' | 'environmentId' | 'destination'>>;

export interface Injection {
  /**
   * Resolves when rules and bookkeeping agree after a worker start. Every other method waits for it, so
   * events may be handed in from the worker's first turn on. It never rejects.
   */
  reconcile(): Promise<void>;
  /**
   * Decides about a held request. The first `held` comes at once; asked again with the same id, it answers
   * when something has changed, or `held` again after 20 s.
   *
   * @throws AppError not-enabled, embedded, place-unsupported, unresolved, header-forbidden, header-illegal,
   *   request-refused, request-changed, request-gone, bad-message; throttled (retryable); unexpected.
   */
  request(held: HeldRequest, sender: Asker): Promise<Answer>;
  /** The page gave up. */
  abandon(requestId: string, sender: Asker): Promise<void>;
  /**
   * The user's answer to a card, exactly as shown.
   *
   * @throws AppError request-changed when the card is another one by now, bad-message for a decision that the
   *   card does not offer.
   */
  answer(approvalId: string, requestIds: readonly string[], decision: Decision): Promise<void>;
  /** The cards, oldest first. What is shown once no longer grows: later requests make another card. */
  approvals(): Promise<Approval[]>;
  /** Number of requests that wait for the user. */
  waiting(): Promise<number>;
  /** Bare placeholders that went out untouched in this tab, newest last. */
  asTyped(tabId: number): Promise<SentAsTyped[]>;
  dismissAsTyped(tabId: number, noticeId: string): Promise<void>;
  /** `webRequest` events of the http(s) XHR type, all of them; others than ours are ignored. */
  onRequestStarted(event: WireEvent): void;
  onSendHeaders(event: WireEvent): void;
  /** The final answer's headers are there. */
  onResponseStarted(event: WireEvent): void;
  onCompleted(event: WireEvent): void;
  onErrorOccurred(event: WireEvent): void;
  /** Lock, wipe, revoke, another environment: takes rules and once-decisions away. Resolves when no rule is left. */
  sweep(what: Sweep): Promise<void>;
  /** The bridge said hello: a new document is in this frame, what the one before has asked is over. */
  onPageLoaded(sender: Asker): Promise<void>;
  onTabRemoved(tabId: number): Promise<void>;
  /** The alarm of `wakeAt` rang. */
  tick(): Promise<void>;
  onUnlocked(): void;
  onPulled(): void;
  onGrantChanged(): void;
  onAccessChanged(): void;
}
