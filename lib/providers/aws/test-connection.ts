import { AppError, toAppError } from '@/lib/core/errors';
import type { ErrorCode, ErrorDetails } from '@/lib/core/errors';
import { TEST_STEPS } from '@/lib/core/test-steps';
import type { TestStep, TestStepName } from '@/lib/core/test-steps';

import { nameRegion } from './call';
import type { Connection } from './connection';
import { isRequestRefused } from './errors';
import { listPages } from './list';

/** What the first listing can fail with although AWS took the keys and the region. */
const AFTER_LOGIN: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'denied',
  'kms-denied',
  'throttled',
  'path-invalid',
]);

/** Wrong settings, by the step that shows them; any other is about the server's address. */
const STEP_OF: Partial<Record<ErrorCode, TestStepName>> = {
  'helper-missing': 'authenticate',
  'credentials-missing': 'authenticate',
  'region-invalid': 'place',
};

/**
 * Tests a connection step by step: an answer of the server at all, the keys, the region, the listing with
 * its number of secrets. An empty region is no failure; it is told as the fact `warning: 'region-empty'`.
 *
 * @param connect Throws what is wrong with the settings.
 * @throws AppError `cancelled` only.
 */
export async function testConnection(
  connect: () => Connection,
  prefix: string,
  report: (step: TestStep) => void,
  signal: AbortSignal,
): Promise<void> {
  let current: TestStepName = 'reach';
  let since = performance.now();
  const begin = (step: TestStepName) => {
    current = step;
    since = performance.now();
    report({ step, state: 'running' });
  };
  /** What is wrong with the settings is told at the step that it concerns; the steps before it are left out. */
  const opened = (open: () => Connection) => {
    try {
      return open();
    } catch (thrown) {
      current = STEP_OF[toAppError(thrown).code] ?? 'reach';
      for (const step of TEST_STEPS.slice(0, TEST_STEPS.indexOf(current))) report({ step, state: 'skipped' });
      throw thrown;
    }
  };
  const elapsed = () => Math.round(performance.now() - since);
  const end = (facts: ErrorDetails) => report({ step: current, state: 'done', ms: elapsed(), facts });

  try {
    const { endpoint, call, transport } = opened(connect);
    begin('reach');
    // Unsigned, and any HTTP status will do: this tells the network's failures from those of the keys.
    await transport({ method: 'GET', url: `${endpoint.origin}/`, headers: {} }, signal).catch(
      (error: unknown) => {
        throw nameRegion(error, endpoint);
      },
    );
    end({ host: endpoint.host });

    begin('authenticate');
    const pages = listPages(call, prefix, signal);
    const first = await pages.next().catch((error: unknown) => toAppError(error));
    const failure = first instanceof AppError ? first : null;
    const isAfterLogin =
      failure &&
      (failure.code === 'region-wrong' || AFTER_LOGIN.has(failure.code) || isRequestRefused(failure));
    if (failure && !isAfterLogin) throw failure;
    end({});
    begin('place');
    if (failure?.code === 'region-wrong') throw failure;
    end({ region: endpoint.region, partition: endpoint.partition });

    begin('list');
    if (first instanceof AppError) throw first;
    let secrets = first.value?.length ?? 0;
    for await (const page of pages) secrets += page.length;
    const empty = secrets === 0 ? { warning: 'region-empty' } : {};
    end({ secrets, prefix, region: endpoint.region, host: endpoint.host, ...empty });
  } catch (thrown) {
    const { code, details } = toAppError(thrown);
    if (signal.aborted) throw new AppError('cancelled');
    report({ step: current, state: 'failed', ms: elapsed(), failure: { code, details } });
    for (const step of TEST_STEPS.slice(TEST_STEPS.indexOf(current) + 1)) report({ step, state: 'skipped' });
  }
}
