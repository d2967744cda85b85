import { once } from 'node:events';
import { createServer } from 'node:http';
import type { ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { portOf } from '../../world/ports';

/** A running stand-in. */
export interface AwsStandIn {
  readonly port: number;
  stop(): Promise<void>;
}

interface Call {
  readonly SecretId?: string;
  readonly SecretIdList?: readonly string[];
  readonly MaxResults?: number;
  readonly NextToken?: string;
}

/**
 * Answers ListSecrets, GetSecretValue and BatchGetSecretValue in well under a millisecond and checks no signature:
 * an emulator takes so long that the clients before it all look alike.
 */
export async function startAwsStandIn(
  secrets: Readonly<Record<string, Readonly<Record<string, string>>>>,
): Promise<AwsStandIn> {
  const names = Object.keys(secrets);
  const version = (at: number) => `00000000-0000-4000-8000-${String(at).padStart(12, '0')}`;
  const arn = (name: string) => `arn:aws:secretsmanager:eu-central-1:123456789012:secret:${name}-AbCdEf`;
  const listed = names.map((name, at) => ({
    ARN: arn(name),
    Name: name,
    CreatedDate: 1_700_000_000,
    SecretVersionsToStages: { [version(at)]: ['AWSCURRENT'] },
  }));
  const values = new Map(
    names.map((name, at) => [
      name,
      {
        ARN: arn(name),
        CreatedDate: 1_700_000_000,
        Name: name,
        SecretString: JSON.stringify(secrets[name]),
        VersionId: version(at),
        VersionStages: ['AWSCURRENT'],
      },
    ]),
  );

  const actions: Record<string, (call: Call) => unknown> = {
    ListSecrets({ MaxResults = 100, NextToken = '0' }) {
      const end = Number(NextToken) + MaxResults;
      const more = end < listed.length ? { NextToken: String(end) } : {};
      return { SecretList: listed.slice(Number(NextToken), end), ...more };
    },
    GetSecretValue: ({ SecretId = '' }) => values.get(SecretId),
    BatchGetSecretValue: ({ SecretIdList = [] }) => ({
      SecretValues: SecretIdList.map((name) => values.get(name)),
      Errors: [],
    }),
  };

  const server = createServer((request, response: ServerResponse) => {
    const action = String(request.headers['x-amz-target']).split('.')[1] ?? '';
    void text(request).then((body) => {
      const answer = actions[action]?.(JSON.parse(body) as Call);
      response
        .writeHead(answer ? 200 : 400, { 'Content-Type': 'application/x-amz-json-1.1' })
        .end(JSON.stringify(answer ?? { __type: 'ResourceNotFoundException' }));
    });
  });
  // A client that rests between rounds keeps its connection, as with AWS itself.
  server.keepAliveTimeout = 600_000;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: portOf(server),
    async stop() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
