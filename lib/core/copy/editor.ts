import type { ProviderKind } from '@/lib/core/model';

import { commonCopy, plural } from './common';

interface Counts {
  readonly new: number;
  readonly edited: number;
  readonly removed: number;
}

const total = (counts: Counts) => counts.new + counts.edited + counts.removed;

/** `2 new, 1 removed`; '' when there is nothing. */
function changeWords(counts: Counts): string {
  return (['new', 'edited', 'removed'] as const)
    .filter((change) => counts[change] > 0)
    .map((change) => `${counts[change]} ${change}`)
    .join(', ');
}

/** `version 41`; AWS names versions by ids, of which the start is enough to tell them apart. */
export function versionWord(version: string): string {
  return `version ${/^\d+$/.test(version) ? version : version.slice(0, 8)}`;
}

/** The version that a write would make, where versions are counted. */
export function nextVersion(version: string | null): string {
  return version !== null && /^\d+$/.test(version) ? String(Number(version) + 1) : '';
}

/** The page of one environment. */
export const editorCopy = {
  pullFrom: (provider: ProviderKind) => `Pull from ${commonCopy.providersShort[provider]}`,
  history: 'History',
  historyNone: 'This engine keeps no history (KV version 1).',
  migrate: 'Migrate',
  more: (name: string) => `More for ${name}`,
  menu: {
    rename: 'Rename…',
    importText: 'Import…',
    path: 'Change path…',
    review: 'Review changes',
    history: 'History',
    migrate: 'Migrate…',
    remove: 'Delete…',
    open: 'Open',
  },
  sessionOnly: 'Vault Sync is off.',
  sessionOnlyText: 'These values live in memory until you close the browser. Sync them to keep them.',
  whole: { json: 'a JSON value', text: 'plain text', binary: 'binary data', object: '' },
  wholeTitle: (form: string) => `This secret is ${form}, not variables.`,
  wholeText: 'It is one value named VALUE and keeps its form.',
  missingTitle: (path: string) => `${path} is gone at the provider.`,
  missingText: 'The values of the last pull are still here.',
  restore: 'Restore',
  createAgain: 'Create again',
  unlink: 'Unlink',
  restored: (name: string) => `${name} is back.`,
  createdAgain: 'Its values are unsaved changes now.',
  createdAgainText: 'Save writes them to the path.',
  conflictTitle: (count: number) =>
    `${plural(count, 'variable')} ${count === 1 ? 'was' : 'were'} changed on both sides.`,
  conflictText: 'Nothing was written.',
  resolve: 'Resolve',
  movingTitle: (path: string) => `The move to ${path} stopped on its way.`,
  movingText: 'Nothing is lost: it can go on where it was.',
  movingNow: (path: string) => `Moving to ${path}.`,
  toMove: 'Show the move',

  variables: 'Variables',
  search: 'Search variables',
  importText: 'Import',
  add: 'Add variable',
  caption: (name: string) => `Variables of ${name}`,
  columns: { name: 'Name', type: 'Type', value: 'Value', change: 'Change', actions: 'Actions' },
  noMatch: (query: string) => `No variable matches “${query}”`,
  matches: (shown: number, all: number, inside: number) =>
    `${shown} of ${all} match${inside === 0 ? '' : `, with ${plural(inside, 'name')} inside`}`,
  none: 'No variables',
  noneText: 'Add one, or import a .env file.',
  notInMemory: 'The values are not in memory',
  notInMemoryText: 'There is nothing to edit or save until they are pulled.',
  more200: (count: number) => `Show ${count} more`,
  gone: 'This environment is no longer here',
  goneText: 'It may have been unlinked or deleted.',
  back: 'Open Environments',
  retry: 'Retry',

  row: {
    rename: (name: string) => `Rename ${name}`,
    renameHint: 'Press to rename',
    newName: (name: string) => `New name of ${name}`,
    nameOfNew: 'Name of the new variable',
    namePlaceholder: 'NAME',
    addEnter: 'Enter adds it',
    type: (name: string) => `Type of ${name}`,
    types: { string: 'string', json: 'JSON', binary: 'binary' },
    innerTypes: {
      string: 'string',
      number: 'number',
      boolean: 'boolean',
      null: 'null',
      object: 'object',
      array: 'array',
    },
    valueOf: (name: string) => `Value of ${name}`,
    edit: (name: string) => `Edit value of ${name}`,
    editHint: 'Enter keeps it, Esc takes it back',
    binary: 'Binary values are shown as base64 and changed at the provider.',
    remove: (name: string) => `Remove ${name}`,
    removed: 'removed',
    undo: (name: string, change: string) => `Undo: ${name} ${change}`,
    placeholder: (name: string) => `Copy placeholder of ${name}`,
    taken: (name: string) => `There is a variable named ${name} already.`,
    notJson: 'This is not JSON yet, so it is not kept.',
    members: (count: number) => plural(count, 'member'),
    openInside: (name: string) => `Show what is inside of ${name}`,
    closeInside: (name: string) => `Hide what is inside of ${name}`,
  },

  bar: {
    region: 'Unsaved changes',
    title: (counts: Counts) => `${plural(total(counts), 'change')}, not saved:`,
    text: (counts: Counts) => `${changeWords(counts)}. You see them side by side before anything is pushed.`,
    creates: 'A new secret, not saved:',
    createsText: (counts: Counts) =>
      `${total(counts) === 0 ? 'no variables yet' : changeWords(counts)}. The first Save makes it.`,
    undo: 'Undo the last change',
    discard: 'Discard',
    save: 'Save',
    saveKey: 'Ctrl S',
    saving: 'Comparing…',
    mayNotWrite: (path: string) => `This login may not write ${path}.`,
    mayNotCreate: (path: string) => `This login may not create ${path}.`,
    nothing: 'Nothing to push.',
    nothingText: 'The provider holds the same already.',
    discardTitle: (count: number) => `Discard ${plural(count, 'change')}?`,
    discardText: 'The values as pulled come back. What you typed is gone.',
    keep: 'Keep them',
    discarded: 'Changes discarded.',
  },

  sync: {
    label: (provider: ProviderKind) => `Sync variables with ${commonCopy.providers[provider]}`,
    hint: 'Save pushes to this path. Values stay in memory and are wiped on lock.',
    hintOff: 'Save has no place to go: the values end with the browser session.',
    region: 'Vault Sync',
    path: 'Vault path',
    pulled: (when: string) => `pulled ${when}`,
    never: 'never pulled',
    newSecret: 'made by the first Save',
    change: 'Change path…',
    changeText: 'Links to another secret. The one at the old path stays; Migrate moves it.',
    offTitle: (name: string) => `Turn Vault Sync off for ${name}?`,
    offText: (path: string) =>
      `${path} stays at the provider as it is. The values here live in memory until you close the browser, and destinations are asked about again.`,
    offKeep: 'Keep syncing',
    offDo: 'Turn off',
    noConnection: 'Save a connection on Vault first.',
    start: 'Start syncing',
    linkPull: 'Link and pull',
    linkMerge: 'Link and merge',
    linkThere: 'Link to this path',
    linked: 'Linked.',
    linkedText: 'Nothing was written yet.',
    joinLegend: 'What is stored there',
    theirs: 'Use what is there',
    theirsText: (mine: number) =>
      mine === 0
        ? 'It is pulled.'
        : `It is pulled. The ${plural(mine, 'variable')} here ${mine === 1 ? 'is' : 'are'} dropped.`,
    merge: 'Merge',
    mergeText: 'Yours become unsaved changes over what is there. You review them before a push.',
    another: 'Or write another path above. Nothing is ever overwritten.',
    production: 'Production',
    productionHint: 'Marks it red. “Always allow” then lasts 12 hours before Keyferry asks again.',
  },

  path: {
    label: 'Vault path',
    same: 'This is the path where it is now.',
    checking: 'Looking…',
    free: 'Free: nothing is stored there.',
    taken: (count: number) =>
      `A secret with ${plural(count, 'variable')} is stored there. It is not overwritten.`,
    linked: (name: string) => `This path belongs to the environment ${name}.`,
    noLatin: 'The name has no Latin letter, so write a path.',
    problems: {
      empty: 'Write a path.',
      'trailing-slash': 'Leave out the “/” at the end.',
      'empty-segment': 'Leave out empty parts: “//” or “/” at the start.',
      dots: 'Leave out “.” and “..”.',
      control: 'Leave out invisible characters.',
      'aws-sign': 'AWS allows letters, digits and / _ + = . @ - ! only.',
      'too-long': 'AWS takes 512 characters.',
    },
  },

  rename: {
    title: (name: string) => `Rename ${name}`,
    text: 'The secret stays at its path. Migrate moves it.',
    label: 'Name',
    empty: 'Write a name.',
    save: 'Rename',
    done: (name: string) => `Renamed to ${name}.`,
  },

  create: {
    button: 'New environment',
    title: 'New environment',
    name: 'Name',
    nameHint: 'Such as Staging or EU production.',
    nameEmpty: 'Write a name.',
    sync: 'Vault Sync',
    syncOffHint: 'The values live in memory until you close the browser.',
    create: 'Create',
    linkPull: 'Link and pull',
    created: (name: string) => `${name} is here.`,
    createdText: 'Nothing was written yet.',
    linkedText: 'Its values were pulled.',
  },

  importing: {
    title: (name: string) => `Import into ${name}`,
    text: 'Paste .env lines or a JSON object, or choose a file. Nothing is pushed.',
    field: 'Text to import',
    placeholder: 'API_KEY=…',
    show: 'Show the text',
    hide: 'Hide the text',
    file: 'Choose a file…',
    tooLarge: 'The file is larger than 2 MB.',
    caption: 'What the text holds',
    columns: { take: 'Take', name: 'Name', type: 'Type', change: 'Change', line: 'Line' },
    take: (name: string) => `Take ${name}`,
    changes: { new: 'new', edited: 'other value', same: 'same' },
    problem: (line: number, reason: string) => `Line ${line}: ${reason}`,
    reasons: {
      'no-name': 'no name in front of “=”',
      'bad-name': 'the name has a sign that .env names do not have',
      'open-quote': 'the quote is not closed',
      'not-json': 'this is not JSON',
      'not-object': 'this is JSON, but no object',
    },
    nothing: 'Nothing to take: all of it is here already.',
    empty: 'The names appear here; values stay hidden.',
    add: (count: number) => (count === 0 ? 'Add to draft' : `Add ${count} to draft`),
    addLocal: (count: number) => (count === 0 ? 'Add' : `Add ${count}`),
    done: (count: number) => `${plural(count, 'variable')} added.`,
    doneText: 'Nothing was pushed.',
  },

  removing: {
    title: (name: string) => `Delete ${name}?`,
    where: 'What is deleted',
    here: 'Unlink here',
    hereText:
      'Keyferry forgets the environment and its destinations. The secret stays at the provider; the next Pull All finds it again.',
    local: 'Its values are in memory only, so they are gone for good.',
    provider: 'Delete at the provider',
    soft: (path: string) =>
      `${path} is deleted there too. Its last version can be undeleted at the provider.`,
    permanent: (path: string) => `${path} is deleted there for good: KV version 1 keeps nothing of it.`,
    permanentAgree: 'I know that it cannot come back.',
    window: (path: string) =>
      `${path} is deleted there after the recovery window. Until then it can be restored.`,
    days: 'Recovery window',
    day: (count: number) => plural(count, 'day'),
    mayNot: (path: string) => `This login may not delete ${path}.`,
    drafts: (count: number) => `Your ${plural(count, 'unsaved change')} ${count === 1 ? 'is' : 'are'} lost.`,
    keep: 'Keep it',
    unlink: 'Unlink',
    remove: 'Delete',
    removeEverywhere: 'Delete at the provider',
    unlinked: (name: string) => `${name} unlinked.`,
    unlinkedText: 'The secret stays at the provider.',
    removedLocal: (name: string) => `${name} deleted.`,
    removed: {
      soft: 'It can be undeleted at the provider.',
      scheduled: (until: string) => `It can be restored until ${until}.`,
      permanent: 'It is gone for good.',
      gone: 'There was no secret at its path any more.',
    },
  },
} as const;
