import { ASK, OFFER, type HoldMessage, type ToBridge } from '@/lib/injection/channel';

import type { BridgeDeps } from './contract';
import { framing } from './frames';
import { createHolding } from './holding';
import { createNotice } from './notice';
import { tellTesterKind } from './tester-kind';

const isText = (value: unknown): value is string => typeof value === 'string';

/** What comes over the port is the page's: anything of another shape is dropped, the rest the worker checks. */
function isHold(message: Partial<HoldMessage>): message is HoldMessage {
  return (
    message.kind === 'hold' &&
    typeof message.id === 'number' &&
    isText(message.url) &&
    isText(message.method) &&
    Array.isArray(message.headers) &&
    message.headers.every((pair) => Array.isArray(pair) && pair.length === 2 && pair.every(isText)) &&
    Array.isArray(message.elsewhere) &&
    typeof message.silent === 'boolean'
  );
}

/** The content script of an enabled tester: hands held requests to the worker. Must run at document_start. */
export function startBridge(deps: BridgeDeps): void {
  const { port1: port, port2: offered } = new MessageChannel();
  const holding = createHolding({
    ...deps,
    framed: framing,
    notice: createNotice(),
    reply: (message) => port.postMessage(message),
  });
  port.onmessage = ({ data }: MessageEvent<Partial<ToBridge> | null>) => {
    if (typeof data !== 'object' || data === null) return;
    if (data.kind === 'drop' && typeof data.id === 'number') holding.drop(data.id);
    else if (isHold(data as Partial<HoldMessage>)) void holding.hold(data as HoldMessage);
  };

  // Whichever script comes second finds the other one listening.
  const offer = () => {
    const taken = !document.dispatchEvent(new MessageEvent(OFFER, { ports: [offered], cancelable: true }));
    if (taken) document.removeEventListener(ASK, offer, true);
  };
  document.addEventListener(ASK, offer, true);
  offer();

  addEventListener('pagehide', ({ persisted }) => {
    if (!persisted) holding.dropAll();
  });
  tellTesterKind(document, (kind) => {
    if (deps.isAlive()) void deps.hello(kind).catch(() => undefined);
  });
}
