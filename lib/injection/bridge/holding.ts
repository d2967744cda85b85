import { wireMessage } from '@/lib/core/copy/wire';
import { toAppError, type ErrorCode, type ErrorDetails } from '@/lib/core/errors';
import type { FromBridge, HoldMessage } from '@/lib/injection/channel';
import type { Answer } from '@/lib/injection/contract';

import type { BridgeDeps, Framed } from './contract';
import type { Notice } from './notice';
import { newRequestId } from './request-id';

/** How long a request waits for the user. */
const HOLD_MS = 300_000;
/** The worker answers within 20 s; one that died in the middle may never do. */
const ANSWER_MS = 30_000;
/** Between two questions, so that a worker that answers at once is not asked in a circle. */
const PAUSE_MS = 100;
/** As long as the worker keeps an unused rule. */
const ARMED_MS = 10_000;
/** A worker that is being ended finds its browser calls failing (Chromium: "No SW"): the next one is asked again. */
const UNEXPECTED_TRIES = 3;
const RETRY_MS = [200, 400, 800, 1_500];

const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

interface HoldingDeps extends Pick<BridgeDeps, 'request' | 'abandon' | 'isAlive'> {
  readonly framed: () => Framed;
  readonly notice: Pick<Notice, 'hold' | 'release' | 'stopped'>;
  readonly reply: (message: FromBridge) => void;
}

/**
 * Owns the wait of held requests: asks the worker again by the same id while the user has not answered and
 * when the worker has died, for 5 minutes at most.
 */
export function createHolding(deps: HoldingDeps) {
  /** By the hook's number: the id that the worker knows. */
  const open = new Map<number, string>();

  /** @param doubt Whether something unexpected may be the worker's end. */
  async function ask(
    message: HoldMessage,
    requestId: string,
    doubt: () => boolean,
  ): Promise<Answer | 'again'> {
    const { url, method, headers, elsewhere } = message;
    const late = Promise.withResolvers<'again'>();
    const timer = setTimeout(() => late.resolve('again'), ANSWER_MS);
    try {
      const answer = deps.request({ requestId, url, method, headers, elsewhere, framed: deps.framed() });
      return await Promise.race([answer, late.promise]);
    } catch (error) {
      const { code, retryable } = toAppError(error);
      if (retryable || (code === 'unexpected' && doubt())) return 'again';
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  /** @returns The worker's last word, or `null` when the request is not waited for any more. */
  async function wait(message: HoldMessage, requestId: string): Promise<FromBridge | null> {
    const { id } = message;
    const failed = (code: ErrorCode, details?: ErrorDetails): FromBridge => ({
      kind: 'failed',
      id,
      message: wireMessage(code, details),
    });
    const until = Date.now() + HOLD_MS;
    let failures = 0;
    let doubts = 0;
    try {
      while (open.has(id)) {
        if (!deps.isAlive()) return { kind: 'orphaned', id };
        const answer = await ask(message, requestId, () => ++doubts < UNEXPECTED_TRIES);
        if (!open.has(id)) {
          // Armed for nobody: the worker must not wait for its use.
          void deps.abandon(requestId).catch(() => undefined);
          return null;
        }
        if (answer === 'again') {
          await sleep(RETRY_MS[Math.min(failures, RETRY_MS.length - 1)] ?? 0);
          failures += 1;
        } else if (answer.state === 'armed') {
          return { kind: 'armed', id, nonce: answer.nonce };
        } else if (answer.state === 'as-typed') {
          return { kind: 'as-typed', id };
        } else {
          failures = 0;
          deps.notice.hold(requestId, answer);
          await sleep(PAUSE_MS);
        }
        if (Date.now() >= until) return giveUp(requestId, failed('request-timeout'));
      }
      return null;
    } catch (error) {
      const { code, details } = toAppError(error);
      // The worker has forgotten all others by itself.
      return code === 'unexpected' ? giveUp(requestId, failed(code, details)) : failed(code, details);
    }
  }

  function giveUp(requestId: string, message: FromBridge): FromBridge {
    void deps.abandon(requestId).catch(() => undefined);
    return message;
  }

  async function hold(message: HoldMessage): Promise<void> {
    const { id, silent } = message;
    if (!deps.isAlive()) {
      deps.reply({ kind: 'orphaned', id });
      return;
    }
    const requestId = newRequestId();
    open.set(id, requestId);
    deps.reply({ kind: 'seen', id });
    const last = await wait(message, requestId);
    deps.notice.release(requestId);
    if (!last || open.get(id) !== requestId) return;
    // Kept a moment after `armed`: the page may still give up before it sends.
    if (last.kind === 'armed') setTimeout(() => open.delete(id), ARMED_MS);
    else open.delete(id);
    if (last.kind === 'failed' && silent) deps.notice.stopped(last.message);
    deps.reply(last);
  }

  function drop(id: number): void {
    const requestId = open.get(id);
    if (requestId === undefined) return;
    open.delete(id);
    deps.notice.release(requestId);
    if (deps.isAlive()) void deps.abandon(requestId).catch(() => undefined);
  }

  return {
    hold,
    drop,
    dropAll(): void {
      for (const id of [...open.keys()]) drop(id);
    },
  };
}
