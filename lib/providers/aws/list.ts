import { AppError } from '@/lib/core/errors';
import { pathProblem } from '@/lib/core/paths';
import type { ListedSecret } from '@/lib/providers/contract';

import type { AwsCall } from './call';
import { currentOf } from './describe';

/** The most that ListSecrets gives at once. */
const PAGE = 100;

/**
 * The names below a prefix, page by page as AWS gives them; a page may be empty before the last one.
 * Secrets that are scheduled for deletion are not among them.
 * https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_ListSecrets.html
 *
 * @throws AppError `path-invalid` for a prefix that no name can have; `denied` …
 */
export async function* listPages(
  call: AwsCall,
  prefix: string,
  signal: AbortSignal,
): AsyncGenerator<readonly ListedSecret[], void, void> {
  const problem = prefix === '' ? null : pathProblem('aws', prefix);
  if (problem) throw new AppError('path-invalid', { path: prefix, problem });
  // A leading "!" would turn AWS's filter into its opposite.
  const filter =
    prefix !== '' && !prefix.startsWith('!') ? { Filters: [{ Key: 'name', Values: [prefix] }] } : {};
  const seen = new Set<string>();
  let token: string | undefined;
  do {
    const answer = await call(
      'ListSecrets',
      { MaxResults: PAGE, ...filter, ...(token ? { NextToken: token } : {}) },
      { signal, path: prefix, first: true },
    );
    const page = entriesOf(answer['SecretList']).filter(
      ({ path }) => path.startsWith(prefix) && !seen.has(path),
    );
    for (const { path } of page) seen.add(path);
    yield page;
    const next = answer['NextToken'];
    // The same token again would turn in a circle.
    if (next === token && next !== undefined) throw new AppError('malformed-answer');
    token = typeof next === 'string' && next !== '' ? next : undefined;
  } while (token !== undefined);
}

function entriesOf(list: unknown): ListedSecret[] {
  if (!Array.isArray(list)) throw new AppError('malformed-answer');
  return list.map((entry: Readonly<Record<string, unknown>> | null) => {
    if (typeof entry?.['Name'] !== 'string') throw new AppError('malformed-answer');
    // The second name is moto's.
    const stages = entry['SecretVersionsToStages'] ?? entry['VersionIdsToStages'];
    return { path: entry['Name'], version: currentOf(stages) };
  });
}
