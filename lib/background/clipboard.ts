import type { ClipboardView } from '@/lib/messaging/views';
import type { SessionStore } from '@/lib/storage/session';

import type { Editor } from './editor';
import type { Environments } from './environments';
import type { Lock } from './lock';
import type { Platform } from './ports';

/** Whose value is on the clipboard, and until when: a name and a time, no value. */
const CLIPBOARD = 'clipboard';

interface ClipboardDeps {
  readonly session: SessionStore;
  readonly environments: Pick<Environments, 'value'>;
  readonly editor: Pick<Editor, 'value'>;
  readonly lock: Pick<Lock, 'settings'>;
  readonly platform: Pick<Platform, 'now' | 'clipboard' | 'broadcast'>;
}

/** The countdown of a copied value. */
export function createClipboard({ session, environments, editor, lock, platform }: ClipboardDeps) {
  const changed = () => platform.broadcast({ type: 'changed', area: 'clipboard' });
  return {
    view: async (): Promise<ClipboardView | null> => (await session.get<ClipboardView>(CLIPBOARD)) ?? null,

    /**
     * @param side `mine` when the draft's value was copied, else the one in use.
     * @param within The JSON variable that the name leads into, with `mine` alone.
     */
    async copied(environmentId: string, name: string, side?: 'mine', within?: string): Promise<void> {
      const { clipboardSeconds } = await lock.settings();
      if (clipboardSeconds === 0) return;
      const clearsAt = platform.now() + clipboardSeconds * 1000;
      await session.set(CLIPBOARD, { name, clearsAt } satisfies ClipboardView);
      // A lock that came in between has taken the value: then whatever is on the clipboard is cleared.
      const value = await (
        side ? editor.value(environmentId, name, side, within) : environments.value(environmentId, name)
      ).catch(() => null);
      try {
        await platform.clipboard.clearAt(clearsAt, value?.text ?? null);
      } catch (error) {
        // Nobody counts down: no view may say so.
        await session.remove(CLIPBOARD);
        throw error;
      } finally {
        changed();
      }
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
