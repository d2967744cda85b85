import { describe, expect, it } from 'vitest';

import { AppError } from '@/lib/core/errors';
import type { InnerNames } from '@/lib/core/inner-names';

import { secret } from '../sync/memory-provider';
import { codeOf, editingWorld, signal } from './editing-world';

async function pulledWorld() {
  const at = await editingWorld();
  at.remote.put('team/app', {
    form: 'object',
    variables: [
      { name: 'HOST', type: 'string', text: 'a' },
      { name: 'BIG', type: 'json', text: '9007199254740993' },
    ],
  });
  await at.pullAll();
  return { at, id: await at.idOf('team/app') };
}

describe('the editor', () => {
  it('shows names and kinds of change, and a value only when asked for it', async () => {
    const { at, id } = await pulledWorld();
    const view = await at.edit(id, { op: 'set', name: 'LIST', type: 'json', text: '[1,2,"canary"]' });
    expect(view).toMatchObject({
      changes: { new: 1, edited: 0, removed: 0 },
      version: '1',
      canUndo: true,
      creates: false,
      rows: [
        { name: 'HOST', type: 'string', change: 'same' },
        { name: 'BIG', type: 'json', change: 'same' },
        { name: 'LIST', type: 'json', members: 3, change: 'new' },
      ],
    });
    expect(JSON.stringify(view)).not.toContain('canary');
    expect(await at.worker.editor.value(id, 'BIG', 'mine')).toMatchObject({ text: '9007199254740993' });
  });

  describe('inside of JSON variables', () => {
    const db = '{"host":"canary","pool":{"max":5},"a.b":1}';
    async function withJson() {
      const { at, id } = await pulledWorld();
      await at.edit(
        id,
        { op: 'set', name: 'db', type: 'json', text: db },
        {
          op: 'set',
          name: 'hosts',
          type: 'json',
          text: JSON.stringify(Array.from({ length: 500 }, () => 'canary')),
        },
      );
      return { at, id, inside: at.worker.editor.inside.bind(null, id) };
    }
    const names = (views: readonly InnerNames[]) =>
      views.map(({ of, names: all, found }) => [of, all.map(({ name }) => name), found]);

    it('lists the names of the draft that were asked for, and no value', async () => {
      const { at, id, inside } = await withJson();
      const views = await inside('', [
        ['db', 10],
        ['hosts', 2],
        ['HOST', 10],
        ['gone', 10],
      ]);
      expect(views).toEqual([
        expect.objectContaining({ of: 'HOST', names: [], found: 0 }),
        {
          of: 'db',
          names: [
            { name: 'db.host', type: 'string', members: null, depth: 1 },
            { name: 'db.pool', type: 'object', members: 1, depth: 1 },
            { name: 'db.pool.max', type: 'number', members: null, depth: 2 },
          ],
          found: 3,
          leftOut: 1,
        },
        expect.objectContaining({ of: 'hosts', found: 500 }),
      ]);
      expect(names(views)[2]?.[1]).toEqual(['hosts.0', 'hosts.1']);
      expect(JSON.stringify(views)).not.toContain('canary');
      await at.edit(id, { op: 'set', name: 'db', type: 'json', text: '{"port":1}' });
      expect(names(await inside('', [['db', 10]]))).toEqual([['db', ['db.port'], 1]]);
      await at.edit(id, { op: 'remove', name: 'db' });
      expect(await inside('', [['db', 10]])).toEqual([]);
    });

    it('finds names by a search, in what is closed no more than a page is to show', async () => {
      const { inside } = await withJson();
      expect(names(await inside('PooL', []))).toEqual([['db', ['db.pool', 'db.pool.max'], 2]]);
      // The variable is found by its own name already.
      expect(await inside('db', [])).toEqual([]);
      expect(names(await inside('db', [['db', 1]]))).toEqual([['db', ['db.host'], 3]]);
      expect((await inside('s.', [])).map(({ names: all, found }) => [all.length, found])).toEqual([
        [200, 500],
      ]);
      expect(await inside('nothing', [])).toEqual([]);
    });

    it('gives a value where the name leads there', async () => {
      const { at, id } = await withJson();
      const { value } = at.worker.editor;
      expect(await value(id, 'db.host', 'mine', 'db')).toEqual({
        name: 'db.host',
        type: 'string',
        text: 'canary',
      });
      expect(await value(id, 'db.pool', 'mine', 'db')).toEqual({
        name: 'db.pool',
        type: 'json',
        text: '{"max":5}',
      });
      expect(await value(id, 'db.host', 'mine')).toBeNull();
      expect(await value(id, 'db.host', 'base', 'db')).toBeNull();
      expect(await value(id, 'db', 'mine', 'db')).toBeNull();
      await at.set(id, 'db.host', 'a variable of its own');
      expect(await value(id, 'db.host', 'mine', 'db')).toBeNull();
    });

    it('keeps all of it shut while locked', async () => {
      const { at, id, inside } = await withJson();
      await at.lock();
      expect(await codeOf(inside('', [['db', 10]]))).toBe('locked');
      expect(await codeOf(at.worker.editor.value(id, 'db.host', 'mine', 'db'))).toBe('locked');
    });
  });

  it('applies edits that come together or none of them', async () => {
    const { at, id } = await pulledWorld();
    const edits = [
      { op: 'set', name: 'A', type: 'string', text: '1' },
      { op: 'rename', name: 'HOST', to: 'A' },
    ] as const;
    expect(await codeOf(at.edit(id, ...edits))).toBe('variable-invalid');
    expect(await at.state(id)).toBe('fresh');
  });

  it('discards edits, and of a secret that is yet to be made all but its beginning', async () => {
    const { at, id } = await pulledWorld();
    await at.set(id, 'HOST', 'b');
    await at.worker.editor.discard(id);
    expect(await at.state(id)).toBe('fresh');

    const made = await at.worker.linking.create('default', 'New', true, 'team/new', signal);
    await at.set(made.id, 'A', '1');
    const view = await at.worker.editor.discard(made.id);
    expect(view).toMatchObject({ rows: [], creates: true });
  });

  it('can be opened and saved no more than what was read: a failed pull gives nothing to edit', async () => {
    let refuse = true;
    const at = await editingWorld({
      before: (call) => {
        if (refuse && call === 'read') throw new AppError('denied', { action: 'read', path: 'team/app' });
      },
    });
    at.remote.put('team/app', secret({ HOST: 'theirs' }));
    await at.db.environments.add({
      id: 'e',
      workspaceId: 'default',
      name: 'App',
      sync: true,
      path: 'team/app',
      production: false,
    });
    await at.pullAll();
    expect(await at.state('e')).toBe('failed');
    expect(await at.worker.editor.view('e')).toMatchObject({ rows: null, creates: false });
    const edits = [
      at.set('e', 'HOST', 'blind'),
      at.worker.editor.undo('e'),
      at.worker.editor.import('e', 'HOST=blind', ['HOST']),
      at.worker.saving.review('e', signal),
    ];
    expect(await Promise.all(edits.map(codeOf))).toEqual(edits.map(() => 'not-pulled'));
    refuse = false;
    expect(at.remote.versions('team/app')).toHaveLength(1);
  });

  it('keeps plain text and bytes what they are', async () => {
    const at = await editingWorld({ kind: 'aws' });
    at.remote.put('text', { form: 'text', variables: [{ name: 'VALUE', type: 'string', text: 'plain' }] });
    at.remote.put('bytes', { form: 'binary', variables: [{ name: 'VALUE', type: 'binary', text: 'AAEC' }] });
    await at.pullAll();
    const [text, bytes] = [await at.idOf('text'), await at.idOf('bytes')];
    const value = (type: 'string' | 'json' | 'binary', to: string) =>
      ({ op: 'set', name: 'VALUE', type, text: to }) as const;
    expect(await codeOf(at.edit(text, value('json', '1')))).toBe('variable-invalid');
    expect(await codeOf(at.edit(bytes, value('string', 'AAEC')))).toBe('variable-invalid');
    expect(await codeOf(at.edit(bytes, value('binary', 'not base64')))).toBe('variable-invalid');
    expect(await codeOf(at.set(text, 'SECOND', 'x'))).toBe('variable-invalid');
    await at.edit(text, value('string', 'plainer'));
    await at.edit(bytes, value('binary', 'AAED'));
    for (const id of [text, bytes]) await at.save(id);
    expect(at.remote.version('text', '2')?.content).toMatchObject({ form: 'text' });
    expect(at.remote.version('bytes', '2')?.content).toEqual({
      form: 'binary',
      variables: [{ name: 'VALUE', type: 'binary', text: 'AAED' }],
    });
  });
});

describe('an import', () => {
  it('shows what it would change, and adds what was chosen as one step', async () => {
    const { at, id } = await pulledWorld();
    const text = 'HOST=b\nexport NEW="two\\nlines"\nBIG=text\nbroken line\n';
    const { format, rows, problems } = await at.worker.editor.importPreview(id, text);
    expect(format).toBe('env');
    expect(rows.map(({ name, change, line }) => [name, change, line])).toEqual([
      ['HOST', 'edited', 1],
      ['NEW', 'new', 2],
      ['BIG', 'edited', 3],
    ]);
    expect(problems).toEqual([{ line: 4, reason: expect.any(String) as string }]);
    await at.worker.editor.import(id, text, ['HOST', 'NEW']);
    expect(await at.rows(id)).toEqual([
      ['HOST', 'b', 'edited'],
      ['BIG', '9007199254740993', 'same'],
      ['NEW', 'two\nlines', 'new'],
    ]);
    await at.worker.editor.undo(id);
    expect(await at.state(id)).toBe('fresh');
  });

  it('keeps types and digits of a JSON object', async () => {
    const { at, id } = await pulledWorld();
    const text = '{"BIG": 9007199254740995, "RATE": 1.10, "HOST": "a", "ON": true}';
    const { rows } = await at.worker.editor.importPreview(id, text);
    expect(rows.map(({ name, change }) => [name, change])).toEqual([
      ['BIG', 'edited'],
      ['RATE', 'new'],
      ['HOST', 'same'],
      ['ON', 'new'],
    ]);
    await at.worker.editor.import(
      id,
      text,
      rows.map(({ name }) => name),
    );
    expect(await at.worker.editor.value(id, 'RATE', 'mine')).toMatchObject({ type: 'json', text: '1.10' });
  });
});

describe('what the login may do', () => {
  it('is told with what the backend can', async () => {
    const { at, id } = await pulledWorld();
    expect(await at.worker.editor.abilities(id, signal)).toEqual({
      permissions: { read: true, create: true, update: true, remove: true, list: true },
      compareAndSwap: true,
      history: true,
    });
  });
});
