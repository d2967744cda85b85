import { defineConfig } from '@playwright/test';

/** The built extension in real browsers. `tests/run.ts` builds it first and reads the JSON report. */
export default defineConfig({
  testDir: 'tests/e2e',
  outputDir: 'test-results/e2e',
  // Each test starts browsers and servers of its own; two at once only slow each other down.
  workers: 1,
  fullyParallel: false,
  retries: 0,
  forbidOnly: true,
  timeout: 120_000,
  expect: { timeout: 15_000 },
  // A step that cannot be done says so, rather than let the test's time run out.
  use: { actionTimeout: 15_000, navigationTimeout: 30_000 },
  reporter: [['list'], ['json', { outputFile: 'test-results/e2e.json' }]],
});
