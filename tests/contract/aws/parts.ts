import {
  BatchGetSecretValueCommand,
  CreateSecretCommand,
  GetSecretValueCommand,
  ListSecretsCommand,
  ListSecretVersionIdsCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { DEFAULT_AWS } from '@/lib/core/model';
import type { AwsSettings } from '@/lib/core/model';
import { createAwsProvider } from '@/lib/providers/aws/provider';
import type { PullRequest, SecretProvider } from '@/lib/providers/contract';
import type { Expected, WritableProvider } from '@/lib/providers/write-contract';
import type { SecretContent } from '@/lib/core/variables';
import { createFetchTransport } from '@/lib/providers/fetch-transport';
import type { HttpRequest } from '@/lib/providers/transport';
import type { AwsKeys, AwsSeed } from '../../world/moto';

const REGION = 'us-east-1';
export const signal = new AbortController().signal;

/**
 * A provider for a server of the world, and the actions that it sent there.
 *
 * @param before Waited for ahead of each call: what others do at that moment.
 */
export function providerAt(
  url: string,
  keys: AwsKeys,
  settings: Partial<AwsSettings> = {},
  before: (action: string) => Promise<void> | void = () => {},
): WritableProvider & { readonly sent: string[] } {
  const send = createFetchTransport();
  const sent: string[] = [];
  const provider = createAwsProvider({
    settings: { ...DEFAULT_AWS, region: REGION, endpoint: url, ...settings },
    credentials: { kind: 'keys', ...keys },
    transport: async (request: HttpRequest, abort) => {
      const action = request.headers['x-amz-target']?.replace('secretsmanager.', '') ?? request.method;
      sent.push(action);
      await before(action);
      return send(request, abort);
    },
  });
  return { ...provider, sent };
}

/** AWS's own client, for a second opinion. */
export function sdkAt(url: string, keys: AwsKeys): SecretsManagerClient {
  return new SecretsManagerClient({ region: REGION, endpoint: url, credentials: keys, maxAttempts: 1 });
}

/** Puts secrets in place through the API, as anyone would. */
export async function create(sdk: SecretsManagerClient, seeds: readonly AwsSeed[]): Promise<void> {
  for (const { name, string, binary } of seeds) {
    await sdk.send(
      new CreateSecretCommand({
        Name: name,
        ...(string === undefined ? {} : { SecretString: string }),
        ...(binary === undefined ? {} : { SecretBinary: Buffer.from(binary, 'base64') }),
      }),
    );
  }
}

/** Every name with its current version, as AWS's client lists them. */
export async function listedBySdk(sdk: SecretsManagerClient): Promise<Record<string, string | null>> {
  const found: Record<string, string | null> = {};
  let NextToken: string | undefined;
  do {
    const page = await sdk.send(
      new ListSecretsCommand({ MaxResults: 100, ...(NextToken ? { NextToken } : {}) }),
    );
    for (const { Name = '', SecretVersionsToStages = {} } of page.SecretList ?? []) {
      found[Name] =
        Object.entries(SecretVersionsToStages).find(([, stages]) => stages.includes('AWSCURRENT'))?.[0] ??
        null;
    }
    NextToken = page.NextToken;
  } while (NextToken);
  return found;
}

/** Text (or base64 of the bytes) and version of a secret, as AWS's client reads it. */
export async function readBySdk(sdk: SecretsManagerClient, SecretId: string) {
  const { SecretString, SecretBinary, VersionId } = await sdk.send(new GetSecretValueCommand({ SecretId }));
  return {
    text: SecretString ?? Buffer.from(SecretBinary ?? []).toString('base64'),
    version: VersionId ?? null,
  };
}

/** The labels of each version that has some, as AWS's client lists them. */
export async function labelsBySdk(sdk: SecretsManagerClient, SecretId: string) {
  const { Versions = [] } = await sdk.send(new ListSecretVersionIdsCommand({ SecretId, MaxResults: 100 }));
  return Object.fromEntries(
    Versions.flatMap(({ VersionId = '', VersionStages = [] }) =>
      VersionStages.length > 0 ? [[VersionId, [...VersionStages].sort()]] : [],
    ),
  );
}

/** Variables of strings. */
export function strings(members: Readonly<Record<string, string>>): SecretContent {
  return {
    form: 'object',
    variables: Object.entries(members).map(([name, text]) => ({ name, type: 'string', text })),
  };
}

export const ABSENT: Expected = { state: 'absent' };

/** What a read found, as the expectation of a write. */
export async function expectationOf(provider: SecretProvider, path: string) {
  const record = await provider.read(path, signal);
  if (!record) throw new Error(`${path} is not there`);
  return { state: 'read' as const, version: record.version, content: record.content };
}

/** Which of these AWS's client gets in one batch, and what it is told of the others. */
export async function batchBySdk(sdk: SecretsManagerClient, SecretIdList: string[]) {
  const answer = await sdk.send(new BatchGetSecretValueCommand({ SecretIdList }));
  return {
    values: answer.SecretValues?.map(({ Name }) => Name) ?? [],
    errors: answer.Errors?.map(({ SecretId }) => SecretId) ?? [],
  };
}

export interface Told {
  readonly content?: SecretContent;
  readonly version?: string | null;
  readonly outcome: string;
}

/** What a pull told of each path. */
export async function pullAt(
  provider: SecretProvider,
  request: Partial<PullRequest> = {},
): Promise<Record<string, Told>> {
  const told: Record<string, Told> = {};
  const tell = (path: string, what: Told) => {
    if (path in told) throw new Error(`${path} was told twice`);
    told[path] = what;
  };
  await provider.pull(
    { prefix: '', known: new Map(), ...request },
    {
      listed: () => {},
      secret: ({ path, content, version }) => tell(path, { content, version, outcome: 'secret' }),
      unchanged: (path) => tell(path, { outcome: 'unchanged' }),
      missing: (path) => tell(path, { outcome: 'missing' }),
      failed: (path, error) => tell(path, { outcome: error.code }),
    },
    signal,
  );
  return told;
}
