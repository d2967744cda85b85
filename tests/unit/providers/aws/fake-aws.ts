import { createServer } from 'node:http';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { AwsCredentials } from '@/lib/core/model';
import { answers } from './answers';
import type { Answer } from './answers';
import { authorizationOf, dateOf } from './second-signer';

export const KEYS: AwsCredentials = {
  kind: 'keys',
  accessKeyId: 'AKIAFAULTSFAULTSFAUL',
  secretAccessKey: 'canary+secret/key/of/the/fault/server',
  sessionToken: 'canary-session-token',
};

export interface FakeSecret {
  readonly version: string;
  readonly string?: string;
  readonly binary?: string;
}

export interface FakeRequest {
  readonly action: string;
  readonly body: {
    readonly SecretId?: string;
    readonly SecretIdList?: readonly string[];
    readonly NextToken?: string;
    readonly Filters?: readonly { readonly Key: string; readonly Values: readonly string[] }[];
  };
}

/** `hang-up` breaks the connection instead of answering. */
export type Fault = Answer | 'hang-up' | undefined;

export interface FakeAws {
  readonly origin: string;
  readonly secrets: Map<string, FakeSecret>;
  /** Each call that arrived with a right signature, in order. */
  readonly calls: FakeRequest[];
  /** The most calls that were open at one time. */
  readonly mostOpen: () => number;
  /** Answers before the server itself does; asked for every call. */
  fault: (request: FakeRequest) => Fault | Promise<Fault>;
  /** How far the server's clock is ahead of this computer's, in ms. */
  ahead: number;
  /** An empty page with a token after each page of a listing. */
  emptyPages: boolean;
  stop(): Promise<void>;
}

/**
 * A stand-in for what no real part at hand can do: throttling, a clock that is off, partial batches, empty
 * pages, lost answers. It checks signature and time as AWS does, by AWS's own signer.
 */
export async function startFakeAws(region: string): Promise<FakeAws> {
  let open = 0;
  let mostOpen = 0;
  const server = createServer((request, response) => {
    open += 1;
    mostOpen = Math.max(mostOpen, open);
    void answerTo(request).then((answer) => {
      open -= 1;
      if (answer === 'hang-up') return void request.socket.destroy();
      const date = new Date(Date.now() + fake.ahead).toUTCString();
      response.writeHead(answer.status, {
        'content-type': 'application/x-amz-json-1.1',
        date,
        ...answer.headers,
      });
      response.end(answer.body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const fake: FakeAws = {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    secrets: new Map(),
    calls: [],
    mostOpen: () => mostOpen,
    fault: () => undefined,
    ahead: 0,
    emptyPages: false,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };

  async function answerTo(request: IncomingMessage): Promise<Answer | 'hang-up'> {
    const body = await text(request);
    const refused = await refusal(request, body);
    if (refused) return refused;
    const action = String(request.headers['x-amz-target']).replace('secretsmanager.', '');
    const call: FakeRequest = { action, body: JSON.parse(body) as FakeRequest['body'] };
    fake.calls.push(call);
    return (await fake.fault(call)) ?? ACTIONS[action]?.(fake, call) ?? { status: 404, body: '' };
  }

  async function refusal({ method, headers }: IncomingMessage, body: string): Promise<Answer | null> {
    const { authorization = '', 'x-amz-date': date, 'x-amz-target': target } = headers;
    if (method !== 'POST') return { status: 404, body: '<UnknownOperationException/>' };
    if (!authorization.includes(KEYS.accessKeyId)) return answers.unknownKey;
    const sent = { method, url: `${fake.origin}/`, body } as const;
    const signed = { 'x-amz-date': String(date), 'x-amz-target': String(target) };
    if (authorization !== (await authorizationOf({ ...sent, headers: signed }, KEYS, region))) {
      return answers.wrongSecret;
    }
    const late = Date.now() + fake.ahead - dateOf(String(date)).getTime();
    if (Math.abs(late) <= 5 * 60_000) return null;
    const message = late > 0 ? 'Signature expired: …' : 'Signature not yet current: …';
    return { status: 400, body: JSON.stringify({ __type: 'InvalidSignatureException', message }) };
  }

  return fake;
}

type Act = (fake: FakeAws, call: FakeRequest) => Answer;

const ok = (body: object): Answer => ({ status: 200, body: JSON.stringify(body) });

const ACTIONS: Readonly<Record<string, Act>> = {
  ListSecrets({ secrets, emptyPages }, { body }) {
    const [at = 0, empty = 0] = (body.NextToken ?? '0').split('-').map(Number);
    const prefix = body.Filters?.[0]?.Values[0] ?? '';
    const all = [...secrets].filter(([name]) => name.startsWith(prefix));
    if (empty) return ok({ SecretList: [], NextToken: String(at) });
    const page = all.slice(at, at + 100);
    const end = at + 100 >= all.length;
    return ok({
      SecretList: page.map(([Name, { version }]) => ({
        Name,
        SecretVersionsToStages: { [`${version}-before`]: ['AWSPREVIOUS'], [version]: ['AWSCURRENT'] },
      })),
      ...(end ? {} : { NextToken: `${at + 100}${emptyPages ? '-1' : ''}` }),
    });
  },
  GetSecretValue({ secrets }, { body }) {
    const secret = secrets.get(body.SecretId ?? '');
    return secret ? ok(valueOf(body.SecretId ?? '', secret)) : answers.notFound;
  },
  BatchGetSecretValue({ secrets }, { body }) {
    const asked = body.SecretIdList ?? [];
    return ok({
      SecretValues: asked.flatMap((name) => {
        const secret = secrets.get(name);
        return secret ? [valueOf(name, secret)] : [];
      }),
      Errors: asked
        .filter((name) => !secrets.has(name))
        .map((SecretId) => batchError(SecretId, answers.notFound)),
    });
  },
};

export function valueOf(Name: string, { version, string, binary }: FakeSecret) {
  return {
    Name,
    VersionId: version,
    SecretString: string,
    SecretBinary: binary,
    VersionStages: ['AWSCURRENT'],
  };
}

/** An error answer as it stands in the `Errors` of a batch. */
export function batchError(SecretId: string, { body }: Answer) {
  const { __type, Message } = JSON.parse(body) as { __type: string; Message: string };
  return { SecretId, ErrorCode: __type, Message };
}
