import { describe, expect, it } from 'vitest';

import { secret } from '../sync/memory-provider';
import { codeOf, editingWorld, signal, WORKSPACE, type EditingWorld } from './editing-world';

const CANARY = 'kfcanary-5f1c';

async function pulledWorld() {
  const at = await editingWorld();
  at.remote.put('team/app', secret({ API_KEY: `${CANARY}-pulled`, HOST: 'tidewater.example' }));
  await at.pullAll();
  return { at, id: await at.idOf('team/app') };
}

async function rowOf(at: EditingWorld, id: string) {
  const row = await at.db.environments.get(id);
  if (!row) throw new Error('no such environment');
  return row;
}

describe('a draft', () => {
  it('survives a lock and an unlock, without anything readable of it in between', async () => {
    const { at, id } = await pulledWorld();
    await at.set(id, 'NEW_SECRET_NAME', `${CANARY}-typed`);
    await at.set(id, 'API_KEY', `${CANARY}-edited`);
    const clear = () => [...at.items].map(([key, value]) => `${key}=${JSON.stringify(value)}`).join('\n');
    // The search itself finds what is there before the lock.
    expect(clear()).toContain(`${CANARY}-pulled`);

    await at.lock();
    const locked = clear();
    for (const part of [CANARY, btoa(CANARY).slice(0, 12), 'NEW_SECRET_NAME', 'API_KEY', 'tidewater']) {
      expect(locked).not.toContain(part);
    }
    expect(await at.state(id)).toBe('edited');
    expect(await codeOf(at.worker.editor.view(id))).toBe('locked');
    expect(await codeOf(at.set(id, 'API_KEY', 'over the lock'))).toBe('locked');

    await at.unlock();
    expect(await at.rows(id)).toEqual([
      ['API_KEY', `${CANARY}-edited`, 'edited'],
      ['HOST', 'tidewater.example', 'same'],
      ['NEW_SECRET_NAME', `${CANARY}-typed`, 'new'],
    ]);
  });

  it('survives the worker, with its way back', async () => {
    const { at, id } = await pulledWorld();
    await at.set(id, 'HOST', 'first');
    await at.set(id, 'HOST', 'second');
    await at.restart();
    expect(await at.state(id)).toBe('edited');
    await at.worker.editor.undo(id);
    expect((await at.rows(id))?.[1]).toEqual(['HOST', 'first', 'edited']);
    await at.restart();
    await at.worker.editor.undo(id);
    expect(await at.state(id)).toBe('fresh');
  });

  it('does not overwrite by its number what was wiped and made anew since', async () => {
    const { at, id } = await pulledWorld();
    const pulled = (madeAt: string, HOST: string) =>
      at.worker.values.put(
        new Map([
          [id, { path: 'team/app', version: '1', madeAt, pulledAt: 1, ...secret({ HOST, API_KEY: madeAt }) }],
        ]),
      );
    await at.worker.drafts.discard(await rowOf(at, id));
    await pulled('yesterday', 'old');
    await at.set(id, 'HOST', 'mine');
    const base = async () => (await at.worker.drafts.open(await rowOf(at, id)))?.base?.version;
    expect(await base()).toBe('1');
    at.remote.drop('team/app');
    await pulled('today', 'anew');
    expect(await base()).toBeNull();
    await at.worker.saving.bulk(WORKSPACE, [id]);
    await at.idle();
    expect(at.remote.live('team/app')).toBeUndefined();
    expect(await at.state(id)).toBe('edited');
    // Without an edit left it is what was pulled last.
    await at.worker.editor.undo(id);
    expect(await at.rows(id)).toContainEqual(['HOST', 'anew', 'same']);
  });

  it('is not overwritten by a pull, and keeps what it was made from', async () => {
    const { at, id } = await pulledWorld();
    await at.set(id, 'HOST', 'mine');
    at.remote.put('team/app', secret({ API_KEY: 'rotated', HOST: 'theirs' }));
    await at.pullAll();
    expect(await at.state(id)).toBe('edited');
    expect(await at.rows(id)).toEqual([
      ['API_KEY', `${CANARY}-pulled`, 'same'],
      ['HOST', 'mine', 'edited'],
    ]);
    // So the push still knows that both sides changed it.
    const { conflicts } = await at.worker.saving.review(id, signal);
    expect(conflicts.map(({ name }) => name)).toEqual(['HOST']);
  });

  it('with no edit left gives way to newer values', async () => {
    const { at, id } = await pulledWorld();
    await at.set(id, 'HOST', 'mine');
    await at.set(id, 'HOST', 'tidewater.example');
    expect(await at.state(id)).toBe('fresh');
    at.remote.put('team/app', secret({ HOST: 'theirs' }));
    await at.pullAll();
    expect(await at.rows(id)).toEqual([['HOST', 'theirs', 'same']]);
  });

  it('loses no edit when many come at once, for one environment or for several', async () => {
    const { at, id } = await pulledWorld();
    at.remote.put('team/other', secret({ A: '1' }));
    await at.pullAll();
    const other = await at.idOf('team/other');
    const names = Array.from({ length: 20 }, (_, nth) => `V${nth}`);
    await Promise.all(names.flatMap((name) => [at.set(id, name, name), at.set(other, name, name)]));
    for (const one of [id, other]) {
      const { changes } = await at.worker.editor.view(one);
      expect(changes.new).toBe(20);
    }
    expect(Object.keys(await at.worker.drafts.summaries()).sort()).toEqual([id, other].sort());
  });
});

describe('an environment without Vault Sync', () => {
  it('is in use at once, and comes through a lock and a dead worker', async () => {
    const at = await editingWorld();
    const { id } = await at.worker.linking.create(WORKSPACE, 'Scratch', false, '', signal);
    await at.set(id, 'TOKEN', CANARY);
    expect(await at.state(id)).toBe('session only');
    expect((await at.worker.values.get(id))?.variables).toMatchObject([{ name: 'TOKEN', text: CANARY }]);

    await at.lock();
    expect(JSON.stringify([...at.items])).not.toContain(CANARY);
    await at.restart();
    await at.unlock();
    expect((await at.worker.values.get(id))?.variables).toMatchObject([{ name: 'TOKEN', text: CANARY }]);
    expect(await at.rows(id)).toEqual([['TOKEN', CANARY, 'same']]);
  });

  it('can be undone like any other', async () => {
    const at = await editingWorld();
    const { id } = await at.worker.linking.create(WORKSPACE, 'Scratch', false, '', signal);
    await at.set(id, 'TOKEN', 'first');
    await at.edit(id, { op: 'remove', name: 'TOKEN' });
    expect((await at.worker.editor.view(id)).canUndo).toBe(true);
    await at.worker.editor.undo(id);
    expect(await at.rows(id)).toEqual([['TOKEN', 'first', 'same']]);
    expect((await at.worker.values.get(id))?.variables).toHaveLength(1);
  });

  it('dies with the browser', async () => {
    const at = await editingWorld();
    const { id } = await at.worker.linking.create(WORKSPACE, 'Scratch', false, '', signal);
    await at.set(id, 'TOKEN', CANARY);
    at.items.clear();
    await at.restart();
    await at.unlock();
    expect(await at.rows(id)).toEqual([]);
  });
});

describe('session memory that is full', () => {
  it('refuses the edit and keeps the draft as it was', async () => {
    const at = await editingWorld({ quota: 60_000 });
    at.remote.put('team/app', secret({ HOST: 'a' }));
    await at.pullAll();
    const id = await at.idOf('team/app');
    await at.set(id, 'HOST', 'kept');
    expect(await codeOf(at.set(id, 'HOST', 'x'.repeat(80_000)))).toBe('memory-full');
    expect(await at.rows(id)).toEqual([['HOST', 'kept', 'edited']]);
    expect(await at.state(id)).toBe('edited');
  });

  it('after a push tells it, with the draft still there and nothing written twice', async () => {
    const at = await editingWorld({ quota: 40_000 });
    at.remote.put('team/app', secret({ HOST: 'a' }));
    await at.pullAll();
    const id = await at.idOf('team/app');
    await at.set(id, 'HOST', 'mine');
    const review = await at.worker.saving.review(id, signal);
    // Somebody's large value comes in by the merge.
    at.remote.put('team/app', secret({ HOST: 'a', LARGE: 'x'.repeat(50_000) }));
    expect(await codeOf(at.worker.saving.commit(review.id, new Map(), signal))).toBe('memory-full');
    expect(at.remote.live('team/app')).toMatchObject({ HOST: 'mine' });
    expect(await at.rows(id)).toEqual([['HOST', 'mine', 'edited']]);
    expect(at.remote.versions('team/app')).toHaveLength(3);
  });
});
