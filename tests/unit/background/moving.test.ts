import { describe, expect, it, vi } from 'vitest';

import { AppError } from '@/lib/core/errors';

import { secret } from '../sync/memory-provider';
import { codeOf, editingWorld, signal, type EditingWorld } from './editing-world';

const [FROM, TO] = ['team/old', 'team/new'];

async function world(options: Parameters<typeof editingWorld>[0] = {}) {
  const at = await editingWorld(options);
  at.remote.put(FROM, secret({ A: '1' }), { custom: { owner: 'team' } });
  await at.pullAll();
  return { at, id: await at.idOf(FROM) };
}
const move = async (at: EditingWorld, id: string) => {
  await at.worker.moving.start(id, TO, false);
  await at.idle();
  return at.worker.moving.view(id);
};

describe('a move', () => {
  it('takes the secret with its metadata along, links, and tells how the old one comes back', async () => {
    const { at, id } = await world();
    expect(await move(at, id)).toEqual({
      environmentId: id,
      from: FROM,
      to: TO,
      step: 'remove',
      state: 'done',
      failure: null,
      removal: { kind: 'soft', version: '1' },
    });
    expect(at.remote.live(TO)).toEqual({ A: '1' });
    expect(at.remote.metadata(TO)).toEqual({ custom: { owner: 'team' } });
    expect([at.remote.live(FROM), at.remote.recoverable(FROM)]).toEqual([undefined, { A: '1' }]);
    expect(await at.worker.environments.view(id)).toMatchObject({ path: TO, state: 'fresh' });
    expect(at.relinked).toEqual([id]);
    expect(await at.db.migrations.count()).toBe(0);
    await at.set(id, 'A', '2');
    await at.save(id);
    expect(at.remote.live(TO)).toEqual({ A: '2' });
  });

  it('is refused with unsaved edits, to where it is, and to what cannot be a path', async () => {
    const { at, id } = await world();
    expect(await codeOf(at.worker.moving.start(id, FROM, false))).toBe('path-taken');
    expect(await codeOf(at.worker.moving.start(id, 'a//b', false))).toBe('path-invalid');
    await at.set(id, 'A', '2');
    expect(await codeOf(at.worker.moving.start(id, TO, false))).toBe('edited-first');
    expect(await at.db.migrations.count()).toBe(0);
  });

  it('writes no variable name to disk when a variable stands in its way', async () => {
    const { at, id } = await world({
      before: (call) => {
        if (call === 'write') throw new AppError('number-unsafe', { name: 'CANARY_NAME' });
      },
    });
    expect(await move(at, id)).toMatchObject({ state: 'stopped', failure: { code: 'number-unsafe' } });
    expect(JSON.stringify(await at.db.migrations.toArray())).not.toContain('CANARY_NAME');
  });

  it('asks before a removal for good, where there are no versions', async () => {
    const { at, id } = await world({ compareAndSwap: false });
    expect(await codeOf(at.worker.moving.start(id, TO, false))).toBe('no-cas');
    expect(at.remote.live(TO)).toBeUndefined();
  });

  it('stops at what is there already, and leaves both', async () => {
    const { at, id } = await world();
    at.remote.put(TO, secret({ theirs: '1' }));
    expect(await move(at, id)).toMatchObject({ state: 'stopped', failure: { code: 'path-taken' } });
    expect([at.remote.live(FROM), at.remote.live(TO)]).toEqual([{ A: '1' }, { theirs: '1' }]);
    expect(await at.worker.environments.view(id)).toMatchObject({ path: FROM });
  });

  it('does nothing more once its plan went with the connection, though it was under way', async () => {
    let open = () => {};
    const writing = new Promise<void>((resolve) => (open = resolve));
    const { at, id } = await world({ gate: (call) => (call === 'write' ? writing : Promise.resolve()) });
    await at.worker.moving.start(id, TO, false);
    await vi.waitFor(async () => expect(await at.db.migrations.get(id)).toMatchObject({ step: 'write' }));
    await at.db.migrations.delete(id);
    open();
    await at.idle();
    expect(await at.db.migrations.count()).toBe(0);
    expect(at.remote.live(FROM)).toEqual({ A: '1' });
    expect(await at.worker.environments.view(id)).toMatchObject({ path: FROM });
    expect(await at.worker.moving.view(id)).toBeNull();
  });

  it('begun twice at once runs once', async () => {
    const writes: string[] = [];
    const { at, id } = await world({ before: (call, path) => void writes.push(`${call} ${path}`) });
    const both = [at.worker.moving.start(id, TO, false), at.worker.moving.start(id, TO, false)];
    await Promise.all(both);
    await at.idle();
    expect(writes.filter((call) => call === `write ${TO}`)).toHaveLength(1);
    expect(await at.worker.moving.view(id)).toMatchObject({ state: 'done' });
  });

  // Each call can be the last thing that the worker does, before its effect and after it.
  const calls = [`read ${FROM}`, `metadata ${FROM}`, `write ${TO}`, `read ${TO}`, `remove ${FROM}`];
  it.each(calls.flatMap((call) => [[call, 'before'] as const, [call, 'after'] as const]))(
    'whose worker dies at "%s", %s its effect, is told as stopped, holds the values, and goes on',
    async (call, when) => {
      for (let nth = 1; nth <= 4; nth += 1) {
        let [seen, dead, armed] = [0, false, false];
        const die = (name: string, path: string) => {
          if (armed && `${name} ${path}` === call && ++seen === nth) dead = true;
          // A dead worker does nothing more, and stores nothing of why.
          if (dead) throw new Error('died');
        };
        const { at, id } = await world({ [when]: die });
        armed = true;
        await move(at, id);
        armed = dead = false;
        await at.db.migrations.toCollection().modify({ failure: null });
        await at.restart();
        const told = await at.worker.moving.view(id);
        const { path = '' } = (await at.worker.environments.view(id)) ?? {};
        // Whatever the environment points to holds the values.
        expect(at.remote.live(path)).toEqual({ A: '1' });
        if (told === null) {
          expect([path, at.remote.live(FROM)]).toEqual([TO, undefined]);
          continue;
        }
        expect(told).toMatchObject({ state: 'stopped', failure: { code: 'worker-restarted' } });
        await at.worker.moving.resume(id);
        await at.idle();
        expect(await at.worker.moving.view(id)).toMatchObject({ state: 'done' });
        expect([at.remote.live(TO), at.remote.live(FROM)]).toEqual([{ A: '1' }, undefined]);
        expect(at.remote.recoverable(FROM)).toEqual({ A: '1' });
        expect(await at.worker.environments.view(id)).toMatchObject({ path: TO });
        expect(await at.db.migrations.count()).toBe(0);
      }
    },
  );

  it('that would lose metadata waits for a word, also across a restart, and goes on without it then', async () => {
    let writes = 0;
    const { at, id } = await world({
      before: (call) => {
        if (call === 'metadata') throw new AppError('denied', { action: 'describe', path: FROM });
        if (call === 'write') writes += 1;
      },
    });
    const stopped = {
      ...{ step: 'read', state: 'stopped' },
      failure: { code: 'denied', details: { action: 'describe', path: FROM, unseen: 'metadata' } },
    };
    expect(await move(at, id)).toMatchObject(stopped);
    await at.restart();
    await at.worker.moving.resume(id);
    await at.idle();
    expect(await at.worker.moving.view(id)).toMatchObject(stopped);
    expect(writes).toBe(0);
    await at.worker.moving.resume(id, true);
    await at.idle();
    expect(await at.worker.moving.view(id)).toMatchObject({ state: 'done' });
    expect([at.remote.live(FROM), at.remote.live(TO)]).toEqual([undefined, { A: '1' }]);
  });

  it('that was told to go without metadata knows so after a restart', async () => {
    let dies = true;
    const { at, id } = await world({
      before: (call) => {
        if (call === 'metadata') throw new AppError('denied', { action: 'describe', path: FROM });
        if (call === 'write' && dies) throw new Error('died');
      },
    });
    await move(at, id);
    await at.worker.moving.resume(id, true);
    await at.idle();
    expect(await at.worker.moving.view(id)).toMatchObject({ step: 'write', state: 'stopped' });
    dies = false;
    await at.restart();
    await at.worker.moving.resume(id);
    await at.idle();
    expect(await at.worker.moving.view(id)).toMatchObject({ state: 'done' });
  });

  it('that the provider stopped tells why, and goes on later', async () => {
    let refuse = true;
    const { at, id } = await world({
      before: (call) => {
        if (refuse && call === 'remove') throw new AppError('denied', { action: 'delete' });
      },
    });
    expect(await move(at, id)).toMatchObject({
      step: 'remove',
      state: 'stopped',
      failure: { code: 'denied' },
    });
    expect([at.remote.live(FROM), at.remote.live(TO)]).toEqual([{ A: '1' }, { A: '1' }]);
    refuse = false;
    await at.restart();
    await at.worker.moving.resume(id);
    await at.idle();
    expect(await at.worker.moving.view(id)).toMatchObject({ state: 'done' });
    expect(at.remote.live(FROM)).toBeUndefined();
  });

  it('that a lock stopped goes on after the unlock', async () => {
    const { at, id } = await world({
      gate: async (call) => {
        if (call === 'write') at.worker.moving.cancelAll();
      },
    });
    expect(await move(at, id)).toMatchObject({ state: 'stopped', failure: { code: 'cancelled' } });
    expect(at.remote.live(FROM)).toEqual({ A: '1' });
  });

  it('that was abandoned does not come back, whatever was on its way', async () => {
    const { at, id } = await world({
      after: (call) => {
        if (call === 'write') abandoned = at.worker.moving.abandon(id);
      },
    });
    let abandoned: Promise<void> | undefined;
    await move(at, id);
    await abandoned;
    expect(await at.worker.moving.view(id)).toBeNull();
    expect(await at.db.migrations.count()).toBe(0);
    expect([at.remote.live(FROM), at.remote.live(TO)]).toEqual([{ A: '1' }, { A: '1' }]);
    expect(await at.worker.environments.view(id)).toMatchObject({ path: FROM });
  });

  it('takes edits that were made meanwhile along, and still finds what others changed', async () => {
    const { at, id } = await world({
      gate: async (call, path) => {
        if (call !== 'write' || path !== TO) return;
        // Typed over version 1 as pulled, while the copy is of the version 2 that a teammate wrote.
        await at.set(id, 'A', 'mine');
      },
    });
    at.remote.put(FROM, secret({ A: 'theirs' }));
    expect(await move(at, id)).toMatchObject({ state: 'done' });
    expect(at.remote.live(TO)).toEqual({ A: 'theirs' });
    expect(await at.state(id)).toBe('edited');
    // The copy's version is 1 as well: by that number alone the push would overwrite it.
    await at.worker.saving.bulk('default');
    await at.idle();
    expect(at.remote.live(TO)).toEqual({ A: 'theirs' });
    expect(await at.state(id)).toBe('conflict');
  });

  it('is forgotten with its environment', async () => {
    const { at, id } = await world();
    at.remote.put(TO, secret({ theirs: '1' }));
    await move(at, id);
    await at.worker.linking.delete(id, 'here', {}, signal);
    expect(await at.db.migrations.count()).toBe(0);
  });
});
