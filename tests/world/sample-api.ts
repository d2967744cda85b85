/** The API that testers call: it records what arrives, asks for credentials, redirects, streams and stalls. */
import type { ServerResponse } from 'node:http';
import { startRecorder } from './recorder';
import type { Answerer, Recorded, Recorder } from './recorder';
import { isAllowed, issueToken } from './sample-api-auth';

/** A running sample API. */
export interface SampleApi extends Recorder {
  /** The value that `/secure/…` and `/oauth/token` ask for, else 401; it may be changed at any time. */
  expected: string;
  /** Another origin of the same owner, where `/redirect/other-origin` leads; it records as well. */
  readonly elsewhere: Recorder;
  /** Lets every request that waits at `/hold` go on. */
  release(): void;
}

/** Starts both origins. What each path does: the table in this file, and openapi.ts. */
export async function startSampleApi({ expected = 'expected-value' } = {}): Promise<SampleApi> {
  let held: (() => void)[] = [];
  const elsewhere = await startRecorder((request, response) => {
    allowAnyPage(request, response);
    json(response, 200, { landed: 'elsewhere' });
  });

  const answers: Record<string, Answerer> = {
    '/oauth': (request, response) => {
      const token = issueToken(request, api.expected);
      if (!token) return json(response, 401, { error: 'invalid_client' });
      json(response, 200, { access_token: token, token_type: 'Bearer', expires_in: 3600 });
    },
    '/secure': (request, response) => {
      const allowed = isAllowed(request, api.expected);
      json(response, allowed ? 200 : 401, allowed ? { ok: true } : { error: 'unauthorized' });
    },
    '/redirect': (request, response) => {
      const { path, query } = request;
      // The same path means the same path: only the query tells the second hop from the first.
      if (query.has('hop')) return json(response, 200, { landed: 'same path' });
      const to = { '/redirect/same-path': `${path}?hop=1`, '/redirect/other-path': '/landed' }[path];
      response.writeHead(307, { Location: to ?? `${elsewhere.url}/landed` }).end();
    },
    '/echo': (request, response) =>
      json(response, 200, {
        method: request.method,
        target: request.target,
        headers: request.headers,
        body: request.body.toString(),
      }),
    '/status': (request, response) => json(response, Number(request.path.split('/')[2]) || 200, { ok: true }),
    '/slow': (request, response) => {
      const timer = setTimeout(
        () => json(response, 200, { ok: true }),
        Number(request.query.get('ms') ?? 1000),
      );
      response.on('close', () => clearTimeout(timer));
    },
    '/hold': (_request, response) => void held.push(() => json(response, 200, { ok: true })),
    '/stream': stream,
    '/bytes': (request, response) => {
      const bytes = Buffer.alloc(Number(request.query.get('count') ?? 256)).map((_, at) => at % 256);
      response.writeHead(200, { 'Content-Type': 'application/octet-stream' }).end(bytes);
    },
    '/.well-known': (_request, response) =>
      json(response, 200, { issuer: api.url, token_endpoint: `${api.url}/oauth/token` }),
  };

  const recorder = await startRecorder((request, response) => {
    allowAnyPage(request, response);
    if (request.method === 'OPTIONS') return response.writeHead(204).end();
    const [, first] = request.path.split('/');
    // Everything else exists and takes anything; it never repeats what it was sent.
    (answers[`/${first}`] ?? ((_, answer) => json(answer, 200, { ok: true })))(request, response);
  });
  const api: SampleApi = {
    ...recorder,
    expected,
    elsewhere,
    release() {
      held.forEach((answer) => answer());
      held = [];
    },
    clear() {
      recorder.clear();
      elsewhere.clear();
    },
    stop: async () => void (await Promise.all([recorder.stop(), elsewhere.stop()])),
  };
  return api;
}

/** Cross-origin access for every page, with credentials and any header. */
function allowAnyPage({ headers }: Recorded, response: ServerResponse): void {
  const asked = headers['access-control-request-headers'];
  response.setHeader('Access-Control-Allow-Origin', headers.origin ?? '*');
  response.setHeader('Access-Control-Allow-Credentials', 'true');
  response.setHeader('Access-Control-Allow-Methods', 'GET, POST, PUT, PATCH, DELETE, HEAD');
  response.setHeader('Access-Control-Allow-Headers', typeof asked === 'string' ? asked : '*');
  response.setHeader('Access-Control-Expose-Headers', 'X-Exposed');
  response.setHeader('Vary', 'Origin, Access-Control-Request-Headers');
  response.setHeader('X-Exposed', 'seen');
  response.setHeader('X-Hidden', 'unseen');
  response.setHeader('Cache-Control', 'no-store');
}

function json(response: ServerResponse, status: number, body: unknown): void {
  if (response.destroyed) return;
  const empty = status === 204 || status === 304;
  response.writeHead(status, empty ? {} : { 'Content-Type': 'application/json' });
  response.end(empty ? undefined : JSON.stringify(body));
}

/** Server-sent events, `count` of them, `every` milliseconds. */
function stream({ query }: Recorded, response: ServerResponse): void {
  const count = Number(query.get('count') ?? 3);
  let sent = 0;
  response.writeHead(200, { 'Content-Type': 'text/event-stream' });
  const timer = setInterval(
    () => {
      response.write(`data: ${++sent}\n\n`);
      if (sent < count) return;
      clearInterval(timer);
      response.end();
    },
    Number(query.get('every') ?? 50),
  );
  response.on('close', () => clearInterval(timer));
}
