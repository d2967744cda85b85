import { beforeEach, describe, expect, it } from 'vitest';

import { createLock, LOCK_ALARM, type Lock } from '@/lib/background/lock';
import type { AppError } from '@/lib/core/errors';
import type { Phase } from '@/lib/messaging/views';

import { memoryDb, memorySession } from '../memory';

async function world() {
  const db = await memoryDb();
  const memory = memorySession();
  const clock = { now: 1_000_000 };
  const alarms = new Map<string, number>();
  const phases: Phase[] = [];
  let idleMinutes = 0;
  const start = (
    onChange: (phase: Phase) => Promise<void> = async (phase) => void phases.push(phase),
  ): Lock =>
    createLock({
      db,
      session: memory.session,
      platform: {
        now: () => clock.now,
        setAlarm: async (name, when) => void alarms.set(name, when),
        clearAlarm: async (name) => void alarms.delete(name),
        setIdleMinutes: (minutes) => {
          idleMinutes = minutes;
        },
      },
      onChange,
    });
  return { db, ...memory, clock, alarms, phases, start, idle: () => idleMinutes };
}

const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'done',
    (error: AppError) => error.code,
  );

describe('the lock', () => {
  let at: Awaited<ReturnType<typeof world>>;
  beforeEach(async () => {
    at = await world();
    await at.start().setUp('four unrelated words');
  });

  it('is open after the set-up, and open still when the worker was stopped in between', async () => {
    const key = await at.start().vaultKey();
    expect(await at.start().phase()).toBe('unlocked');
    await at.start().lock();
    await at.start().unlock('four unrelated words');
    expect(await at.start().vaultKey()).toEqual(key);
  });

  it('leaves nothing secret in session memory', async () => {
    await at.session.setMany({
      'secret:env:1': { v: 'canary' },
      'secret:token:global': 'canary',
      approvals: ['API_KEY'],
    });
    await at.start().lock();
    expect([...at.items.keys()]).toEqual(['approvals']);
    expect(await at.start().phase()).toBe('locked');
    expect(await codeOf(at.start().vaultKey())).toBe('locked');
  });

  it('keeps nothing secret that comes in after it, and takes secrets again when it is open', async () => {
    await at.start().lock();
    expect(await codeOf(at.session.set('secret:token:global', 'a login that was under way'))).toBe('locked');
    expect(await codeOf(at.session.set('edited', { 1: {} }))).toBe('done');
    expect([...at.items.keys()]).toEqual(['edited']);
    await at.start().unlock('four unrelated words');
    expect(await codeOf(at.session.set('secret:token:global', 'canary'))).toBe('done');
  });

  it('leaves nothing secret either when something else about it fails', async () => {
    const lock = at.start(async () => {
      at.items.set('secret:review:1', 'on its way while it was locked');
      throw new Error('a database that is gone');
    });
    await codeOf(lock.lock());
    expect([...at.items.keys()]).toEqual([]);
  });

  it('is open after an unlock that came while it was still being locked', async () => {
    const slow = Promise.withResolvers<void>();
    const lock = at.start((phase) => (phase === 'locked' ? slow.promise : Promise.resolve()));
    const locking = lock.lock();
    const unlocking = lock.unlock('four unrelated words');
    slow.resolve();
    await Promise.all([locking, unlocking]);
    expect(await lock.phase()).toBe('unlocked');
  });

  it('stays locked when the lock came after the unlock had begun', async () => {
    const lock = at.start();
    await lock.lock();
    const unlocking = codeOf(lock.unlock('four unrelated words'));
    await lock.lock();
    expect(await unlocking).toBe('locked');
    expect(await lock.phase()).toBe('locked');
    // Nor was it open in between, or what waits for the vault would have gone on.
    expect(at.phases).toEqual(['unlocked', 'locked', 'locked']);
    await lock.unlock('four unrelated words');
    expect(await lock.phase()).toBe('unlocked');
  });

  it('does not wait for a passphrase that is being changed', async () => {
    const lock = at.start();
    const done: string[] = [];
    const changing = lock
      .changePassphrase('four unrelated words', 'new words')
      .then(() => void done.push('changed'));
    await lock.lock().then(() => void done.push('locked'));
    await changing;
    expect(done).toEqual(['locked', 'changed']);
    await lock.unlock('new words');
  });

  it.each<[string, (lock: Lock) => Promise<void>]>([
    ['a change of the passphrase', (lock) => lock.changePassphrase('four unrelated words', 'new words')],
    ['an unlock', (lock) => lock.unlock('four unrelated words')],
    ['a set-up', (lock) => lock.setUp('four unrelated words')],
  ])('leaves nothing of %s that a wipe came after', async (_, work) => {
    const lock = at.start();
    await lock.lock();
    const working = codeOf(work(lock));
    await lock.wipe(() => at.db.settings.clear());
    await working;
    expect(await lock.phase()).toBe('first-run');
    expect(await at.db.settings.get('vault-key')).toBeUndefined();
    expect([...at.items.keys()]).toEqual([]);
  });

  it('takes an unlock while it is wiped for what it will be then', async () => {
    const lock = at.start();
    const wiping = lock.wipe(() => at.db.settings.clear());
    expect(await codeOf(lock.unlock('four unrelated words'))).toBe('not-set-up');
    await wiping;
    expect(await lock.phase()).toBe('first-run');
    await lock.setUp('another passphrase');
    expect(await lock.phase()).toBe('unlocked');
  });

  it('takes two changes of the passphrase one after the other', async () => {
    const lock = at.start();
    const changes = ['new words', 'other words'].map((next) =>
      codeOf(lock.changePassphrase('four unrelated words', next)),
    );
    expect(await Promise.all(changes)).toEqual(['done', 'wrong-passphrase']);
    await lock.unlock('new words');
  });

  it('says that it is locked to whoever listens', async () => {
    await at.start().lock();
    expect(at.phases).toEqual(['unlocked', 'locked']);
  });

  it('tells a wrong passphrase and stays locked', async () => {
    await at.start().lock();
    expect(await codeOf(at.start().unlock('another'))).toBe('wrong-passphrase');
    expect(await at.start().phase()).toBe('locked');
  });

  it('refuses a second set-up, which would orphan what is sealed', async () => {
    expect(await codeOf(at.start().setUp('another'))).toBe('already-set-up');
  });

  it('keeps the key when the passphrase changes', async () => {
    const key = await at.start().vaultKey();
    expect(await codeOf(at.start().changePassphrase('wrong', 'new words'))).toBe('wrong-passphrase');
    await at.start().changePassphrase('four unrelated words', 'new words');
    await at.start().lock();
    expect(await codeOf(at.start().unlock('four unrelated words'))).toBe('wrong-passphrase');
    await at.start().unlock('new words');
    expect(await at.start().vaultKey()).toEqual(key);
  });

  it('locks after the set time by an alarm, and not before', async () => {
    const due = at.alarms.get(LOCK_ALARM) ?? 0;
    expect(due).toBe(at.clock.now + 480 * 60_000);
    at.clock.now = due - 1;
    // It rings once only, so one that came early is set again.
    at.alarms.clear();
    await at.start().lockIfDue();
    expect(await at.start().phase()).toBe('unlocked');
    expect(at.alarms.get(LOCK_ALARM)).toBe(due);
    at.clock.now = due;
    await at.start().lockIfDue();
    expect(await at.start().phase()).toBe('locked');
  });

  it('makes up for an alarm that was missed, when the worker starts', async () => {
    at.clock.now += 481 * 60_000;
    await at.start().resume();
    expect(await at.start().phase()).toBe('locked');
  });

  it('locks when the user has been away or the screen was locked', async () => {
    await at.start().idle('active');
    expect(await at.start().phase()).toBe('unlocked');
    await at.start().idle('idle');
    expect(await at.start().phase()).toBe('locked');
    await at.start().unlock('four unrelated words');
    await at.start().idle('locked');
    expect(await at.start().phase()).toBe('locked');
  });

  it('follows its settings, at once and after a restart', async () => {
    await at.start().saveSettings({ idleMinutes: 0, maxMinutes: 0, clipboardSeconds: 10 });
    expect(at.alarms.has(LOCK_ALARM)).toBe(false);
    await at.start().idle('idle');
    expect(await at.start().phase()).toBe('unlocked');
    await at.start().saveSettings({ idleMinutes: 5, maxMinutes: 30, clipboardSeconds: 10 });
    expect(at.alarms.get(LOCK_ALARM)).toBe(at.clock.now + 30 * 60_000);
    expect(at.idle()).toBe(5);
    expect(await at.start().settings()).toEqual({ idleMinutes: 5, maxMinutes: 30, clipboardSeconds: 10 });
  });
});
