import { toAppError } from '@/lib/core/errors';
import type { AppError, ErrorCode } from '@/lib/core/errors';
import { UNSENT } from '@/lib/providers/transport';

const LOST: readonly ErrorCode[] = ['connection-reset', 'timeout', 'unreachable', 'malformed-answer'];
/** The server says itself that it did nothing. */
const NOTHING_DONE: readonly ErrorCode[] = [
  'throttled',
  'no-active-node',
  'standby-behind',
  'engine-upgrading',
];

/** Whether a write that failed so may have been carried out all the same. */
export function isLost(error: AppError): boolean {
  const { code, details, retryable } = error;
  // A line that breaks while the answer is awaited leaves the computer offline as well.
  if (code === 'offline') return details[UNSENT] === undefined;
  return LOST.includes(code) || (code === 'server-error' && retryable);
}

/** For the queue: a write is repeated by itself only when it did nothing. */
export function didNothing(error: AppError): boolean {
  return NOTHING_DONE.includes(error.code);
}

/** The server refuses the path itself, whatever is asked of it: so it has written nothing there either. */
export function isRefusedPath(why: unknown): boolean {
  return toAppError(why).code === 'path-invalid';
}
