import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'wxt';
import type { Logger } from 'wxt';
import { tempDir } from '../world/process';

/** A built extension in a folder of its own. */
export interface Built {
  readonly dir: string;
  remove(): Promise<void>;
}

/** Builds the extension as it is now, apart from `.output`, so that no other build comes in between. */
export async function buildExtension(): Promise<Built> {
  const outDir = await tempDir('bench-build');
  const remove = () => rm(outDir, { recursive: true, force: true });
  const options = {
    root: join(import.meta.dirname, '..', '..'),
    browser: 'chrome',
    manifestVersion: 3,
    outDir,
    outDirTemplate: 'extension',
    logger: QUIET,
  } as const;
  try {
    await build(options);
  } catch (error) {
    await remove();
    throw error;
  }
  return { dir: join(outDir, 'extension'), remove };
}

const silent = () => {};
const QUIET: Logger = {
  debug: silent,
  log: silent,
  info: silent,
  warn: silent,
  success: silent,
  error: console.error,
  fatal: console.error,
  level: 0,
};
