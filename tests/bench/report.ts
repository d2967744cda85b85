import { ratios, summarise } from './rounds';
import type { Samples } from './rounds';

/** What a figure should be. */
export interface Goal {
  readonly sign: '≥' | '≤';
  readonly than: number;
}

/** One line of a table. */
export interface Row {
  readonly what: string;
  readonly unit: 'ms' | 'µs' | 'kB';
  readonly samples: readonly number[];
  /** Against the reference of the table, round by round. */
  readonly ratios?: readonly number[];
  /** Of the ratios where there are some, else of the samples. */
  readonly goal?: Goal;
}

export interface Table {
  readonly title: string;
  /** What the ratios say: `faster than …`, `as long as …`. */
  readonly against?: string;
  readonly rows: readonly Row[];
}

/** Rows of what was measured beside a reference, in alphabetical order. */
export function besides(
  samples: Samples,
  reference: string,
  goalOf: (what: string) => Goal | undefined,
): Row[] {
  const others = samples.get(reference) ?? [];
  const names = [...samples.keys()].sort(
    (a, b) => Number(b === reference) - Number(a === reference) || a.localeCompare(b),
  );
  return names.map((what): Row => {
    const list = samples.get(what) ?? [];
    const goal = goalOf(what);
    return {
      what,
      unit: 'ms',
      samples: list,
      ...(what === reference ? {} : { ratios: ratios(others, list) }),
      ...(goal ? { goal } : {}),
    };
  });
}

/** Whether the median reaches the goal; `null` without one. */
export function isMet({ samples, ratios, goal }: Row): boolean | null {
  if (!goal) return null;
  const { median } = summarise(ratios ?? samples);
  return goal.sign === '≥' ? median >= goal.than : median <= goal.than;
}

/** Prints medians with their least and most, the goal beside them. */
export function printTable(table: Table): void {
  const head = ['', 'median (min–max)', table.against ? `× ${table.against}` : '', 'goal', ''];
  const body = table.rows.map((row) => {
    const { samples, unit, goal } = row;
    const met = isMet(row);
    const sign = row.ratios ? '×' : '';
    return [
      row.what,
      `${spread(samples)} ${unit}`,
      row.ratios ? `×${spread(row.ratios)}` : '',
      goal ? `${goal.sign} ${sign}${goal.than}${row.ratios ? '' : ` ${unit}`}` : '',
      met === null ? '' : met ? 'met' : 'NOT MET',
    ];
  });
  const widths = head.map((_, column) =>
    Math.max(...[head, ...body].map((line) => line[column]?.length ?? 0)),
  );
  console.log(`\n${table.title}`);
  for (const line of [head, ...body]) {
    const cells = line.map((cell, column) =>
      column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
    );
    console.log(`  ${cells.join('  ').trimEnd()}`);
  }
}

function spread(samples: readonly number[]): string {
  const { median, least, most } = summarise(samples);
  return samples.length === 1 ? figure(median) : `${figure(median)} (${figure(least)}–${figure(most)})`;
}

/** Three digits, and whole numbers in full. */
function figure(value: number): string {
  return Math.abs(value) >= 100
    ? Math.round(value).toLocaleString('en')
    : String(Number(value.toPrecision(3)));
}
