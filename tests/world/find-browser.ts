/** Where this machine's browsers are. */
import { accessSync, constants, existsSync } from 'node:fs';
import { chromium } from '@playwright/test';

/**
 * Chromium, or Chrome for Testing: branded Chrome no longer takes `--load-extension`.
 *
 * @throws Error with one line that says how to get it.
 */
export function findChromium(): string {
  return find(
    'Chromium',
    'KEYFERRY_CHROMIUM',
    'apt-get install chromium, or npx playwright install chromium',
    [
      '/usr/bin/chromium',
      '/usr/bin/chromium-browser',
      '/Applications/Chromium.app/Contents/MacOS/Chromium',
      chromium.executablePath(),
    ],
  );
}

/** Firefox or Firefox ESR. @throws Error with one line that says how to get it. */
export function findFirefox(): string {
  return find('Firefox', 'KEYFERRY_FIREFOX', 'apt-get install firefox-esr', [
    '/usr/bin/firefox-esr',
    '/usr/bin/firefox',
    '/Applications/Firefox.app/Contents/MacOS/firefox',
  ]);
}

function find(name: string, variable: string, how: string, places: readonly string[]): string {
  const named = process.env[variable];
  const found = named ? [named].filter(existsSync) : places.filter(isProgram);
  if (found[0]) return found[0];
  throw new Error(
    named ? `${variable} names no file: ${named}` : `No ${name} found: ${how}, or name one in ${variable}.`,
  );
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
