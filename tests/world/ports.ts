/** Free ports on loopback, and whether one is in use. */
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';

async function listen(port: number): Promise<Server> {
  const server = createServer();
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

/**
 * The first of `count` neighbouring ports that are free right now. Another program may take one before the
 * caller does, so callers start again when their server cannot listen.
 */
export async function freePort(count = 1): Promise<number> {
  for (;;) {
    const servers = [await listen(0)];
    const first = portOf(servers[0]);
    try {
      while (servers.length < count) servers.push(await listen(first + servers.length));
      return first;
    } catch {
      // A neighbour is taken: look elsewhere.
    } finally {
      await Promise.all(servers.map((server) => new Promise((done) => server.close(done))));
    }
  }
}

/** The port that a listening server got. */
export function portOf(server: { address(): AddressInfo | string | null } | undefined): number {
  const address = server?.address();
  if (!address || typeof address === 'string') throw new Error('the server is not listening');
  return address.port;
}

/** Whether something on loopback accepts connections at this port. */
export function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(true));
    socket.on('error', () => resolve(false));
    socket.on('connect', () => socket.destroy());
  });
}
