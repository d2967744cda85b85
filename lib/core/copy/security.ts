import { plural } from './common';

export const securityCopy = {
  title: 'Security',
  intro: 'How Keyferry is locked, and how to leave nothing behind.',
  lockHead: 'Lock',
  idle: 'Auto-lock',
  idleHint: 'Locking wipes all values and tokens from memory.',
  idleOption: (minutes: number) =>
    minutes === 0
      ? 'Never when idle'
      : minutes % 60 === 0
        ? `After ${plural(minutes / 60, 'hour')} idle`
        : `After ${plural(minutes, 'minute')} idle`,
  max: 'At the latest',
  maxHint: 'Since the last unlock, whatever you do.',
  maxOption: (minutes: number) =>
    minutes === 0
      ? 'Never'
      : minutes % 60 === 0
        ? `After ${plural(minutes / 60, 'hour')}`
        : `After ${plural(minutes, 'minute')}`,
  browser: 'With the browser',
  browserValue: 'Always',
  browserHint: 'Values live in memory only, so closing the browser locks.',
  clipboard: 'Clipboard',
  clipboardHint: 'How long a copied value stays in the clipboard.',
  clipboardOption: (seconds: number) =>
    seconds === 0
      ? 'Never cleared'
      : seconds < 60
        ? `Cleared after ${seconds} s`
        : `Cleared after ${plural(seconds / 60, 'minute')}`,
  clipboardCheck: 'Only our value',
  clipboardCheckHint:
    'Looks before it clears, so that a newer copy of yours stays. Your browser asks once for access to the clipboard.',
  saved: 'Saved.',
  passphraseHead: 'Change passphrase',
  current: 'Current passphrase',
  currentHint: 'It is checked before anything is changed.',
  currentName: 'current passphrase',
  next: 'New passphrase',
  nextName: 'new passphrase',
  nextHint: (least: number) => `At least ${least} characters. It cannot be recovered, by anyone.`,
  repeat: 'Repeat it',
  repeatHint: 'Both have to be the same.',
  repeatName: 'repeated passphrase',
  change: 'Change passphrase',
  changing: 'Changing…',
  changed: 'Passphrase changed.',
  changedText: 'Your credentials are sealed with the new one.',
  currentEmpty: 'Type the current passphrase.',
  tooShort: (least: number) => `Use ${least} characters or more.`,
  notSame: 'The two are not the same.',
  wipeHead: 'Wipe everything',
  wipeLead: 'Remove all of Keyferry from this browser:',
  wipeText:
    'connections, environments, testers, destinations, passphrase. Nothing at your provider is touched.',
  wipeOpen: 'Wipe everything…',
  wipeTitle: 'Wipe everything?',
  wipeDialogText: 'Removes all of Keyferry from this browser. Secrets at your provider stay as they are.',
  wipeWord: 'wipe',
  wipeLabel: (word: string) => `Type ${word} to go on`,
  wipeKeep: 'Keep everything',
  wipeDo: 'Wipe everything',
} as const;

/** "Set by your organization", on Security. */
export const policyCopy = {
  head: 'Set by your organization',
  connection: 'Connection',
  connectionText: 'Some fields of the global defaults are fixed; they are marked in Vault.',
  workspaces: 'Workspaces',
  workspacesText: 'All use the global defaults.',
  testers: 'Sites without Keyferry',
  destinations: 'No values go to',
  except: (blocked: string, allowed: string) => `${blocked}, except ${allowed}`,
  lock: 'Lock',
  lockText: 'The longest times are limited; see above.',
  nothing: 'A policy is there, and it sets nothing.',
  problems: 'Parts of the policy cannot be read.',
  problemsText: (parts: readonly string[]) =>
    `They are not in force; the others are. Your administrator has to correct: ${parts.join(', ')}.`,
  atMost: {
    idleMinutes: (minutes: number) => `Set by your organization: ${span(minutes)} at most.`,
    maxMinutes: (minutes: number) => `Set by your organization: ${span(minutes)} at most.`,
    clipboardSeconds: (seconds: number) => `Set by your organization: ${seconds} s at most.`,
  },
} as const;

function span(minutes: number): string {
  return minutes % 60 === 0 ? plural(minutes / 60, 'hour') : plural(minutes, 'minute');
}

export const IDLE_MINUTES = [1, 5, 15, 30, 60, 240, 0] as const;
export const MAX_MINUTES = [60, 240, 480, 720, 1440, 0] as const;
export const CLIPBOARD_SECONDS = [10, 30, 60, 300, 0] as const;
