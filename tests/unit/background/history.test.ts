import { describe, expect, it, vi } from 'vitest';

import { AppError, WRITTEN } from '@/lib/core/errors';

import { secret } from '../sync/memory-provider';
import { codeOf, editingWorld, signal } from './editing-world';

const PATH = 'team/app';

async function world(options: Parameters<typeof editingWorld>[0] = {}) {
  const at = await editingWorld(options);
  at.remote.put(PATH, secret({ A: '1', OLD: 'canary-old' }));
  at.remote.put(PATH, secret({ A: '2', NEW: 'x' }));
  await at.pullAll();
  return { at, id: await at.idOf(PATH) };
}

describe('the history', () => {
  it('lists versions, newest first, and which one is here', async () => {
    const { at, id } = await world();
    at.remote.put(PATH, secret({ A: '3' }));
    const versions = await at.worker.history.list(id, signal);
    expect(versions.map(({ version, state, pulled }) => [version, state, pulled])).toEqual([
      ['3', 'current', false],
      ['2', 'kept', true],
      ['1', 'kept', false],
    ]);
  });

  it('compares two by names, and tells a value when asked', async () => {
    const { at, id } = await world();
    const rows = await at.worker.history.compare(id, '1', '2', signal);
    expect(rows.map(({ name, change }) => [name, change])).toEqual([
      ['A', 'edited'],
      ['NEW', 'new'],
      ['OLD', 'removed'],
    ]);
    expect(JSON.stringify(rows)).not.toContain('canary');
    expect(await at.worker.history.value(id, '1', 'OLD', signal)).toMatchObject({ text: 'canary-old' });
    expect(await codeOf(at.worker.history.compare(id, '1', '9', signal))).toBe('missing');
    await at.lock();
    expect(JSON.stringify([...at.items])).not.toContain('canary');
  });

  it('restores an old version as a new one', async () => {
    const { at, id } = await world();
    expect(await at.worker.history.restore(id, '1', '2', signal)).toEqual({
      state: 'pushed',
      version: '3',
      changes: 3,
    });
    expect(at.remote.live(PATH)).toEqual({ A: '1', OLD: 'canary-old' });
    expect(at.remote.versions(PATH)).toHaveLength(3);
    expect(await at.state(id)).toBe('fresh');
    expect(await at.rows(id)).toContainEqual(['A', '1', 'same']);
  });

  it('keeps unsaved edits over what it restored', async () => {
    const { at, id } = await world();
    await at.set(id, 'NEW', 'typed');
    await at.worker.history.restore(id, '1', '2', signal);
    expect(at.remote.live(PATH)).toEqual({ A: '1', OLD: 'canary-old' });
    expect(await at.state(id)).toBe('edited');
    expect(await at.rows(id)).toEqual([
      ['A', '1', 'same'],
      ['OLD', 'canary-old', 'same'],
      ['NEW', 'typed', 'new'],
    ]);
  });

  it('tells that a restore is written when it cannot be kept here', async () => {
    const { at, id } = await world();
    vi.spyOn(at.worker.values, 'put').mockRejectedValueOnce(new AppError('memory-full', { megabytes: 1 }));
    await expect(at.worker.history.restore(id, '1', '2', signal)).rejects.toMatchObject({
      code: 'memory-full',
      details: { [WRITTEN]: PATH },
    });
    await at.worker.pulls.one(id);
    await at.idle();
    expect((await at.worker.values.get(id))?.version).toBe('3');
  });

  it('does not restore over a version that the list did not show', async () => {
    const { at, id } = await world();
    at.remote.put(PATH, secret({ A: 'theirs' }));
    expect(await codeOf(at.worker.history.restore(id, '1', '2', signal))).toBe('changed-since');
    expect(at.remote.live(PATH)).toEqual({ A: 'theirs' });
  });

  it('does not restore over what came in between', async () => {
    const { at, id } = await world({
      gate: async (call) => {
        if (call === 'write') at.remote.put(PATH, secret({ A: 'theirs' }));
      },
    });
    expect(await codeOf(at.worker.history.restore(id, '1', '2', signal))).toBe('changed-since');
    expect(at.remote.live(PATH)).toEqual({ A: 'theirs' });
  });

  it('brings a deleted secret back, here too', async () => {
    const { at, id } = await world();
    at.remote.drop(PATH);
    await at.worker.pulls.one(id);
    await at.idle();
    expect(await at.state(id)).toBe('missing');
    expect((await at.worker.history.list(id, signal))[0]?.state).toBe('deleted');
    await at.worker.history.undelete(id, '2', signal);
    expect(at.remote.live(PATH)).toEqual({ A: '2', NEW: 'x' });
    expect(await at.state(id)).toBe('fresh');
  });
});
