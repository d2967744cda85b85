import type { ClipboardView } from '@/lib/messaging/views';
import type { SessionStore } from '@/lib/storage/session';

import type { Environments } from './environments';
import type { Lock } from './lock';
import type { Platform } from './ports';

/** Whose value is on the clipboard, and until when: a name and a time, no value. */
const CLIPBOARD = 'clipboard';

interface ClipboardDeps {
  readonly session: SessionStore;
  readonly environments: Pick<Environments, 'value'>;
  readonly lock: Pick<Lock, 'settings'>;
  readonly platform: Pick<Platform, 'now' | 'clipboard' | 'broadcast'>;
}

/** The countdown of a copied value. */
export function createClipboard({ session, environments, lock, platform }: ClipboardDeps) {
  const changed = () => platform.broadcast({ type: 'changed', area: 'clipboard' });
  return {
    view: async (): Promise<ClipboardView | null> => (await session.get<ClipboardView>(CLIPBOARD)) ?? null,

    async copied(environmentId: string, name: string): Promise<void> {
      const { clipboardSeconds } = await lock.settings();
      if (clipboardSeconds === 0) return;
      const clearsAt = platform.now() + clipboardSeconds * 1000;
      await session.set(CLIPBOARD, { name, clearsAt } satisfies ClipboardView);
      const value = await environments.value(environmentId, name);
      await platform.clipboard.clearAt(clearsAt, value?.text ?? null);
      changed();
    },

    async clearNow(): Promise<void> {
      await platform.clipboard.clearNow();
      await this.cleared();
    },

    /** The clipboard was cleared. */
    async cleared(): Promise<void> {
      await session.remove(CLIPBOARD);
      changed();
    },
  };
}

export type Clipboard = ReturnType<typeof createClipboard>;
