/** Where nothing works: what Keyferry stored here cannot be read. */
export const brokenCopy = {
  page: 'Not readable',
  newerTitle: 'A newer Keyferry wrote this data',
  newerText: 'This version does not know it. It read nothing and changed nothing: all is as it was.',
  newerHead: 'What you can do',
  newerSteps: [
    'Update Keyferry on your browser’s extensions page, or install the newer version again.',
    'Then open Keyferry anew. Your set-up is there, under the same passphrase.',
  ],
  otherTitle: 'Keyferry cannot read what it stored here',
  again: 'Try again',
} as const;
