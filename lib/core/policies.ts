import { awsPartition } from './aws-regions';
import type { AwsSettings, HashicorpSettings } from './model';

/**
 * The least that a Vault login needs to pull what these settings name, as an ACL policy (HCL). Tested against
 * OpenBao; `scan` is a capability of OpenBao only and Vault refuses a policy with it.
 */
export function vaultPolicy(
  { enginePath, prefix }: Pick<HashicorpSettings, 'enginePath' | 'prefix'>,
  { kv, scan }: { readonly kv: 1 | 2; readonly scan: boolean },
): string {
  const below = prefix === '' ? '*' : `${prefix}/*`;
  const engine = enginePath === '' ? 'secret' : enginePath;
  const list = scan ? '["list", "scan"]' : '["list"]';
  if (kv === 1) {
    const both = scan ? '["read", "list", "scan"]' : '["read", "list"]';
    return `path "${engine}/${below}" {\n  capabilities = ${both}\n}\n`;
  }
  return [
    `path "${engine}/data/${below}" {\n  capabilities = ["read"]\n}\n`,
    `path "${engine}/metadata/${below}" {\n  capabilities = ${list}\n}\n`,
  ].join('\n');
}

/**
 * The least that an IAM user needs to pull what these settings name. ListSecrets and BatchGetSecretValue
 * know no narrower resource than "*"; each value also needs GetSecretValue on its own secret.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssecretsmanager.html
 */
export function iamPolicy({ region, prefix }: Pick<AwsSettings, 'region' | 'prefix'>): string {
  const policy = {
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Action: ['secretsmanager:ListSecrets', 'secretsmanager:BatchGetSecretValue'],
        Resource: '*',
      },
      {
        Effect: 'Allow',
        Action: ['secretsmanager:GetSecretValue', 'secretsmanager:DescribeSecret'],
        Resource: `arn:${partitionOf(region)}:secretsmanager:${region || '*'}:*:secret:${prefix}*`,
      },
    ],
  };
  return `${JSON.stringify(policy, null, 2)}\n`;
}

function partitionOf(region: string): string {
  try {
    return awsPartition(region);
  } catch {
    return 'aws';
  }
}
