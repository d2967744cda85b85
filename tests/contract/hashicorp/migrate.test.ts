/** A move, stopped before or after any of its calls, leaves the old secret or both, and ends well when gone on with. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { AppError } from '@/lib/core/errors';
import type { Transport } from '@/lib/providers/transport';
import { planMigration, runMigration } from '@/lib/sync/migrate';
import type { Migration } from '@/lib/sync/migrate';
import { startOpenBao } from '../../world/openbao';
import type { OpenBao } from '../../world/openbao';
import { connect, nodeTransport, signal, textsAt } from './support';

let bao: OpenBao;
beforeAll(async () => void (bao = await startOpenBao()));
afterAll(() => bao.stop());

/** Works for so many calls; the next one is dropped, or its answer, and the line stays dead. */
function dyingAfter(calls: number, answerOnly: boolean): Transport {
  const plain = nodeTransport();
  let left = calls;
  return async (request, until) => {
    left -= 1;
    if (left === -1 && answerOnly) await plain(request, until);
    if (left < 0) throw new AppError('offline');
    return plain(request, until);
  };
}

it.each([1, 2] as const)('in KV v%i', async (version) => {
  const custom = version === 2 ? { owner: 'team' } : {};
  let stops = 0;
  for (let calls = 0; ; calls += 1) {
    for (const answerOnly of [false, true]) {
      const mount = await bao.freshMount({ version });
      await bao.seedSecrets(mount, { old: { KEY: 'value' } });
      if (version === 2) await bao.call('POST', `${mount}/metadata/old`, { custom_metadata: custom });
      const healthy = connect({ url: bao.url, enginePath: mount });
      const linked: string[] = [];
      let kept: Migration = planMigration('old', 'new/place', version === 1);
      const host = {
        keep: async (migration: Migration) => void (kept = migration),
        link: async ({ path }: { path: string }) => void linked.push(path),
      };
      const dying = connect({ url: bao.url, enginePath: mount, transport: dyingAfter(calls, answerOnly) });
      const stopped = await runMigration(dying, kept, host, signal).then(
        () => false,
        () => true,
      );
      if (!stopped) {
        expect(stops).toBeGreaterThan(10);
        return;
      }
      stops += 1;
      const [old, copied] = await Promise.all([textsAt(healthy, 'old'), textsAt(healthy, 'new/place')]);
      // The old one may be gone only when the environment points to its copy.
      expect(old ?? (linked.length > 0 && copied)).toEqual({ KEY: 'value' });
      const removal = await runMigration(healthy, kept, host, signal);
      expect(removal).toEqual(version === 2 ? { kind: 'soft', version: '1' } : { kind: 'permanent' });
      expect(await textsAt(healthy, 'new/place')).toEqual({ KEY: 'value' });
      expect(await healthy.read('old', signal)).toBeNull();
      expect(linked.at(-1)).toBe('new/place');
      if (version === 2) expect(await healthy.metadata('new/place', signal)).toEqual({ custom });
    }
  }
});
