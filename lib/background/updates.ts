import type { SealedStore } from '@/lib/storage/sealed';
import type { SessionStore } from '@/lib/storage/session';

import type { Jobs } from './jobs';
import type { Platform } from './ports';

/** Looks again whether a waiting update can go in. */
export const UPDATE_ALARM = 'update';
const WAITS = 'update';
const AGAIN_MS = 60_000;

interface UpdateDeps {
  readonly session: SessionStore;
  readonly sealed: Pick<SealedStore, 'keys'>;
  readonly jobs: Pick<Jobs, 'running'>;
  readonly platform: Pick<Platform, 'now' | 'setAlarm' | 'broadcast'>;
  /** Restarts into the newer version. */
  readonly apply: () => void;
}

/**
 * An update of the extension ends its session: drafts and environments without Vault Sync would be lost, and a job
 * cut short. So it waits for them, and the pages say so.
 */
export function createUpdates({ session, sealed, jobs, platform, apply }: UpdateDeps) {
  const waits = async () => (await session.get<boolean>(WAITS)) === true;
  const attempt = async (): Promise<void> => {
    if (!(await waits())) return;
    if (!jobs.running() && (await sealed.keys('')).length === 0) {
      apply();
      return;
    }
    await platform.setAlarm(UPDATE_ALARM, platform.now() + AGAIN_MS);
  };
  return {
    waits,
    attempt,
    async ready(): Promise<void> {
      await session.set(WAITS, true);
      platform.broadcast({ type: 'changed', area: 'status' });
      await attempt();
    },
  };
}
