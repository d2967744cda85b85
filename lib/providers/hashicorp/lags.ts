/** In ms: a standby was at most 164 behind (measured with OpenBao 2.7.2). */
const WAITS = [10, 20, 40, 80, 160, 320];

/** Waits of one work for a node of the cluster that is behind. */
export interface Lags {
  /** Waits, each time longer; `false` when it was long enough, or the signal aborted. */
  next(signal: AbortSignal): Promise<boolean>;
}

export function createLags(): Lags {
  let at = 0;
  return {
    async next(signal) {
      const wait = WAITS[at++];
      if (wait === undefined || signal.aborted) return false;
      await new Promise((resolve) => setTimeout(resolve, wait));
      return !signal.aborted;
    },
  };
}
