/** One who takes a turn in each round; gives its figures by name, in ms. */
export interface Contender {
  readonly name: string;
  turn(): Promise<Readonly<Record<string, number>>>;
}

/** What was measured, by name; the samples of one round stand at the same place in every list. */
export type Samples = ReadonlyMap<string, readonly number[]>;

/**
 * Lets the contenders take turns, in an order that rotates by one each round, so that what else the machine does
 * meets all of them.
 */
export async function interleave(
  contenders: readonly Contender[],
  rounds: number,
  told: (text: string) => void,
): Promise<Samples> {
  const samples = new Map<string, number[]>();
  for (let round = 0; round < rounds; round++) {
    for (let at = 0; at < contenders.length; at++) {
      const contender = contenders[(round + at) % contenders.length];
      if (!contender) continue;
      told(`round ${round + 1} of ${rounds}: ${contender.name}`);
      for (const [name, value] of Object.entries(await contender.turn())) {
        samples.set(name, [...(samples.get(name) ?? []), value]);
      }
    }
  }
  return samples;
}

/** How long some work took, in ms. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const from = performance.now();
  await work();
  return performance.now() - from;
}

export interface Summary {
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

/** @throws Error when there are no samples. */
export function summarise(samples: readonly number[]): Summary {
  const sorted = [...samples].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle];
  const lower = sorted.length % 2 === 0 ? sorted[middle - 1] : upper;
  if (upper === undefined || lower === undefined) throw new Error('Nothing was measured.');
  return { median: (lower + upper) / 2, least: sorted[0] ?? upper, most: sorted.at(-1) ?? upper };
}

/** How many times longer the reference took than this, round by round. */
export function ratios(reference: readonly number[], samples: readonly number[]): number[] {
  return samples.flatMap((value, at) => {
    const other = reference[at];
    return other === undefined ? [] : [other / value];
  });
}
