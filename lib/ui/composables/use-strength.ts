import { readonly, shallowRef, watch, type ShallowRef } from 'vue';

/** How hard a passphrase is to guess: 0 (on every list) to 4. A hint, not a rule. */
export type Strength = 0 | 1 | 2 | 3 | 4;

/** Shorter passphrases are refused. */
export const LEAST_PASSPHRASE = 12;

type Estimate = (passphrase: string) => number;
let estimator: Promise<Estimate> | null = null;

// Its word lists are large, so they are loaded when somebody types a passphrase for the first time.
function loadEstimator(): Promise<Estimate> {
  estimator ??= Promise.all([import('@zxcvbn-ts/core'), import('@zxcvbn-ts/language-common')]).then(
    ([{ ZxcvbnFactory }, { adjacencyGraphs, dictionary }]) => {
      const zxcvbn = new ZxcvbnFactory({ dictionary, graphs: adjacencyGraphs });
      return (passphrase) => zxcvbn.check(passphrase).guessesLog10;
    },
  );
  return estimator;
}

/**
 * From the guesses that are needed. Somebody who stole the disk tries some 10,000 a second on one graphics
 * card (PBKDF2, 600,000 rounds): 10^7 is a quarter of an hour, 10^10 are days, 10^13 decades.
 *
 * @param log10 Decimal logarithm of the number of guesses.
 */
export function strengthOf(log10: number): Strength {
  const step = [4, 7, 10, 13].findIndex((limit) => log10 < limit);
  return (step === -1 ? 4 : step) as Strength;
}

/** Follows what is typed; `null` while nothing is, or the estimate is on the way. */
export function useStrength(passphrase: () => string): Readonly<ShallowRef<Strength | null>> {
  const strength = shallowRef<Strength | null>(null);
  watch(
    passphrase,
    async (typed) => {
      if (typed === '') {
        strength.value = null;
        return;
      }
      const estimate = await loadEstimator();
      if (passphrase() === typed) strength.value = strengthOf(estimate(typed));
    },
    { immediate: true },
  );
  return readonly(strength);
}
