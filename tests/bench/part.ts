import type { Table } from './report';

/** What every part is told. */
export interface Run {
  /** The built extension. */
  readonly dir: string;
  readonly secrets: number;
  /** Round-trip times to measure at, in ms. */
  readonly delays: readonly number[];
  /** Rounds, where the user asked for a number of them. */
  readonly rounds: number | null;
  /** Says what is going on, on a line that the next one replaces. */
  told(text: string): void;
}

/** One thing to measure; starts what it needs and ends it. */
export interface Part {
  readonly name: string;
  readonly about: string;
  run(options: Run): AsyncGenerator<Table, void, void>;
}
