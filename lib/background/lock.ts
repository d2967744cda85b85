import { fromBase64, toBase64 } from '@/lib/core/bytes';
import { AppError } from '@/lib/core/errors';
import { DEFAULT_LOCK_SETTINGS, type LockSettings } from '@/lib/core/model';
import { createTurns } from '@/lib/core/turns';
import { createVaultKey, openVaultKey, wrapVaultKey, type VaultKeyRecord } from '@/lib/crypto/vault-key';
import type { Phase } from '@/lib/messaging/views';
import type { KeyferryDb } from '@/lib/storage/db';
import { SECRET, type SessionStore } from '@/lib/storage/session';

import type { Platform } from './ports';

/** The alarm that locks; alarms wake a sleeping worker. */
export const LOCK_ALARM = 'lock';

const VAULT_KEY = `${SECRET}vault-key`;
/** When the set time is over, in milliseconds since the epoch: an alarm that was missed is made up for. */
const LOCK_AT = `${SECRET}lock-at`;

interface LockDeps {
  readonly db: KeyferryDb;
  readonly session: SessionStore;
  readonly platform: Pick<Platform, 'now' | 'setAlarm' | 'clearAlarm' | 'setIdleMinutes'>;
  /** Settings as the organization's policy lets them be. */
  readonly clamp?: (settings: LockSettings) => LockSettings;
  /** Called after the keys are gone or there, in this order of registration. */
  readonly onChange: (phase: Phase) => Promise<void>;
}

/** The vault key's life: made at set-up, in session memory while unlocked, gone at the lock. */
export function createLock({ db, session, platform, clamp = (settings) => settings, onChange }: LockDeps) {
  const record = async () => (await db.settings.get('vault-key'))?.value as VaultKeyRecord | undefined;
  const settings = async (): Promise<LockSettings> =>
    clamp({
      ...DEFAULT_LOCK_SETTINGS,
      ...((await db.settings.get('lock'))?.value as Partial<LockSettings> | undefined),
    });

  /** @param latest A lock that is due earlier stays so. */
  const arm = async (latest = Infinity) => {
    const { idleMinutes, maxMinutes } = await settings();
    if (idleMinutes > 0) platform.setIdleMinutes(idleMinutes);
    if (maxMinutes > 0) {
      const at = Math.min(latest, platform.now() + maxMinutes * 60_000);
      await session.set(LOCK_AT, at);
      await platform.setAlarm(LOCK_ALARM, at);
    } else {
      await session.remove(LOCK_AT);
      await platform.clearAlarm(LOCK_ALARM);
    }
  };

  /** Set-up, unlock, change of passphrase and wipe read the record and act on it later: one at a time, each as a whole. */
  const inTurn = createTurns();
  /** The steps of locking and of opening must not mix. A lock waits for these alone, never for a passphrase's key. */
  const switching = createTurns();
  /** How often it was locked: what opens the vault must not win over a lock that came after it had begun. */
  let locks = 0;

  /** @throws AppError `locked` when a lock came in since. */
  const open = (key: Uint8Array<ArrayBuffer>, begunAt: number) =>
    switching(async () => {
      if (locks !== begunAt) throw new AppError('locked');
      session.acceptSecrets();
      await session.set(VAULT_KEY, toBase64(key));
      await arm();
      await onChange('unlocked');
    });

  const lock = () => {
    locks += 1;
    return switching(async () => {
      session.refuseSecrets();
      await session.clear(SECRET);
      try {
        await platform.clearAlarm(LOCK_ALARM);
        await onChange('locked');
      } finally {
        // What was on its way into the browser's memory when secrets began to be refused.
        await session.clear(SECRET);
      }
    });
  };

  /** Locks when the set time is over: by the alarm, or on a start after an alarm was missed. */
  const lockIfDue = async () => {
    const at = await session.get<number>(LOCK_AT);
    if (at === undefined) return;
    if (at <= platform.now()) await lock();
    // The clock was set back, or the alarm rang early: it rings once only.
    else await platform.setAlarm(LOCK_ALARM, at);
  };

  return {
    settings,
    lock,
    lockIfDue,

    async phase(): Promise<Phase> {
      if ((await session.get<string>(VAULT_KEY)) !== undefined) return 'unlocked';
      return (await record()) ? 'locked' : 'first-run';
    },

    /** The raw vault key. @throws AppError `locked`. */
    async vaultKey(): Promise<Uint8Array<ArrayBuffer>> {
      const key = await session.get<string>(VAULT_KEY);
      if (key === undefined) throw new AppError('locked');
      return fromBase64(key);
    },

    /**
     * @throws AppError `already-set-up`: a second set-up would make every sealed credential unreadable. `locked` when a
     *   lock came in meanwhile.
     */
    setUp(passphrase: string): Promise<void> {
      const begunAt = locks;
      return inTurn(async () => {
        const { key, record: made } = await createVaultKey(passphrase);
        await db.transaction('rw', db.settings, async () => {
          if (await db.settings.get('vault-key')) throw new AppError('already-set-up');
          await db.settings.add({ name: 'vault-key', value: made });
        });
        await open(key, begunAt);
      });
    },

    /**
     * @throws AppError `not-set-up`, `wrong-passphrase`, `record-damaged`, `record-weak`. `locked` when a lock came in
     *   meanwhile.
     */
    unlock(passphrase: string): Promise<void> {
      const begunAt = locks;
      return inTurn(async () => {
        const stored = await record();
        if (!stored) throw new AppError('not-set-up');
        await open(await openVaultKey(stored, passphrase), begunAt);
      });
    },

    /** Wraps the same vault key anew, in one write: sealed credentials stay as they are. */
    changePassphrase: (current: string, next: string): Promise<void> =>
      inTurn(async () => {
        const stored = await record();
        if (!stored) throw new AppError('not-set-up');
        const value = await wrapVaultKey(await openVaultKey(stored, current), next);
        await db.settings.put({ name: 'vault-key', value });
      }),

    /** Locks at once, and erases everything when what began before is over. */
    async wipe(erase: () => Promise<void>): Promise<void> {
      const locking = lock();
      await inTurn(async () => {
        await locking;
        await erase();
      });
    },

    async saveSettings(value: LockSettings): Promise<void> {
      await db.settings.put({ name: 'lock', value });
      if ((await session.get<string>(VAULT_KEY)) !== undefined) await arm();
    },

    /** The settings became stricter behind the user's back: by the policy, or by an imported file. */
    async follow(): Promise<void> {
      if ((await session.get<string>(VAULT_KEY)) === undefined) return;
      await arm(await session.get<number>(LOCK_AT));
      await lockIfDue();
    },

    /** The browser saw no input for the set time, or the screen was locked. */
    async idle(state: 'active' | 'idle' | 'locked'): Promise<void> {
      if (state === 'active' || (await session.get<string>(VAULT_KEY)) === undefined) return;
      if ((await settings()).idleMinutes > 0) await lock();
    },

    /** At each start of the worker: the set time may have passed while it slept, and the idle time is not kept by browsers. */
    async resume(): Promise<void> {
      await lockIfDue();
      const { idleMinutes } = await settings();
      if (idleMinutes > 0) platform.setIdleMinutes(idleMinutes);
    },
  };
}

export type Lock = ReturnType<typeof createLock>;
