import { plural } from './common';
import { nextVersion, versionWord } from './editor';

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

export const historyCopy = {
  title: 'History',
  toEditor: 'Back to the variables',
  list: (name: string) => `Versions of ${name}`,
  version: (version: string) => capital(versionWord(version)),
  tags: { current: 'current', deleted: 'deleted', destroyed: 'destroyed', pulled: 'pulled' },
  compared: (version: string, other: string, current: boolean) =>
    `${capital(versionWord(version))} compared with ${versionWord(other)}${current ? ' (current)' : ''}`,
  differ: (count: number) =>
    count === 0 ? 'They hold the same' : `${plural(count, 'variable')} ${count === 1 ? 'differs' : 'differ'}`,
  with: 'Compare with',
  caption: 'Differences',
  inVersion: (version: string) => `In ${versionWord(version).slice(8)}`,
  changes: { edited: 'other value', new: 'only here', removed: 'not there yet' },
  reveal: (name: string) => `Reveal ${name} in both versions`,
  hide: (name: string) => `Hide ${name} in both versions`,
  restore: 'Restore…',
  restoreTitle: (version: string) => `Restore ${versionWord(version)}?`,
  restoreText: (current: string | null) =>
    nextVersion(current) === ''
      ? 'It is written as a new version. No version is lost.'
      : `It is written as version ${nextVersion(current)}. No version is lost.`,
  restoreDrafts: (count: number) =>
    `Your ${plural(count, 'unsaved change')} ${count === 1 ? 'stays' : 'stay'} unsaved, over what is restored.`,
  restoreKeep: 'Keep the current one',
  restoreDo: 'Restore',
  restored: (version: string) => `${capital(versionWord(version))} restored.`,
  note: (current: string | null) =>
    nextVersion(current) === ''
      ? 'Restoring writes a new version. No version is lost.'
      : `Restoring writes version ${nextVersion(current)}. No version is lost.`,
  mayNotWrite: 'This login may not write here.',
  undelete: 'Undelete',
  undeleted: (version: string) => `${capital(versionWord(version))} is back.`,
  deletedTitle: 'This version was deleted',
  deletedText: 'Its values can come back.',
  destroyedTitle: 'This version was destroyed',
  destroyedText: 'Its values are gone for good.',
  sameTitle: 'No difference',
  sameText: 'Both versions hold the same variables and values.',
  one: 'This is the only version',
  oneText: 'Each Save makes another one.',
} as const;

export const migrateCopy = {
  title: (name: string) => `Migrate ${name}`,
  text: 'Moves the secret to another path. Testers keep the environment; destinations are asked about again.',
  from: 'From',
  fromNote: (parts: readonly string[]) => parts.filter(Boolean).join(', '),
  to: 'New vault path',
  old: 'Old path',
  oldText: {
    soft: 'Deleted after the copy was verified. Its version can be undeleted at the provider.',
    window: 'Scheduled for deletion after the copy was verified. It can be restored for 30 days.',
    permanent: 'Deleted for good after the copy was verified: KV version 1 keeps nothing of it.',
  },
  agree: 'I know that the old secret cannot come back.',
  start: 'Migrate',
  cancel: 'Cancel',
  takenNo: 'A move needs a free path.',
  editedFirst: (count: number) => `Save or discard the ${plural(count, 'change')} first.`,
  notSynced: 'Vault Sync is off, so there is no secret to move.',
  mayNotRemove: 'This login may not delete the old path: the move would stop before its last step.',
  what: 'What happens',
  steps: { read: 'Read', write: 'Write', verify: 'Verify', link: 'Relink', remove: 'Delete' },
  notes: (name: string, count: number | null) =>
    ({
      read: 'The newest version at the old path',
      write: 'To the new path, only if it is still free',
      verify: `Read back and compare ${count === null ? 'all variables' : `all ${plural(count, 'variable')}`}`,
      link: `${name} points to the new path`,
      remove:
        'The old path, if nobody wrote a newer version meanwhile. That one would stay, and you are told.',
    }) as const,
  safe: 'If a step fails, nothing is lost: the old path goes last, and only after the comparison.',
  progress: 'Steps',
  running: (path: string) => `Moving to ${path}`,
  stopped: (path: string) => `The move to ${path} stopped`,
  done: (path: string) => `Moved to ${path}`,
  stoppedText: {
    early: 'The old path is as it was. What the new path holds is a copy.',
    late: 'The environment uses the new path already. The old secret is still there.',
  },
  resume: 'Go on',
  unseen: {
    aws: 'Its description, tags and KMS key would stay behind: the copy gets AWS’s default key.',
    hashicorp: 'Its custom metadata would stay behind.',
  },
  resumeWithout: 'Move it without',
  abandon: 'Leave it so',
  abandonTitle: 'Leave the move as it is?',
  abandonText:
    'Both paths stay as they are now; the environment stays linked where it is. A copy at the new path is not removed.',
  abandonKeep: 'Keep the move',
  toEnvironment: (name: string) => `Open ${name}`,
  another: 'Move again',
  removal: {
    soft: (path: string) => `${path} was deleted. It can be undeleted at the provider.`,
    scheduled: (path: string, until: string) =>
      `${path} is scheduled for deletion. It can be restored until ${until}.`,
    permanent: (path: string) => `${path} is gone for good.`,
  },
} as const;
