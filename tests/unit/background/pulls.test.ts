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
