/** Answers that are kept until something they hang on changes. */
export type Memo = <Value>(key: string, read: () => Promise<Value>) => Promise<Value>;

/** A page may name as many destinations as it likes. */
const MOST_KEPT = 500;

/**
 * Keeps what was read, so that a page's request does not wait for the same rows each time.
 *
 * @param stamp Changes with everything that any answer hangs on, at the latest when the change can be read.
 * @returns Asks once for each key and stamp. What was read while the stamp changed is given out, but not kept. Those
 *   who ask get the same object: it is not to be changed.
 */
export function createMemo(stamp: () => string): Memo {
  let kept = new Map<string, unknown>();
  let keptAt = stamp();
  return async <Value>(key: string, read: () => Promise<Value>): Promise<Value> => {
    const before = stamp();
    if (before !== keptAt) {
      kept = new Map();
      keptAt = before;
    }
    if (kept.has(key)) return kept.get(key) as Value;
    const value = await read();
    if (stamp() === before && keptAt === before) {
      if (kept.size >= MOST_KEPT) kept.clear();
      kept.set(key, value);
    }
    return value;
  };
}
