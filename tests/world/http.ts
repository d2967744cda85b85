/** A small keep-alive JSON client for the tests' own requests; the product's clients are what is tested. */
import { Agent as HttpAgent, request as httpRequest } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';

/** A server's answer; `body` is parsed where it is JSON, text where not, `null` where empty. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: unknown;
}

/** What to send besides method and path. */
export interface Sending {
  /** A string goes as it is, anything else as JSON. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A client of one server. */
export interface Http {
  send(method: string, path: string, what?: Sending): Promise<Answer>;
  close(): void;
}

/**
 * @param url The server's origin.
 * @param ca PEM of the authority to trust, for https.
 */
export function createHttp(url: string, ca?: string): Http {
  const secure = url.startsWith('https:');
  const agent = secure
    ? new HttpsAgent({ keepAlive: true, maxSockets: 16, ...(ca ? { ca } : {}) })
    : new HttpAgent({ keepAlive: true, maxSockets: 16 });
  const request = secure ? httpsRequest : httpRequest;
  return {
    send: (method, path, { body, headers } = {}) =>
      new Promise((resolve, reject) => {
        const text = body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body);
        const length = text ? { 'Content-Length': String(Buffer.byteLength(text)) } : {};
        const type = text ? { 'Content-Type': 'application/json' } : {};
        request(
          `${url}${path}`,
          { method, agent, headers: { ...type, ...length, ...headers } },
          (response) => {
            const chunks: Buffer[] = [];
            response.on('data', (chunk: Buffer) => chunks.push(chunk));
            response.on('error', reject);
            response.on('end', () =>
              resolve({
                status: response.statusCode ?? 0,
                headers: response.headers,
                body: parse(Buffer.concat(chunks).toString()),
              }),
            );
          },
        )
          .on('error', reject)
          .end(text);
      }),
    close: () => agent.destroy(),
  };
}

function parse(text: string): unknown {
  if (!text) return null;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
