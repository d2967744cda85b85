import PQueue from 'p-queue';
import { AppError, toAppError } from '@/lib/core/errors';

export interface QueueOptions {
  /** Calls in flight at the start. 64: on HTTP/1.1 the browser queues all but six itself. */
  readonly concurrency?: number;
  /** Calls in flight where the server speaks HTTP/2. */
  readonly h2Concurrency?: number;
  /** How long a server may fail without one success in between before nothing is retried any more, in ms. */
  readonly budgetMs?: number;
  /** 0 (in) to 1 (out), for the jitter. */
  readonly random?: () => number;
}

export interface RunOptions {
  readonly signal: AbortSignal;
  /** Ahead of everything that waits. */
  readonly first?: boolean;
  /** Which failures may be repeated; by default those that say `retryable`. */
  readonly retry?: (error: AppError) => boolean;
}

/** One queue for all calls to one server: as many at once as the server bears. */
export interface AdaptiveQueue {
  /**
   * Runs a call when its turn comes and repeats it as `retry` allows.
   *
   * @throws AppError `cancelled` as soon as the signal aborts, waiting or not; else what the last try
   *   threw, with the number of `tries` among its details.
   */
  run<T>(task: () => Promise<T>, options: RunOptions): Promise<T>;
  /** Tells how an answer came (`h2`, `http/1.1` …). */
  sawProtocol(protocol: string | undefined): void;
  /** Calls that may be in flight now. */
  readonly concurrency: number;
}

/** The detail in which a `throttled` or `server-error` error hands on the server's `Retry-After`. */
export const RETRY_AFTER = 'seconds';

/** Tries of one call that fails by itself (a reset, a 500); a server that asks to slow down is given the whole budget. */
const TRIES = 4;
const BASE_MS = 250;
const LONGEST_MS = 8_000;

/** Whether this failure says that the server has too much to do (429, 503, AWS throttling). */
function isOverload(error: AppError): boolean {
  return error.code === 'throttled' || (error.code === 'server-error' && error.details['status'] === 503);
}

/**
 * Makes the queue of one connection. In flight: 64, 128 once HTTP/2 was seen (facts measured with
 * Chromium: more gains nothing), half after each overload, then slowly more again. Waits are drawn with
 * full jitter (https://aws.amazon.com/builders-library/timeouts-retries-and-backoff-with-jitter/), and an
 * overload pauses every call, as limits are per client and not per call.
 */
export function createAdaptiveQueue(options: QueueOptions = {}): AdaptiveQueue {
  const { concurrency = 64, h2Concurrency = 128, budgetMs = 60_000, random = Math.random } = options;
  const queue = new PQueue({ concurrency });
  let limit = concurrency;
  /** Grows with each halving, so that the calls already in flight then do not halve once more. */
  let era = 0;
  let calm = 0;
  let streak = 0;
  let failingSince: number | null = null;
  let pausedUntil = 0;
  let resume: ReturnType<typeof setTimeout> | undefined;

  function succeeded(): void {
    failingSince = null;
    streak = 0;
    if (queue.concurrency >= limit || ++calm < queue.concurrency) return;
    calm = 0;
    queue.concurrency = Math.min(limit, queue.concurrency + Math.max(1, queue.concurrency >> 3));
  }

  function overloaded(taskEra: number): void {
    calm = 0;
    if (taskEra !== era) return;
    era += 1;
    streak += 1;
    queue.concurrency = Math.max(1, queue.concurrency >> 1);
  }

  function jitter(exponent: number): number {
    return random() * Math.min(LONGEST_MS, BASE_MS * 2 ** exponent);
  }

  function pauseFor(ms: number): void {
    const until = Date.now() + ms;
    if (until <= pausedUntil) return;
    pausedUntil = until;
    queue.pause();
    clearTimeout(resume);
    resume = setTimeout(() => queue.start(), ms);
  }

  /** How long to wait before the next try, or `null` to give up. */
  function delay(error: AppError, tries: number): number | null {
    const asked = error.details[RETRY_AFTER];
    const overload = isOverload(error);
    if (error.code !== 'throttled' && tries >= TRIES) return null;
    const wait = overload && typeof asked === 'number' ? asked * 1_000 : jitter(overload ? streak : tries);
    failingSince ??= Date.now();
    return Date.now() + wait - failingSince > budgetMs ? null : wait;
  }

  async function run<T>(task: () => Promise<T>, { signal, first = false, retry }: RunOptions): Promise<T> {
    for (let tries = 1; ; tries += 1) {
      let startedIn = era;
      try {
        const result = await queue.add(
          () => {
            startedIn = era;
            return task();
          },
          { signal, priority: (first ? 2 : 0) + (tries > 1 ? 1 : 0) },
        );
        succeeded();
        return result;
      } catch (thrown) {
        if (signal.aborted) throw new AppError('cancelled');
        const error = toAppError(thrown);
        const overload = isOverload(error);
        if (overload) overloaded(startedIn);
        const wait = (retry ?? ((one) => one.retryable))(error) ? delay(error, tries) : null;
        if (wait === null) {
          throw tries === 1 ? error : new AppError(error.code, { ...error.details, tries }, error.retryable);
        }
        if (overload) pauseFor(wait);
        else await sleep(wait, signal);
      }
    }
  }

  return {
    run,
    sawProtocol(protocol) {
      if (protocol !== 'h2' || limit >= h2Concurrency) return;
      const unhindered = queue.concurrency === limit;
      limit = h2Concurrency;
      if (unhindered) queue.concurrency = limit;
    },
    get concurrency() {
      return queue.concurrency;
    },
  };
}

/** Waits; resolves at once when the signal aborts (the next `add` then refuses). */
function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done);
  });
}
