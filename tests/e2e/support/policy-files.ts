/** The organization's policy, as administrators of Linux machines set it: a file that Chromium reads. */
import { createHash } from 'node:crypto';
import { access, constants, cp, mkdir, readdir, realpath, rm, rmdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect } from '@playwright/test';
import { clearUpAfterUs, tempDir } from '../../world/process';
import type { Keyferry } from './keyferry';

/** https://www.chromium.org/administrators/linux-quick-start/ */
const FOLDER = '/etc/chromium/policies/managed';
/** With the id of the process that wrote it. */
const OURS = /^keyferry-tests-(\d+)\.json$/;

export interface PolicyFiles {
  /** A copy of the build: its own place gives it an id of its own, so that no other browser's Keyferry is meant. */
  readonly build: string;
  readonly extensionId: string;
  /** Writes the policy and waits until the browser and the worker follow it. */
  set(keyferry: Keyferry, policy: Readonly<Record<string, unknown>>): Promise<void>;
  /** Takes the policy away, and waits until it is over. */
  clear(keyferry: Keyferry): Promise<void>;
  /** Takes file and copy away, whatever stands. */
  stop(): Promise<void>;
}

/**
 * @param source The built extension.
 * @throws Error with one line that says what is missing when no policy can be written here.
 */
export async function startPolicyFiles(source: string): Promise<PolicyFiles> {
  const made = await mkdir(FOLDER, { recursive: true })
    .then(async (first) => {
      await access(FOLDER, constants.W_OK);
      return first;
    })
    .catch((error: unknown) => {
      const { code } = error as NodeJS.ErrnoException;
      throw new Error(
        `Policy tests write into ${FOLDER}, and this user may not (${code ?? ''}): run them as root, or let the user write there.`,
      );
    });
  await removeLeftovers();
  const file = join(FOLDER, `keyferry-tests-${process.pid}.json`);
  const build = await realpath(await tempDir('policy'));
  // Should this process be killed, its policy must not stay.
  const callOff = [file, build].map((path) => clearUpAfterUs(0, path));
  await cp(source, build, { recursive: true });
  const extensionId = idOf(build);

  const managed = async ({ send }: Keyferry) => (await send('status/view', {})).managed;
  return {
    build,
    extensionId,
    async set(keyferry, policy) {
      // Another run that ends takes empty folders away.
      await mkdir(FOLDER, { recursive: true });
      await writeFile(file, JSON.stringify({ '3rdparty': { extensions: { [extensionId]: policy } } }));
      await reload(keyferry);
      await expect.poll(() => held(keyferry)).toEqual(policy);
      await expect.poll(() => managed(keyferry)).toBeDefined();
    },
    async clear(keyferry) {
      await rm(file, { force: true });
      await reload(keyferry);
      await expect.poll(() => held(keyferry)).toEqual({});
      await expect.poll(() => managed(keyferry)).toBeUndefined();
    },
    async stop() {
      await rm(file, { force: true });
      // Folders that were not there before go again, unless somebody else uses them by now.
      if (made) await removeEmpty(FOLDER, made);
      await rm(build, { recursive: true, force: true });
      callOff.forEach((off) => off());
    },
  };
}

/** The id of an unpacked extension: the hash of its folder's path, its hexadecimal digits as `a` to `p`. */
function idOf(build: string): string {
  const digits = createHash('sha256').update(build).digest('hex').slice(0, 32);
  return [...digits].map((digit) => 'abcdefghijklmnop'[parseInt(digit, 16)]).join('');
}

/** Policies of runs that are dead. */
async function removeLeftovers(): Promise<void> {
  for (const name of await readdir(FOLDER)) {
    const pid = Number(OURS.exec(name)?.[1] ?? 0);
    if (pid && !isRunning(pid)) await rm(join(FOLDER, name), { force: true });
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

async function removeEmpty(folder: string, last: string): Promise<void> {
  const gone = await rmdir(folder).then(
    () => true,
    () => false,
  );
  if (gone && folder !== last) await removeEmpty(dirname(folder), last);
}

/** What the browser hands the extension. */
function held({ page }: Keyferry): Promise<unknown> {
  return page.evaluate(() => {
    const { storage } = Reflect.get(globalThis, 'chrome') as {
      storage: { managed: { get(keys: null): Promise<unknown> } };
    };
    return storage.managed.get(null);
  });
}

/** By itself Chromium waits until a file has been left alone for 5 s. */
async function reload({ context }: Keyferry): Promise<void> {
  const page = await context.newPage();
  await page.goto('chrome://policy');
  await page.locator('#reload-policies').click();
  await page.close();
}
