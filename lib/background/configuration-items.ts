import type { FileEnvironment, FileTester, FileWorkspace } from '@/lib/core/configuration';
import { toAppError } from '@/lib/core/errors';
import type { Environment, LockSettings, ProviderSettings, Scope, Tester } from '@/lib/core/model';
import type { ConfigurationItem } from '@/lib/messaging/configuration';
import type { WorkspaceRow } from '@/lib/storage/db';

import type { Stored } from './configuration-stored';
import type { PolicyInForce } from './policy';

/** What an imported connection writes. */
export interface ConnectionPlan {
  readonly form: ProviderSettings;
  /** The scope uses this provider from then on. */
  readonly activates: boolean;
  readonly keepsCredentials: boolean;
}

/** What stands here, as far as a file is compared with it. */
export interface Here {
  readonly stored: Stored;
  readonly lock: LockSettings;
  /** Environments with unsaved changes. */
  readonly edited: ReadonlySet<string>;
  readonly policy: Pick<PolicyInForce, 'checkForm' | 'checkTester' | 'checkDestination'>;
  /** Whether the browser gives access to a site. */
  readonly hasAccess: (origin: string) => boolean;
}

/** What an item writes once it is chosen. Ids are the file's: what they are here is found when it is written. */
export type Write =
  | { readonly kind: 'lock'; readonly settings: LockSettings }
  | ({ readonly kind: 'connection'; readonly scope: Scope } & ConnectionPlan)
  | { readonly kind: 'workspace'; readonly file: FileWorkspace; readonly local: WorkspaceRow | null }
  | {
      readonly kind: 'environment';
      readonly workspace: string;
      readonly file: FileEnvironment;
      readonly local: Environment | null;
      readonly production: boolean;
      readonly moved: boolean;
    }
  | {
      readonly kind: 'tester';
      readonly workspace: string;
      readonly file: FileTester;
      readonly local: Tester | null;
    }
  | {
      readonly kind: 'grant';
      readonly origin: string;
      readonly environment: string;
      readonly destination: string;
    };

export interface PlannedItem {
  readonly view: ConfigurationItem;
  readonly write: Write;
}

/** The file's ids of what is here already. */
export interface Matches {
  readonly workspaces: ReadonlyMap<string, WorkspaceRow>;
  readonly environments: ReadonlyMap<string, Environment>;
  /** Ids of workspaces and environments that are in use here. */
  readonly taken: ReadonlySet<string>;
}

/** What is known of an item beside its name and change. */
export type Part = Partial<Pick<ConfigurationItem, 'provider' | 'refusal' | 'fields' | 'notes' | 'needs'>>;

/** Takes an item into the plan. */
export type Add = (
  id: string,
  name: string,
  workspace: string | null,
  change: 'new' | 'changed' | 'same',
  write: Write,
  part?: Part,
) => void;

/** An error as an item's refusal. */
export function failure(error: unknown): ConfigurationItem['refusal'] {
  const { code, details } = toAppError(error);
  return { code, details };
}
