import { AppError, toAppError } from '@/lib/core/errors';
import type { ErrorCode } from '@/lib/core/errors';
import { UNSENT } from '@/lib/providers/transport';

/** Failures after which the server may have acted all the same. */
const UNANSWERED: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'unreachable',
  'connection-reset',
  'timeout',
  'server-error',
]);

/** What a look at the server may find instead of the write. */
const CLASHES: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['conflict', 'missing', 'deletion-pending']);

/** So often a write is sent whose answers are lost and which the server does not show. */
const TRIES = 4;

/** Whether a write that failed like this may have happened. */
export function isLost({ code, details }: AppError): boolean {
  if (code === 'offline') return details[UNSENT] === undefined;
  // What cannot be read, and names no fault of AWS, was said by something in between, or cut on its way.
  return UNANSWERED.has(code) || (code === 'malformed-answer' && details['fault'] === undefined);
}

/** What a write that may or may not have happened is told as. */
function unknown(path: string): AppError {
  return new AppError('outcome-unknown', { path });
}

export interface Write<T> {
  readonly path: string;
  /** Must bear being repeated where `look` did not find its effect. */
  readonly send: () => Promise<T>;
  /** What the write came to when it happened, `null` when it did not. A clash that it throws ends the writing. */
  readonly look: () => Promise<T | null>;
  /** What to throw when nobody can tell; by default `outcome-unknown`. */
  readonly giveUp?: (lost: AppError) => AppError;
}

/**
 * Sends a write; when its answer is lost, looks at the server before it is sent again.
 *
 * @throws AppError what `send` threw for an answer; `outcome-unknown` when the server cannot be looked at, or
 *   the answer is lost again and again.
 */
export async function writeOnce<T>({ path, send, look, giveUp = () => unknown(path) }: Write<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    let lost: AppError;
    try {
      return await send();
    } catch (thrown) {
      lost = toAppError(thrown);
      if (!isLost(lost)) throw lost;
    }
    const found = await look().catch((thrown: unknown) => {
      const error = toAppError(thrown);
      throw CLASHES.has(error.code) ? error : giveUp(lost);
    });
    if (found !== null) return found;
    if (tries >= TRIES) throw giveUp(lost);
  }
}
