import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { startExtension } from '../browser/extension';
import type { Document } from '../browser/document';
import type { Part } from '../part';
import { interleave } from '../rounds';

/** An open page of ours connects again as soon as the worker ends, which would wake it before the question does. */
const NO_PORT = `chrome.runtime.connect = () => {
  const event = { addListener() {}, removeListener() {} };
  return { name: 'ui', onMessage: event, onDisconnect: event, postMessage() {}, disconnect() {} };
};`;

export const worker: Part = {
  name: 'worker',
  about: "The worker's code, and how long it takes from cold to its first answer",
  async *run({ dir, rounds, told }) {
    yield {
      title: 'The worker with all that it imports',
      rows: [
        {
          what: 'code',
          unit: 'kB',
          samples: [(await codeBytes(join(dir, 'background.js'))) / 1_000],
          goal: { sign: '≤', than: 150 },
        },
      ],
    };

    const extension = await startExtension(dir);
    try {
      await extension.renew();
      await extension.page.close();
      const popup = await extension.browser.open(`${extension.browser.origin}/popup.html`, NO_PORT);
      const cold = {
        name: 'cold',
        async turn() {
          await extension.browser.killWorker();
          return { 'from cold': await popup.run(askOnce, 'status/view') };
        },
      };
      const samples = await interleave(
        [cold, warm(popup, 'status/view'), warm(popup, 'popup/view')],
        rounds ?? 20,
        told,
      );
      yield {
        title: 'First answer, with the popup open',
        rows: [...samples].map(([what, list]) => ({
          what,
          unit: 'ms',
          samples: list,
          ...(what === 'from cold' ? { goal: { sign: '≤', than: 40 } } : {}),
        })),
      };
    } finally {
      await extension.stop();
    }
  },
};

const warm = (popup: Document, kind: string) => ({
  name: kind,
  turn: async () => ({ [`${kind}, awake`]: await popup.run(askOnce, kind) }),
});

/** Runs in the popup. */
async function askOnce(kind: string): Promise<number> {
  const { runtime } = Reflect.get(globalThis, 'chrome') as {
    runtime: { sendMessage(message: unknown): Promise<{ ok: boolean }> };
  };
  const from = performance.now();
  const { ok } = await runtime.sendMessage({ kind, request: {} });
  if (!ok) throw new Error(`${kind} was refused`);
  return performance.now() - from;
}

/** A file and everything that it imports, each once. */
async function codeBytes(file: string, seen = new Set<string>()): Promise<number> {
  if (seen.has(file)) return 0;
  seen.add(file);
  const code = await readFile(file);
  let bytes = code.length;
  for (const [, path = ''] of code.toString().matchAll(/(?:from|import)\s*["'](\.[^"']+)["']/g)) {
    bytes += await codeBytes(join(dirname(file), path), seen);
  }
  return bytes;
}
