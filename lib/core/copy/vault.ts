import type { ErrorDetails } from '@/lib/core/errors';
import type { ProviderKind } from '@/lib/core/model';
import type { TestStepName } from '@/lib/core/test-steps';

import { plural } from './common';

/** Labels of the form: the product's fixed words. */
export const vaultLabels = {
  url: 'Vault URL',
  auth: 'Authentication',
  token: 'Token',
  roleId: 'Role ID',
  secretId: 'Secret ID',
  namespace: 'Namespace',
  enginePath: 'Engine Path',
  verifySsl: 'Verify SSL',
  autoSync: 'Auto Sync',
  region: 'Region',
  accessKeyId: 'Access Key ID',
  secretAccessKey: 'Secret Access Key',
  sessionToken: 'Session Token',
  prefix: 'Path prefix',
  endpoint: 'Custom endpoint',
} as const;

export type VaultField = keyof typeof vaultLabels;

export const vaultCopy = {
  title: 'Vault',
  introGlobal: 'Where variables come from in each workspace that has no connection of its own.',
  introOf: (workspace: string) => `Where the variables of ${workspace} come from.`,
  scopeLabel: 'Settings for',
  globalDefaults: 'Global defaults',
  thisWorkspace: 'This workspace',
  fromDefaults: 'sealed for the global defaults',
  ownText: (workspace: string) => `${workspace} has a connection of its own.`,
  reset: 'Reset to global defaults',
  inherits: (workspace: string) => `${workspace} uses the global defaults.`,
  inheritsText:
    'You see them below. An override gives this workspace settings and credentials of its own; the defaults stay as they are.',
  override: 'Override for this workspace',
  editDefaults: 'Edit global defaults',
  overriding: (workspace: string) => `A connection of its own for ${workspace}.`,
  overridingText:
    'It starts with the settings of the global defaults, without their credentials. Nothing changes before you save.',
  overrideKeep: 'Keep the defaults',
  onlyGlobal: (workspace: string) => `${workspace} uses the global defaults.`,
  onlyGlobalText: 'Your organization keeps all workspaces on them.',
  resetTitle: (workspace: string) => `Reset ${workspace} to the global defaults?`,
  resetText: (workspace: string) =>
    `The settings and credentials of ${workspace} alone are forgotten. Its environments and testers stay, but their values are pulled anew and destinations asked about again.`,
  resetKeep: 'Keep its own connection',
  resetDo: 'Reset to global defaults',
  resetDone: (workspace: string) => `${workspace} uses the global defaults.`,
  workspaceGone: 'This workspace is no longer there.',
  workspaceGoneText: 'Choose one in the side bar, or look at the global defaults.',
  savedOwn: (workspace: string) => `For ${workspace} alone; the global defaults are as they were.`,
  auths: {
    token: 'Token',
    approle: 'AppRole',
    keys: 'Access Keys',
    profile: 'Profile',
    'default-chain': 'Default Chain',
  },
  names: {
    token: 'token',
    roleId: 'role ID',
    secretId: 'secret ID',
    accessKeyId: 'access key ID',
    secretAccessKey: 'secret access key',
    sessionToken: 'session token',
  },
  hints: {
    url: 'Scheme, host and port. OpenBao and HCP Vault work too.',
    token: 'A service token starts with hvs. or s.',
    roleId: 'Names the role, like a user name.',
    secretId: 'Role ID and Secret ID are sealed together.',
    namespace: 'Used at the AppRole login only. For everything else, write the namespace into Engine Path.',
    enginePath: 'The full mount path, namespaces included.',
    verifySslOn:
      'Your browser checks the certificate. Turn off only for a self-signed development server; Keyferry then guides you to accept it in a tab.',
    autoSync: 'Pulls after each unlock.',
    region: 'Shown at the top right of the AWS console.',
    accessKeyId: 'Starts with AKIA, or with ASIA for temporary keys.',
    secretAccessKey: 'Shown once, when the key is created.',
    sessionToken: 'Only for temporary keys (ASIA …)',
    prefix: 'Only secrets below it are listed.',
    endpoint: 'A VPC endpoint, a FIPS endpoint or a local emulator.',
  },
  placeholders: {
    url: 'https://vault.example.com:8200',
    region: 'eu-central-1',
    endpoint: 'https://',
    prefix: 'team/',
  },
  advanced: 'Advanced',
  advancedSummary: (prefix: string, endpoint: string) =>
    [prefix && `Path prefix: ${prefix}`, endpoint && `Custom endpoint: ${endpoint}`]
      .filter(Boolean)
      .join(' · ') || 'Path prefix',
  advancedSummaryAws: 'Path prefix, custom endpoint',
  moved: (what: string, host: string) =>
    `The server changed, so the saved ${what} stays sealed. Enter the one for ${host}.`,
  keepSaved: (what: string) => `Keep the saved ${what}`,
  insecureTitle: 'The certificate is not checked against a CA.',
  insecureText:
    'Whoever stands between you and this server can read your token and your secrets. Only for a development server.',
  insecureSteps: [
    'Open the server in a tab. Your browser shows its warning page.',
    'Look at the certificate. If it is the one you expect, accept it there (Advanced, then proceed).',
    'Come back and press Test Connection.',
  ],
  insecureHead: 'Accept the certificate',
  insecureScope: 'From then on requests to this one server use what you accepted in this browser.',
  openServer: (host: string) => `Open ${host}`,
  save: 'Save',
  saving: 'Saving…',
  test: 'Test Connection',
  testing: 'Testing…',
  testAgain: 'Test again',
  saved: 'Saved.',
  savedText: 'Credentials are sealed with your passphrase.',
  awsQuiet: 'Nothing calls AWS before you test or save',
  changed: (fields: readonly string[]) =>
    fields.length === 1 ? `${fields[0]} changed, not saved` : `${fields.length} changes, not saved`,
  unsaved: 'What you changed on Vault',
  fix: (count: number) => `${plural(count, 'field')} ${count === 1 ? 'needs' : 'need'} a look`,
  companionNeeded: 'Needs the Keyferry companion',
  refused: 'Keyferry does not accept this. Check it again.',
} as const;

/** What is wrong with a field, said below it. */
export const vaultProblems = {
  urlEmpty: 'Write the address of your Vault, such as https://vault.example.com:8200.',
  urlScheme: 'Start with https:// and write host and port.',
  urlPath: (path: string) => `Start with https:// and leave out the path “${path}”.`,
  plainHttp: (host: string) => `${host} is not encrypted. Use https; http is for this computer only.`,
  verifySslPublic: (host: string) =>
    `${host} is a public address. Verify SSL can be off for this computer and private networks only.`,
  enginePathEmpty: 'Write the mount path of the KV engine, such as secret.',
  path: 'Leave out “.”, “..”, double slashes and invisible characters.',
  awsPrefix: 'AWS allows letters, digits and / _ + = . @ - only.',
  regionEmpty: 'Write a region, such as eu-central-1.',
  region: 'Regions look like eu-central-1.',
  endpoint: 'Start with https:// and leave out the path. http is for this computer only.',
  required: (label: string) => `Enter the ${label}.`,
} as const;

const said = (facts: ErrorDetails, name: string) => {
  const fact = facts[name];
  return fact === undefined || fact === '' ? null : String(fact);
};

/** `3600` → `1 hour`; the largest unit that gives a whole or nearly whole number. */
function duration(seconds: number): string {
  if (seconds >= 172_800) return plural(Math.round(seconds / 86_400), 'day');
  if (seconds >= 5_400) return plural(Math.round(seconds / 3_600), 'hour');
  if (seconds >= 3_600) return '1 hour';
  if (seconds >= 90) return plural(Math.round(seconds / 60), 'minute');
  return plural(seconds, 'second');
}

function life({ ttl, renewable, usesLeft }: ErrorDetails): string {
  const uses = typeof usesLeft === 'number' ? ` It has ${plural(usesLeft, 'use')} left.` : '';
  if (typeof ttl !== 'number') return uses;
  if (ttl === 0) return ` It does not expire.${uses}`;
  return ` It lives ${duration(ttl)}${renewable === 'yes' ? ' and renews itself' : ''}.${uses}`;
}

type Notes = Record<TestStepName, (facts: ErrorDetails) => string>;

const listed = (facts: ErrorDetails) => {
  const prefix = said(facts, 'prefix');
  const secrets = typeof facts.secrets === 'number' ? plural(facts.secrets, 'secret') : 'Secrets';
  const missed = typeof facts.unlisted === 'number' ? facts.unlisted : 0;
  return [
    `${secrets}${prefix ? ` below ${prefix}` : ''}`,
    ...(missed > 0 ? [`${plural(missed, 'folder')} may not be listed`] : []),
  ].join('; ');
};

const hashicorpNotes: Notes = {
  reach: (facts) => [`Version ${said(facts, 'version') ?? 'unknown'}`, 'unsealed'].join(', '),
  authenticate: (facts) => `${facts.auth === 'approle' ? 'AppRole' : 'Token'} accepted.${life(facts)}`,
  place: (facts) =>
    `${said(facts, 'engine') ?? 'The engine'} is KV version ${said(facts, 'kv') ?? '2'}${
      facts.cas === 'yes' ? ', with check-and-set' : ''
    }`,
  list: listed,
};

const awsNotes: Notes = {
  reach: (facts) => `${said(facts, 'host') ?? 'Secrets Manager'} answers`,
  authenticate: () => 'Key and signature accepted',
  place: (facts) => `${said(facts, 'region') ?? 'The region'} is open to this account`,
  list: listed,
};

export const testCopy = {
  label: 'Connection',
  idleTitle: 'Not tested yet',
  idleText: 'Test Connection tries what is in the form, step by step. Nothing is saved by it.',
  runningTitle: 'Testing',
  doneTitle: 'Connected',
  stoppedAt: (step: string) => `Stopped at “${step}”`,
  cancelledTitle: 'Cancelled',
  outdatedTitle: 'Tested before your changes',
  justNow: 'just now',
  fixLabel: 'To fix it:',
  copyPolicy: 'Copy policy',
  openGuide: 'Open the guide',
  copyOrigin: 'Copy origin',
  grantAccess: 'Grant access',
  useOther: (other: string) => `Use ${other}`,
  announce: (step: string, note: string) => `${step}: ${note}`,
  steps: (provider: ProviderKind): Record<TestStepName, string> => ({
    reach: 'Reach',
    authenticate: 'Authenticate',
    place: provider === 'hashicorp' ? 'Engine path' : 'Region',
    list: 'List',
  }),
  /** One line of result, from the facts that the provider gave. */
  note: (provider: ProviderKind, step: TestStepName, facts: ErrorDetails): string =>
    (provider === 'aws' ? awsNotes : hashicorpNotes)[step](facts),
  ms: (ms: number) => `${Math.round(ms)} ms`,
} as const;

export const pullCopy = {
  head: 'Pull and push',
  synced: (count: number, workspace: string) =>
    `${plural(count, 'synced environment')}${workspace ? ` in ${workspace}` : ''}`,
  lastPull: (ago: string) => `Last pull ${ago}`,
  never: 'Never pulled',
  pullAll: 'Pull All',
  edited: (count: number) => plural(count, 'edited environment'),
  editedNote: (first: string, changes: number, others: number) =>
    others > 0 ? `${first} and ${plural(others, 'other')}` : `${first}, ${plural(changes, 'change')}`,
  push: 'Push…',
  pulling: 'Pulling…',
  saveFirst: 'Save the changes first: a pull uses the saved connection.',
  saveBefore: 'Save a connection first.',
  title: (workspace: string) => `Pulling ${workspace}`,
  cancelledTitle: (done: number, total: number) => `Cancelled at ${done} of ${total}`,
  cancelledNote: 'what was pulled stays',
  interruptedTitle: (done: number, total: number) => `Interrupted at ${done} of ${total}`,
  interruptedNote: 'your browser restarted Keyferry; what was pulled stays',
  goOn: 'Go on',
  listing: 'listing …',
  spoken: (done: number, total: number) => `Pulled ${done} of ${total}`,
  doneToast: (count: number) => `Pulled ${plural(count, 'environment')}.`,
  doneText: (read: number, unchanged: number) => `${read} read, ${unchanged} unchanged.`,
  someFailed: (count: number) => `${plural(count, 'path')} failed in the last pull.`,
  seeResult: 'See result',
} as const;

/** The page of one pull's result. */
export const pullResultCopy = {
  title: 'Pull result',
  heading: (kind: string, pulled: number, failed: number) =>
    `${kind === 'pull-all' ? 'Pull All' : 'Pull'}: ${pulled} pulled${failed > 0 ? `, ${failed} failed` : ''}`,
  headingRunning: (kind: string) => (kind === 'pull-all' ? 'Pull All' : 'Pull'),
  summary: (total: number, seconds: string, clock: string) =>
    `${plural(total, 'secret')} · ${seconds} s · finished at ${clock}`,
  bar: (parts: readonly string[]) => parts.join(', '),
  unchanged: (count: number) => `${count} unchanged`,
  changed: (count: number) => `${count} changed`,
  created: (count: number) => plural(count, 'new environment'),
  missing: (count: number) => `${count} missing`,
  failed: (count: number) => `${count} failed`,
  failedHead: 'Failed',
  failedNote: 'Their values from the last pull are still usable',
  path: 'Path',
  happened: 'What happened, and what to do',
  actions: 'Actions',
  folder: 'folder, could not be listed',
  pullAlone: 'Pull alone',
  retry: 'Retry',
  retryFailed: (count: number) => `Retry ${count} failed`,
  pullAgain: 'Pull again',
  copyReport: 'Copy report',
  reportCopied: 'Report copied.',
  reportNote: 'Paths and reasons, no values.',
  allGood: 'Nothing failed.',
  allGoodText: 'Every secret that was listed is in memory or was unchanged.',
  toEnvironments: 'Open Environments',
  gone: 'This pull is no longer known',
  goneText: 'Keyferry keeps the last pull only.',
  toVault: 'Open Vault',
} as const;
