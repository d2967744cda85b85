import type { TesterKind } from '@/lib/core/model';
import type { Answer } from '@/lib/injection/contract';

/** Whether every ancestor frame has the frame's own origin. */
export type Framed = 'top' | 'same-origin' | 'foreign';

/** The protocol's `inject/request`. */
export interface HeldMessage {
  requestId: string;
  url: string;
  method: string;
  headers: [string, string][];
  elsewhere: ('url' | 'body')[];
  framed: Framed;
}

/** What the bridge needs: the worker, by messages. */
export interface BridgeDeps {
  /** @throws AppError with the worker's code; `worker-restarted` when there was no answer. */
  request(held: HeldMessage): Promise<Answer>;
  abandon(requestId: string): Promise<unknown>;
  hello(kind: TesterKind): Promise<unknown>;
  /** False once the extension was updated, reloaded or switched off behind this page. */
  isAlive(): boolean;
}
