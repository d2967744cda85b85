/** What `npm test` runs, in this order. */
import { findChromium, findFirefox } from '../world/find-browser';
import { ensureVenv } from '../world/venv';
import { checkBudgets } from './budgets';
import { checkLockfile } from './lockfile';
import { countPlaywright, countVitest } from './reports';
import type { Counts } from './reports';
import { checkWebExt } from './web-ext';

/** A program's exit code is one check; with a report, the report's tests are counted instead. */
export interface Command {
  readonly run: readonly [string, ...string[]];
  /** Where the program writes its JSON report, and how to count it. */
  readonly report?: { readonly file: string; readonly count: (report: unknown) => Counts };
}

/** A check of our own: throws an error that says what is wrong. */
export type Check = () => Promise<void>;

/** Steps that belong together. */
export interface Stage {
  readonly name: string;
  /** What must be there first; an error of it is the stage's only result. */
  readonly needs?: readonly (() => unknown)[];
  readonly steps: readonly (Command | Check)[];
}

function vitest(project: string): Command {
  const file = `test-results/${project}.json`;
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
  // `.only` would leave the rest out unseen.
  const run = ['vitest', 'run', '--project', project, '--allowOnly=false', ...reporters] as const;
  return { run, report: { file, count: countVitest } };
}

export const STAGES: readonly Stage[] = [
  {
    name: 'lint',
    steps: [
      { run: ['eslint', '.', '--max-warnings', '0'] },
      { run: ['prettier', '--check', '.', '--log-level', 'warn'] },
    ],
  },
  { name: 'types', steps: [{ run: ['vue-tsc', '--noEmit'] }] },
  {
    name: 'lockfile',
    steps: [
      checkLockfile,
      { run: ['lockfile-lint', '--path', 'package-lock.json', '--type', 'npm', '--validate-integrity'] },
    ],
  },
  { name: 'knip', steps: [{ run: ['knip'] }] },
  { name: 'unit', steps: [vitest('unit')] },
  { name: 'component', steps: [vitest('component')] },
  {
    name: 'build',
    steps: [
      { run: ['wxt', 'build', '-b', 'chrome', '--mv3'] },
      { run: ['wxt', 'build', '-b', 'firefox', '--mv3'] },
    ],
  },
  { name: 'web-ext', steps: [checkWebExt] },
  { name: 'budget', steps: [checkBudgets] },
  { name: 'contract', needs: [ensureVenv], steps: [vitest('contract')] },
  {
    name: 'e2e',
    needs: [findChromium, findFirefox, ensureVenv],
    steps: [
      { run: ['playwright', 'test'], report: { file: 'test-results/e2e.json', count: countPlaywright } },
    ],
  },
];
