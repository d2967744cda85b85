import type { LockSettings, ProviderKind, Workspace } from '@/lib/core/model';

import type { Failure } from './views';

/** What the pages see of workspaces, of the configuration file and of the organization's policy. */

export interface WorkspaceView extends Workspace {
  readonly environments: number;
  /** Environments with unsaved changes: they are lost when the workspace is deleted. */
  readonly edited: number;
  readonly testers: number;
  /** Whether it has a connection of its own over the global defaults. */
  readonly override: boolean;
}

/** A file to save: no value, token or key is in it. */
export interface ConfigurationFileView {
  /** Proposed file name. */
  readonly name: string;
  readonly text: string;
}

export type ConfigurationKind = 'lock' | 'connection' | 'workspace' | 'environment' | 'tester' | 'grant';

/** What else comes of an item, to be said beside it. */
export type ImportNote =
  /** Nothing connects there before the user enters credentials. */
  | 'credentials-needed'
  /** The stored credentials are for another server and are forgotten. */
  | 'credentials-forgotten'
  | 'auto-sync-stays-off'
  | 'verify-ssl-stays-on'
  | 'production-kept'
  /** Points elsewhere: its destinations have to be allowed anew, its values are forgotten. */
  | 'grants-dropped'
  /** A destination is a proposal until the user accepts it. */
  | 'proposal'
  /** The browser has to be asked for access to the site. */
  | 'access-needed'
  /** Where the file is looser than what is set here, what is set here stays. */
  | 'stricter-kept';

/** One thing that the file would change. */
export interface ConfigurationItem {
  /** Names it in `choices`. */
  readonly id: string;
  readonly kind: ConfigurationKind;
  /** Name of the workspace it belongs to; `null` for the global defaults and the lock. */
  readonly workspace: string | null;
  /** Workspace, environment or server name, site, or destination. */
  readonly name: string;
  /** Kind `connection` only. */
  readonly provider: ProviderKind | null;
  readonly change: 'new' | 'changed' | 'same' | 'refused';
  /** Why it is refused, with the error's own sentence. */
  readonly refusal: Failure | null;
  /** What changes, field by field, as text. `null`: it had none. */
  readonly fields: readonly {
    readonly field: string;
    readonly before: string | null;
    readonly after: string;
  }[];
  readonly notes: readonly ImportNote[];
  /** Items that have to come too, or be there already: the new workspace of an environment, say. */
  readonly needs: readonly string[];
}

export interface ConfigurationPreview {
  /** Names the preview; an import of another one is refused. */
  readonly id: string;
  /** When the file was written, in milliseconds since the epoch. */
  readonly exportedAt: number;
  readonly items: readonly ConfigurationItem[];
}

export interface ImportResult {
  readonly imported: number;
  /** Chosen items that were left out, as something they need was not chosen. */
  readonly left: readonly string[];
}

/** "Set by your organization": what the policy holds fast. Absent from a view when there is no policy. */
export interface ManagedView {
  /** What cannot be changed of the global defaults: `provider`, `hashicorp.url`, `aws.region` … */
  readonly locked: readonly string[];
  /** Workspaces may not have a connection of their own. */
  readonly globalOnly: boolean;
  /** Origin patterns: what is allowed is an exception of what is blocked. */
  readonly testers: OriginRules;
  readonly destinations: OriginRules;
  /** The most that the user may set, in minutes and seconds; 0 is no longer "never" where one is given. */
  readonly lock: Partial<LockSettings>;
  /** Parts of the policy that could not be read and are not in force, for the administrator. */
  readonly problems: readonly string[];
}

export interface OriginRules {
  readonly blocked: readonly string[];
  readonly allowed: readonly string[];
}
