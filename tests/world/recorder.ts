/** A loopback web server that keeps what arrives, so that a test can look at the wire. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { portOf } from './ports';

/** A request as it arrived. */
export interface Recorded {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Path and query exactly as sent. */
  readonly target: string;
  readonly headers: IncomingHttpHeaders;
  /** Names and values in the order and case of the wire. */
  readonly rawHeaders: readonly string[];
  /** Complete once the server has answered. */
  readonly body: Buffer;
  /** Milliseconds since the epoch. */
  readonly time: number;
}

/** A running recording server. */
export interface Recorder {
  readonly url: string;
  readonly port: number;
  /** What has arrived so far, be it only its head, preflights included; those at `path` only when it is given. */
  requests(path?: string): readonly Recorded[];
  /** The next request that fits, or one that is here already; whole, and with its answer under way. */
  arrival(fits: (request: Recorded) => boolean): Promise<Recorded>;
  clear(): void;
  stop(): Promise<void>;
}

/** Answers one request, whose body has been read; `undefined` means that there is nothing of that name. */
export type Answerer = (request: Recorded, response: ServerResponse) => unknown;

/** Starts a server on a free port of 127.0.0.1. */
export async function startRecorder(answer: Answerer): Promise<Recorder> {
  let recorded: Recorded[] = [];
  const waiting = new Set<(request: Recorded) => void>();

  const answering = new WeakSet<Recorded>();

  async function serve(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const request = await receive(message, (head) => recorded.push(head));
    const answered = answer(request, response);
    answering.add(request);
    waiting.forEach((tell) => tell(request));
    await answered;
  }

  const server = createServer((message, response) => {
    serve(message, response).catch(() => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const port = portOf(server);

  return {
    url: `http://127.0.0.1:${port}`,
    port,
    requests: (path) => recorded.filter((request) => path === undefined || request.path === path),
    arrival: (fits) =>
      new Promise((resolve) => {
        const here = recorded.find((request) => answering.has(request) && fits(request));
        if (here) return resolve(here);
        const tell = (request: Recorded) => {
          if (!fits(request)) return;
          waiting.delete(tell);
          resolve(request);
        };
        waiting.add(tell);
      }),
    clear: () => void (recorded = []),
    async stop() {
      if (!server.listening) return;
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

/** Tells of the request when its head is here, and resolves when its body is. */
async function receive(message: IncomingMessage, arrived: (request: Recorded) => void): Promise<Recorded> {
  const target = message.url ?? '/';
  const { pathname, searchParams } = new URL(target, 'http://127.0.0.1');
  const request = {
    method: message.method ?? '',
    path: pathname,
    query: searchParams,
    target,
    headers: message.headers,
    rawHeaders: message.rawHeaders,
    body: Buffer.alloc(0),
    time: Date.now(),
  };
  arrived(request);
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  request.body = Buffer.concat(chunks);
  return request;
}
