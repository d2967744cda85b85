import type { SecretForm, Variable } from '@/lib/core/variables';

import type { EnvironmentView, Failure, VariableView } from './views';

/** What the pages see while variables are edited, compared, pushed and moved. Names and kinds of change; no values. */

export type RowChange = 'same' | 'new' | 'edited' | 'removed';

/** A variable of the draft. Removed ones stay in the list until they are pushed. */
export interface DraftRow extends VariableView {
  readonly change: RowChange;
}

export interface ChangeCounts {
  readonly new: number;
  readonly edited: number;
  readonly removed: number;
}

/** What the login may do at the environment's path, with `null` for "the provider does not tell". */
export interface PermissionsView {
  readonly read: boolean | null;
  readonly create: boolean | null;
  readonly update: boolean | null;
  readonly remove: boolean | null;
  readonly list: boolean | null;
}

export interface EditorView {
  readonly environment: EnvironmentView;
  readonly form: SecretForm;
  /** `null` when neither pulled values nor a draft are in memory: there is nothing to edit or save. */
  readonly rows: readonly DraftRow[] | null;
  readonly changes: ChangeCounts;
  readonly canUndo: boolean;
  /** Version that the draft was made from. */
  readonly version: string | null;
  /** The secret does not exist yet: the first Save makes it. */
  readonly creates: boolean;
}

/** What the connection can do for this environment; asked apart, as it calls the provider. */
export interface AbilitiesView {
  readonly permissions: PermissionsView;
  readonly compareAndSwap: boolean;
  readonly history: boolean;
}

export interface ImportRow extends VariableView {
  readonly change: 'same' | 'new' | 'edited';
  /** Line of the text, from 1; `null` for JSON. */
  readonly line: number | null;
}

export interface ImportPreview {
  readonly format: 'env' | 'json';
  readonly rows: readonly ImportRow[];
  /** Lines that could not be read. */
  readonly problems: readonly {
    readonly line: number;
    readonly reason: 'no-name' | 'bad-name' | 'open-quote' | 'not-json' | 'not-object';
  }[];
}

/** One row of a comparison; `before` and `after` say which sides have a value to reveal. */
export interface DiffRow {
  readonly name: string;
  readonly change: 'new' | 'edited' | 'removed';
  readonly before: Variable['type'] | null;
  readonly after: Variable['type'] | null;
}

export interface ConflictRow {
  readonly name: string;
  readonly base: Variable['type'] | null;
  readonly mine: Variable['type'] | null;
  readonly theirs: Variable['type'] | null;
}

/** What a push would do now; answers and reveals name it by its id. */
export interface ReviewView {
  readonly id: string;
  readonly environmentId: string;
  readonly path: string;
  /** Version at the provider now; `null` when nothing is there or the backend has none. */
  readonly version: string | null;
  readonly creates: boolean;
  readonly rows: readonly DiffRow[];
  /** Variables that others changed since the pull and that the push keeps. */
  readonly kept: readonly string[];
  readonly conflicts: readonly ConflictRow[];
  /** False for KV v1: a short gap remains between comparing and writing. */
  readonly compareAndSwap: boolean;
}

export type PushView =
  | { readonly state: 'pushed' | 'nothing'; readonly version: string | null; readonly changes: number }
  | { readonly state: 'conflict'; readonly review: ReviewView };

export type PathState =
  | { readonly state: 'free' }
  | { readonly state: 'taken'; readonly variables: number }
  | { readonly state: 'linked'; readonly environment: string }
  /** The login may not read there. */
  | { readonly state: 'unknown'; readonly failure: Failure };

export interface VersionView {
  readonly version: string;
  readonly createdAt: number;
  readonly state: 'current' | 'kept' | 'deleted' | 'destroyed';
  readonly labels: readonly string[];
  /** The version that this environment's values are of. */
  readonly pulled: boolean;
}

export const MIGRATION_STEPS = ['read', 'write', 'verify', 'link', 'remove'] as const;

/** A move to another path. While it is not `done` both secrets are there, or the old one alone. */
export interface MigrationView {
  readonly environmentId: string;
  readonly from: string;
  readonly to: string;
  readonly step: (typeof MIGRATION_STEPS)[number];
  readonly state: 'running' | 'stopped' | 'done';
  readonly failure: Failure | null;
  /** How the old one can come back, once removed. */
  readonly removal: RemovalView | null;
}

export type RemovalView =
  | { readonly kind: 'soft'; readonly version: string }
  | { readonly kind: 'scheduled'; readonly until: number }
  | { readonly kind: 'permanent' };
