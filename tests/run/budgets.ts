import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

const BUILD = join(import.meta.dirname, '..', '..', '.output', 'chrome-mv3');

/** The most bytes that a browser must read to start each of these, everything it imports included. */
const BUDGETS = {
  // Every wake-up of the worker pays for this. Dexie alone is 86 kB (CONTRIBUTING.md, Decisions).
  'background.js': 340_000,
  // Every frame of an enabled tester pays for these.
  'page-hook.js': 30_000,
  'bridge.js': 30_000,
};

/** No entry of the Chromium build has outgrown its budget. */
export async function checkBudgets(): Promise<void> {
  const over: string[] = [];
  for (const [entry, budget] of Object.entries(BUDGETS)) {
    const bytes = await sizeOf(join(BUILD, entry), new Set());
    console.log(`${entry}: ${bytes} of ${budget} bytes`);
    if (bytes > budget) over.push(entry);
  }
  if (over.length > 0) throw new Error(`over budget: ${over.join(', ')}`);
}

/** Bytes of a module and of all that it imports statically, each once. */
async function sizeOf(file: string, seen: Set<string>): Promise<number> {
  if (seen.has(file)) return 0;
  seen.add(file);
  const code = await readFile(file, 'utf8');
  let bytes = Buffer.byteLength(code);
  for (const [, from] of code.matchAll(/(?:\bfrom|\bimport)\s*["'](\.[^"']+\.js)["']/g)) {
    bytes += await sizeOf(join(dirname(file), from ?? ''), seen);
  }
  return bytes;
}
