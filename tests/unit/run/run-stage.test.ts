import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { beforeEach, expect, it, onTestFinished, vi } from 'vitest';
import { runStage } from '../../run/run-stage';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const node = (script: string) => ({ run: ['node', '-e', script] }) as const;
const counted = async (...steps: Parameters<typeof runStage>[0]['steps']) => {
  const { passed, failed } = await runStage({ name: 'a stage', steps });
  return { passed, failed };
};

/** Neither this program nor its child ends by itself. */
const ENDLESS = `
  const wait = 'setInterval(() => {}, 1e6)';
  require('node:child_process').spawn(process.execPath, ['-e', wait], { stdio: 'inherit' });
  console.log('it runs');
  setInterval(() => {}, 1e6);
`;
const RUNNER = `
  import { runStage } from ${JSON.stringify(pathToFileURL(join(ROOT, 'tests/run/run-stage.ts')))};
  await runStage({ name: 'endless', steps: [${JSON.stringify(node(ENDLESS))}] });
`;

beforeEach(() => {
  for (const name of ['log', 'error'] as const) vi.spyOn(console, name).mockReturnValue();
});

function endGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It was all over.
  }
}

it('counts each step once, and goes on after one that fails', async () => {
  const throws = () => Promise.reject(new Error('as it should be'));
  expect(await counted(node('process.exit(3)'), throws, node(''))).toEqual({ passed: 1, failed: 2 });
});

it('counts a stage without steps, and a program that a signal ends, as failed', async () => {
  expect(await counted()).toEqual({ passed: 0, failed: 1 });
  expect(await counted(node('process.kill(process.pid, "SIGTERM")'))).toEqual({ passed: 0, failed: 1 });
  expect(await counted({ run: ['no-such-program'] })).toEqual({ passed: 0, failed: 1 });
});

it('counts a report without a single test, and one that was not written, as failed', async () => {
  const file = 'test-results/run-stage-test.json';
  const write = `require('node:fs').writeFileSync(${JSON.stringify(file)}, '{}')`;
  const one = { file, count: () => ({ passed: 1, failed: 0 }) };
  const none = { file, count: () => ({ passed: 0, failed: 0 }) };
  await mkdir(join(ROOT, 'test-results'), { recursive: true });
  onTestFinished(() => rm(join(ROOT, file), { force: true }));
  expect(await counted({ ...node(write), report: one })).toEqual({ passed: 1, failed: 0 });
  expect(await counted({ ...node(write), report: none })).toEqual({ passed: 0, failed: 1 });
  // The report of the run before is there.
  expect(await counted({ ...node(''), report: one })).toEqual({ passed: 0, failed: 1 });
});

/** Ends a program by a signal once it has printed the line, and waits for the last process that holds its output. */
async function interrupt(
  [program, ...args]: readonly [string, ...string[]],
  line: string,
  signal: NodeJS.Signals,
): Promise<void> {
  const stdio = ['ignore', 'pipe', 'inherit'] as const;
  const runner = spawn(program, args, { cwd: ROOT, stdio: [...stdio], detached: true });
  // Whatever is left then: this test leaves nothing either.
  onTestFinished(() => endGroup(runner.pid ?? 0));
  for await (const printed of createInterface(runner.stdout)) if (printed.startsWith(line)) break;
  runner.stdout.resume();
  runner.kill(signal);
  await once(runner, 'close');
}

it.each(['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGKILL'] as const)(
  'ended by %s, it leaves nothing running of its stage',
  (signal) =>
    interrupt(
      [process.execPath, '--import', 'tsx', '--input-type=module', '--eval', RUNNER],
      'it runs',
      signal,
    ),
);

it('ends with npm, which a signal ends', () =>
  interrupt(['npm', 'test', '--', '--only', 'types'], '── types', 'SIGTERM'));
