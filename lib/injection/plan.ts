import { AppError } from '@/lib/core/errors';
import { fillHeader, findInHeader, type Placeholder } from '@/lib/core/placeholders';

import type { HeldRequest, Place, TesterInForce } from './contract';
import { isForbiddenHeader, isHeaderName, isHeaderValue } from './headers';

/** What is to be done about a request's placeholders. */
export interface Plan {
  /** `nothing`: goes out as it is; `locked`, `not-pulled`: the values are not in memory. */
  readonly state: 'nothing' | 'locked' | 'not-pulled' | 'fill';
  readonly places: readonly Place[];
  /** All placeholders are of the bare form. */
  readonly bareOnly: boolean;
  /** Names of bare placeholders that are no variable of ours. */
  readonly untouched: readonly string[];
  /** The headers with their values, for `fill`. */
  readonly headers: readonly { readonly header: string; readonly value: string }[];
  /** A value that no header can carry. It says something of the value, so it is told only where the value may go. */
  readonly illegal: { readonly name: string; readonly header: string } | null;
}

interface Found {
  readonly header: string;
  readonly placeholder: Placeholder;
}

function find(headers: HeldRequest['headers']): Found[] {
  const names = headers.map(([header]) => header.toLowerCase());
  // The hook joins repeated names as the browser does; two rules for one name would be a riddle.
  if (new Set(names).size !== names.length || !names.every(isHeaderName)) throw new AppError('bad-message');
  return headers.flatMap(([header, value]) =>
    findInHeader(value).map((placeholder) => ({ header, placeholder })),
  );
}

function unique<Item>(items: readonly Item[], key: (item: Item) => string): Item[] {
  return [...new Map(items.map((item) => [key(item), item])).values()];
}

const placeKey = ({ name, header }: Place) => `${header.toLowerCase()} ${name}`;

function stopUnresolved(missing: readonly Found[], environment: string): void {
  const names = [...new Set(missing.map(({ placeholder }) => placeholder.written))];
  if (names.length === 0) return;
  throw new AppError('unresolved', { name: names[0] ?? '', names: names.join(', '), environment });
}

function stopForbidden(found: readonly Found[]): void {
  const forbidden = found.find(({ header }) => isForbiddenHeader(header));
  if (forbidden) throw new AppError('header-forbidden', { header: forbidden.header });
}

/**
 * Reads a request's headers against the tester's environment.
 *
 * @throws AppError bad-message, unresolved, header-forbidden.
 */
export function makePlan(headers: HeldRequest['headers'], tester: TesterInForce): Plan {
  const found = find(headers);
  const ours = found.filter(({ placeholder }) => placeholder.form === 'vault');
  // Another environment by name needs its own grant; until there is one, such a name resolves to nothing.
  stopUnresolved(
    ours.filter(({ placeholder }) => placeholder.environment !== null || placeholder.name === ''),
    tester.environmentName,
  );
  const bareOnly = ours.length === 0;
  const { values } = tester;

  if (values.state !== 'ready') {
    stopForbidden(ours);
    // The browser drops what it forbids, so a bare form in there is nothing to wait for.
    const held = found.filter(({ header }) => !isForbiddenHeader(header));
    return {
      state: held.length > 0 ? values.state : 'nothing',
      places: unique(
        held.map(({ header, placeholder }) => ({ name: placeholder.name, header, known: true })),
        placeKey,
      ),
      bareOnly,
      untouched: [],
      headers: [],
      illegal: null,
    };
  }

  const lookUp = (placeholder: Placeholder) => values.text(placeholder.name);
  const known = found.filter(({ placeholder }) => lookUp(placeholder) !== undefined);
  const unknown = found.filter((one) => !known.includes(one));
  stopUnresolved(
    unknown.filter(({ placeholder }) => placeholder.form === 'vault'),
    tester.environmentName,
  );
  stopForbidden(known);
  const filled = headers
    .filter(([header]) => known.some((one) => one.header === header))
    .map(([header, template]) => ({ header, value: fillHeader(template, lookUp) }));
  return {
    state: filled.length > 0 ? 'fill' : 'nothing',
    places: unique(
      found.map((one) => ({
        name: one.placeholder.name,
        header: one.header,
        known: known.includes(one),
      })),
      placeKey,
    ),
    bareOnly,
    untouched: [...new Set(unknown.map(({ placeholder }) => placeholder.name))],
    headers: filled,
    illegal: illegalOf(filled, known, lookUp),
  };
}

function illegalOf(
  filled: Plan['headers'],
  known: readonly Found[],
  lookUp: (placeholder: Placeholder) => string | undefined,
): Plan['illegal'] {
  const bad = filled.find(({ value }) => !isHeaderValue(value));
  if (!bad) return null;
  const here = known.filter(({ header }) => header === bad.header);
  const culprit = here.find(({ placeholder }) => !isHeaderValue(lookUp(placeholder) ?? '')) ?? here[0];
  return { name: culprit?.placeholder.name ?? '', header: bad.header };
}
