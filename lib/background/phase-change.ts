import type { Injection } from '@/lib/injection/contract';
import type { Phase } from '@/lib/messaging/views';
import type { KeyferryDb } from '@/lib/storage/db';

import type { Drafts } from './drafts';
import type { Testers } from './testers';

interface PhaseChangeDeps {
  readonly db: KeyferryDb;
  readonly drafts: Pick<Drafts, 'restoreLocals'>;
  readonly testers: Pick<Testers, 'endLoopbackGrants'>;
  readonly wire: Pick<Injection, 'sweep' | 'onUnlocked'>;
  readonly stopCalls: () => void;
  readonly autoSync: () => Promise<void>;
}

/** What a lock ends, and what an unlock begins again. */
export function createPhaseChange({ db, drafts, testers, wire, stopCalls, autoSync }: PhaseChangeDeps) {
  return async (phase: Phase): Promise<void> => {
    if (phase === 'locked') {
      stopCalls();
      // What the browser refuses must not stop the lock. Nor is a job waited for: a write may take its time to be sure
      // of its answer, and what still comes in is refused by session memory.
      await Promise.allSettled([wire.sweep('all'), testers.endLoopbackGrants()]);
      return;
    }
    // One that was given in the very moment of the lock came after those of before were ended.
    await testers.endLoopbackGrants();
    await drafts.restoreLocals(await db.environments.toArray());
    wire.onUnlocked();
    // What fails here is told by the job, or by the next pull that the user asks for.
    void autoSync().catch(() => undefined);
  };
}
