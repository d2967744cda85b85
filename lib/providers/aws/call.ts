import { AppError } from '@/lib/core/errors';
import { RETRY_AFTER } from '@/lib/providers/queue';
import type { AdaptiveQueue } from '@/lib/providers/queue';
import type { HttpResponse, Transport } from '@/lib/providers/transport';

import { isTimeRefused, serverTimeOf } from './clock';
import type { AwsEndpoint } from './endpoint';
import { translateFault } from './errors';
import type { CallContext } from './errors';
import { readFault } from './fault';
import type { Fault } from './fault';
import type { Signer } from './sign';

export interface CallOptions {
  readonly signal: AbortSignal;
  /** The secret asked for, or the name prefix of a listing: for the error's sentence. */
  readonly path: string;
  /** Ahead of everything that waits. */
  readonly first?: boolean;
  /**
   * Changes something: once sent it is neither given up nor blindly repeated, as then nobody could tell
   * whether it happened. Only what AWS refused for its rate is repeated here.
   */
  readonly write?: boolean;
}

/**
 * One action of Secrets Manager: signed, queued, repeated while that may help, its answer a JSON object.
 *
 * @throws AppError with one of the codes of `errors.ts`, or of the transport.
 */
export type AwsCall = (
  action: string,
  payload: Readonly<Record<string, unknown>>,
  options: CallOptions,
) => Promise<Readonly<Record<string, unknown>>>;

export interface CallParts {
  readonly endpoint: AwsEndpoint;
  readonly signer: Signer;
  readonly transport: Transport;
  readonly queue: AdaptiveQueue;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** The way to one server. How far this computer's clock is off is learnt from its answers and kept. */
export function createCall({ endpoint, signer, transport, queue, now }: CallParts): AwsCall {
  let offset = 0;

  async function send(context: CallContext, body: string, signal: AbortSignal): Promise<HttpResponse> {
    for (let corrected = false; ; corrected = true) {
      const sentAt = now() + offset;
      const request = await signer.sign(context.action, body, sentAt);
      const response = await transport(request, signal);
      if (response.status === 200) return response;
      const fault = readFault(response);
      const serverTime = serverTimeOf(response, fault);
      if (corrected || serverTime === null || !isTimeRefused(fault, sentAt, serverTime)) {
        throw refusal(fault, response, context, serverTime);
      }
      offset = serverTime - now();
    }
  }

  function refusal(fault: Fault, { headers }: HttpResponse, context: CallContext, serverTime: number | null) {
    const error = translateFault(fault, context);
    const { code, details, retryable } = error;
    if (code === 'clock-skew' && serverTime !== null) {
      return new AppError(code, { ...details, minutes: Math.round(Math.abs(serverTime - now()) / 60_000) });
    }
    const wait = Number(headers['retry-after']);
    return retryable && wait > 0 ? new AppError(code, { ...details, [RETRY_AFTER]: wait }, true) : error;
  }

  return (action, payload, { signal, path, first = false, write = false }) => {
    const context = { endpoint, action, path };
    const body = JSON.stringify(payload);
    const lasting = write ? new AbortController().signal : signal;
    return queue.run(
      async () => {
        if (signal.aborted) throw new AppError('cancelled');
        const response = await send(context, body, lasting).catch((error: unknown) => {
          throw nameRegion(error, endpoint);
        });
        return objectOf(response, endpoint);
      },
      { signal: lasting, first, ...(write ? { retry: ({ code }) => code === 'throttled' } : {}) },
    );
  };
}

/** A region of the right form that does not exist has no host: that is about the region, not about the network. */
export function nameRegion(error: unknown, { custom, region, host }: AwsEndpoint): unknown {
  return error instanceof AppError && error.code === 'host-unknown' && !custom
    ? new AppError('region-wrong', { region, host })
    : error;
}

function objectOf({ text, status }: HttpResponse, { host }: AwsEndpoint): Record<string, unknown> {
  try {
    const answer: unknown = JSON.parse(text);
    if (typeof answer === 'object' && answer !== null && !Array.isArray(answer)) {
      return answer as Record<string, unknown>;
    }
  } catch {
    // Said below: what was parsed is part of a SyntaxError's text and may be a secret.
  }
  throw new AppError('malformed-answer', { host, status });
}
