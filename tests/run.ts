/**
 * `npm test`: every check and every test, in order, and the sum of all as the last line. A stage that fails does
 * not stop the next. `npm test -- --only unit,component` runs just those.
 */
import { parseArgs } from 'node:util';
import { printTable, runStage } from './run/run-stage';
import type { Result } from './run/run-stage';
import { STAGES } from './run/stages';

function chosenStages(): typeof STAGES {
  const { only } = parseArgs({ options: { only: { type: 'string' } } }).values;
  if (only === undefined) return STAGES;
  const names = only.split(',').filter(Boolean);
  const unknown = names.filter((name) => !STAGES.some((stage) => stage.name === name));
  if (names.length === 0 || unknown.length > 0) {
    throw new Error(`--only takes names of: ${STAGES.map(({ name }) => name).join(', ')}`);
  }
  return STAGES.filter(({ name }) => names.includes(name));
}

async function main(): Promise<void> {
  const results: Result[] = [];
  for (const stage of chosenStages()) results.push(await runStage(stage));

  printTable(results);
  const passed = results.reduce((sum, result) => sum + result.passed, 0);
  const failed = results.reduce((sum, result) => sum + result.failed, 0);
  console.log(`${passed} passed, ${failed} failed`);
  process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
});
