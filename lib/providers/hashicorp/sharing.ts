import { AppError } from '@/lib/core/errors';

/**
 * Makes concurrent callers share one run of `work`. A caller that gives up gets `cancelled` at once; the
 * run itself goes on for the others.
 */
export function createSharing<T>(work: () => Promise<T>): (signal: AbortSignal) => Promise<T> {
  let running: Promise<T> | null = null;
  return (signal) => {
    running ??= work().finally(() => (running = null));
    return orCancelled(running, signal);
  };
}

function orCancelled<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const cancel = () => reject(new AppError('cancelled'));
    if (signal.aborted) cancel();
    signal.addEventListener('abort', cancel, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', cancel));
  });
}
