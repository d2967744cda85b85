import { AppError, toAppError } from '@/lib/core/errors';
import type { VersionInfo } from '@/lib/providers/write-contract';

import type { AwsCall } from './call';
import { isHoldingLabel } from './labels';

/** The most that ListSecretVersionIds gives at once. */
const PAGE = 100;

/**
 * The labelled versions of a secret, newest first: what AWS calls deprecated may be deleted at any moment and
 * is left out, as are versions that only a write under way holds.
 * https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_ListSecretVersionIds.html
 *
 * @returns `null` when there is no such secret.
 * @throws AppError `denied`, `deletion-pending` …
 */
export async function versionsOf(
  call: AwsCall,
  path: string,
  signal: AbortSignal,
): Promise<readonly VersionInfo[] | null> {
  const versions: VersionInfo[] = [];
  let token: unknown;
  try {
    do {
      const payload = {
        SecretId: path,
        MaxResults: PAGE,
        IncludeDeprecated: false,
        ...(token ? { NextToken: token } : {}),
      };
      const answer = await call('ListSecretVersionIds', payload, { signal, path, first: true });
      versions.push(...entriesOf(answer['Versions']));
      const next = answer['NextToken'];
      // The same token again would turn in a circle.
      if (next && next === token) throw new AppError('malformed-answer');
      token = next;
    } while (token);
  } catch (thrown) {
    const error = toAppError(thrown);
    if (error.code === 'missing') return null;
    throw error;
  }
  // AWS tells the time in seconds at worst: within one, the current version is the newest.
  return versions.sort((a, b) => b.createdAt - a.createdAt || rank(b) - rank(a));
}

function rank({ labels }: VersionInfo): number {
  return labels.includes('AWSCURRENT') ? 2 : labels.includes('AWSPREVIOUS') ? 1 : 0;
}

function entriesOf(list: unknown): VersionInfo[] {
  if (!Array.isArray(list)) throw new AppError('malformed-answer');
  return list.flatMap((entry: Readonly<Record<string, unknown>> | null): VersionInfo[] => {
    const { VersionId: version, CreatedDate: created, VersionStages: stages } = entry ?? {};
    if (typeof version !== 'string') throw new AppError('malformed-answer');
    const labels = (Array.isArray(stages) ? stages : []).filter(
      (label): label is string => typeof label === 'string' && !isHoldingLabel(label),
    );
    if (labels.length === 0) return [];
    const createdAt = typeof created === 'number' ? created * 1000 : 0;
    return [{ version, createdAt, state: labels.includes('AWSCURRENT') ? 'current' : 'kept', labels }];
  });
}
