import { TESTER_KINDS, type TesterKind } from '@/lib/core/model';

export { plural, timeAgo } from '@/lib/core/copy/common';

/** The host of an origin, with its port where it has one: what people call a site. */
export function hostOf(origin: string): string {
  return URL.parse(origin)?.host ?? origin;
}

/** Seconds since a moment, never below 0. */
export function secondsSince(then: number, now: number): number {
  return Math.max(0, Math.floor((now - then) / 1000));
}

/** Seconds until a moment, counted up to the next whole one, never below 0. */
export function secondsUntil(then: number, now: number): number {
  return Math.max(0, Math.ceil((then - now) / 1000));
}

const NAMES: Record<TesterKind, string> = {
  'swagger-ui': 'Swagger UI',
  scalar: 'Scalar',
  rapidoc: 'RapiDoc',
  elements: 'Stoplight Elements',
  graphiql: 'GraphiQL',
  altair: 'Altair',
  hoppscotch: 'Hoppscotch',
  other: 'Tester',
};

/** What a kind of tester calls itself. */
export function testerName(kind: TesterKind): string {
  return NAMES[TESTER_KINDS.find((known) => known === kind) ?? 'other'];
}
