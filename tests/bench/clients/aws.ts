import {
  BatchGetSecretValueCommand,
  GetSecretValueCommand,
  ListSecretsCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';

/** What the stand-in takes: it checks no signature. */
export const AWS_KEYS = {
  accessKeyId: 'AKIABENCHBENCHBENCHB',
  secretAccessKey: 'bench-secret-access-key',
} as const;
export const AWS_REGION = 'eu-central-1';

/**
 * The readers that the extension stands beside, both by AWS's own SDK: `get` lists and then reads every secret one by
 * one; `batch` reads by twenty, eight calls at once, the best that the SDK does.
 *
 * @returns How many secrets it read.
 */
export async function readAws(endpoint: string, how: 'get' | 'batch'): Promise<number> {
  // A copy: the SDK writes into what it is given.
  const credentials = { ...AWS_KEYS };
  const client = new SecretsManagerClient({ endpoint, region: AWS_REGION, credentials });
  try {
    const names: string[] = [];
    let token: string | undefined;
    do {
      const page = await client.send(new ListSecretsCommand({ MaxResults: 100, NextToken: token }));
      names.push(...(page.SecretList ?? []).flatMap(({ Name }) => Name ?? []));
      token = page.NextToken;
    } while (token);

    const values = new Map<string, unknown>();
    const one = async (SecretId: string) => {
      const { SecretString = '' } = await client.send(new GetSecretValueCommand({ SecretId }));
      values.set(SecretId, JSON.parse(SecretString));
    };
    const twenty = async (SecretIdList: string[]) => {
      const { SecretValues = [] } = await client.send(new BatchGetSecretValueCommand({ SecretIdList }));
      for (const { Name = '', SecretString = '' } of SecretValues) values.set(Name, JSON.parse(SecretString));
    };
    if (how === 'get') for (const name of names) await one(name);
    else {
      const batches = Array.from({ length: Math.ceil(names.length / 20) }, (_, at) =>
        names.slice(at * 20, at * 20 + 20),
      ).values();
      const work = async () => {
        for (const batch of batches) await twenty(batch);
      };
      await Promise.all(Array.from({ length: 8 }, work));
    }
    return values.size;
  } finally {
    client.destroy();
  }
}
