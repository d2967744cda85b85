import { describe, expect, it } from 'vitest';
import { countPlaywright, countVitest } from '../../run/reports';

const file = (status: string, tests: number) => ({ status, assertionResults: Array(tests).fill({}) });
const vitest = (change: object) => ({
  success: true,
  numTotalTests: 3,
  numPassedTests: 3,
  testResults: [file('passed', 3)],
  ...change,
});

describe("vitest's report", () => {
  it('counts what passed', () => {
    expect(countVitest(vitest({}))).toEqual({ passed: 3, failed: 0 });
  });

  it('counts a skipped test as failed', () => {
    expect(countVitest(vitest({ numPassedTests: 2 }))).toEqual({ passed: 2, failed: 1 });
  });

  it('counts a file that cannot be loaded', () => {
    const testResults = [file('passed', 3), file('failed', 0)];
    expect(countVitest(vitest({ success: false, testResults }))).toEqual({ passed: 3, failed: 1 });
  });

  it('counts a failure outside of any test', () => {
    expect(countVitest(vitest({ success: false }))).toEqual({ passed: 3, failed: 1 });
  });
});

describe("Playwright's report", () => {
  const stats = { expected: 4, unexpected: 0, flaky: 0, skipped: 0 };

  it('counts flaky and skipped tests, and errors outside of tests, as failed', () => {
    expect(countPlaywright({ stats, errors: [] })).toEqual({ passed: 4, failed: 0 });
    const bad = { ...stats, unexpected: 1, flaky: 1, skipped: 1 };
    expect(countPlaywright({ stats: bad, errors: [{}] })).toEqual({ passed: 4, failed: 4 });
  });
});

it.each([null, {}, 'text', { stats: {} }])('what is no report is no success: %j', (report) => {
  expect(() => countVitest(report)).toThrow();
  expect(() => countPlaywright(report)).toThrow();
});
