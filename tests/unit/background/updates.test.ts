import { describe, expect, it } from 'vitest';

import { createUpdates } from '@/lib/background/updates';

import { memorySession } from '../memory';

function world() {
  const { session } = memorySession();
  const state = { applied: 0, running: false, unsaved: [] as string[], alarm: 0 };
  const start = () =>
    createUpdates({
      session,
      sealed: { keys: async () => state.unsaved },
      jobs: { running: () => state.running },
      platform: {
        now: () => 1_000,
        setAlarm: async (_name, when) => {
          state.alarm = when;
        },
        broadcast: () => {},
      },
      apply: () => {
        state.applied += 1;
      },
    });
  return { state, start };
}

describe('an update of the extension', () => {
  it('goes in at once when nothing would be lost', async () => {
    const { state, start } = world();
    await start().ready();
    expect(state.applied).toBe(1);
  });

  it.each([
    ['drafts', { unsaved: ['draft:1'] }],
    ['environments without Vault Sync', { unsaved: ['local:1'] }],
    ['a job', { running: true }],
  ])('waits for %s, says so, and goes in later', async (_what, held) => {
    const { state, start } = world();
    Object.assign(state, held);
    await start().ready();
    expect(state.applied).toBe(0);
    expect(await start().waits()).toBe(true);
    expect(state.alarm).toBe(61_000);
    Object.assign(state, { unsaved: [], running: false });
    await start().attempt();
    expect(state.applied).toBe(1);
  });

  it('is not made up by an alarm', async () => {
    const { state, start } = world();
    await start().attempt();
    expect([state.applied, await start().waits()]).toEqual([0, false]);
  });
});
