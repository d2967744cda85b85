import { deriveBoxKeys, open, seal, type BoxKeys, type SealedBox } from '@/lib/crypto/box';

import type { SessionStore } from './session';

const SEALED = 'sealed:';
const PURPOSE = 'session';

/**
 * Session memory under the vault key: what the user has not saved anywhere else (drafts, environments without
 * Vault Sync). It survives a lock, which drops keys and clear values, opens again at the next unlock, and dies
 * with the browser.
 */
export function createSealedStore(session: SessionStore, vaultKey: () => Promise<Uint8Array<ArrayBuffer>>) {
  const keys = async () => deriveBoxKeys(await vaultKey(), PURPOSE);
  const opened = async <Value>(boxKeys: BoxKeys, key: string, box: SealedBox): Promise<Value> => {
    const plain = await open(boxKeys, box, [PURPOSE, key], 'record-moved');
    return JSON.parse(new TextDecoder().decode(plain)) as Value;
  };
  return {
    /** `null` when there is none. @throws AppError `locked`, `record-damaged`. */
    async get<Value>(key: string): Promise<Value | null> {
      const box = await session.get<SealedBox>(SEALED + key);
      return box ? opened<Value>(await keys(), key, box) : null;
    },

    /** The same for many at once, in their order. */
    async getMany<Value>(names: readonly string[]): Promise<(Value | null)[]> {
      const boxes = await session.getMany<SealedBox>(names.map((key) => SEALED + key));
      const opening = boxes.some((box) => box !== undefined) ? await keys() : null;
      return Promise.all(
        names.map((key, at) => {
          const box = boxes[at];
          return box && opening ? opened<Value>(opening, key, box) : null;
        }),
      );
    },

    /** @throws AppError `locked`, `memory-full`; what was there stays then. */
    async set(key: string, value: unknown): Promise<void> {
      const plain = new TextEncoder().encode(JSON.stringify(value));
      await session.set(SEALED + key, await seal(await keys(), plain, [PURPOSE, key]));
    },

    remove: (...names: string[]): Promise<void> => session.remove(...names.map((key) => SEALED + key)),

    /** The keys that exist, also while locked. */
    async keys(prefix: string): Promise<string[]> {
      return (await session.keys(SEALED + prefix)).map((key) => key.slice(SEALED.length));
    },
  };
}

export type SealedStore = ReturnType<typeof createSealedStore>;
