import type { TesterKind } from '@/lib/core/model';

/** Marks that each tester leaves in the document; found nowhere else. */
const MARKS: readonly (readonly [TesterKind, string])[] = [
  ['swagger-ui', '.swagger-ui, #swagger-ui'],
  ['scalar', '.scalar-app, .scalar-api-reference, script#api-reference'],
  ['rapidoc', 'rapi-doc'],
  ['elements', 'elements-api, .sl-elements, .sl-elements-api'],
  ['graphiql', '.graphiql-container'],
  ['altair', 'app-altair, .altair, [class^="altair-"]'],
];
const TITLES: readonly (readonly [TesterKind, RegExp])[] = [
  ['altair', /^Altair\b/],
  ['hoppscotch', /Hoppscotch/],
];

/** What kind of tester a document looks like. */
function testerKind(document: Document): TesterKind {
  const byMark = MARKS.find(([, selector]) => document.querySelector(selector));
  const byTitle = TITLES.find(([, title]) => title.test(document.title));
  return (byMark ?? byTitle)?.[0] ?? 'other';
}

/** Testers draw themselves some time after the page has loaded. */
const LOOKS_MS = [0, 1_000, 4_000, 10_000];

/** Tells the kind at once, and again when the page turns out to be a known one. */
export function tellTesterKind(document: Document, tell: (kind: TesterKind) => void): void {
  let told: TesterKind | null = null;
  const look = () => {
    const kind = testerKind(document);
    if (told === null || (kind !== 'other' && kind !== told)) tell((told = kind));
  };
  const start = () => {
    for (const ms of LOOKS_MS) setTimeout(look, ms);
  };
  if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', start, { once: true });
  else start();
}
