import { commonCopy } from './common';

/** The frame of the options page: side bar, titles, keyboard. */
export const optionsCopy = {
  title: (page: string) => `${page} · ${commonCopy.app}`,
  navigation: commonCopy.app,
  updateWaits: 'A newer Keyferry is ready.',
  updateWaitsText:
    'It goes in by itself once nothing is unsaved: an update empties the memory that drafts and environments without Vault Sync live in.',
  workspaceHead: 'Workspace',
  settingsHead: 'Settings',
  pages: {
    environments: 'Environments',
    testers: 'Testers',
    vault: 'Vault',
    security: 'Security',
    backup: 'Backup',
    help: 'Help',
  },
  lockNow: 'Lock now',
  breadcrumb: 'Breadcrumb',
  starting: 'Still starting…',
  retry: 'Retry',
  notFoundTitle: 'There is no such page',
  notFoundText: 'The address may be from another version of Keyferry.',
  toEnvironments: 'Open Environments',
  leaveTitle: 'Leave without saving?',
  leaveText: (what: string) => `${what} would be lost.`,
  stay: 'Stay here',
  leave: 'Leave',
  copied: 'Copied.',
} as const;

export const unlockCopy = {
  title: 'Keyferry is locked',
  text: 'All values were wiped from memory.',
  passphrase: 'Passphrase',
  passphraseName: 'passphrase',
  unlock: 'Unlock',
  unlocking: 'Unlocking…',
  empty: 'Type your passphrase.',
  lost: 'What if it is lost?',
  forgot: 'Forgot the passphrase?',
} as const;

/** What the keys do, for `?` and Help → Keyboard. */
export const keyboardCopy = {
  title: 'Keyboard',
  close: 'Close',
  off: 'Single letters do nothing while a field has the focus.',
  setting: 'Single-letter shortcuts',
  settingHint: 'g, j, k, n, /, . and ? on this page. Those with Ctrl or Alt stay.',
  groups: [
    {
      title: 'Go to',
      keys: [
        { keys: ['g', 'e'], what: 'Environments' },
        { keys: ['g', 't'], what: 'Testers' },
        { keys: ['g', 'v'], what: 'Vault' },
        { keys: ['g', 's'], what: 'Security' },
        { keys: ['g', 'b'], what: 'Backup' },
        { keys: ['g', 'h'], what: 'Help' },
      ],
    },
    {
      title: 'On a page',
      keys: [
        { keys: ['/'], what: 'Search' },
        { keys: ['j'], what: 'Next row' },
        { keys: ['k'], what: 'Previous row' },
        { keys: ['Enter'], what: 'Open the row' },
        { keys: ['.'], what: 'Menu of the row' },
        { keys: ['n'], what: 'New environment, on Environments' },
        { keys: ['Ctrl', 'S'], what: 'Save' },
        { keys: ['Alt', 'L'], what: 'Lock' },
        { keys: ['?'], what: 'This list' },
      ],
    },
    {
      title: 'In an environment',
      keys: [
        { keys: ['↑', '↓'], what: 'The same button of the next row' },
        { keys: ['→', '←'], what: 'Open and close a JSON variable' },
        { keys: ['F2'], what: 'Rename the variable' },
        { keys: ['Delete'], what: 'Remove the variable' },
        { keys: ['Enter'], what: 'Keep what is written' },
        { keys: ['Shift', 'Enter'], what: 'A new line in a value' },
        { keys: ['Ctrl', 'Z'], what: 'Undo the last change' },
        { keys: ['Ctrl', 'Enter'], what: 'Push, in the review' },
      ],
    },
    {
      title: 'In the popup',
      keys: [
        { keys: ['Alt', 'Shift', 'K'], what: 'Open the popup (your browser can change it)' },
        { keys: ['Enter'], what: 'Copy the placeholder of the first match' },
        { keys: ['Shift', 'Enter'], what: 'Copy its value' },
      ],
    },
  ],
} as const;
