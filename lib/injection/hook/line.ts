import { ASK, OFFER, type FromBridge, type HoldMessage } from '@/lib/injection/channel';

/** How long a request waits for a bridge to come up, and for a sign that it is alive. */
const CONNECT_MS = 3_000;
const SEEN_MS = 2_500;
/** A busy page runs its timers before its messages: one more chance. */
const GRACE_MS = 250;

export type Outcome =
  | { readonly kind: 'armed'; readonly nonce: string }
  | { readonly kind: 'as-typed' }
  | { readonly kind: 'failed'; readonly message: string }
  | { readonly kind: 'orphaned' };

export interface Question {
  readonly outcome: Promise<Outcome>;
  /** The page gave up. */
  drop(): void;
}

interface Open {
  readonly message: HoldMessage;
  readonly settle: (outcome: Outcome) => void;
  cancelTimer: () => void;
}

/** The hook's end of the line to the bridge. Must be made at document_start. */
export function createLine(target: EventTarget = document) {
  const open = new Map<number, Open>();
  let port: MessagePort | null = null;
  let lastId = 0;

  function settle(id: number, outcome: Outcome): void {
    const one = open.get(id);
    if (!one) return;
    open.delete(id);
    one.cancelTimer();
    one.settle(outcome);
  }

  function orphanAfter(id: number, ms: number): void {
    const one = open.get(id);
    if (!one) return;
    one.cancelTimer();
    let timer = setTimeout(() => {
      timer = setTimeout(() => settle(id, { kind: 'orphaned' }), GRACE_MS);
    }, ms);
    one.cancelTimer = () => clearTimeout(timer);
  }

  function hear({ data }: MessageEvent<FromBridge>): void {
    if (data.kind === 'seen') open.get(data.id)?.cancelTimer();
    else settle(data.id, data);
  }

  function take(event: Event): void {
    const [given] = (event as MessageEvent).ports;
    if (!given) return;
    target.removeEventListener(OFFER, take, true);
    event.stopImmediatePropagation();
    event.preventDefault();
    port = given;
    port.onmessage = hear;
    for (const [id, { message }] of open) {
      port.postMessage(message);
      orphanAfter(id, SEEN_MS);
    }
  }

  target.addEventListener(OFFER, take, true);
  target.dispatchEvent(new Event(ASK));

  return {
    /** Asks what becomes of a request; it never rejects. */
    ask(request: Omit<HoldMessage, 'kind' | 'id'>): Question {
      const id = (lastId += 1);
      const message: HoldMessage = { kind: 'hold', id, ...request };
      const outcome = new Promise<Outcome>((settled) => {
        open.set(id, { message, settle: settled, cancelTimer: () => undefined });
      });
      port?.postMessage(message);
      orphanAfter(id, port ? SEEN_MS : CONNECT_MS);
      return {
        outcome,
        drop() {
          open.get(id)?.cancelTimer();
          open.delete(id);
          port?.postMessage({ kind: 'drop', id });
        },
      };
    },
  };
}
export type Line = ReturnType<typeof createLine>;
