import { describe, expect, it } from 'vitest';

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
