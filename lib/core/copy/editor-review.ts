import { commonCopy, plural } from './common';
import { nextVersion, versionWord } from './editor';

/** The review before a push, conflicts, and the push of many. */
export const reviewCopy = {
  loading: 'Reading what is at the provider…',
  title: (count: number, name: string) => `Push ${plural(count, 'change')} to ${name}`,
  titleCreate: (name: string) => `Create ${name} at the provider`,
  titleWait: (name: string) => `Push to ${name}`,
  becomes: (path: string, version: string | null) =>
    nextVersion(version) === '' ? path : `${path} · becomes version ${nextVersion(version)}`,
  createsAt: (path: string) => `${path} · nothing is stored there yet`,
  arrived: (version: string | null) =>
    version === null
      ? 'Others wrote after your pull.'
      : `${versionWord(version).replace(/^v/, 'V')} arrived after your pull.`,
  arrivedText: (names: readonly string[]) => {
    const some = names.slice(0, 3).join(', ');
    const rest = names.length > 3 ? ` and ${names.length - 3} more` : '';
    return `It changed ${some}${rest}, which you did not touch: ${names.length === 1 ? 'that change is' : 'those changes are'} kept.`;
  },
  noCas: 'KV version 1 cannot check for a newer version.',
  noCasText: 'Keyferry compares just before it writes; a short gap remains.',
  caption: 'Changes',
  columns: {
    name: 'Name',
    change: 'Change',
    before: 'At the provider',
    after: 'After the push',
    reveal: 'Reveal',
  },
  absent: '—',
  reveal: (name: string) => `Reveal ${name}, before and after`,
  hide: (name: string) => `Hide ${name}, before and after`,
  spoken: (name: string, change: string) => `${name}, ${change}`,
  stays: 'All other variables stay as they are.',
  onlyIf: (version: string | null) =>
    version === null
      ? 'Written only if nothing changed there'
      : `Written only if ${versionWord(version)} is still current`,
  onlyIfFree: 'Written only if the path is still free',
  back: 'Back to editing',
  push: (count: number) => `Push ${plural(count, 'change')}`,
  create: 'Create',
  pushed: (count: number) => `Pushed ${plural(count, 'change')}.`,
  pushedText: (name: string, version: string | null) =>
    version === null ? `${name} is saved at the provider.` : `${name} is at ${versionWord(version)}.`,
  nothing: 'Nothing to push.',
  nothingText: 'The provider holds the same already.',
  close: 'Close',
  again: 'Review again',
} as const;

export const conflictCopy = {
  title: (name: string) => `Resolve ${name}`,
  discard: 'Discard my changes',
  written: 'Nothing was written.',
  text: (version: string | null, count: number) =>
    `${version === null ? 'The secret' : versionWord(version).replace(/^v/, 'V')} arrived after your pull. ${plural(count, 'variable')} ${count === 1 ? 'was' : 'were'} changed on both sides.`,
  choose: (others: number) =>
    others === 0
      ? 'Choose a value for each.'
      : `Choose a value for each. The other ${plural(others, 'change')} ${others === 1 ? 'merges by itself' : 'merge by themselves'}.`,
  head: 'Changed on both sides',
  chosen: (done: number, all: number) => `${commonCopy.nOfM(done, all)} chosen`,
  allMine: 'All mine',
  allTheirs: 'All theirs',
  mine: 'Mine',
  mineNote: 'edited here',
  theirs: 'Theirs',
  theirsNote: (version: string | null) => (version === null ? 'at the provider' : versionWord(version)),
  removed: 'removed',
  differsAt: (names: readonly string[]) => `differs at ${names.join(', ')}`,
  types: { string: 'string', json: 'JSON', binary: 'binary' },
  reveal: (name: string) => `Reveal ${name} on all sides`,
  hide: (name: string) => `Hide ${name} on all sides`,
  showBase: 'Show as pulled',
  hideBase: 'Hide as pulled',
  base: 'As pulled',
  baseAbsent: 'It was not there when you pulled.',
  merged: 'Merged by themselves',
  mergedCaption: 'Changes without overlap',
  by: 'By',
  changed: 'changed',
  byMine: 'mine',
  byTheirs: (version: string | null) => (version === null ? 'theirs' : `theirs, ${versionWord(version)}`),
  finish: 'Finish',
  left: (names: readonly string[]) =>
    names.length === 1
      ? `Choose a side for ${names[0]} to go on.`
      : `Choose a side for ${names.length} variables to go on.`,
  ready: 'All chosen. The result is written only if nobody writes in between.',
  back: 'Back to editing',
  push: 'Push',
  none: 'Nothing is in conflict',
  noneText: 'The changes merge by themselves.',
  toReview: 'Review and push',
} as const;

export const bulkCopy = {
  title: 'Push',
  intro: (count: number) => `${plural(count, 'environment')} with unsaved changes`,
  button: (count: number) => (count === 0 ? 'Push' : `Push ${plural(count, 'environment')}`),
  open: (count: number) => `Push ${count} edited…`,
  pushing: 'Pushing…',
  noneTicked: 'Tick at least one.',
  caption: 'Environments with unsaved changes',
  columns: { take: 'Push', name: 'Environment', changes: 'Changes', path: 'Vault path', actions: 'Actions' },
  take: (name: string) => `Push ${name}`,
  changes: (count: number) => (count === 0 ? 'a new, empty secret' : plural(count, 'change')),
  conflicts: (count: number) => `${plural(count, 'variable')} changed on both sides`,
  show: (name: string) => `Show the changes of ${name}`,
  hide: (name: string) => `Hide the changes of ${name}`,
  diffCaption: (name: string) => `Changes of ${name}`,
  before: 'As pulled',
  after: 'After the push',
  review: 'Review',
  reviewOf: (name: string) => `Review ${name}`,
  resolve: 'Resolve',
  resolveOf: (name: string) => `Resolve ${name}`,
  cancelled: (done: number, all: number) => `Cancelled at ${commonCopy.nOfM(done, all)}`,
  interrupted: (done: number, all: number) => `Interrupted at ${commonCopy.nOfM(done, all)}`,
  stoppedNote: 'what was pushed stays',
  done: (count: number) => `Pushed ${plural(count, 'environment')}.`,
  failedHead: 'Not pushed',
  failedNote: 'Nothing of these was written; the changes are still here',
  happened: 'What happened, and what to do',
  empty: 'Nothing to push',
  emptyText: 'No environment has unsaved changes.',
  toEnvironments: 'Open Environments',
} as const;
