import * as v from 'valibot';

import { AppError, toAppError, type ErrorCode, type ErrorDetails } from '@/lib/core/errors';

import { isOfOwnOrigin, isOwnPage } from './own-pages';
import { protocol, type MessageKind, type RequestOf, type ResponseOf } from './protocol';

/** The part of `runtime.MessageSender` that decides. */
export interface MessageSender {
  readonly id?: string | undefined;
  readonly origin?: string | undefined;
  readonly url?: string | undefined;
  readonly frameId?: number | undefined;
  readonly documentId?: string | undefined;
  readonly tab?: { readonly id?: number | undefined; readonly url?: string | undefined } | undefined;
}

/** Who the router found the sender to be. */
export type Sender =
  | { readonly kind: 'page' }
  | {
      readonly kind: 'bridge';
      readonly origin: string;
      readonly tabId: number;
      readonly frameId: number;
      readonly documentId: string | undefined;
    };

export type Handlers = {
  readonly [Kind in MessageKind]: (
    request: RequestOf<Kind>,
    sender: (typeof protocol)[Kind]['from'] extends 'bridge'
      ? Extract<Sender, { kind: 'bridge' }>
      : Extract<Sender, { kind: 'page' }>,
  ) => Promise<ResponseOf<Kind>> | ResponseOf<Kind>;
};

export type Reply =
  | { readonly ok: true; readonly value: unknown }
  | {
      readonly ok: false;
      readonly code: ErrorCode;
      readonly details: ErrorDetails;
      readonly retryable: boolean;
    };

/** What the router knows of the extension it runs in. */
export interface Identity {
  readonly id: string;
  /** `chrome-extension://…` or `moz-extension://…`, without a slash at the end. */
  readonly origin: string;
}

/**
 * Decides by `sender`, never by what the message claims. A tester's identity is `sender.origin`;
 * opaque origins ("null") are refused.
 */
export function identify(sender: MessageSender, self: Identity): Sender {
  if (sender.id !== self.id) throw new AppError('untrusted-sender');
  if (isOwnPage(sender, self)) return { kind: 'page' };
  if (isOfOwnOrigin(sender, self)) throw new AppError('untrusted-sender');
  const tabId = sender.tab?.id;
  if (tabId === undefined || !sender.origin || !/^https?:\/\//.test(sender.origin)) {
    throw new AppError('untrusted-sender');
  }
  return {
    kind: 'bridge',
    origin: sender.origin,
    tabId,
    frameId: sender.frameId ?? 0,
    documentId: sender.documentId,
  };
}

/** Makes the one entry for all messages. It never throws: whatever goes wrong becomes a reply with a code. */
export function createRouter(handlers: Handlers, self: Identity) {
  return async (message: unknown, sender: MessageSender): Promise<Reply> => {
    try {
      const who = identify(sender, self);
      const { kind, request } = v.parse(envelope, message);
      if (!Object.hasOwn(protocol, kind)) throw new AppError('bad-message');
      const entry = protocol[kind as MessageKind];
      if (entry.from !== who.kind) throw new AppError('untrusted-sender');
      const parsed = v.safeParse(entry.request as v.GenericSchema, request);
      if (!parsed.success) throw new AppError('bad-message');
      const handle = handlers[kind as MessageKind] as (request: unknown, sender: Sender) => unknown;
      return { ok: true, value: await handle(parsed.output, who) };
    } catch (error) {
      const { code, details, retryable } = v.isValiError(error)
        ? new AppError('bad-message')
        : toAppError(error);
      return { ok: false, code, details, retryable };
    }
  };
}

const envelope = v.strictObject({ kind: v.string(), request: v.unknown() });
