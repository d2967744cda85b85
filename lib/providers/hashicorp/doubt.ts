import type { AppError, ErrorCode } from '@/lib/core/errors';

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
  return LOST.includes(error.code) || (error.code === 'server-error' && error.retryable);
}

/** For the queue: a write is repeated by itself only when it did nothing. */
export function didNothing(error: AppError): boolean {
  return NOTHING_DONE.includes(error.code);
}
