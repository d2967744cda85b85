import { Dexie } from 'dexie';
import { describe, expect, it, vi } from 'vitest';

import { AppError } from '@/lib/core/errors';

import { secret } from '../sync/memory-provider';
import { codeOf, editingWorld, signal, WORKSPACE } from './editing-world';

/** An environment of this session with one variable, beside a secret of somebody else's. */
async function world(options: Parameters<typeof editingWorld>[0] = {}) {
  const at = await editingWorld(options);
  at.remote.put('team/taken', secret({ A: 'theirs', B: 'theirs' }));
  const { id } = await at.worker.linking.create(WORKSPACE, 'My App', false, '', signal);
  await at.set(id, 'A', 'mine');
  const untouched = () => expect(at.remote.versions('team/taken')).toHaveLength(1);
  return { at, id, untouched };
}

describe('Vault Sync switched on', () => {
  it('at a free path writes nothing before the first Save, which makes the secret', async () => {
    const { at, id } = await world();
    expect(await at.worker.linking.pathState(WORKSPACE, 'team/free', id, signal)).toEqual({ state: 'free' });
    const view = await at.worker.linking.link(id, 'team/free', undefined, signal);
    expect(view).toMatchObject({ sync: true, path: 'team/free', state: 'edited', changes: 1 });
    expect(at.remote.versions('team/free')).toBeNull();
    expect((await at.worker.editor.view(id)).creates).toBe(true);
    await at.save(id);
    expect(at.remote.live('team/free')).toEqual({ A: 'mine' });
  });

  it('at a path that holds a secret asks first, and overwrites nothing', async () => {
    const { at, id, untouched } = await world();
    expect(await at.worker.linking.pathState(WORKSPACE, 'team/taken', id, signal)).toEqual({
      state: 'taken',
      variables: 2,
    });
    expect(await codeOf(at.worker.linking.link(id, 'team/taken', undefined, signal))).toBe('path-taken');
    expect(await at.state(id)).toBe('session only');
    expect(await at.rows(id)).toEqual([['A', 'mine', 'same']]);
    untouched();
  });

  it('keeps what was changed while the provider was asked', async () => {
    let atProvider = async () => {};
    const { at, id } = await world({ gate: () => atProvider() });
    atProvider = async () => {
      await at.worker.linking.rename(id, 'Renamed meanwhile');
      await at.worker.environments.setProduction(id, true);
    };
    await at.worker.linking.link(id, 'team/taken', 'theirs', signal);
    expect(await at.db.environments.get(id)).toMatchObject({
      ...{ name: 'Renamed meanwhile', production: true, path: 'team/taken' },
    });
  });

  it.each(['merge', undefined] as const)(
    'keeps what was typed while the provider was asked (%s)',
    async (join) => {
      let atProvider = async () => {};
      const { at, id } = await world({ gate: () => atProvider() });
      atProvider = async () => void (await at.set(id, 'LATE', 'typed meanwhile'));
      await at.worker.linking.link(id, join ? 'team/taken' : 'team/free', join, signal);
      expect(await at.rows(id)).toContainEqual(['LATE', 'typed meanwhile', 'new']);
      expect(await at.rows(id)).toContainEqual(['A', 'mine', join ? 'edited' : 'new']);
    },
  );

  it('loses no edit of another page that comes at any moment of it', async () => {
    const { at, id } = await world();
    const kept: string[] = [];
    const typing = async () => {
      for (let nth = 0; nth < 12; nth += 1) {
        const name = `N${nth}`;
        // While the new secret's draft is not there yet an edit may be refused, but then it says so.
        await at.set(id, name, 'typed').then(
          () => kept.push(name),
          (error: AppError) => expect(error.code).toBe('not-pulled'),
        );
      }
    };
    await Promise.all([typing(), at.worker.linking.link(id, 'team/free', undefined, signal)]);
    const names = (await at.rows(id))?.map(([name]) => name);
    expect(kept.length).toBeGreaterThan(0);
    expect(names).toEqual(expect.arrayContaining(['A', ...kept]));
  });

  it.each(['locked', 'refused'] as const)('loses nothing when it is %s half way', async (end) => {
    const { at, id } = await world();
    const point = at.db.environments.update.bind(at.db.environments);
    vi.spyOn(at.db.environments, 'update').mockImplementationOnce((...change) => {
      if (end === 'refused') throw new Error('the database is closed');
      return point(...change).then(async (count) => {
        await Dexie.waitFor(at.lock());
        return count;
      });
    });
    expect(await codeOf(at.worker.linking.link(id, 'team/free', undefined, signal))).not.toBe('done');
    await at.restart();
    await at.unlock();
    expect(await at.rows(id)).toEqual([['A', 'mine', end === 'locked' ? 'new' : 'same']]);
  });

  it.each([
    ['set', 'sealed:draft:', 'same'],
    ['remove', 'sealed:local:', 'new'],
  ] as const)('loses nothing when the worker dies at the %s of %s', async (call, prefix, change) => {
    const { at, id } = await world();
    const reached = Promise.withResolvers<void>();
    const real = at.session[call].bind(at.session) as (...args: unknown[]) => Promise<void>;
    const dying = vi.spyOn(at.session, call).mockImplementation((...args: unknown[]) => {
      if (!String(args[0]).startsWith(prefix)) return real(...args);
      reached.resolve();
      return new Promise<void>(() => {});
    });
    void at.worker.linking.link(id, 'team/free', undefined, signal);
    await reached.promise;
    dying.mockRestore();
    await at.restart();
    expect(await at.rows(id)).toEqual([['A', 'mine', change]]);
  });

  it('is done for one of two environments that are linked to the same path at once', async () => {
    const { at, id } = await world();
    const other = await at.worker.linking.create(WORKSPACE, 'Other', false, '', signal);
    const link = (one: string) => codeOf(at.worker.linking.link(one, 'team/free', undefined, signal));
    expect((await Promise.all([link(id), link(other.id)])).sort()).toEqual(['done', 'path-taken']);
    expect(await at.db.environments.where({ workspaceId: WORKSPACE, path: 'team/free' }).count()).toBe(1);
    // What was refused is as it was.
    expect([await at.state(id), await at.state(other.id)].sort()).toEqual(['edited', 'session only']);
  });

  it('to another path takes no version along: what is there by that number is not overwritten unseen', async () => {
    const { at, id } = await world();
    at.remote.put('team/app', secret({ A: '1' }));
    await at.pullAll();
    const app = await at.idOf('team/app');
    await at.set(app, 'A', '2');
    await at.worker.drafts.moved([app]);
    at.remote.drop('team/app');
    at.remote.put('team/other', secret({ A: 'theirs', B: 'theirs' }));
    // As a worker leaves it that died between the two writes.
    await at.db.environments.update(app, { path: 'team/other' });
    await at.worker.saving.bulk(WORKSPACE, [app]);
    await at.idle();
    expect(at.remote.live('team/other')).toEqual({ A: 'theirs', B: 'theirs' });
    expect(await at.state(app)).toBe('conflict');
    expect(id).not.toBe(app);
  });

  it('does not bring back an environment that was deleted meanwhile', async () => {
    let atProvider = async () => {};
    const { at, id } = await world({ gate: () => atProvider() });
    atProvider = () => at.worker.environments.forget(id);
    expect(await codeOf(at.worker.linking.link(id, 'team/taken', 'theirs', signal))).toBe('missing');
    expect(await at.db.environments.count()).toBe(0);
  });

  it('takes theirs', async () => {
    const { at, id, untouched } = await world();
    await at.worker.linking.link(id, 'team/taken', 'theirs', signal);
    expect(await at.state(id)).toBe('fresh');
    expect(await at.rows(id)).toEqual([
      ['A', 'theirs', 'same'],
      ['B', 'theirs', 'same'],
    ]);
    untouched();
  });

  it('merges mine over theirs as a draft, which the next Save shows and pushes', async () => {
    const { at, id, untouched } = await world();
    await at.worker.linking.link(id, 'team/taken', 'merge', signal);
    expect(await at.rows(id)).toEqual([
      ['A', 'mine', 'edited'],
      ['B', 'theirs', 'same'],
    ]);
    untouched();
    await at.save(id);
    expect(at.remote.live('team/taken')).toEqual({ A: 'mine', B: 'theirs' });
  });

  it('refuses a path that another environment has, one that cannot be, and one that may not be read', async () => {
    const { at, id } = await world({
      before: (call, path) => {
        if (call === 'read' && path === 'secret/closed') throw new AppError('denied', { path });
      },
    });
    await at.worker.linking.create(WORKSPACE, 'Theirs', true, 'team/taken', signal);
    const { linking } = at.worker;
    expect(await linking.pathState(WORKSPACE, 'team/taken', id, signal)).toEqual({
      state: 'linked',
      environment: 'Theirs',
    });
    expect(await codeOf(linking.link(id, 'team/taken', 'theirs', signal))).toBe('path-taken');
    expect(await codeOf(linking.link(id, '../up', undefined, signal))).toBe('path-invalid');
    expect(await linking.pathState(WORKSPACE, 'secret/closed', id, signal)).toMatchObject({
      state: 'unknown',
      failure: { code: 'denied' },
    });
    expect(await codeOf(linking.link(id, 'secret/closed', undefined, signal))).toBe('denied');
    expect(await at.rows(id)).toEqual([['A', 'mine', 'same']]);
  });

  it('does not merge variables into what is no object', async () => {
    const { at, id } = await world({ kind: 'aws' });
    at.remote.put('text', { form: 'text', variables: [{ name: 'VALUE', type: 'string', text: 'plain' }] });
    expect(await codeOf(at.worker.linking.link(id, 'text', 'merge', signal))).toBe('not-an-object');
    expect(await at.rows(id)).toEqual([['A', 'mine', 'same']]);
  });
});

describe('an environment that is made', () => {
  it('over a secret takes it as it is', async () => {
    const { at, untouched } = await world();
    const { id } = await at.worker.linking.create(WORKSPACE, ' Theirs ', true, 'team/taken', signal);
    expect(await at.worker.environments.view(id)).toMatchObject({ name: 'Theirs', state: 'fresh' });
    untouched();
  });

  it('is not made with an empty name or an odd path', async () => {
    const { at } = await world();
    const { create } = at.worker.linking;
    expect(await codeOf(create(WORKSPACE, '  ', true, 'a', signal))).toBe('settings-invalid');
    expect(await codeOf(create(WORKSPACE, 'A', true, 'a//b', signal))).toBe('path-invalid');
    expect(await at.db.environments.count()).toBe(1);
  });
});

describe('an environment that is renamed', () => {
  it('does not move its secret', async () => {
    const at = await editingWorld();
    at.remote.put('team/app', secret({ A: '1' }));
    await at.pullAll();
    const id = await at.idOf('team/app');
    await at.set(id, 'A', '2');
    expect(await at.worker.linking.rename(id, 'Another name')).toMatchObject({
      name: 'Another name',
      path: 'team/app',
      state: 'edited',
    });
    await at.save(id);
    expect(at.remote.live('team/app')).toEqual({ A: '2' });
    expect(at.remote.paths()).toEqual(['team/app']);
    expect(at.relinked).toEqual([]);
  });
});

describe('Vault Sync switched off', () => {
  it('keeps the values and edits for this session, and the secret where it is', async () => {
    const at = await editingWorld();
    at.remote.put('team/app', secret({ A: '1', B: '1' }));
    await at.pullAll();
    const id = await at.idOf('team/app');
    await at.set(id, 'A', 'edited');
    await at.worker.linking.unlink(id);
    expect(await at.state(id)).toBe('session only');
    expect(await at.rows(id)).toEqual([
      ['A', 'edited', 'same'],
      ['B', '1', 'same'],
    ]);
    expect(await codeOf(at.worker.saving.review(id, signal))).toBe('not-synced');
    expect(at.remote.live('team/app')).toEqual({ A: '1', B: '1' });
    // Its grants were for that path.
    expect(at.relinked).toEqual([id]);
    await at.pullAll();
    expect(await at.rows(id)).toContainEqual(['A', 'edited', 'same']);
  });
});

describe('an environment that is deleted', () => {
  const pulled = async () => {
    const at = await editingWorld();
    at.remote.put('team/app', secret({ A: '1' }));
    await at.pullAll();
    const id = await at.idOf('team/app');
    await at.set(id, 'A', 'canary');
    return { at, id };
  };

  it('here leaves the secret, and nothing of the draft', async () => {
    const { at, id } = await pulled();
    expect(await at.worker.linking.delete(id, 'here', {}, signal)).toBeNull();
    expect(at.remote.live('team/app')).toEqual({ A: '1' });
    expect(await at.db.environments.count()).toBe(0);
    expect(await at.worker.drafts.summaries()).toEqual({});
    expect([...at.items.keys()].filter((key) => key.includes(id))).toEqual([]);
  });

  it('with its secret removes that recoverably', async () => {
    const { at, id } = await pulled();
    const removal = await at.worker.linking.delete(id, 'provider', {}, signal);
    expect(removal).toEqual({ kind: 'soft', version: '1' });
    expect(at.remote.live('team/app')).toBeUndefined();
    expect(at.remote.recoverable('team/app')).toEqual({ A: '1' });
    expect(await at.db.environments.count()).toBe(0);
  });

  it.each(['unlocked', 'pulled before'] as const)(
    'does not remove what was changed since it was pulled (%s)',
    async (how) => {
      const { at, id } = await pulled();
      at.remote.put('team/app', secret({ A: 'theirs', B: 'unseen' }));
      if (how === 'pulled before') {
        // The values went with a lock; the version that they had is still known.
        await at.lock();
        await at.unlock();
      }
      expect(await codeOf(at.worker.linking.delete(id, 'provider', {}, signal))).toBe('changed-since');
      expect(at.remote.live('team/app')).toEqual({ A: 'theirs', B: 'unseen' });
      expect(await at.rows(id)).toEqual([['A', 'canary', 'edited']]);
      await at.pullAll();
      await at.worker.linking.delete(id, 'provider', {}, signal);
      expect(at.remote.live('team/app')).toBeUndefined();
    },
  );

  it('stays, with its draft, when the secret may not be removed', async () => {
    const at = await editingWorld({
      before: (call) => {
        if (call === 'remove') throw new AppError('denied', { action: 'delete' });
      },
    });
    at.remote.put('team/app', secret({ A: '1' }));
    await at.pullAll();
    const id = await at.idOf('team/app');
    await at.set(id, 'A', 'mine');
    expect(await codeOf(at.worker.linking.delete(id, 'provider', {}, signal))).toBe('denied');
    expect(await at.rows(id)).toEqual([['A', 'mine', 'edited']]);
  });
});
