import { AppError, toAppError } from '@/lib/core/errors';
import type { SecretMetadata } from '@/lib/providers/write-contract';

import type { AwsCall } from './call';

export interface Description {
  readonly metadata: SecretMetadata;
  /** The version that bears AWSCURRENT. */
  readonly current: string | null;
}

/**
 * Description, key, tags and current version of a secret, also of one that is scheduled for deletion.
 * https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_DescribeSecret.html
 *
 * @returns `null` when there is no such secret.
 * @throws AppError `denied` when this login may not see it …
 */
export async function describeSecret(
  call: AwsCall,
  path: string,
  signal: AbortSignal,
): Promise<Description | null> {
  try {
    const answer = await call('DescribeSecret', { SecretId: path }, { signal, path, first: true });
    const { Description: description, KmsKeyId: kmsKeyId, Tags: tags } = answer;
    const custom = Object.fromEntries(
      recordsOf(tags).map(({ Key, Value }) => [String(Key), typeof Value === 'string' ? Value : '']),
    );
    return {
      metadata: {
        custom,
        ...(typeof description === 'string' && description !== '' ? { description } : {}),
        ...(typeof kmsKeyId === 'string' && kmsKeyId !== '' ? { kmsKeyId } : {}),
      },
      current: currentOf(answer['VersionIdsToStages']),
    };
  } catch (thrown) {
    const error = toAppError(thrown);
    if (error.code === 'missing') return null;
    throw error;
  }
}

/** Throws nothing away silently but AWS's own tags, which cannot be set. */
function recordsOf(tags: unknown): readonly Readonly<Record<string, unknown>>[] {
  if (tags === undefined || tags === null) return [];
  if (!Array.isArray(tags)) throw new AppError('malformed-answer');
  return tags.filter(
    (tag: unknown) =>
      typeof tag === 'object' && tag !== null && 'Key' in tag && !/^aws:/i.test(String(tag.Key)),
  );
}

/** The version whose labels hold AWSCURRENT. */
export function currentOf(stages: unknown): string | null {
  if (typeof stages !== 'object' || stages === null) return null;
  const current = Object.entries(stages).find(
    ([, labels]) => Array.isArray(labels) && labels.includes('AWSCURRENT'),
  );
  return current?.[0] ?? null;
}
