import { AppError, asErrorCode, type ErrorDetails } from '@/lib/core/errors';

import type { MessageKind, RequestOf, ResponseOf } from './protocol';

/** How a message travels; `lib/browser/runtime.ts` has the real one. */
export type SendMessage = (message: unknown) => Promise<unknown>;

/** Sends one message of the protocol and gives its answer. @throws AppError with the worker's code. */
export type Client = <Kind extends MessageKind>(
  kind: Kind,
  request: RequestOf<Kind>,
) => Promise<ResponseOf<Kind>>;

interface Reply {
  readonly ok?: unknown;
  readonly value?: unknown;
  readonly code?: unknown;
  readonly details?: unknown;
  readonly retryable?: unknown;
}

/** A typed client over `send`. A worker that died in between is `worker-restarted` (retryable). */
export function createClient(send: SendMessage): Client {
  return async <Kind extends MessageKind>(kind: Kind, request: RequestOf<Kind>) => {
    let reply: Reply | undefined;
    try {
      reply = (await send({ kind, request })) as Reply | undefined;
    } catch {
      throw new AppError('worker-restarted', {}, true);
    }
    if (reply?.ok === true) return reply.value as ResponseOf<Kind>;
    if (reply?.ok === false) {
      throw new AppError(
        asErrorCode(reply.code),
        (reply.details ?? {}) as ErrorDetails,
        reply.retryable === true,
      );
    }
    throw new AppError('worker-restarted', {}, true);
  };
}
