/** Runs one stage of `npm test` and counts what came of it. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile, rm } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import type { Counts } from './reports';
import type { Check, Command, Stage } from './stages';

const ROOT = join(import.meta.dirname, '..', '..');
/** Far above what any step takes on two slow cores; a step that hangs becomes a failure. */
const LIMIT_MS = 30 * 60_000;
/**
 * The shell becomes the program, so its id is the program's, and the group's. Beside it waits a watcher whose pipe
 * closes when we die, however we die: it then ends the group, itself included.
 */
const WATCHED = '{ cat >/dev/null; kill -9 -$$; } <&3 & exec 3<&-; exec "$@"';

export interface Result extends Counts {
  readonly name: string;
  readonly seconds: number;
}

/** Never throws: what goes wrong is a failed result. */
export async function runStage(stage: Stage): Promise<Result> {
  console.log(`\n── ${stage.name} ${'─'.repeat(Math.max(0, 60 - stage.name.length))}`);
  const start = performance.now();
  let passed = 0;
  let failed = 0;
  const steps = (await isReady(stage)) ? stage.steps : [];
  if (steps.length === 0) failed++;
  for (const step of steps) {
    const counts = typeof step === 'function' ? await runCheck(step) : await runCommand(step);
    passed += counts.passed;
    failed += counts.failed;
  }
  return { name: stage.name, passed, failed, seconds: (performance.now() - start) / 1000 };
}

async function isReady({ name, needs = [] }: Stage): Promise<boolean> {
  try {
    for (const need of needs) await need();
    return true;
  } catch (error) {
    console.error(`${name} cannot run: ${messageOf(error)}`);
    return false;
  }
}

async function runCheck(check: Check): Promise<Counts> {
  try {
    await check();
    return { passed: 1, failed: 0 };
  } catch (error) {
    console.error(messageOf(error));
    return { passed: 0, failed: 1 };
  }
}

async function runCommand({ run, report }: Command): Promise<Counts> {
  // A report of an earlier run must not speak for this one.
  if (report) await rm(join(ROOT, report.file), { force: true });
  const ok = await succeeds(run);
  if (!report) return { passed: ok ? 1 : 0, failed: ok ? 0 : 1 };
  try {
    const counts = report.count(JSON.parse(await readFile(join(ROOT, report.file), 'utf8')));
    const nothing = counts.passed + counts.failed === 0;
    return { passed: counts.passed, failed: ok && !nothing ? counts.failed : Math.max(counts.failed, 1) };
  } catch (error) {
    console.error(`${report.file} is missing or unreadable: ${messageOf(error)}`);
    return { passed: 0, failed: 1 };
  }
}

/** Runs a program of node_modules/.bin under the project's own Node, and leaves nothing of it behind. */
async function succeeds([program, ...args]: Command['run']): Promise<boolean> {
  const bin = join(ROOT, 'node_modules', '.bin');
  const child = spawn('/bin/sh', ['-c', WATCHED, 'sh', join(bin, program), ...args], {
    cwd: ROOT,
    stdio: ['ignore', 'inherit', 'inherit', 'pipe'],
    env: { ...process.env, PATH: `${bin}${delimiter}${process.env['PATH'] ?? ''}` },
    // A process group of its own, so that its workers end with it.
    detached: true,
  });
  const end = () => endGroup(child);
  const limit = setTimeout(() => {
    console.error(`${program} did not end in ${LIMIT_MS / 60_000} minutes.`);
    end();
  }, LIMIT_MS);
  try {
    const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
    if (signal !== null) console.error(`${program} was ended by ${signal}.`);
    return code === 0;
  } catch (error) {
    console.error(`${program} cannot run: ${messageOf(error)}`);
    return false;
  } finally {
    clearTimeout(limit);
    end();
  }
}

/** Ends whatever is left of a program's group, the watcher at least. */
function endGroup({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // Nothing was left.
  }
}

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));

export function printTable(results: readonly Result[]): void {
  console.log(
    `\n${'stage'.padEnd(12)}${'passed'.padStart(8)}${'failed'.padStart(8)}${'seconds'.padStart(9)}`,
  );
  for (const { name, passed, failed, seconds } of results) {
    const cells = [String(passed).padStart(8), String(failed).padStart(8), seconds.toFixed(1).padStart(9)];
    console.log(`${name.padEnd(12)}${cells.join('')}`);
  }
  console.log();
}
