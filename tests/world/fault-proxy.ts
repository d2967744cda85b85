/** An HTTP proxy in front of one server that does, on demand, what real servers and networks do rarely. */
import { once } from 'node:events';
import { Agent, createServer, request as httpRequest } from 'node:http';
import type { IncomingHttpHeaders, IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { portOf } from './ports';

/** What a rule sees of a request. */
export interface Passing {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** What happens instead. `cutBefore`: the server never sees the request; `cutAfter`: it acts, its answer is lost. */
export type Outcome =
  | 'cutBefore'
  | 'cutAfter'
  | { readonly status: number; readonly headers?: OutgoingHttpHeaders; readonly body?: string };

/** One trouble to make. */
export interface Fault {
  /** Which requests; by default all. */
  readonly when?: (request: Passing) => boolean;
  /** How many of them; by default every one. */
  readonly times?: number;
  readonly then: Outcome;
}

/** A running fault proxy. */
export interface FaultProxy {
  readonly port: number;
  /** Adds a trouble; the returned function takes it back. Earlier ones come first. */
  fail(fault: Fault): () => void;
  /**
   * From now on the server acts on what matches (by default on all), and its answers wait: until the returned function
   * lets them go, or `clear`. A request counts among `requests()` by the time it is looked at.
   */
  hold(when?: (request: Passing) => boolean): () => void;
  /** How many answers wait. */
  held(): number;
  /** Every request that came, whatever became of it. */
  requests(): readonly Passing[];
  /** The most requests that were under way at the same time. */
  mostInFlight(): number;
  clear(): void;
  stop(): Promise<void>;
}

/** @param target Port on 127.0.0.1. Headers pass unchanged, Host included, so that signatures stay right. */
export async function startFaultProxy(target: number): Promise<FaultProxy> {
  const agent = new Agent({ keepAlive: true });
  let faults: { fault: Fault; left: number }[] = [];
  let holds: { when: (request: Passing) => boolean; over: PromiseWithResolvers<void> }[] = [];
  let held = 0;
  let seen: Passing[] = [];
  let inFlight = 0;
  let most = 0;

  function outcomeFor(request: Passing): Outcome | null {
    const found = faults.find(({ fault, left }) => left > 0 && (fault.when?.(request) ?? true));
    if (!found) return null;
    found.left--;
    return found.fault.then;
  }

  function release(entry: (typeof holds)[number]): void {
    holds = holds.filter((one) => one !== entry);
    entry.over.resolve();
  }

  async function handle(message: IncomingMessage, response: ServerResponse): Promise<void> {
    most = Math.max(most, ++inFlight);
    response.on('close', () => inFlight--);
    const body = await read(message);
    const { method = '', url: path = '/', headers } = message;
    const request = { method, path, headers, body };
    seen.push(request);
    const hold = holds.find(({ when }) => when(request));
    const outcome = outcomeFor(request);
    if (outcome === 'cutBefore') return void message.socket.destroy();
    if (outcome && outcome !== 'cutAfter') {
      return void response.writeHead(outcome.status, outcome.headers).end(outcome.body ?? '');
    }
    const answer = await ask(message, body, response);
    const answered = await read(answer);
    if (hold) {
      held++;
      await hold.over.promise;
      held--;
    }
    if (outcome === 'cutAfter') return void message.socket.destroy();
    response.writeHead(answer.statusCode ?? 502, answer.rawHeaders).end(answered);
  }

  function ask(message: IncomingMessage, body: Buffer, response: ServerResponse): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const { method, url, rawHeaders } = message;
      const onward = httpRequest({ host: '127.0.0.1', port: target, path: url, method, agent });
      for (let at = 0; at < rawHeaders.length; at += 2) {
        const [name = '', value = ''] = rawHeaders.slice(at, at + 2);
        if (!/^(connection|transfer-encoding|content-length)$/i.test(name)) onward.setHeader(name, value);
      }
      onward.setHeader('Content-Length', body.length);
      onward.on('response', resolve).on('error', reject).end(body);
      // A caller who gives up takes the request along, as without a proxy.
      response.on('close', () => void (response.writableEnded || onward.destroy()));
    });
  }

  const server = createServer((message, response) => {
    handle(message, response).catch(() => message.socket.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  return {
    port: portOf(server),
    fail(fault) {
      const entry = { fault, left: fault.times ?? Infinity };
      faults.push(entry);
      return () => void (faults = faults.filter((one) => one !== entry));
    },
    hold(when = () => true) {
      const entry = { when, over: Promise.withResolvers<void>() };
      holds.push(entry);
      return () => release(entry);
    },
    held: () => held,
    requests: () => seen,
    mostInFlight: () => most,
    clear() {
      faults = [];
      holds.forEach(release);
      seen = [];
      most = 0;
    },
    async stop() {
      agent.destroy();
      holds.forEach(release);
      if (!server.listening) return;
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

async function read(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
