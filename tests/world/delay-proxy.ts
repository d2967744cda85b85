/** A TCP proxy that makes loopback as slow as a network; it does not look inside, so TLS passes through. */
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { Socket } from 'node:net';
import { portOf } from './ports';

/** A running delay proxy. */
export interface DelayProxy {
  readonly port: number;
  /** Changes the round-trip time, for what arrives from now on. */
  delay(roundTripMs: number): void;
  /** Connections accepted so far. */
  connections(): number;
  stop(): Promise<void>;
}

/**
 * @param target Port on 127.0.0.1 to pass everything to.
 * @param roundTripMs Each direction takes half of it, and a new connection one round trip more (TCP's handshake).
 */
export async function startDelayProxy(target: number, roundTripMs = 0): Promise<DelayProxy> {
  let roundTrip = roundTripMs;
  let accepted = 0;
  const sockets = new Set<Socket>();

  const server = createServer({ allowHalfOpen: true }, (client) => {
    accepted++;
    const upstream = connect({ port: target, host: '127.0.0.1', allowHalfOpen: true });
    for (const socket of [client, upstream]) {
      sockets.add(socket.setNoDelay(true));
      socket.on('close', () => sockets.delete(socket));
    }
    const ready = Date.now() + roundTrip;
    pass(client, upstream, () => Math.max(roundTrip / 2, ready - Date.now() + roundTrip / 2));
    pass(upstream, client, () => roundTrip / 2);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  return {
    port: portOf(server),
    delay: (ms) => void (roundTrip = ms),
    connections: () => accepted,
    async stop() {
      if (!server.listening) return;
      server.close();
      sockets.forEach((socket) => socket.destroy());
      await once(server, 'close');
    },
  };
}

/** Carries bytes and the end of one direction over, each `delay()` milliseconds after it came, in order. */
function pass(from: Socket, to: Socket, delay: () => number): void {
  // Timers of different lengths overtake each other, and a late one is overtaken by what needs none. Bytes must not,
  // so all steps wait in one line.
  const line: { readonly due: number; readonly step: () => void }[] = [];
  let timer: NodeJS.Timeout | undefined;
  const go = () => {
    timer = undefined;
    for (let next = line[0]; next; next = line[0]) {
      const wait = next.due - performance.now();
      if (wait >= 0.5) {
        timer = setTimeout(go, wait);
        return;
      }
      line.shift();
      next.step();
    }
  };
  const later = (step: () => void) => {
    line.push({ due: performance.now() + delay(), step });
    if (timer === undefined) go();
  };
  from.on('data', (chunk) => later(() => void (to.destroyed || to.write(chunk))));
  from.on('end', () => later(() => to.end()));
  from.on('error', () => later(() => to.resetAndDestroy()));
}
