/** Server processes that cannot outlive the test run. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * `$1` is the temporary folder, the rest the command. The shell becomes the command (so its id is the command's,
 * and the group's); beside it waits a watcher whose pipe closes when we die, however we die: it then ends the
 * command, removes the folder and ends the group, itself included.
 */
const SCRIPT =
  '{ cat >/dev/null; kill -9 $$ 2>/dev/null; rm -rf -- "$1"; kill -9 -$$; } <&3 & dir=$1; shift; exec 3<&-; exec "$@"';

/** A running server process. */
export interface Running {
  readonly pid: number;
  /** The child's HOME and temporary folder, removed by `stop`. */
  readonly dir: string;
  readonly stdin: Writable | null;
  readonly stdout: Readable | null;
  /** Polls `probe` until it says true. @throws Error with the log's end when the process ends or 60 s are over. */
  waitUntil(probe: () => Promise<boolean>): Promise<void>;
  /** Ends the process and its children, and waits for it. May be called twice. */
  stop(): Promise<void>;
}

/** What to run. */
export interface Command {
  /** For messages. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Talk over stdin and stdout; else stdout goes to the log file too. */
  readonly talks?: boolean;
  /** The temporary folder to use (see `tempDir`); by default a new one. */
  readonly dir?: string;
}

/** A new private temporary folder. */
export const tempDir = (name: string): Promise<string> => mkdtemp(join(tmpdir(), `keyferry-${name}-`));

/**
 * Starts a process with nothing of the caller's environment but PATH: no VAULT_*, AWS_* or HOME of the developer
 * is seen or touched. What it prints goes to a file, as an unread pipe would stop it once full.
 */
export async function startProcess(what: Command): Promise<Running> {
  const dir = what.dir ?? (await tempDir(what.name));
  const logFile = join(dir, 'output.log');
  const log = openSync(logFile, 'a');
  const pipe = what.talks ? 'pipe' : null;
  const child = spawn('/bin/sh', ['-c', SCRIPT, 'sh', dir, what.command, ...what.args], {
    stdio: [pipe ?? 'ignore', pipe ?? log, log, 'pipe'],
    // Its own process group, so that children of the child end with it.
    detached: true,
    env: { PATH: process.env['PATH'] ?? '/usr/bin:/bin', HOME: dir, TMPDIR: dir, ...what.env },
  });
  closeSync(log);
  await once(child, 'spawn');
  const pid = child.pid ?? 0;
  const running = () => child.exitCode === null && child.signalCode === null;
  return {
    pid,
    dir,
    stdin: child.stdin,
    stdout: child.stdout,
    async waitUntil(probe) {
      for (const deadline = Date.now() + 60_000; ; await sleep(20)) {
        if (await probe()) return;
        if (running() && Date.now() < deadline) continue;
        const tail = (await readFile(logFile, 'utf8').catch(() => ''))
          .trim()
          .split('\n')
          .slice(-5)
          .join('\n');
        throw new Error(
          `${what.name} ${running() ? 'is not ready after 60 s' : 'ended at its start'}:\n${tail}`,
        );
      }
    },
    async stop() {
      await endGroup(child, pid, running);
      await rm(dir, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}

/**
 * Clears up when we die without doing so: ends a process that a library started for us, removes its folder.
 *
 * @param pid `0` for a process that ends by itself.
 * @returns Calls it off; for when we have cleared up ourselves.
 */
export function clearUpAfterUs(pid: number, dir: string): () => void {
  // Twice, as a browser that is going down still writes.
  const script =
    'cat >/dev/null; [ "$1" = 0 ] || kill -9 "$1" 2>/dev/null; sleep 1; rm -rf -- "$2"; sleep 2; rm -rf -- "$2"';
  const watcher = spawn('/bin/sh', ['-c', script, 'sh', String(pid), dir], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  watcher.unref();
  return () => {
    if (watcher.pid) process.kill(-watcher.pid, 'SIGKILL');
  };
}

async function endGroup(child: ChildProcess, pid: number, running: () => boolean): Promise<void> {
  const gone = running() ? once(child, 'exit') : null;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // The whole group has ended already.
  }
  await gone;
  child.stdio.forEach((stream) => stream?.destroy());
}
