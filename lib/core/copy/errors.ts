import { WRITTEN } from '@/lib/core/errors';
import type { ErrorCode, ErrorDetails } from '@/lib/core/errors';
import type { PathProblem } from '@/lib/core/paths';

import { commonCopy, plural, timeAgo } from './common';
import { vaultCopy, vaultLabels, type VaultField } from './vault';

export interface ErrorText {
  /** What happened and where, in one or two sentences. */
  readonly sentence: string;
  /** What to do now, short enough for a button or a line of its own. */
  readonly next: string;
}

type Write = (details: ErrorDetails) => ErrorText;

/** A detail as text, or the words that stand for it when the error does not say. */
function said(details: ErrorDetails, name: string, otherwise: string): string {
  const detail = details[name];
  return detail === undefined || detail === '' ? otherwise : String(detail);
}

/** `counted(details, 'count', 'variable')` → `3 variables`; without the number `the variables`. */
function counted(details: ErrorDetails, name: string, one: string): string {
  const count = details[name];
  return typeof count === 'number' ? plural(count, one) : `the ${one}s`;
}

const host = (details: ErrorDetails) => said(details, 'host', 'The server');
const path = (details: ErrorDetails, otherwise = 'This secret') => said(details, 'path', otherwise);

/** Scopes are the global defaults or a workspace's id, which says nothing to a person. */
function scope(details: ErrorDetails): string {
  if (details.scope === undefined) return 'this connection';
  return details.scope === 'global' ? 'the global defaults' : 'this workspace';
}

/** Words for a closed set of details, else what stands for them. */
function worded(words: Readonly<Record<string, string>>, word: string, otherwise: string): string {
  return Object.hasOwn(words, word) ? (words[word] ?? otherwise) : otherwise;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** What the provider is called in a sentence. */
function provider(details: ErrorDetails): string {
  const known: Readonly<Record<string, string>> = commonCopy.providersShort;
  const named = said(details, 'provider', 'The server');
  return known[named] ?? named;
}

const FORMS: Readonly<Record<string, string>> = {
  json: 'a JSON value',
  text: 'plain text',
  binary: 'binary data',
};

const UNSUPPORTED: Readonly<Record<string, string>> = {
  page: 'Keyferry cannot work on this page: your browser keeps extensions out.',
};

const PATH_PROBLEMS: Record<PathProblem, string> = {
  empty: 'it is empty',
  'trailing-slash': '“/” at the end',
  'empty-segment': 'an empty segment',
  dots: '“.” or “..” as a segment',
  control: 'a control or invisible character',
  'aws-sign': 'a sign that AWS does not allow',
  'too-long': 'longer than 512 characters',
};

const VARIABLE_PROBLEMS = {
  taken: (details) => `There is a variable named ${said(details, 'name', 'so')} already.`,
  json: (details) => `The value of ${said(details, 'name', 'this variable')} is not JSON.`,
  whole: () => 'This secret is one value, not variables.',
  base64: (details) => `The value of ${said(details, 'name', 'this variable')} is not base64.`,
  empty: (details) =>
    `AWS keeps no empty secret: ${said(details, 'name', 'the value')} needs at least one character.`,
  'no-variables': () => 'KV version 1 keeps no secret without variables.',
  'half-sign': (details) =>
    `${said(details, 'name', 'This variable')} has half of a sign in it, which the server would replace.`,
} satisfies Record<string, (details: ErrorDetails) => string>;

type VariableProblem = keyof typeof VARIABLE_PROBLEMS;

const vaultKey = {
  'wrong-passphrase': () => ({
    sentence: 'That passphrase does not open Keyferry. Check Caps Lock and the keyboard layout.',
    next: 'Type it again',
  }),
  'record-damaged': (details) => ({
    sentence: `The sealed credentials of ${scope(details)} are damaged and cannot be opened. Everything else is fine.`,
    next: 'Enter credentials again',
  }),
  'record-moved': (details) => ({
    sentence: `The server of ${scope(details)} changed, so its saved credentials stay sealed.`,
    next: `Enter credentials for ${said(details, 'host', 'the new server')}`,
  }),
  'record-weak': () => ({
    sentence:
      'The stored key settings are weaker than Keyferry accepts. Someone may have changed them, so nothing was opened.',
    next: 'Wipe everything and set up again',
  }),
  locked: () => ({ sentence: 'Keyferry is locked.', next: 'Unlock' }),
  'locked-meanwhile': () => ({
    sentence: 'Keyferry locked while this was running.',
    next: 'Unlock and go on',
  }),
  'not-set-up': () => ({ sentence: 'Keyferry is not set up yet.', next: 'Set up Keyferry' }),
  'already-set-up': () => ({
    sentence: 'Keyferry already has a passphrase. It stays as it is.',
    next: 'Unlock',
  }),
  'credentials-missing': () => ({
    sentence: 'No credentials are saved for this connection.',
    next: 'Enter credentials',
  }),
} satisfies Partial<Record<ErrorCode, Write>>;

const browserItself = {
  'worker-restarted': () => ({
    sentence: 'Your browser restarted Keyferry during the request. It may have arrived.',
    next: 'Check, then send again',
  }),
  'host-permission': (details) => ({
    sentence: `Your browser has not given Keyferry access to ${said(details, 'host', 'this server')}.`,
    next: 'Grant access',
  }),
  'memory-full': (details) => ({
    sentence: `${said(details, 'megabytes', 'Too many')} MB of values do not fit beside the others (10 MB for all).`,
    next: 'Pull one by one, or narrow the prefix and delete the others here',
  }),
  'clipboard-denied': () => ({
    sentence: 'Your browser refused the clipboard.',
    next: 'Reveal the value instead',
  }),
  'not-supported-here': (details) => ({
    sentence: worded(UNSUPPORTED, said(details, 'what', ''), 'This browser cannot do that for an extension.'),
    next: 'Use another way or another browser',
  }),
} satisfies Partial<Record<ErrorCode, Write>>;

const reaching = {
  offline: () => ({
    sentence: 'This computer is offline. Values already pulled keep working.',
    next: 'Retry',
  }),
  unreachable: (details) => ({
    sentence: `${host(details)} does not answer. Is the VPN on, and is the address right?`,
    next: 'Retry or edit the address',
  }),
  'tls-untrusted': (details) => ({
    sentence: `Your browser does not trust the certificate of ${said(details, 'host', 'this server')}. Install its CA, or for a development server switch Verify SSL off and accept the certificate in a tab.`,
    next: `Open ${said(details, 'host', 'the server')} in a tab, then test again`,
  }),
  'tls-not-accepted': (details) => ({
    sentence: `Verify SSL is off, but the certificate of ${said(details, 'host', 'this server')} is not accepted in this browser yet. A server under HSTS offers no way to accept it.`,
    next: `Open ${said(details, 'host', 'the server')} in a tab, accept, test again`,
  }),
  'host-unknown': (details) => ({
    sentence: `There is no server named ${said(details, 'host', 'this')}.`,
    next: 'Edit the address',
  }),
  refused: (details) => ({
    sentence: `${host(details)} refuses connections on ${details.port === undefined ? 'this port' : `port ${details.port}`}.`,
    next: 'Edit the address or retry',
  }),
  'connection-reset': (details) => ({
    sentence: `${host(details)} broke the connection off. A proxy or firewall in between may do that.`,
    next: 'Retry',
  }),
  'plain-http': (details) =>
    details.what === 'destination'
      ? {
          sentence: `${host(details)} is not encrypted. A destination over http on another computer cannot be allowed for good.`,
          next: 'Use https, or allow each request by itself',
        }
      : {
          sentence: `${host(details)} is not encrypted. Keyferry sends credentials over http only to this computer.`,
          next: 'Use https',
        },
  timeout: (details) => ({
    sentence: `${host(details)} took longer than ${said(details, 'seconds', '30')} s.`,
    next: 'Retry',
  }),
  redirected: (details) => ({
    sentence: `${host(details)} pointed to ${said(details, 'other', 'another address')}. Keyferry did not follow, to keep your credentials here.`,
    next: `Use ${said(details, 'other', 'the address it points to')}`,
  }),
  cancelled: () => ({ sentence: 'Cancelled.', next: 'Start again' }),
  'malformed-answer': (details) =>
    details.fault === undefined
      ? {
          sentence: `${host(details)} answered in a form that Keyferry does not know. Is it a login page or a proxy?`,
          next: 'Check the address',
        }
      : {
          sentence: `${host(details)} refused ${said(details, 'action', 'the call')}${
            details.path === undefined ? '' : ` for ${details.path}`
          }: ${details.fault}.`,
          next: 'Look this code up in AWS’s reference',
        },
} satisfies Partial<Record<ErrorCode, Write>>;

const vault = {
  'origin-refused': () => ({
    sentence:
      'Vault’s CORS settings refuse this extension. Its operator has to allow the extension’s origin.',
    next: 'Ask Vault’s operator, then test again',
  }),
  sealed: () => ({ sentence: 'Vault is sealed. Its operator has to unseal it.', next: 'Retry' }),
  'not-initialised': () => ({
    sentence: 'This Vault was never initialised.',
    next: 'Edit the address',
  }),
  'no-active-node': () => ({
    sentence: 'No Vault node is active just now. This usually passes in seconds.',
    next: 'Retry',
  }),
  'standby-behind': () => ({
    sentence: 'This Vault node is behind its leader just now. This usually passes in seconds.',
    next: 'Retry',
  }),
  'namespace-unknown': (details) => ({
    sentence: `There is no namespace ${said(details, 'namespace', 'of this name')}.`,
    next: 'Edit Namespace',
  }),
  'namespace-locked': (details) => ({
    sentence: `The namespace ${said(details, 'namespace', 'of this login')} is locked by its operator.`,
    next: 'Ask Vault’s operator, then retry',
  }),
  'token-invalid': () => ({
    sentence: 'Vault does not know this token. Service tokens start with hvs.',
    next: 'Replace Token',
  }),
  'token-expired': (details) => ({
    sentence: `The token expired${typeof details.at === 'number' ? ` ${timeAgo(details.at, Date.now())}` : ''}.`,
    next: 'Replace Token or use AppRole',
  }),
  'token-uses': (details) => ({
    sentence: `This token has ${said(details, 'left', 'too few')} uses left; a pull needs about ${said(details, 'needed', 'one for each secret')}.`,
    next: 'Replace Token or pull one environment',
  }),
  'token-wrapped': () => ({
    sentence: 'This is a wrapping token: it opens once and holds another token.',
    next: 'Unwrap it and enter the token inside',
  }),
  'approle-refused': (details) =>
    details.reason === 'address'
      ? {
          sentence: 'This AppRole may not log in from this computer’s address.',
          next: 'Use another network or ask Vault’s operator',
        }
      : {
          sentence: 'Role ID or Secret ID was refused. The Secret ID may be expired or used up.',
          next: 'Replace Secret ID',
        },
  'approle-locked': () => ({
    sentence: 'Too many refused logins: Vault locks this role for about 15 minutes.',
    next: 'Try again later',
  }),
  'approle-incomplete': () => ({
    sentence: 'AppRole needs both Role ID and Secret ID.',
    next: 'Enter both',
  }),
  'approle-missing': (details) => ({
    sentence: `AppRole is not enabled at auth/approle${details.namespace === undefined ? '' : ` of the namespace ${details.namespace}`}.`,
    next: 'Check Namespace, or use Token',
  }),
  denied: (details) => ({
    sentence: `This login may not ${said(details, 'action', 'read')} ${path(details, 'this secret')}.`,
    next: details.permission === undefined ? 'Ask for the right policy' : `Ask for ${details.permission}`,
  }),
  'engine-not-found': (details) => ({
    sentence: `No KV engine at ${said(details, 'engine', 'this path')}, or this login may not see it. Write the full mount path, without data/ or metadata/.`,
    next: 'Edit Engine Path',
  }),
  'engine-other': (details) => ({
    sentence: `${said(details, 'engine', 'This path')} is ${details.type === undefined ? 'another kind of' : `a ${details.type}`} engine. Keyferry needs KV.`,
    next: 'Edit Engine Path',
  }),
  'engine-upgrading': (details) => ({
    sentence: `${said(details, 'engine', 'The engine')} is being upgraded to KV version 2. This usually passes in seconds.`,
    next: 'Retry',
  }),
  'header-required': () => ({
    sentence:
      'This Vault asks for the header X-Vault-Request, and something between here and Vault removed it.',
    next: 'Check the proxy, then retry',
  }),
  'no-cas': () => ({
    sentence:
      'KV version 1 cannot check for a newer version. Keyferry compares just before it writes; a short gap remains.',
    next: 'Push or cancel',
  }),
  'too-many-strings': (details) => ({
    sentence:
      details.strings === undefined
        ? `OpenBao takes 498 variables in one write; this has ${said(details, 'count', 'more')}.`
        : `OpenBao takes 1000 strings in one write, names and texts together; this has ${details.strings}.`,
    next: 'Split the environment',
  }),
  'number-unsafe': (details) => ({
    sentence: `The number in ${said(details, 'name', 'a variable')} has more digits than KV version 2 keeps, so it would be changed.`,
    next: 'Make it a string',
  }),
} satisfies Partial<Record<ErrorCode, Write>>;

const aws = {
  'key-unknown': () => ({
    sentence: 'AWS does not know this Access Key ID.',
    next: 'Replace Access Key ID',
  }),
  'signature-wrong': () => ({
    sentence: 'The Secret Access Key does not belong to this Access Key ID.',
    next: 'Replace Secret Access Key',
  }),
  'session-expired': () => ({
    sentence: 'The Session Token expired.',
    next: 'Replace the three values',
  }),
  'clock-skew': (details) => ({
    sentence: `This computer’s clock is ${said(details, 'minutes', 'more than 5')} min off; AWS allows 5. Keyferry corrected for it once and was still refused.`,
    next: 'Set the clock, then retry',
  }),
  'region-wrong': (details) => ({
    sentence: `${said(details, 'region', 'This region')} does not answer as an AWS region, or is not open to this account.`,
    next: 'Edit Region',
  }),
  'region-invalid': (details) => ({
    sentence: `${said(details, 'region', 'This')} is not the name of an AWS region. They look like eu-central-1.`,
    next: 'Edit Region',
  }),
  'region-empty': (details) => ({
    sentence: `No secrets${details.prefix ? ` below ${details.prefix}` : ''} in ${said(details, 'region', 'this region')}. Are they in another region?`,
    next: 'Edit Region or the prefix',
  }),
  'kms-denied': (details) => ({
    sentence: `The key that encrypts ${path(details, 'this secret')} refuses this login (${said(details, 'permission', 'kms:Decrypt')}).`,
    next: `Ask for ${said(details, 'permission', 'kms:Decrypt')} on that key`,
  }),
  'deletion-pending': (details) => ({
    sentence: `${path(details)} is scheduled for deletion${details.date === undefined ? '' : ` on ${details.date}`}.`,
    next: 'Restore it or choose another path',
  }),
  'helper-missing': (details) => ({
    sentence: `${said(details, 'method', worded(vaultCopy.auths, said(details, 'auth', ''), 'This way'))} needs the Keyferry companion on this computer; a browser cannot read AWS profiles.`,
    next: 'Use Access Keys',
  }),
  'profile-unknown': (details) => ({
    sentence: `The companion finds no profile ${said(details, 'profile', 'of this name')}.`,
    next: 'Choose another profile',
  }),
} satisfies Partial<Record<ErrorCode, Write>>;

const eitherProvider = {
  throttled: (details) => ({
    sentence: `${provider(details)} asks to slow down; ${said(details, 'tries', 'several')} tries did not get through.`,
    next: details.seconds === undefined ? 'Retry in a minute' : `Retry in ${details.seconds} s`,
  }),
  'server-error': (details) => ({
    sentence: `${host(details)} failed with an error of its own${details.status === undefined ? '' : ` (${details.status})`}.`,
    next: 'Retry',
  }),
  missing: (details) => ({
    sentence: `${path(details)} is gone at the provider. The values of the last pull are still here.`,
    next: 'Restore it at the provider or unlink it here',
  }),
  'not-an-object': (details) => ({
    sentence: `${path(details)} holds ${worded(FORMS, said(details, 'form', ''), 'plain text')}, not variables.`,
    next: 'Use it as one variable named VALUE',
  }),
  conflict: (details) => ({
    sentence: `${capital(counted(details, 'count', 'variable'))} ${details.count === 1 ? 'was' : 'were'} changed on both sides. Nothing was written.`,
    next: 'Resolve',
  }),
  'changed-since': (details) => ({
    sentence: `${path(details, 'The secret')} was changed at the provider since it was read here, and was left as it is.`,
    next: 'Pull it, then try again',
  }),
  'verify-failed': (details) => ({
    sentence: `The copy at ${said(details, 'new', 'the new path')} differs from ${said(details, 'old', 'the old one')}. The old path was kept.`,
    next: 'Compare both, or delete the copy',
  }),
  'edited-first': (details) => ({
    sentence: `${said(details, 'name', 'This environment')} has unsaved changes.`,
    next: 'Save or discard them',
  }),
  'not-synced': (details) => ({
    sentence: `Vault Sync is off for ${said(details, 'name', 'this environment')}.`,
    next: 'Switch Vault Sync on',
  }),
  'review-over': () => ({
    sentence: 'The review is out of date. Nothing was written.',
    next: 'Review again',
  }),
  'not-pulled': (details) => ({
    sentence: `The values of ${path(details, 'this environment')} are not in memory, so there is nothing to save.`,
    next: 'Pull from Vault',
  }),
  'variable-invalid': (details) => ({
    sentence:
      VARIABLE_PROBLEMS[said(details, 'reason', '') as VariableProblem]?.(details) ??
      `There is no variable named ${said(details, 'name', 'so')}.`,
    next: details.reason === 'taken' ? 'Choose another name' : 'Edit the variable',
  }),
  'conflict-again': (details) => ({
    sentence: `Others keep writing to ${path(details, 'the secret')}: each of ${said(details, 'tries', 'several')} tries met a newer version. Nothing was written.`,
    next: 'Review again',
  }),
  'outcome-unknown': (details) => ({
    sentence: `The answer to the write was lost, and ${path(details, 'the secret')} cannot be read just now.`,
    next: 'Check now',
  }),
  'path-invalid': (details) => ({
    sentence: `${path(details, 'This path')} cannot be used: ${
      PATH_PROBLEMS[said(details, 'problem', '') as PathProblem] ?? 'it has a sign that is not allowed'
    }.`,
    next: 'Edit the path',
  }),
  'path-taken': (details) => ({
    sentence:
      details.name === undefined
        ? `Something is stored at ${path(details, 'this path')} already.`
        : `${path(details, 'This path')} belongs to the environment ${details.name}.`,
    next: 'Choose another path or link to it',
  }),
  'settings-invalid': (details) => ({
    sentence: `The settings cannot be used as they are${
      details.field === undefined ? '' : `: check ${vaultLabels[details.field as VaultField] ?? 'the fields'}`
    }.`,
    next: 'Edit the settings',
  }),
  'too-large': (details) => ({
    sentence:
      details.kilobytes === undefined || details.most === undefined
        ? `${path(details)} is larger than the provider or Keyferry takes.`
        : `${path(details)} has ${details.kilobytes} KB; ${details.most} KB is the most.`,
    next: 'Split the environment',
  }),
} satisfies Partial<Record<ErrorCode, Write>>;

const onTheWire = {
  unresolved: (details) => ({
    sentence: `{{vault:${said(details, 'name', 'NAME')}}} is in no environment that this tester may use, so the request was stopped.`,
    next: 'Choose another environment or add the variable',
  }),
  'header-illegal': (details) => ({
    sentence: `The value of ${said(details, 'name', 'a variable')} has a line break or a sign that a header cannot carry.`,
    next: 'Edit the value at the provider',
  }),
  'header-forbidden': (details) => ({
    sentence: `The browser sets the header ${said(details, 'header', 'of this request')} itself, so a value cannot go there.`,
    next: 'Use another header',
  }),
  'place-unsupported': (details) => ({
    sentence: `A placeholder stands in the ${said(details, 'place', 'URL or body')}. Keyferry fills headers only for now, so the request was stopped.`,
    next: 'Move it to a header',
  }),
  'request-refused': () => ({
    sentence: 'You refused this request, so it was not sent.',
    next: 'Send it again and allow it',
  }),
  'request-timeout': () => ({
    sentence: 'Nobody answered in time, so the request was not sent.',
    next: 'Send again and answer in the Keyferry popup',
  }),
  'request-gone': () => ({
    sentence: 'The page gave up before you answered.',
    next: 'Send again in the page',
  }),
  'request-changed': () => ({
    sentence: 'The waiting requests changed while you looked. Nothing was sent.',
    next: 'Look at the new card',
  }),
  'not-enabled': (details) => ({
    sentence: `Keyferry is not enabled on ${said(details, 'host', 'this site')}.`,
    next: 'Enable on this site',
  }),
  embedded: () => ({
    sentence: 'Another site shows this tester in a frame, so Keyferry sends no value from it.',
    next: 'Open the tester in a tab of its own',
  }),
  'page-orphaned': () => ({
    sentence: 'Keyferry was updated since this page was loaded.',
    next: 'Reload the page',
  }),
} satisfies Partial<Record<ErrorCode, Write>>;

/** The reasons of `file-invalid`: what is wrong with the file. */
const FILE_PROBLEMS: Readonly<Record<string, string>> = {
  'too-large': 'it is larger than a configuration can be',
  'not-json': 'it is not JSON',
  'not-keyferry': 'it was not written by Keyferry',
  newer: 'a newer Keyferry wrote it',
  'unknown-field': 'a field that does not belong there',
  'wrong-type': 'a field that is missing or of the wrong kind',
  'too-many': 'more entries than Keyferry takes',
  duplicate: 'an entry that is there twice',
  'bad-name': 'a name that cannot be used',
  'bad-address': 'an address that is none',
  'bad-path': 'a path that cannot be used',
  'bad-reference': 'an entry that points to nothing in the file',
  'reserved-name': 'a reserved name',
};

const organisation = {
  tester: 'the use of Keyferry on',
  destination: 'sending values to',
};

/** Words for the fields that a policy can hold fast, for the sentence. */
function lockedField(details: ErrorDetails): string {
  if (details.field === 'scope') return 'that all workspaces use the global defaults';
  if (details.field === 'provider') return 'the provider';
  const label = vaultLabels[details.field as VaultField];
  return label ? `“${label}”` : 'this setting';
}

const configuration = {
  'workspace-missing': () => ({
    sentence: 'This workspace is no longer there.',
    next: 'Choose another workspace',
  }),
  'workspace-last': (details) => ({
    sentence: `${said(details, 'name', 'This')} is the only workspace, and Keyferry needs one.`,
    next: 'Create another one first',
  }),
  'name-taken': (details) => ({
    sentence: `Another one is called ${said(details, 'name', 'that')} already.`,
    next: 'Choose another name',
  }),
  'file-invalid': (details) => ({
    sentence: `This is no configuration that Keyferry can read: ${worded(
      FILE_PROBLEMS,
      said(details, 'reason', ''),
      'it is damaged',
    )}${details.where === undefined ? '' : ` (${details.where})`}${
      details.line === undefined ? '' : `, line ${details.line}`
    }. Nothing was imported.`,
    next: details.reason === 'newer' ? 'Update Keyferry' : 'Choose another file',
  }),
  'preview-over': () => ({
    sentence: 'Something changed here since the preview. Nothing was imported.',
    next: 'Look at the preview again',
  }),
  'tester-known': (details) => ({
    sentence: `${said(details, 'host', 'This site')} is enabled already.`,
    next: 'Choose its environment in the list of testers',
  }),
  'tester-elsewhere': (details) => ({
    sentence: `${said(details, 'host', 'This site')} is enabled in another workspace (${said(details, 'name', 'not named')}).`,
    next: 'Disable it there first',
  }),
  'move-first': (details) => ({
    sentence: `${said(details, 'name', 'This environment')} is being moved to another path.`,
    next: 'Finish or abandon the move',
  }),
  'sync-differs': (details) => ({
    sentence: `Vault Sync of ${said(details, 'name', 'this environment')} is switched otherwise here, and a file does not switch it.`,
    next: 'Switch it in the environment’s editor',
  }),
  'policy-locked': (details) => ({
    sentence: `Your organization sets ${lockedField(details)}.`,
    next: 'Ask your administrator',
  }),
  'policy-forbidden': (details) => ({
    sentence: `Your organization forbids ${worded(organisation, said(details, 'what', ''), 'the use of Keyferry with')} ${said(details, 'host', 'this site')}.`,
    next: 'Ask your administrator',
  }),
} satisfies Partial<Record<ErrorCode, Write>>;

const ourselves = {
  'untrusted-sender': () => ({
    sentence: 'Something that is not a page of Keyferry asked for this, so it was not done.',
    next: 'Open Keyferry from the toolbar',
  }),
  'bad-message': () => ({
    sentence: 'This page and the rest of Keyferry are of different versions.',
    next: 'Close this page and open it again',
  }),
  'database-newer': () => ({
    sentence: 'A newer Keyferry wrote the stored settings, and this one does not read them.',
    next: 'Update Keyferry',
  }),
  unexpected: (details) => ({
    sentence: `Keyferry failed here${details.where === undefined ? '' : ` (${details.where})`}.`,
    next: 'Retry',
  }),
} satisfies Partial<Record<ErrorCode, Write>>;

/** The sentence and the next step of every code; the details fill in hosts, paths and numbers. */
export const errorCopy: Record<ErrorCode, Write> = {
  ...vaultKey,
  ...browserItself,
  ...reaching,
  ...vault,
  ...aws,
  ...eitherProvider,
  ...onTheWire,
  ...configuration,
  ...ourselves,
};

/** Codes whose sentence says already what became of the change, or where that is not known. */
const SPEAKS_OF_CHANGE: ReadonlySet<ErrorCode> = new Set([
  'worker-restarted',
  'outcome-unknown',
  'conflict',
  'changed-since',
  'request-changed',
  'record-weak',
  'already-set-up',
  'file-invalid',
  'preview-over',
]);

/**
 * The text of a failure.
 *
 * @param write The call would have changed something: "Nothing was changed." is added where that is true.
 */
export function errorText(
  failure: { readonly code: ErrorCode; readonly details: ErrorDetails },
  { write = false }: { readonly write?: boolean } = {},
): ErrorText {
  const text = errorCopy[failure.code](failure.details);
  const written = failure.details[WRITTEN];
  if (written !== undefined)
    return { ...text, sentence: `${commonCopy.savedFirst(String(written))} ${text.sentence}` };
  if (!write || SPEAKS_OF_CHANGE.has(failure.code)) return text;
  return { ...text, sentence: `${text.sentence} ${commonCopy.nothingChanged}` };
}
