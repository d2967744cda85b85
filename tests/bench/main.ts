/**
 * `npm run bench`: measures the built extension and prints medians, least and most, and how that stands to the
 * goals. It asserts nothing; it fails only when something broke.
 *
 * How it measures
 * - The extension is built as it is now and loaded into a Chromium of its own; its options page sends the same
 *   messages as for a user, and stays open. No debugger is on the worker while it pulls, is armed or starts.
 * - Everything is on this machine: OpenBao in memory, a stand-in for AWS that answers in under a millisecond, and a
 *   proxy that makes a round trip take 20 or 80 ms (a new connection takes one more); no loss, no bandwidth limit.
 *   Browser, servers and proxy share the processor, so 0 ms measures its speed and no network.
 * - Contenders take turns in rounds, in rotating order, and ratios are made round by round, so that what else the
 *   machine does meets all of them. A median of few rounds is still a median of few rounds.
 * - The one-by-one readers are our own: a plain Node client for Vault, AWS's SDK for AWS. They keep connections alive
 *   and do nothing with what they read. `64 at once` and `BatchGet 8 at once` are the same clients at their best,
 *   for orientation.
 * - Each first pull is one: all that the extension knew is wiped before it. `nothing changed` is the pull after it.
 *
 * `npm run bench -- --only pull-openbao,unlock --rounds 3 --delays 20 --secrets 100`
 */
import { cpus, loadavg } from 'node:os';
import { buildExtension } from './build';
import { readOptions } from './options';
import { isMet, printTable } from './report';
import type { Row } from './report';

const options = readOptions();
const machine = () => `load ${loadavg()[0]?.toFixed(1)} on ${cpus().length} processors`;
const told = (text: string) => void (process.stderr.isTTY && process.stderr.write(`\r\u001b[K${text}\r`));
const rows: Row[] = [];

console.log(
  `Node ${process.version}, ${machine()}. Parts: ${options.parts.map(({ name }) => name).join(', ')}.`,
);
told('building');
const built = await buildExtension();
try {
  for (const part of options.parts) {
    told(part.about);
    for await (const table of part.run({
      ...options,
      dir: built.dir,
      told: (text) => told(`${part.name}, ${text}`),
    })) {
      told('');
      printTable(table);
      rows.push(...table.rows);
    }
  }
} finally {
  await built.remove();
}

const met = rows.map(isMet).filter((one) => one !== null);
console.log(`\n${met.filter(Boolean).length} of ${met.length} goals met; ${machine()} at the end.`);
