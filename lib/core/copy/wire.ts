import type { ErrorCode, ErrorDetails } from '@/lib/core/errors';

import { plural } from './common';

const said = (details: ErrorDetails, name: string, otherwise: string) => String(details[name] ?? otherwise);

/** What the page's own error says, by code. Short, as testers show it in one line; names only, never a value. */
const REASONS: Partial<Record<ErrorCode, (details: ErrorDetails) => string>> = {
  unresolved: (details) => {
    const names = said(details, 'names', said(details, 'name', 'A variable'));
    // Not the environment's name: the page may not know it.
    return `${names}: no such variable in this site’s environment. The request was not sent.`;
  },
  'header-illegal': (details) =>
    `The value of ${said(details, 'name', 'a variable')} is empty, has a line break or a sign that a header cannot carry. The request was not sent.`,
  'header-forbidden': (details) =>
    `The browser sets the header ${said(details, 'header', 'of this request')} itself, so a value cannot go there. Use another header.`,
  'place-unsupported': (details) =>
    `A placeholder stands in the ${said(details, 'place', 'URL or body')}. Keyferry fills headers only for now, so the request was not sent.`,
  'request-refused': () => 'You refused this request, so it was not sent.',
  'request-timeout': () => 'Nobody answered in 5 minutes, so the request was not sent. Send it again.',
  'request-gone': () => 'The page gave the request up before it was answered.',
  'request-changed': () => 'The request changed while it waited, so it was not sent. Send it again.',
  'not-enabled': () => 'Keyferry is not enabled on this site. Press the toolbar button to enable it.',
  embedded: () =>
    'Another site shows this page in a frame, so no value is sent from it. Open it in a tab of its own.',
  'policy-forbidden': (details) =>
    details.what === 'destination'
      ? `Your organization forbids sending values to ${said(details, 'host', 'this address')}, so the request was not sent.`
      : 'Your organization forbids Keyferry on this site, so the request was not sent.',
  'page-orphaned': () => 'Keyferry was updated or is not running here. Reload the page.',
};

/** The sentence of a request that was not sent. */
export function wireMessage(code: ErrorCode, details: ErrorDetails = {}): string {
  const sentence =
    REASONS[code]?.(details) ?? `The request could not be filled (${code}), so it was not sent.`;
  return `Keyferry: ${sentence}`;
}

/** The small notice inside the page. */
export const noticeCopy = {
  held: (count: number) => `Keyferry holds ${plural(count, 'request')}`,
  reason: {
    unlock: (names: string) => `Unlock Keyferry to fill in ${names}.`,
    pull: (names: string) => `${names}: the values are not pulled yet.`,
    destination: (names: string) => `Allow ${names} to be sent.`,
  },
  where: 'Press the Keyferry button in the browser’s toolbar.',
  stopped: 'Keyferry stopped a request',
  dismiss: 'Hide this notice',
} as const;
