import type { ErrorCode, ErrorDetails } from './errors';

/** Everything here is metadata: it may be stored on disk. No value, token, key or variable name. */

export type ProviderKind = 'hashicorp' | 'aws';

/** Where a connection belongs: the global defaults, or one workspace (its id). */
export type Scope = 'global' | (string & {});

export interface HashicorpSettings {
  /** Scheme, host and port; no path. */
  readonly url: string;
  readonly auth: 'token' | 'approle';
  /** Used at the AppRole login only. */
  readonly namespace: string;
  /** The full mount path, namespaces included, without slashes at its ends. */
  readonly enginePath: string;
  readonly verifySsl: boolean;
  readonly autoSync: boolean;
  /** Only secrets below this folder are listed; '' for all. */
  readonly prefix: string;
}

export interface AwsSettings {
  readonly region: string;
  readonly auth: 'keys' | 'profile' | 'default-chain';
  readonly autoSync: boolean;
  readonly prefix: string;
  /** Origin of a VPC endpoint, FIPS endpoint or local emulator; '' for the region's own. */
  readonly endpoint: string;
}

export type HashicorpCredentials =
  | { readonly kind: 'token'; readonly token: string }
  | { readonly kind: 'approle'; readonly roleId: string; readonly secretId: string };

export interface AwsCredentials {
  readonly kind: 'keys';
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
}

export interface SettingsOf {
  hashicorp: HashicorpSettings;
  aws: AwsSettings;
}

export interface CredentialsOf {
  hashicorp: HashicorpCredentials;
  aws: AwsCredentials;
}

/** A provider with its settings, for code that treats both alike. */
export type ProviderSettings =
  | { readonly provider: 'hashicorp'; readonly settings: HashicorpSettings }
  | { readonly provider: 'aws'; readonly settings: AwsSettings };

export type Credentials = HashicorpCredentials | AwsCredentials;

export interface Workspace {
  readonly id: string;
  readonly name: string;
  readonly order: number;
}

export const ENVIRONMENT_STATES = [
  'not pulled',
  'pulling',
  'fresh',
  'stale',
  'edited',
  'conflict',
  'missing',
  'failed',
  'session only',
] as const;
export type EnvironmentState = (typeof ENVIRONMENT_STATES)[number];

export interface Environment {
  readonly id: string;
  readonly workspaceId: string;
  readonly name: string;
  /** Vault Sync. */
  readonly sync: boolean;
  /** Path of the secret within the engine (or the AWS secret name), the prefix included. */
  readonly path: string;
  readonly production: boolean;
  /** The provider's version of the last pull: KV v2 number or AWS version id as text. */
  readonly version?: string | undefined;
  /** Milliseconds since the epoch. */
  readonly pulledAt?: number | undefined;
  /** The last pull found no secret at the path. */
  readonly missing?: boolean | undefined;
  readonly failure?: { readonly code: ErrorCode; readonly details: ErrorDetails } | undefined;
}

/** What kind of tester a page is, as far as the bridge can tell. */
export const TESTER_KINDS = [
  'swagger-ui',
  'scalar',
  'rapidoc',
  'elements',
  'graphiql',
  'altair',
  'hoppscotch',
  'other',
] as const;
export type TesterKind = (typeof TESTER_KINDS)[number];

export interface Tester {
  readonly id: string;
  /** Page origin: scheme, host and port. */
  readonly origin: string;
  readonly kind: TesterKind;
  readonly workspaceId: string;
  readonly environmentId: string;
  readonly enabledAt: number;
}

/** Permission to send one environment's values from one tester to one API origin. */
export interface Grant {
  readonly id: string;
  readonly testerId: string;
  readonly environmentId: string;
  /** API origin. */
  readonly destination: string;
  /** Connection, server and path the environment had; when they change the grant is gone. */
  readonly boundTo: string;
  readonly grantedAt: number;
}

export interface LockSettings {
  /** Minutes without input until the lock; 0 = never. */
  readonly idleMinutes: number;
  /** Minutes since the unlock until the lock, whatever happens; 0 = never. */
  readonly maxMinutes: number;
  /** Seconds until a copied value is cleared from the clipboard; 0 = never. */
  readonly clipboardSeconds: number;
}

export const DEFAULT_LOCK_SETTINGS: LockSettings = { idleMinutes: 15, maxMinutes: 480, clipboardSeconds: 30 };

export const DEFAULT_HASHICORP: HashicorpSettings = {
  url: '',
  auth: 'token',
  namespace: '',
  enginePath: 'secret',
  verifySsl: true,
  autoSync: false,
  prefix: '',
};

export const DEFAULT_AWS: AwsSettings = {
  region: '',
  auth: 'keys',
  autoSync: false,
  prefix: '',
  endpoint: '',
};
