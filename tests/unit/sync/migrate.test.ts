import { describe, expect, it } from 'vitest';

import { AppError } from '@/lib/core/errors';
import { planMigration, runMigration, type Migration } from '@/lib/sync/migrate';

import { memoryProvider, secret } from './memory-provider';

const { signal } = new AbortController();
class Killed extends Error {}

/** The rest of Keyferry: keeps the progress, and the path that the environment points to. */
function host() {
  const state = { migration: planMigration('old', 'new', false), linked: 'old' };
  return {
    state,
    keep: async (migration: Migration) => {
      state.migration = migration;
    },
    link: async () => {
      state.linked = 'new';
    },
  };
}

describe('a move', () => {
  it('copies with its metadata, links and removes the old one recoverably', async () => {
    const at = memoryProvider();
    at.put('old', secret({ a: '1' }), { custom: { owner: 'team' } });
    const { state, ...keyferry } = host();
    const removal = await runMigration(at.provider, state.migration, keyferry, signal);
    expect(removal).toEqual({ kind: 'soft', version: '1' });
    expect(at.live('new')).toEqual({ a: '1' });
    expect(at.metadata('new')).toEqual({ custom: { owner: 'team' } });
    expect(at.live('old')).toBeUndefined();
    expect(at.recoverable('old')).toEqual({ a: '1' });
    expect(state.linked).toBe('new');
  });

  it('never writes over what is at the new path', async () => {
    const at = memoryProvider();
    at.put('old', secret({ a: '1' }));
    at.put('new', secret({ theirs: '1' }));
    const { state, ...keyferry } = host();
    await expect(runMigration(at.provider, state.migration, keyferry, signal)).rejects.toMatchObject({
      code: 'path-taken',
    });
    expect([at.live('old'), at.live('new'), state.linked]).toEqual([{ a: '1' }, { theirs: '1' }, 'old']);
  });

  it('keeps the old one when it was changed after the copy', async () => {
    const at = memoryProvider((call, path) => {
      if (call === 'remove' && path === 'old') throw new Error('removed a version that nobody copied');
    });
    at.put('old', secret({ a: '1' }));
    const { state, ...keyferry } = host();
    const link = async () => {
      at.put('old', secret({ a: '2' }));
    };
    await expect(
      runMigration(at.provider, state.migration, { ...keyferry, link }, signal),
    ).rejects.toMatchObject({
      code: 'changed-since',
    });
    expect(at.live('old')).toEqual({ a: '2' });
  });

  it('keeps an old one without versions when its values are others by now', async () => {
    const removed: string[] = [];
    const at = memoryProvider((call, path) => void (call === 'remove' && removed.push(path)));
    at.put('old', secret({ a: '1' }));
    const { state, ...keyferry } = host();
    const link = async () => void at.put('old', secret({ a: 'theirs' }));
    const provider = {
      ...at.provider,
      read: async (path: string) => {
        const record = await at.provider.read(path, signal);
        return record && { ...record, version: null };
      },
    };
    const moving = runMigration(provider, state.migration, { ...keyferry, link }, signal);
    await expect(moving).rejects.toMatchObject({ code: 'changed-since' });
    expect(removed).toEqual([]);
    expect(at.live('old')).toEqual({ a: 'theirs' });
  });

  it('stops before anything is written where it may not see the metadata, until that is agreed to', async () => {
    const at = memoryProvider((call) => {
      if (call === 'metadata') throw new AppError('denied', { action: 'describe', path: 'old' });
    });
    at.put('old', secret({ a: '1' }), { custom: { owner: 'team' } });
    const { state, ...keyferry } = host();
    const details = { action: 'describe', path: 'old', unseen: 'metadata' };
    await expect(runMigration(at.provider, state.migration, keyferry, signal)).rejects.toEqual(
      new AppError('denied', details),
    );
    expect([at.live('old'), at.live('new'), state.linked]).toEqual([{ a: '1' }, undefined, 'old']);
    await runMigration(at.provider, { ...state.migration, withoutMetadata: true }, keyferry, signal);
    expect([at.live('old'), at.live('new'), state.linked]).toEqual([undefined, { a: '1' }, 'new']);
  });

  it('takes metadata along that it may see by now, though it was agreed to go without', async () => {
    const at = memoryProvider();
    at.put('old', secret({ a: '1' }), { custom: { owner: 'team' } });
    const { state, ...keyferry } = host();
    await runMigration(at.provider, { ...state.migration, withoutMetadata: true }, keyferry, signal);
    expect(at.metadata('new')).toEqual({ custom: { owner: 'team' } });
  });

  it('does not link a copy that differs', async () => {
    const at = memoryProvider(undefined, (call, path) => {
      if (call === 'write' && path === 'new') at.put('new', secret({ a: 'changed' }));
    });
    at.put('old', secret({ a: '1' }));
    const { state, ...keyferry } = host();
    await expect(runMigration(at.provider, state.migration, keyferry, signal)).rejects.toMatchObject({
      code: 'verify-failed',
    });
    expect([at.live('old'), state.linked]).toEqual([{ a: '1' }, 'old']);
  });

  // Every call can be the last thing a worker does: before it has an effect, and after it but before the answer.
  const calls = ['read old', 'metadata old', 'write new', 'read new', 'remove old'];
  it.each(calls.flatMap((call) => [[call, 'before'] as const, [call, 'after'] as const]))(
    'killed at "%s", %s its effect, leaves the old one or both, and goes on later',
    async (call, when) => {
      for (let nth = 1; nth <= 4; nth += 1) {
        let seen = 0;
        let armed = true;
        const kill = (name: string, path: string) => {
          if (!armed || `${name} ${path}` !== call) return;
          seen += 1;
          if (seen === nth) throw new Killed();
        };
        const at = when === 'before' ? memoryProvider(kill) : memoryProvider(undefined, kill);
        at.put('old', secret({ a: '1' }));
        const { state, ...keyferry } = host();
        const killed = await runMigration(at.provider, state.migration, keyferry, signal).then(
          () => false,
          (error: unknown) => error instanceof Killed,
        );
        armed = false;
        if (!killed) continue;
        // Whatever the environment points to holds the values.
        expect(at.live(state.linked)).toEqual({ a: '1' });
        await runMigration(at.provider, state.migration, keyferry, signal);
        expect([at.live('new'), at.live('old'), state.linked]).toEqual([{ a: '1' }, undefined, 'new']);
        expect(at.recoverable('old')).toEqual({ a: '1' });
      }
    },
  );

  it('stops at the first step when the old one is gone', async () => {
    const at = memoryProvider();
    const { state, ...keyferry } = host();
    await expect(runMigration(at.provider, state.migration, keyferry, signal)).rejects.toEqual(
      new AppError('missing', { path: 'old' }),
    );
  });
});
