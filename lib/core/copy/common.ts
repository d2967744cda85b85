/** Words that more than one screen uses. */
export const commonCopy = {
  app: 'Keyferry',
  on: 'On',
  off: 'Off',
  optional: 'optional',
  statePrefix: 'State:',
  hidden: 'hidden',
  emptyString: 'empty string',
  notInMemory: 'not in memory',
  showAll: 'Show all',
  showLess: 'Show less',
  show: (what: string) => `Show ${what}`,
  hide: (what: string) => `Hide ${what}`,
  capsLock: 'Caps Lock is on.',
  savedCredential: 'saved, sealed with your passphrase',
  replace: 'Replace',
  replaceWhat: (what: string) => `Replace ${what}`,
  keepSaved: 'Keep the saved one',
  dismiss: 'Dismiss',
  notices: 'Notices',
  cancel: 'Cancel',
  loading: 'Loading',
  managed: 'Set by your organization.',
  nothingChanged: 'Nothing was changed.',
  savedFirst: (path: string) => `${path} is saved at the provider. What came after it failed:`,
  reveal: (name: string) => `Reveal ${name}`,
  conceal: (name: string) => `Hide ${name}`,
  copyValue: (name: string) => `Copy value of ${name}`,
  copied: (name: string) => `${name} copied`,
  moreInside: (count: number, name: string) => `Show ${count} more of ${name}`,
  leftOut: (count: number) =>
    count === 1
      ? '1 member is not listed: no placeholder leads to it here.'
      : `${count} members are not listed: no placeholder leads to them here.`,
  clipboardClears: (seconds: number) => `Clipboard clears in ${seconds} s.`,
  clipboardClearsSpoken: (name: string, seconds: number) =>
    `${name} copied, clipboard clears in ${seconds} seconds`,
  clearNow: 'Clear now',
  clipboardCleared: 'Clipboard cleared.',
  provider: 'Provider',
  providers: { hashicorp: 'HashiCorp Vault', aws: 'AWS Secrets Manager' },
  providersShort: { hashicorp: 'Vault', aws: 'AWS' },
  nOfM: (done: number, total: number) => `${done} of ${total}`,
  stepState: { running: 'running', done: 'done', failed: 'failed', skipped: 'skipped', todo: 'to do' },
} as const;

/** `1 variable`, `2 variables`. */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

/** How long ago, in the words of the interface: `just now`, `2 min ago`, `today, 14:20`, `12 November, 09:31`. */
export function timeAgo(then: number, now: number): string {
  const minutes = Math.floor((now - then) / 60_000);
  if (minutes < 1) return 'just now';
  if (minutes < 60) return `${minutes} min ago`;
  const date = new Date(then);
  const clock = date.toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' });
  const day = (at: number) => new Date(at).toDateString();
  if (day(then) === day(now)) return `today, ${clock}`;
  if (day(then) === day(now - 86_400_000)) return `yesterday, ${clock}`;
  return `${date.toLocaleDateString('en-GB', { day: 'numeric', month: 'long' })}, ${clock}`;
}
