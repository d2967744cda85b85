import { describe, expect, it, vi } from 'vitest';

import { AppError } from '@/lib/core/errors';

import { secret } from '../sync/memory-provider';
import { codeOf, editingWorld, WORKSPACE } from './editing-world';

it('ends a pull whose last step the database refuses, so that a lock does not wait for it', async () => {
  const at = await editingWorld();
  at.remote.put('team/one', secret({ A: '1' }));
  await at.pullAll();
  const id = await at.idOf('team/one');
  await at.db.environments.update(id, { path: 'team/gone' });
  vi.spyOn(at.db.environments, 'bulkPut').mockRejectedValue(new Error('closed'));
  await at.pullAll();
  await at.worker.jobs.settled();
  expect(at.worker.jobs.current()).toMatchObject({ state: 'failed', failure: { code: 'unexpected' } });
});

describe('an environment that a listing does not name', () => {
  // As the providers say that a folder, or the whole of the listing, could not be had; or when AWS is behind.
  it.each(['team/', '/', undefined])(
    'is asked for: it is fresh, gone or failed (%s failed)',
    async (folder) => {
      const unlisted: { paths: string[]; folder?: string } = { paths: [] };
      const at = await editingWorld({
        unlisted,
        before: (call, path) => {
          if (call === 'read' && path === 'team/closed') throw new AppError('denied', { path });
        },
      });
      for (const path of ['team/stays', 'team/goes', 'other/stays']) at.remote.put(path, secret({ A: '1' }));
      await at.pullAll();
      const closed = { id: 'c', workspaceId: WORKSPACE, name: 'c', sync: true, path: 'team/closed' };
      await at.db.environments.add({ ...closed, production: false });
      unlisted.paths.push('team/stays', 'team/goes');
      if (folder) unlisted.folder = folder;
      at.remote.put('team/stays', secret({ A: '2' }));
      at.remote.drop('team/goes');
      await at.pullAll();
      const state = async (path: string) => at.state(await at.idOf(path));
      expect(await state('team/stays')).toBe('fresh');
      expect(await at.rows(await at.idOf('team/stays'))).toEqual([['A', '2', 'same']]);
      expect(await state('team/goes')).toBe('missing');
      expect(await state('team/closed')).toBe('failed');
      const job = at.worker.jobs.current();
      expect(job).toMatchObject({ state: 'done', read: 2, missing: 1 });
      expect(job?.failures.map(({ path }) => path)).toEqual([...(folder ? [folder] : []), 'team/closed']);
      expect(job?.done).toBe(job?.total);
    },
  );
});

it('reads what lies outside the prefix too, so that none is called as fresh as a pull that left it out', async () => {
  const at = await editingWorld({ prefix: 'team' });
  for (const path of ['team/one', 'other/one', 'other/back']) at.remote.put(path, secret({ A: '1' }));
  const row = (path: string) => ({ id: path, workspaceId: WORKSPACE, name: path, sync: true, path });
  await at.db.environments.bulkAdd([
    { ...row('other/one'), production: false },
    { ...row('other/back'), production: false, missing: true },
  ]);
  await at.pullAll();
  expect(at.worker.jobs.current()).toMatchObject({ state: 'done', read: 3, created: 1, total: 3, done: 3 });
  at.clock.now += 2 * 60 * 60_000;
  at.remote.put('other/one', secret({ A: '2' }));
  expect(await at.state('other/one')).toBe('stale');
  await at.pullAll();
  expect(await at.state('other/one')).toBe('fresh');
  expect(await at.rows('other/one')).toEqual([['A', '2', 'same']]);
  expect(await at.state('other/back')).toBe('fresh');
  at.remote.drop('other/one');
  await at.pullAll();
  expect(await at.state('other/one')).toBe('missing');
  // Nothing else from there becomes an environment.
  at.remote.put('other/new', secret({ A: '1' }));
  await at.pullAll();
  expect(await at.db.environments.count()).toBe(3);
});

it('ends, and says that it failed, when the database does not keep that all was pulled', async () => {
  const at = await editingWorld();
  at.remote.put('team/one', secret({ A: '1' }));
  vi.spyOn(at.db.workspaces, 'update').mockRejectedValue(new Error('closed'));
  await at.pullAll();
  expect(at.rejected).toEqual([]);
  expect(at.worker.jobs.current()).toMatchObject({ state: 'failed', failure: { code: 'unexpected' } });
  expect(at.events.at(-1)).toEqual({ type: 'changed', area: 'environments' });
});

it('ends though how it ended can neither be kept nor be taken away', async () => {
  const at = await editingWorld();
  at.remote.put('team/one', secret({ A: '1' }));
  await at.worker.pulls.all('global', WORKSPACE, null);
  vi.spyOn(at.session, 'set').mockRejectedValue(new AppError('memory-full'));
  vi.spyOn(at.session, 'remove').mockRejectedValue(new Error('closed'));
  await at.idle();
  expect(at.rejected).toEqual([]);
  expect(at.worker.jobs.running()).toBe(false);
});

describe('a pull of all that runs during a move', () => {
  const [FROM, TO] = ['team/old', 'team/new'];
  /** A world in which the calls named in `held` wait until they are let go. */
  async function world() {
    const held = new Map<string, PromiseWithResolvers<void>>();
    const hold = (call: string) => {
      const gate = Promise.withResolvers<void>();
      held.set(call, gate);
      return () => {
        held.delete(call);
        gate.resolve();
      };
    };
    const at = await editingWorld({ gate: async (call, path) => held.get(`${call} ${path}`)?.promise });
    at.remote.put(FROM, secret({ A: '1' }));
    await at.pullAll();
    return { at, hold, id: await at.idOf(FROM) };
  }
  const paths = async (at: Awaited<ReturnType<typeof editingWorld>>) =>
    (await at.db.environments.toArray()).map(({ path }) => path).sort();
  const settled = (at: Awaited<ReturnType<typeof editingWorld>>) => at.worker.jobs.settled();

  it('makes no second environment of the copy, and the move ends', async () => {
    const { at, hold, id } = await world();
    const verify = hold(`read ${TO}`);
    await at.worker.moving.start(id, TO, false);
    await vi.waitFor(() => expect(at.remote.live(TO)).toEqual({ A: '1' }));
    await vi.waitFor(async () => expect(await at.db.migrations.get(id)).toMatchObject({ step: 'verify' }));
    await at.worker.pulls.all('global', WORKSPACE, null);
    await settled(at);
    expect(await paths(at)).toEqual([FROM]);
    verify();
    await at.idle();
    expect(await at.worker.moving.view(id)).toMatchObject({ state: 'done' });
    expect(await paths(at)).toEqual([TO]);
    expect(await at.state(id)).toBe('fresh');
  });

  it.each(['before the move', 'while the old one is not removed yet'])(
    'makes none of the old one, listed %s and kept when all is over',
    async (when) => {
      const { at, hold, id } = await world();
      const list = hold('list ');
      const isBefore = when === 'before the move';
      if (isBefore) await at.worker.pulls.all('global', WORKSPACE, null);
      const last = isBefore ? () => {} : hold(`remove ${FROM}`);
      await at.worker.moving.start(id, TO, false);
      if (!isBefore) {
        await vi.waitFor(async () =>
          expect(await at.db.migrations.get(id)).toMatchObject({ step: 'remove' }),
        );
        await at.worker.pulls.all('global', WORKSPACE, null);
      }
      last();
      await vi.waitFor(async () => expect(await at.worker.moving.view(id)).toMatchObject({ state: 'done' }));
      // As read before it was removed.
      at.remote.undelete(FROM);
      list();
      await settled(at);
      expect(await paths(at)).toEqual([TO]);
    },
  );

  it('brings what was at the new path before, which stopped the move', async () => {
    const { at, id } = await world();
    at.remote.put(TO, secret({ theirs: '1' }));
    await at.worker.moving.start(id, TO, false);
    await at.idle();
    expect(await at.worker.moving.view(id)).toMatchObject({ failure: { code: 'path-taken' } });
    await at.pullAll();
    expect(await paths(at)).toEqual([TO, FROM]);
  });
});

describe("a pull that a page's request waits for", () => {
  async function worldOf(...paths: string[]) {
    const calls: string[] = [];
    const writing = Promise.withResolvers<void>();
    const at = await editingWorld({
      before: (call, path) => void calls.push(`${call} ${path}`),
      gate: async (call) => {
        if (call === 'write') await writing.promise;
      },
    });
    for (const path of paths) at.remote.put(path, secret({ A: '1' }));
    await at.pullAll();
    const ids = await Promise.all(paths.map(at.idOf));
    const forget = () => at.worker.values.forget(ids);
    calls.length = 0;
    return { at, ids, calls, forget, write: writing.resolve };
  }

  it('does not end the push that the user has started', async () => {
    const { at, ids, write } = await worldOf('team/one', 'team/two');
    const [edited = '', other = ''] = ids;
    await at.set(edited, 'A', 'mine');
    await at.worker.values.forget([other]);
    const { id } = await at.worker.saving.bulk(WORKSPACE);
    const arrived = at.worker.pulls.awaited(other);
    // Whatever it does at once is done.
    for (let turn = 0; turn < 50; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    expect(at.worker.jobs.current()).toMatchObject({ id, state: 'running' });
    write();
    await arrived;
    expect(at.remote.live('team/one')).toEqual({ A: 'mine' });
    expect(await at.worker.drafts.summaries()).toEqual({});
    expect(await at.worker.values.get(other)).toMatchObject({ path: 'team/two' });
  });

  it('does not end another that a request waits for', async () => {
    const { at, ids, forget } = await worldOf('team/one', 'team/two', 'team/three');
    await forget();
    await Promise.all([...ids, ...ids].map((id) => at.worker.pulls.awaited(id)));
    const pulled = await Promise.all(ids.map(async (id) => (await at.worker.values.get(id))?.path));
    expect(pulled).toEqual(['team/one', 'team/two', 'team/three']);
  });

  it('is none when the job under way has brought the values', async () => {
    const { at, ids, calls, forget } = await worldOf('team/one', 'team/two');
    await forget();
    const [job] = await Promise.all([
      at.worker.pulls.all('global', WORKSPACE, null),
      ...ids.map((id) => at.worker.pulls.awaited(id)),
    ]);
    expect(at.worker.jobs.current()).toMatchObject({ id: job.id, state: 'done' });
    expect(calls.sort()).toEqual(['read team/one', 'read team/two']);
  });

  it('comes again when the one before has failed', async () => {
    const { at, ids, forget } = await worldOf('team/one');
    const [id = ''] = ids;
    await forget();
    await at.lock();
    expect(await codeOf(at.worker.pulls.awaited(id))).toBe('locked');
    await at.unlock();
    await at.worker.pulls.awaited(id);
    expect(await at.worker.values.get(id)).toMatchObject({ path: 'team/one' });
  });
});
