import { randomInt } from 'node:crypto';

/** Numbers from 0 up to, not including, `below`. */
export type Random = (below: number) => number;

/** A seed of its own for each run; `KEYFERRY_SEED` repeats one. */
export const SEED = Number(process.env['KEYFERRY_SEED'] ?? randomInt(2 ** 31));

/** Mulberry32: small, and good enough to spread instants. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below;
  };
}
