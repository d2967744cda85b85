/** The end of a browser that had no time for anything: a crash, or a computer without power. */
import { readlink, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Keyferry } from './keyferry';

/** Kills Chromium's main process with SIGKILL and waits until it is gone. */
export async function killBrowser({ context, profileDir }: Keyferry): Promise<void> {
  // Chromium's own lock of the profile: a link to `<host>-<process id>`.
  const lock = join(profileDir, 'SingletonLock');
  const pid = Number((await readlink(lock)).split('-').at(-1));
  if (!pid) throw new Error('the profile names no process');
  const closed = new Promise((resolve) => context.once('close', resolve));
  process.kill(pid, 'SIGKILL');
  await closed;
  await rm(lock, { force: true });
}
