import type { ErrorCode, ErrorDetails } from '@/lib/core/errors';
import type {
  AwsSettings,
  EnvironmentState,
  HashicorpSettings,
  LockSettings,
  ProviderKind,
  Scope,
  TesterKind,
  Workspace,
} from '@/lib/core/model';
import type { TestStep } from '@/lib/core/test-steps';
import type { Variable } from '@/lib/core/variables';

import type { ManagedView } from './configuration';

/** What the pages see of the worker's state. Names and states; a value only as the answer to a reveal or copy. */

export type Phase = 'first-run' | 'locked' | 'unlocked';

export interface Failure {
  readonly code: ErrorCode;
  readonly details: ErrorDetails;
}

export interface StatusView {
  readonly phase: Phase;
  /** The database was written by a newer Keyferry, or could not be opened: nothing else works. */
  readonly broken?: Failure;
  readonly workspaces: readonly Workspace[];
  readonly workspaceId: string;
  readonly lock: LockSettings;
  /** Requests waiting for the user. */
  readonly waiting: number;
  readonly job: JobView | null;
  /** A newer Keyferry waits until nothing is unsaved: it would take session memory with it. */
  readonly updateWaits?: boolean;
  /** Set by the organization; absent without a policy. */
  readonly managed?: ManagedView;
}

export interface EnvironmentView {
  readonly id: string;
  readonly workspaceId: string;
  readonly name: string;
  readonly sync: boolean;
  readonly path: string;
  readonly production: boolean;
  readonly state: EnvironmentState;
  /** Number of variables in memory; `null` when not in memory. */
  readonly variables: number | null;
  readonly pulledAt: number | null;
  readonly failure: Failure | null;
  /** Unsaved changes, and how many variables others changed too (known after a push that met them). */
  readonly changes: number;
  readonly conflicts: number;
}

/** A variable without its value. */
export interface VariableView {
  readonly name: string;
  readonly type: Variable['type'];
  /** Number of members of a JSON object or array, else `null`. */
  readonly members: number | null;
}

export interface ConnectionView {
  readonly scope: Scope;
  /** The scope these settings really come from (a workspace without its own shows the global defaults). */
  readonly source: Scope;
  readonly provider: ProviderKind;
  readonly hashicorp: HashicorpSettings;
  readonly aws: AwsSettings;
  /** Which credentials are sealed, by provider: the auth kind they are for and the server they are bound to. */
  readonly sealed: {
    readonly hashicorp: { readonly auth: 'token' | 'approle'; readonly server: string } | null;
    readonly aws: { readonly auth: 'keys'; readonly server: string } | null;
  };
  /** Whether this scope was ever saved. */
  readonly saved: boolean;
  readonly syncedEnvironments: number;
  readonly lastPullAt: number | null;
  /** What the organization holds fast of these settings: `provider`, `hashicorp.url` …, for a workspace of its own `scope`. */
  readonly managed?: readonly string[];
}

export interface JobFailure extends Failure {
  readonly path: string;
  readonly environmentId: string | null;
}

/** A pull or push under way, or the last one finished. */
export interface JobView {
  readonly id: string;
  readonly kind: 'pull-all' | 'pull-one' | 'push';
  readonly scope: Scope;
  readonly workspaceId: string;
  readonly state: 'running' | 'done' | 'cancelled' | 'failed' | 'interrupted';
  readonly startedAt: number;
  readonly endedAt: number | null;
  /** Secrets known so far, and done so far (read + unchanged + missing + failed). */
  readonly total: number;
  readonly done: number;
  readonly read: number;
  readonly unchanged: number;
  readonly missing: number;
  /** Environments made by this pull. */
  readonly created: number;
  /** Environments written by this push. */
  readonly pushed: number;
  readonly current: string | null;
  /** Paths that failed, each with its reason; none is left out. */
  readonly failures: readonly JobFailure[];
  /** Why the job as a whole stopped (`state` failed). */
  readonly failure: Failure | null;
}

export interface GrantView {
  readonly id: string;
  readonly destination: string;
  readonly environmentId: string;
  readonly environmentName: string;
  readonly grantedAt: number;
  /** From an imported file: not in force until the user accepts it (`grant/accept`). */
  readonly proposed?: boolean;
  /** False when the browser gives no access to it (any more): its requests are held until it does. */
  readonly hostAccess: boolean;
  /** The organization forbids this destination. */
  readonly forbidden?: boolean;
}

export interface TesterView {
  readonly id: string;
  readonly origin: string;
  readonly kind: TesterKind;
  readonly workspaceId: string;
  readonly environmentId: string;
  readonly environmentName: string;
  readonly environmentState: EnvironmentState;
  readonly enabledAt: number;
  readonly grants: readonly GrantView[];
  /** False when the user took the browser's host access away. */
  readonly hostAccess: boolean;
  /** The organization forbids Keyferry on this site. */
  readonly forbidden?: boolean;
}

/** Where in a request a placeholder stands. */
export interface PlaceView {
  readonly name: string;
  /** Header name. */
  readonly header: string;
  /** False for a variable that this environment lacks (bare form only). */
  readonly known: boolean;
}

/** What the address of a destination tells, so that the card can call it so. */
export type AddressClass = 'public' | 'loopback' | 'private';

/** A snapshot: what the user sees is what the answer is for. */
export interface ApprovalView {
  /** Changes with the card's content: an answer for an older card is refused. */
  readonly id: string;
  readonly reason: 'unlock' | 'pull' | 'destination';
  readonly requestIds: readonly string[];
  readonly tester: string;
  readonly testerId: string;
  readonly environmentId: string;
  readonly environmentName: string;
  readonly production: boolean;
  readonly destination: string;
  readonly method: string;
  /** Path without query. */
  readonly path: string;
  readonly places: readonly PlaceView[];
  readonly address: AddressClass;
  /** Plain http to another machine: never "Always". */
  readonly plainHttp: boolean;
  /** Known as a forwarding proxy. */
  readonly proxy: boolean;
  /** All placeholders are of the bare form, so "Send as typed" is offered while locked. */
  readonly bareOnly: boolean;
  readonly heldSince: number;
  /** Match pattern to ask the browser for; `null` when access is there. */
  readonly needsAccess: string | null;
}

/** A bare `{{NAME}}` that is no variable of ours and went out untouched. */
export interface SentAsTypedView {
  readonly id: string;
  readonly name: string;
  readonly at: number;
}

export interface TabView {
  readonly tabId: number;
  /** `null` for pages that extensions are kept out of. */
  readonly origin: string | null;
  readonly tester: TesterView | null;
  /** The environment in force here: the tab's override or the tester's. */
  readonly environmentId: string | null;
  readonly overridden: boolean;
  /** Enabled, but the page was loaded before: it has no bridge yet. */
  readonly needsReload: boolean;
  readonly kind: TesterKind;
  /** The organization forbids Keyferry on this site. */
  readonly forbidden?: boolean;
  readonly sentAsTyped: readonly SentAsTypedView[];
}

export interface ClipboardView {
  readonly name: string;
  /** Milliseconds since the epoch. */
  readonly clearsAt: number;
}

/** Everything the popup draws in its first frame. */
export interface PopupView {
  readonly status: StatusView;
  readonly tab: TabView | null;
  readonly environments: readonly Pick<
    EnvironmentView,
    'id' | 'name' | 'state' | 'production' | 'pulledAt'
  >[];
  /** Variables of the tab's environment; `null` when it is not in memory. */
  readonly variables: readonly VariableView[] | null;
  readonly approvals: readonly ApprovalView[];
  readonly clipboard: ClipboardView | null;
  /** A connection is saved, so Pull makes sense. */
  readonly connected: boolean;
}

/** Pushed over the `ui` port. `changed` says that a view is out of date; `job` and `test` carry the news itself. */
export type UiEvent =
  | {
      readonly type: 'changed';
      readonly area: 'status' | 'environments' | 'testers' | 'approvals' | 'connection' | 'clipboard';
    }
  | { readonly type: 'job'; readonly job: JobView }
  | { readonly type: 'test'; readonly testId: string; readonly step: TestStep };
