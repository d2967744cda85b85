/** Counts from the runners' own JSON reports. Whatever did not run and pass has failed, skipped tests included. */
import * as v from 'valibot';

export interface Counts {
  readonly passed: number;
  readonly failed: number;
}

const vitestReport = v.object({
  success: v.boolean(),
  numTotalTests: v.number(),
  numPassedTests: v.number(),
  testResults: v.array(v.object({ status: v.string(), assertionResults: v.array(v.unknown()) })),
});

/** Vitest's report (https://vitest.dev/guide/reporters#json-reporter). @throws for anything else. */
export function countVitest(report: unknown): Counts {
  const { success, numTotalTests, numPassedTests, testResults } = v.parse(vitestReport, report);
  // A file that cannot be loaded fails without naming a test.
  const broken = testResults.filter((file) => file.status === 'failed' && file.assertionResults.length === 0);
  return atLeastOneFailure(success, numPassedTests, numTotalTests - numPassedTests + broken.length);
}

const playwrightReport = v.object({
  stats: v.object({ expected: v.number(), unexpected: v.number(), flaky: v.number(), skipped: v.number() }),
  errors: v.array(v.unknown()),
});

/** Playwright's report (https://playwright.dev/docs/test-reporters#json-reporter). @throws for anything else. */
export function countPlaywright(report: unknown): Counts {
  const { stats, errors } = v.parse(playwrightReport, report);
  const failed = stats.unexpected + stats.flaky + stats.skipped + errors.length;
  return { passed: stats.expected, failed };
}

function atLeastOneFailure(success: boolean, passed: number, failed: number): Counts {
  return { passed, failed: success ? failed : Math.max(failed, 1) };
}
