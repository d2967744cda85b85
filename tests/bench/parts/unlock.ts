import { setTimeout as sleep } from 'node:timers/promises';
import { ITERATIONS } from '@/lib/crypto/vault-key';
import { PASSPHRASE, startExtension } from '../browser/extension';
import type { Part } from '../part';
import { interleave, ratios } from '../rounds';

const SETTLE_MS = 300;

export const unlock: Part = {
  name: 'unlock',
  about: 'Unlock, beside one bare PBKDF2 in the same worker',
  async *run({ dir, rounds, told }) {
    const extension = await startExtension(dir);
    try {
      await extension.renew();
      const bare = {
        name: 'bare PBKDF2',
        async turn() {
          const worker = await extension.browser.worker();
          await sleep(SETTLE_MS);
          const ms = await worker.run(deriveOnce, PASSPHRASE, ITERATIONS);
          await worker.detach();
          return { 'bare PBKDF2': ms };
        },
      };
      const whole = {
        name: 'unlock',
        async turn() {
          await extension.ask('lock/lock', {});
          // What the lock set going (the icon, the pages that draw themselves anew) is not the unlock's.
          await sleep(SETTLE_MS);
          return { unlock: await extension.page.run(unlockOnce, PASSPHRASE) };
        },
      };
      const samples = await interleave([bare, whole], rounds ?? 15, told);
      const reference = samples.get('bare PBKDF2') ?? [];
      const measured = samples.get('unlock') ?? [];
      yield {
        title: `Unlock (PBKDF2-SHA-256, ${ITERATIONS} iterations, 256 bits), from the message to the answer`,
        against: 'as long as bare PBKDF2',
        rows: [
          { what: 'bare PBKDF2', unit: 'ms', samples: reference },
          {
            what: 'unlock',
            unit: 'ms',
            samples: measured,
            ratios: ratios(measured, reference),
            goal: { sign: '≤', than: 1.15 },
          },
        ],
      };
    } finally {
      await extension.stop();
    }
  },
};

/** Runs in our page. */
async function unlockOnce(passphrase: string): Promise<number> {
  const { runtime } = Reflect.get(globalThis, 'chrome') as {
    runtime: { sendMessage(message: unknown): Promise<{ ok: boolean }> };
  };
  const from = performance.now();
  const { ok } = await runtime.sendMessage({ kind: 'lock/unlock', request: { passphrase } });
  if (!ok) throw new Error('It stayed locked.');
  return performance.now() - from;
}

/** Runs in the worker. */
async function deriveOnce(passphrase: string, iterations: number): Promise<number> {
  const from = performance.now();
  const salt = crypto.getRandomValues(new Uint8Array(16));
  const key = await crypto.subtle.importKey('raw', new TextEncoder().encode(passphrase), 'PBKDF2', false, [
    'deriveBits',
  ]);
  await crypto.subtle.deriveBits({ name: 'PBKDF2', hash: 'SHA-256', salt, iterations }, key, 256);
  return performance.now() - from;
}
