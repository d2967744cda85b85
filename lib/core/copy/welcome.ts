import { plural } from './common';

/** The words of the wizard at the first run. */
export const welcomeCopy = {
  title: 'Welcome',
  nav: 'Set-up steps',
  steps: ['Passphrase', 'Provider', 'Test', 'Pull', 'Enable a tester'] as const,
  done: 'done',
  leave: 'You can leave at any step and go on later.',
  leaveLink: 'Go on later',
  stepOf: (step: number) => `Step ${step} of 5`,
  next: 'Continue',
  back: 'Back',

  passphrase: {
    title: 'Choose a passphrase',
    text: 'It seals your Vault token or AWS keys on this computer. Secret values are never stored at all.',
    label: 'Passphrase',
    name: 'passphrase',
    repeat: 'Repeat it',
    repeatName: 'repeated passphrase',
    short: (least: number) => `Use at least ${least} characters.`,
    differs: 'The two are not the same.',
    warning: 'It cannot be recovered.',
    warningText:
      'Without it you wipe Keyferry and enter the connection again. Your secrets stay safe at the provider.',
    working: 'Making the key…',
    import: 'Import a configuration file first',
    advice: 'Four or five unrelated words are strong and easy to type.',
    strength: ['Easy to guess.', 'Weak.', 'Fair.', 'Good.', 'Strong.'] as const,
    alreadyTitle: 'The passphrase is set',
    alreadyText: 'It can be changed under Security.',
  },

  provider: {
    title: 'Where are your secrets?',
    text: 'Nothing is sent anywhere until you press Test.',
  },

  test: {
    title: 'Test the connection',
    text: (host: string) =>
      `Keyferry asks ${host} and shows each step. Your browser asks once for access to it.`,
    textUnknown: 'Keyferry asks the server and shows each step.',
    test: 'Test Connection',
    testing: 'Testing…',
    save: 'Save and continue',
    saveAnyway: 'Save without a good test',
    saving: 'Saving…',
    unlock: 'Unlock to go on with the set-up.',
  },

  pull: {
    title: 'Pull your environments',
    text: 'Each secret becomes an environment. Its values stay in memory and go when Keyferry locks.',
    found: (count: number) => `${plural(count, 'environment')} in this workspace`,
    none: 'No environments yet',
    pull: 'Pull All',
    pulling: 'Pulling…',
    skip: 'Pull later',
  },

  tester: {
    title: 'Enable your first tester',
    text: 'Keyferry works only on the sites that you enable.',
    how: [
      'Open your Swagger UI, Scalar or Hoppscotch in a tab.',
      'Press the Keyferry icon in the toolbar, or Alt+Shift+K.',
      'Choose an environment and press “Enable on this site”.',
      'Write {{vault:NAME}} where the value would stand.',
    ] as const,
    waiting: 'This page notices when the first tester is enabled.',
    doneTitle: 'Done.',
    doneText: (hosts: string) => `Keyferry is enabled on ${hosts}.`,
    finish: 'Open Environments',
  },
} as const;
