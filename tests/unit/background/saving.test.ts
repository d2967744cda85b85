import { describe, expect, it, vi } from 'vitest';

import { AppError, WRITTEN } from '@/lib/core/errors';

import { secret } from '../sync/memory-provider';
import { codeOf, editingWorld, signal, WORKSPACE, type EditingWorld } from './editing-world';

const PATH = 'team/app';

async function pulledWorld(options: Parameters<typeof editingWorld>[0] = {}) {
  const at = await editingWorld(options);
  at.remote.put(PATH, secret({ A: '1', B: '1' }));
  await at.pullAll();
  return { at, id: await at.idOf(PATH) };
}

describe('a save', () => {
  it('shows what it would do without values, does it, and is done', async () => {
    const { at, id } = await pulledWorld();
    await at.set(id, 'A', 'canary-mine');
    at.remote.put(PATH, secret({ A: '1', B: '1', C: 'canary-theirs' }));
    const review = await at.worker.saving.review(id, signal);
    expect(review).toMatchObject({
      path: PATH,
      version: '2',
      creates: false,
      rows: [{ name: 'A', change: 'edited', before: 'string', after: 'string' }],
      kept: ['C'],
      conflicts: [],
      compareAndSwap: true,
    });
    expect(JSON.stringify(review)).not.toContain('canary');
    expect(await at.worker.saving.value(review.id, 'A', 'result')).toMatchObject({ text: 'canary-mine' });
    expect(await at.worker.saving.value(review.id, 'A', 'theirs')).toMatchObject({ text: '1' });

    expect(await at.worker.saving.commit(review.id, new Map(), signal)).toEqual({
      state: 'pushed',
      version: '3',
      changes: 1,
    });
    expect(at.remote.live(PATH)).toEqual({ A: 'canary-mine', B: '1', C: 'canary-theirs' });
    expect(await at.state(id)).toBe('fresh');
    expect((await at.worker.values.get(id))?.version).toBe('3');
    expect(await codeOf(at.worker.saving.commit(review.id, new Map(), signal))).toBe('review-over');
  });

  it('is a conflict where both changed a variable, resolved one by one', async () => {
    const { at, id } = await pulledWorld();
    await at.set(id, 'A', 'mine');
    await at.set(id, 'B', 'mine');
    at.remote.put(PATH, secret({ A: 'theirs', B: 'theirs', C: 'theirs' }));
    const review = await at.worker.saving.review(id, signal);
    expect(review.conflicts.map(({ name }) => name)).toEqual(['A', 'B']);
    expect(await at.state(id)).toBe('conflict');
    // Without a choice for each nothing is written.
    const half = await at.worker.saving.commit(review.id, new Map([['A', 'mine']]), signal);
    if (half.state !== 'conflict') throw new Error('a half-answered conflict was pushed');
    expect(at.remote.live(PATH)).toMatchObject({ A: 'theirs' });
    const choices = new Map([
      ['A', 'mine'],
      ['B', 'theirs'],
    ] as const);
    await at.worker.saving.commit(half.review.id, choices, signal);
    expect(at.remote.live(PATH)).toEqual({ A: 'mine', B: 'theirs', C: 'theirs' });
    expect(await at.state(id)).toBe('fresh');
    expect(await at.rows(id)).toContainEqual(['B', 'theirs', 'same']);
  });

  it('asks again when others wrote after the choice', async () => {
    const { at, id } = await pulledWorld();
    await at.set(id, 'A', 'mine');
    at.remote.put(PATH, secret({ A: 'theirs', B: '1' }));
    const review = await at.worker.saving.review(id, signal);
    at.remote.put(PATH, secret({ A: 'theirs, newer', B: '1' }));
    const outcome = await at.worker.saving.commit(review.id, new Map([['A', 'mine']]), signal);
    expect(outcome.state).toBe('conflict');
    expect(at.remote.live(PATH)).toMatchObject({ A: 'theirs, newer' });
    expect(await at.state(id)).toBe('conflict');
  });

  it('is over when the draft was edited after the review, and loses no edit', async () => {
    const { at, id } = await pulledWorld();
    await at.set(id, 'A', 'reviewed');
    const review = await at.worker.saving.review(id, signal);
    await at.set(id, 'B', 'edited later');
    expect(await codeOf(at.worker.saving.commit(review.id, new Map(), signal))).toBe('review-over');
    expect(at.remote.live(PATH)).toEqual({ A: '1', B: '1' });
    await at.save(id);
    expect(at.remote.live(PATH)).toEqual({ A: 'reviewed', B: 'edited later' });
  });

  it('is over after a lock, which forgets the values it holds; the draft stays', async () => {
    const { at, id } = await pulledWorld();
    await at.set(id, 'A', 'canary');
    const review = await at.worker.saving.review(id, signal);
    await at.lock();
    expect(JSON.stringify([...at.items])).not.toContain('canary');
    await at.unlock();
    expect(await codeOf(at.worker.saving.commit(review.id, new Map(), signal))).toBe('review-over');
    await at.save(id);
    expect(at.remote.live(PATH)).toMatchObject({ A: 'canary' });
  });

  it('keeps what was edited while it was on its way, as an edit over what is there now', async () => {
    const { at, id } = await pulledWorld({
      gate: async (call) => {
        if (call !== 'write') return;
        await at.set(id, 'B', 'typed meanwhile');
        await at.edit(id, { op: 'set', name: 'C', type: 'string', text: 'new meanwhile' });
      },
    });
    await at.set(id, 'A', 'mine');
    at.remote.put(PATH, secret({ A: '1', B: '1', D: 'theirs' }));
    await at.save(id);
    expect(at.remote.live(PATH)).toEqual({ A: 'mine', B: '1', D: 'theirs' });
    expect(await at.state(id)).toBe('edited');
    expect(new Set(await at.rows(id))).toEqual(
      new Set([
        ['A', 'mine', 'same'],
        ['B', 'typed meanwhile', 'edited'],
        ['C', 'new meanwhile', 'new'],
        ['D', 'theirs', 'same'],
      ]),
    );
  });

  it('makes a new secret only where nothing is', async () => {
    const at = await editingWorld();
    const { id } = await at.worker.linking.create(WORKSPACE, 'New', true, 'team/new', signal);
    await at.set(id, 'A', 'mine');
    const review = await at.worker.saving.review(id, signal);
    expect(review).toMatchObject({ creates: true, version: null });
    at.remote.put('team/new', secret({ A: 'theirs' }));
    expect(await codeOf(at.worker.saving.commit(review.id, new Map(), signal))).toBe('path-taken');
    expect(at.remote.live('team/new')).toEqual({ A: 'theirs' });
    expect(await at.rows(id)).toEqual([['A', 'mine', 'new']]);
  });

  it('does not bring a secret back that is gone', async () => {
    const { at, id } = await pulledWorld();
    await at.set(id, 'A', 'mine');
    at.remote.drop(PATH);
    expect(await codeOf(at.worker.saving.review(id, signal))).toBe('missing');
    expect(at.remote.live(PATH)).toBeUndefined();
    expect(await at.state(id)).toBe('edited');
  });

  it('of what is there already has nothing to push, and is done', async () => {
    const { at, id } = await pulledWorld();
    await at.set(id, 'A', '2');
    at.remote.put(PATH, secret({ A: '2', B: '1' }));
    expect(await at.worker.saving.review(id, signal)).toMatchObject({ rows: [], conflicts: [] });
    expect(await at.state(id)).toBe('fresh');
    expect(at.remote.versions(PATH)).toHaveLength(2);
  });

  it('tells that it is written when it cannot be kept here, and the next one finds nothing left to push', async () => {
    const { at, id } = await pulledWorld();
    await at.set(id, 'A', '2');
    const review = await at.worker.saving.review(id, signal);
    vi.spyOn(at.worker.values, 'put').mockRejectedValueOnce(new AppError('memory-full', { megabytes: 1 }));
    await expect(at.worker.saving.commit(review.id, new Map(), signal)).rejects.toMatchObject({
      code: 'memory-full',
      details: { megabytes: 1, [WRITTEN]: PATH },
    });
    expect(at.remote.live(PATH)).toMatchObject({ A: '2' });
    expect(await at.state(id)).toBe('edited');
    await at.worker.saving.review(id, signal);
    expect(await at.state(id)).toBe('fresh');
    expect(at.remote.versions(PATH)).toHaveLength(2);
  });

  // Everything a worker does for a save can be its last deed: before a call of the provider, and after its effect.
  it.each(['read', 'write'].flatMap((call) => [[call, 'before'] as const, [call, 'after'] as const]))(
    'whose worker dies %s "%s" leaves the draft, and goes on truthfully',
    async (call, when) => {
      let armed = false;
      const die = (name: string) => {
        if (armed && name === call) throw new Error('died');
      };
      const { at, id } = await pulledWorld({ [when]: die });
      await at.set(id, 'A', 'mine');
      armed = true;
      expect(await codeOf(at.save(id))).toBe('Error: died');
      armed = false;
      await at.restart();
      expect(await at.state(id)).toBe('edited');
      const review = await at.worker.saving.review(id, signal);
      const wasWritten = call === 'write' && when === 'after';
      expect(review.rows).toHaveLength(wasWritten ? 0 : 1);
      if (!wasWritten) await at.worker.saving.commit(review.id, new Map(), signal);
      expect(at.remote.live(PATH)).toEqual({ A: 'mine', B: '1' });
      expect(at.remote.versions(PATH)).toHaveLength(2);
      expect(await at.state(id)).toBe('fresh');
    },
  );
});

describe('the push of many', () => {
  const COUNT = 40;
  const pathOf = (nth: number) => `team/app-${nth}`;

  async function editedWorld(options: Parameters<typeof editingWorld>[0] = {}) {
    const at = await editingWorld(options);
    for (let nth = 0; nth < COUNT; nth += 1) at.remote.put(pathOf(nth), secret({ A: '1' }));
    await at.pullAll();
    const ids = await Promise.all(Array.from({ length: COUNT }, (_, nth) => at.idOf(pathOf(nth))));
    await Promise.all(ids.map((id) => at.set(id, 'A', `mine of ${id}`)));
    return { at, ids };
  }
  const pushAll = async (at: EditingWorld) => {
    await at.worker.saving.bulk(WORKSPACE);
    await at.idle();
    return at.worker.jobs.current();
  };

  it('writes each draft by one call, and leaves none behind', async () => {
    const calls: string[] = [];
    const { at, ids } = await editedWorld({ before: (call) => void calls.push(call) });
    calls.length = 0;
    expect(await pushAll(at)).toMatchObject({
      kind: 'push',
      state: 'done',
      total: COUNT,
      done: COUNT,
      pushed: COUNT,
      failures: [],
    });
    expect(calls).toEqual(Array.from({ length: COUNT }, () => 'write'));
    expect(await at.worker.drafts.summaries()).toEqual({});
    for (const [nth, id] of ids.entries()) {
      expect(at.remote.live(pathOf(nth))).toEqual({ A: `mine of ${id}` });
      expect(await at.state(id)).toBe('fresh');
      expect((await at.worker.values.summaries())[id]).toMatchObject({ version: '2', variables: 1 });
    }
  });

  it('skips conflicts and names them, names what is denied, and merges the rest', async () => {
    const { at, ids } = await editedWorld({
      before: (call, path) => {
        if (call === 'write' && path === pathOf(3)) throw new AppError('denied', { action: 'update', path });
      },
    });
    at.remote.put(pathOf(1), secret({ A: 'theirs' }));
    at.remote.put(pathOf(2), secret({ A: '1', B: 'theirs' }));
    const job = await pushAll(at);
    expect(job).toMatchObject({ state: 'done', done: COUNT, pushed: COUNT - 2 });
    expect(job?.failures.map(({ path, code }) => [path, code]).sort()).toEqual([
      [pathOf(1), 'conflict'],
      [pathOf(3), 'denied'],
    ]);
    expect(at.remote.live(pathOf(1))).toEqual({ A: 'theirs' });
    expect(at.remote.live(pathOf(2))).toMatchObject({ A: `mine of ${ids[2]}`, B: 'theirs' });
    const states = await Promise.all([1, 2, 3].map((nth) => at.state(ids[nth] ?? '')));
    expect(states).toEqual(['conflict', 'fresh', 'edited']);
  });

  it('names a draft that cannot be opened, and pushes the others', async () => {
    const { at, ids } = await editedWorld();
    const [damaged = '', other = ''] = ids.map((id) => `sealed:draft:${id}`);
    // Sealed for another environment: it does not open here.
    at.items.set(damaged, at.items.get(other));
    const job = await pushAll(at);
    expect(job).toMatchObject({ state: 'done', done: COUNT, pushed: COUNT - 1 });
    expect(job?.failures.map(({ path, code }) => [path, code])).toEqual([[pathOf(0), 'record-moved']]);
    expect(at.remote.live(pathOf(0))).toEqual({ A: '1' });
  });

  it('pushes those that were named, and nothing that is not edited', async () => {
    const { at, ids } = await editedWorld();
    await at.worker.editor.discard(ids[1] ?? '');
    await at.worker.saving.bulk(WORKSPACE, ids.slice(0, 2));
    await at.idle();
    expect(at.worker.jobs.current()).toMatchObject({ total: 1, pushed: 1 });
    expect(Object.keys(await at.worker.drafts.summaries())).toHaveLength(COUNT - 2);
  });

  it('stops at Cancel with what it has, and counts no more than that', async () => {
    let written = 0;
    const { at } = await editedWorld({
      gate: async (call) => {
        if (call === 'write' && (written += 1) === 20) at.worker.jobs.cancel();
      },
    });
    const job = await pushAll(at);
    expect(job).toMatchObject({ state: 'cancelled', failures: [] });
    const live = Array.from({ length: COUNT }, (_, nth) => at.remote.live(pathOf(nth))?.['A']);
    const there = live.filter((value) => value !== '1').length;
    expect(there).toBeLessThan(COUNT);
    expect(job?.pushed).toBe(there);
    expect(Object.keys(await at.worker.drafts.summaries())).toHaveLength(COUNT - there);
    expect(await pushAll(at)).toMatchObject({ state: 'done', pushed: COUNT - there });
  });

  it('tells after the death of its worker what it had pushed, and goes on', async () => {
    let written = 0;
    const { at } = await editedWorld({
      gate: async (call) => {
        // From here on nothing is answered any more: the worker is dead.
        if (call === 'write' && (written += 1) > 20) await new Promise(() => {});
      },
    });
    await at.worker.saving.bulk(WORKSPACE);
    await expect.poll(() => at.worker.jobs.current()?.pushed).toBe(20);
    await at.restart();
    expect(at.worker.jobs.current()).toMatchObject({
      state: 'interrupted',
      total: COUNT,
      done: 20,
      pushed: 20,
      failure: { code: 'worker-restarted' },
    });
    expect(Object.keys(await at.worker.drafts.summaries())).toHaveLength(COUNT - 20);
    written = -COUNT;
    expect(await pushAll(at)).toMatchObject({ state: 'done', pushed: COUNT - 20 });
  });

  it('sends nothing that was discarded, and every edit, though many are read ahead', async () => {
    const writing = Promise.withResolvers<void>();
    const sent: string[] = [];
    const { at } = await editedWorld({
      gate: async (call, path) => {
        if (call !== 'write') return;
        sent.push(path);
        await writing.promise;
      },
    });
    await at.worker.saving.bulk(WORKSPACE);
    // So many are on their way at once; the rest is read and waits.
    await vi.waitFor(() => expect(sent).toHaveLength(32));
    const [discarded = '', edited = ''] = at.remote.paths().filter((path) => !sent.includes(path));
    await at.worker.editor.discard(await at.idOf(discarded));
    await at.set(await at.idOf(edited), 'A', 'typed meanwhile');
    writing.resolve();
    await at.idle();
    expect(at.remote.live(discarded)).toEqual({ A: '1' });
    expect(at.remote.live(edited)).toEqual({ A: 'typed meanwhile' });
    expect(at.worker.jobs.current()).toMatchObject({ state: 'done', pushed: COUNT - 1, unchanged: 1 });
    expect(await at.worker.drafts.summaries()).toEqual({});
  });

  it('leaves alone what was pointed to another path meanwhile', async () => {
    const { at, ids } = await editedWorld({
      gate: async (call, path) => {
        if (call !== 'write' || path !== pathOf(0)) return;
        await at.worker.linking.link(await at.idOf(path), 'elsewhere', 'theirs', signal);
      },
    });
    at.remote.put('elsewhere', secret({ A: 'elsewhere' }));
    await pushAll(at);
    expect(await at.rows(ids[0] ?? '')).toEqual([['A', 'elsewhere', 'same']]);
  });
});
