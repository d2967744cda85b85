import { commonCopy, plural } from './common';
import { vaultCopy, vaultLabels } from './vault';

/** The page of the configuration file: export and import. */
export const backupCopy = {
  title: 'Backup',
  intro:
    'Move your set-up to another browser, or hand it to a teammate. The file holds names and paths, never a value, token or key.',

  firstTitle: 'Begin with a configuration file',
  firstIntro:
    'A teammate’s export brings workspaces, connections and testers along. After it you choose a passphrase and enter your own credentials.',
  withoutFile: 'Set up without a file',

  exportHead: 'Export',
  inside: 'In the file',
  rows: {
    workspaces: ['Workspaces', 'their names'],
    connections: ['Connections', 'server, engine path, region, prefix; no credentials'],
    environments: ['Environments', 'names and vault paths'],
    testers: ['Testers and destinations', 'sites, and where each may send values'],
    lock: ['Lock settings', 'auto-lock and clipboard'],
  },
  notInside: 'Not in the file:',
  notInsideText:
    'values, variable names, tokens, keys, the passphrase, unsaved changes and the activity list. Environments without Vault Sync are named only.',
  export: 'Export configuration',
  exporting: 'Exporting…',
  exported: (name: string) => `${name} is saved.`,
  exportedText: 'It is where your browser keeps downloads.',

  importHead: 'Import',
  lead: 'You see what would change before anything does.',
  leadText: 'No server is called, and no credential of yours goes to a server of the file.',
  chooseFile: 'Choose a file…',
  paste: 'Paste text…',
  pasteLabel: 'Text of a configuration file',
  pasteHint: 'The whole text, as Keyferry exported it.',
  pasteEmpty: 'Paste the text first.',
  pasteDo: 'Look at it',
  pastedName: 'Pasted text',
  cancel: commonCopy.cancel,
  checking: 'Reading…',
  otherFile: 'Other file',
  size: (characters: number) =>
    characters < 1024
      ? plural(characters, 'byte')
      : characters < 1_048_576
        ? `${Math.round(characters / 1024)} KB`
        : `${(characters / 1_048_576).toFixed(1)} MB`,
  written: (when: string) => `exported ${when}`,
  checked: 'no values, no credentials',
  summary: (counts: { new: number; changed: number; same: number; refused: number }) =>
    [
      counts.new > 0 && `${counts.new} new`,
      counts.changed > 0 && `${counts.changed} changed`,
      counts.same > 0 && `${counts.same} the same`,
      counts.refused > 0 && `${counts.refused} refused`,
    ]
      .filter(Boolean)
      .join(', ') || 'Nothing is in the file.',
  nothing: 'Everything in the file is here already.',
  forAll: 'For all workspaces',
  ofWorkspace: (name: string) => `Workspace ${name}`,
  takeAll: 'Take all',
  takeAllOf: (group: string) => `Take all of ${group}`,
  takeNone: 'Take none',
  takeNoneOf: (group: string) => `Take none of ${group}`,
  more: (count: number) => `Show ${count} more`,
  same: (count: number) =>
    count === 1 ? '1 is here already and stays as it is' : `${count} are here already and stay as they are`,
  showSame: 'Show them',
  hideSame: 'Hide them',
  kinds: {
    lock: 'Lock settings',
    connection: 'Connection',
    workspace: 'Workspace',
    environment: 'Environment',
    tester: 'Tester',
    grant: 'Destination',
  },
  changes: { new: 'new', changed: 'changed', same: 'the same', refused: 'refused' },
  notes: {
    'credentials-needed':
      'It gets no credential of yours: you enter one after the import, or it stays unconnected.',
    'credentials-forgotten':
      'Another server than you use today: the credentials sealed for the old one are forgotten.',
    'auto-sync-stays-off': 'Auto Sync stays off until you switch it on.',
    'verify-ssl-stays-on': 'Verify SSL stays on.',
    'production-kept': 'It is marked as production, though the file does not say so.',
    'grants-dropped':
      'It points elsewhere: its values are forgotten, and its destinations are asked about again.',
    proposal: 'Arrives as a proposal: nothing is sent there before you accept it in Testers.',
    'access-needed': 'Your browser asks once for access to the site.',
    'stricter-kept': 'Where yours is stricter, yours stays.',
  },
  before: 'now',
  after: 'then',
  none: 'none',
  importCount: (count: number) => `Import ${plural(count, 'item')}`,
  importing: 'Importing…',
  chooseFirst: 'Tick what is to come in.',
  previewAgain: 'Look at the preview again',

  done: (count: number) => `Imported ${plural(count, 'item')}.`,
  left: (count: number) =>
    `${plural(count, 'item')} stayed out, as something they need was not chosen or could not come.`,
  nextHead: 'What is left to do',
  enterCredentials: (where: string) => `Enter the credentials of ${where}.`,
  enterWhere: { global: 'the global defaults', workspace: (name: string) => `the workspace ${name}` },
  toVault: 'Open Vault',
  toVaultOf: (where: string) => `Open Vault: ${where}`,
  testersOf: (workspace: string, proposals: number, access: number) =>
    `${workspace}: ${[
      proposals > 0 && `${plural(proposals, 'proposed destination')} to accept or remove`,
      access > 0 && `${plural(access, 'site')} to be given access by your browser`,
    ]
      .filter(Boolean)
      .join(', ')}.`,
  toTesters: 'Open Testers',
  toTestersOf: (workspace: string) => `Open Testers of ${workspace}`,
  setUpNext:
    'Choose a passphrase, then enter the credentials of each connection. Proposed destinations wait in Testers.',
  setUp: 'Go on with the set-up',
  pullNext: 'Then press Pull All: values were not in the file.',
  another: 'Import another file',
} as const;

const FIELDS: Readonly<Record<string, string>> = {
  ...vaultLabels,
  provider: commonCopy.provider,
  name: 'Name',
  path: 'Vault path',
  sync: 'Vault Sync',
  production: 'Production',
  environment: 'Environment',
  kind: 'Kind',
  origin: 'Site',
  destination: 'Destination',
  tester: 'Tester',
  idleMinutes: 'Auto-lock, minutes',
  maxMinutes: 'Lock at the latest, minutes',
  clipboardSeconds: 'Clipboard, seconds',
};

/** The word for a field of the file. */
export function fieldLabel(field: string): string {
  return FIELDS[field] ?? field;
}

/** A field's text as people say it. */
export function fieldText(field: string, text: string): string {
  if (field === 'auth' && Object.hasOwn(vaultCopy.auths, text)) {
    return vaultCopy.auths[text as keyof typeof vaultCopy.auths];
  }
  if (text === 'true') return commonCopy.on;
  if (text === 'false') return commonCopy.off;
  if (field === 'provider' && (text === 'hashicorp' || text === 'aws')) return commonCopy.providers[text];
  return text === '' ? backupCopy.none : text;
}
