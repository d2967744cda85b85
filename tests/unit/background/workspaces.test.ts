import { beforeEach, describe, expect, it, vi } from 'vitest';

import { editDraft, startDraft } from '@/lib/sync/draft';

import {
  awsForm,
  codeOf,
  environmentRow,
  OTHER_VAULT,
  PASSPHRASE,
  pulled,
  VAULT,
  vaultForm,
  workspaceWorld,
  type WorkspaceWorld,
} from './workspace-world';

let at: WorkspaceWorld;
beforeEach(async () => {
  at = await workspaceWorld();
});

const signal = new AbortController().signal;
/** What a connection sends, as far as a server sees it. */
const tokensSent = async (workspaceId: string) => {
  const connection = await at.connections.effective(workspaceId);
  if (!connection) return 'no connection';
  at.sent.length = 0;
  const provider = await at.connections.provider(connection);
  await provider.read('orders/api', signal).catch(() => undefined);
  return at.sent.map(({ url, headers }) => `${new URL(url).origin} ${headers['X-Vault-Token']}`)[0];
};
const grant = (id: string, environmentId: string, over = {}) => ({
  id,
  testerId: 'tester',
  environmentId,
  destination: 'https://api.tidewater.example',
  boundTo: 'as it was',
  grantedAt: 1,
  proposed: false,
  ...over,
});

describe('workspaces', () => {
  it('are made, named, listed in their order, and chosen', async () => {
    const orders = await at.workspaces.create('  Orders ');
    const billing = await at.workspaces.create('Billing');
    expect((await at.workspaces.list()).map(({ name }) => name)).toEqual([
      'My workspace',
      'Orders',
      'Billing',
    ]);
    await at.workspaces.switchTo(billing.id);
    expect(await at.workspaces.current()).toBe(billing.id);
    expect((await at.workspaces.rename(orders.id, 'Orders EU')).name).toBe('Orders EU');
    expect(await codeOf(at.workspaces.rename(orders.id, 'orders eu '))).toBe('done');
    expect(await codeOf(at.workspaces.rename(orders.id, 'BILLING'))).toBe('name-taken');
    expect(await codeOf(at.workspaces.create(' '))).toBe('settings-invalid');
    expect(await codeOf(at.workspaces.switchTo('gone'))).toBe('workspace-missing');
  });

  it('tell how much is in them', async () => {
    const { id } = await at.workspaces.create('Orders');
    await at.db.environments.bulkAdd([environmentRow('a', { workspaceId: id }), environmentRow('b')]);
    await at.drafts.keep(environmentRow('a', { workspaceId: id }), startDraft(null));
    await at.save(vaultForm(id, 'own'));
    expect(await at.workspaces.list()).toMatchObject([
      { id: 'default', environments: 1, edited: 0, override: false },
      { id, environments: 1, edited: 1, override: true },
    ]);
  });

  it('take everything along when they are deleted, and nothing of another', async () => {
    const { id } = await at.workspaces.create('Orders');
    const mine = environmentRow('mine', { workspaceId: id });
    const local = environmentRow('local', { workspaceId: id, sync: false });
    await at.db.environments.bulkAdd([mine, local, environmentRow('other')]);
    await at.save(vaultForm(id, 'own'));
    await at.save(vaultForm('global', 'shared'));
    const tester = { kind: 'other', environmentId: 'mine', workspaceId: id, enabledAt: 1 } as const;
    await at.db.testers.bulkAdd([
      { ...tester, id: 'tester', origin: 'https://docs.tidewater.example' },
      {
        ...tester,
        id: 'kept',
        origin: 'https://kept.tidewater.example',
        workspaceId: 'default',
        environmentId: 'other',
      },
    ]);
    await at.db.grants.bulkAdd([grant('g1', 'mine'), grant('g2', 'other', { testerId: 'kept' })]);
    await at.db.migrations.add({
      environmentId: 'mine',
      from: 'a',
      to: 'b',
      step: 'read',
      fromVersion: null,
      toVersion: null,
      permanent: false,
      failure: null,
    });
    await at.values.put(
      new Map([
        ['mine', pulled('orders/mine', 'canary')],
        ['other', pulled('orders/other', 'kept')],
      ]),
    );
    await at.drafts.keep(mine, startDraft(null));
    await at.drafts.keepLocal(local, [{ name: 'KEY', type: 'string', text: 'canary' }]);
    await at.session.setMany({
      [`secret:token:${id}`]: 'canary',
      'secret:token:global': 'kept',
      'secret:review:mine': 'canary',
      'secret:version:mine:orders/mine:3': 'canary',
    });
    const { job } = await at.jobs.start({ kind: 'pull-all', scope: id, workspaceId: id });
    await at.jobs.end(job.id, 'done', null);
    await at.workspaces.switchTo(id);

    await at.workspaces.remove(id);

    expect(await at.workspaces.current()).toBe('default');
    expect(await at.db.environments.toCollection().primaryKeys()).toEqual(['other']);
    expect(await at.db.testers.toCollection().primaryKeys()).toEqual(['kept']);
    expect(await at.db.grants.toCollection().primaryKeys()).toEqual(['g2']);
    expect(await at.db.migrations.count()).toBe(0);
    expect(await at.db.connections.toCollection().primaryKeys()).toEqual([['global', 'hashicorp']]);
    expect(await at.db.scopes.toCollection().primaryKeys()).toEqual(['global']);
    expect(at.registered.at(-1)).toEqual(['https://kept.tidewater.example']);
    expect(at.sweeps).toContainEqual({ testerId: 'tester' });
    expect(at.jobs.current()).toBeNull();
    const left = JSON.stringify([...at.items]);
    expect(left).not.toContain('canary');
    expect(left).not.toContain(id);
    expect(left).not.toContain('mine');
    expect([...at.items.keys()].filter((key) => /draft|local/.test(key))).toEqual([]);
    expect((await at.values.get('other'))?.variables[0]?.text).toBe('kept');
    expect(await at.session.get('secret:token:global')).toBe('kept');
  });

  it('cannot all be deleted', async () => {
    expect(await codeOf(at.workspaces.remove('default'))).toBe('workspace-last');
    const { id } = await at.workspaces.create('Orders');
    const both = await Promise.all([
      codeOf(at.workspaces.remove('default')),
      codeOf(at.workspaces.remove(id)),
    ]);
    expect(both.sort()).toEqual(['done', 'workspace-last']);
    expect(await at.db.workspaces.count()).toBe(1);
  });

  it('stop a pull that runs in one that is deleted', async () => {
    const { id } = await at.workspaces.create('Orders');
    const { job, signal: stopped } = await at.jobs.start({ kind: 'pull-all', scope: id, workspaceId: id });
    stopped.addEventListener('abort', () => void at.jobs.end(job.id, 'cancelled', null));
    await at.workspaces.remove(id);
    expect(stopped.aborted).toBe(true);
    expect(at.jobs.current()).toBeNull();
  });
});

describe('a workspace’s connection', () => {
  it('is the global defaults until it has its own, and again after a reset', async () => {
    const { id } = await at.workspaces.create('Orders');
    await at.save(vaultForm('global', 'shared'));
    expect(await at.connections.view(id)).toMatchObject({ scope: id, source: 'global' });
    expect(await tokensSent(id)).toBe(`${VAULT} shared`);

    await at.save(vaultForm(id, 'own', { url: OTHER_VAULT }));
    expect(await at.connections.view(id)).toMatchObject({ source: id, hashicorp: { url: OTHER_VAULT } });
    expect(await at.connections.view('global')).toMatchObject({ hashicorp: { url: VAULT } });
    expect(await tokensSent(id)).toBe(`${OTHER_VAULT} own`);
    expect(await tokensSent('default')).toBe(`${VAULT} shared`);

    await at.connections.forget(id);
    expect(await at.connections.view(id)).toMatchObject({ source: 'global', hashicorp: { url: VAULT } });
    expect(await at.db.connections.toCollection().primaryKeys()).toEqual([['global', 'hashicorp']]);
    expect(await tokensSent(id)).toBe(`${VAULT} shared`);
  });

  it('never borrows the global credentials, not even for the same server', async () => {
    const { id } = await at.workspaces.create('Orders');
    await at.save(vaultForm('global', 'shared'));
    for (const url of [VAULT, OTHER_VAULT]) {
      await at.save(vaultForm(id, undefined, { url }));
      expect(await at.connections.view(id)).toMatchObject({ source: id, sealed: { hashicorp: null } });
      expect(await codeOf(tokensSent(id))).toBe('credentials-missing');
      expect(at.sent).toEqual([]);
    }
  });

  it('of a workspace that is not there is refused', async () => {
    expect(await codeOf(at.save(vaultForm('gone', 'own')))).toBe('workspace-missing');
    expect(await at.db.connections.count()).toBe(0);
  });

  it('keeps both providers’ settings and credentials while switching to and fro', async () => {
    await at.save(vaultForm('global', 'shared', { enginePath: 'team/kv' }));
    await at.save(awsForm('global', 'aws-secret'));
    expect(await at.connections.view('global')).toMatchObject({
      provider: 'aws',
      hashicorp: { url: VAULT, enginePath: 'team/kv' },
      aws: { region: 'eu-central-1' },
      sealed: { hashicorp: { auth: 'token', server: VAULT }, aws: { auth: 'keys', server: 'aws:aws' } },
    });
    await at.save(vaultForm('global', undefined, { enginePath: 'team/kv' }));
    expect(await tokensSent('default')).toBe(`${VAULT} shared`);
    await at.save(awsForm('global'));
    const connection = await at.connections.effective('default');
    expect(connection?.form).toMatchObject({ provider: 'aws', settings: { region: 'eu-central-1' } });
    expect(connection && (await codeOf(at.connections.provider(connection)))).toBe('done');
  });
});

describe('sealed credentials', () => {
  it('do not open at another server', async () => {
    await at.save(vaultForm('global', 'shared'));
    await at.save(vaultForm('global', undefined, { url: OTHER_VAULT }));
    expect(await codeOf(tokensSent('default'))).toBe('record-moved');
    expect(at.sent).toEqual([]);
    // The form tells which server they are for, and they are as good as before there.
    expect((await at.connections.view('global')).sealed.hashicorp?.server).toBe(VAULT);
    await at.save(vaultForm('global'));
    expect(await tokensSent('default')).toBe(`${VAULT} shared`);
  });

  it('do not open in a row of another scope, with or without a forged server', async () => {
    const { id } = await at.workspaces.create('Orders');
    await at.save(vaultForm('global', 'shared'));
    await at.save(vaultForm(id));
    const stolen = (await at.db.connections.get(['global', 'hashicorp']))?.credentials ?? null;
    for (const credentials of [stolen, stolen && { ...stolen, server: OTHER_VAULT }]) {
      await at.db.connections.update([id, 'hashicorp'], { credentials });
      expect(await codeOf(tokensSent(id))).toBe('record-moved');
    }
    expect(at.sent).toEqual([]);
  });

  it('do not open for another provider', async () => {
    await at.save(vaultForm('global', 'shared'));
    await at.save(awsForm('global'));
    const stolen = (await at.db.connections.get(['global', 'hashicorp']))?.credentials ?? null;
    await at.db.connections.update(['global', 'aws'], { credentials: stolen && { ...stolen, auth: 'keys' } });
    const connection = await at.connections.effective('default');
    expect(connection && (await codeOf(at.connections.provider(connection)))).toBe('record-moved');
  });

  it('of AWS stay good in another region of the partition, and not in another partition', async () => {
    await at.save(awsForm('global', 'aws-secret'));
    for (const [region, code] of [
      ['eu-west-1', 'done'],
      ['cn-north-1', 'record-moved'],
    ] as const) {
      await at.save(awsForm('global', undefined, region));
      const connection = await at.connections.effective('default');
      expect(connection && (await codeOf(at.connections.provider(connection)))).toBe(code);
    }
  });
});

describe('the provider of a connection', () => {
  const effective = async () => {
    const connection = await at.connections.effective('default');
    if (!connection) throw new Error('no connection');
    return connection;
  };

  it('is one for calls that come at once: each would log in', async () => {
    await at.save(vaultForm('global', 'token'));
    const connection = await effective();
    const [one, two] = await Promise.all([
      at.connections.provider(connection),
      at.connections.provider(connection),
    ]);
    expect(one).toBe(two);
  });

  it('is another after a save, also for one that was being made meanwhile', async () => {
    await at.save(vaultForm('global', 'old token'));
    const connection = await effective();
    const making = at.connections.provider(connection);
    await at.save(vaultForm('global', 'new token'));
    expect(await at.connections.provider(connection)).not.toBe(await making);
  });

  it('is asked for anew when it could not be made', async () => {
    await at.save(vaultForm('global', 'token'));
    const connection = await effective();
    await at.lock.lock();
    expect(await codeOf(at.connections.provider(connection))).toBe('locked');
    await at.lock.unlock(PASSPHRASE);
    expect(await codeOf(at.connections.provider(connection))).toBe('done');
  });

  it('does not go on with a token that was got with replaced credentials', async () => {
    await at.save(vaultForm('global', 'old token'));
    await at.session.set('secret:token:global', { token: 'got before' });
    await at.save(vaultForm('global'));
    expect(at.items.has('secret:token:global')).toBe(true);
    await at.save(vaultForm('global', 'new token'));
    expect(at.items.has('secret:token:global')).toBe(false);
  });
});

describe('what hangs on a connection', () => {
  const setUp = async () => {
    await at.save(vaultForm('global', 'shared'));
    const { id } = await at.workspaces.create('Orders');
    await at.db.environments.bulkAdd([
      environmentRow('api', { version: '1', pulledAt: 1 }),
      environmentRow('own', { workspaceId: id, version: '1', pulledAt: 1 }),
    ]);
    await at.save(vaultForm(id, 'own'));
    await at.values.put(
      new Map([
        ['api', pulled('orders/api', 'one')],
        ['own', pulled('orders/own', 'two')],
      ]),
    );
    await at.db.grants.bulkAdd([
      grant('g1', 'api'),
      grant('g2', 'own'),
      grant('g3', 'api', { proposed: true }),
    ]);
    at.sweeps.length = 0;
    return id;
  };

  it('stays when the connection is saved as it was', async () => {
    await setUp();
    await at.save(vaultForm('global', 'another token'));
    expect(await at.values.get('api')).not.toBeNull();
    expect(await at.db.grants.count()).toBe(3);
    expect(at.sweeps).toEqual([]);
  });

  it.each([
    ['server', vaultForm('global', 'shared', { url: OTHER_VAULT })],
    ['engine', vaultForm('global', 'shared', { enginePath: 'other/kv' })],
    ['provider', awsForm('global', 'aws-secret')],
  ])(
    'goes with another %s: values, versions, grants and rules; not a proposal, not another workspace’s',
    async (_, form) => {
      await setUp();
      await at.save(form);
      expect(await at.values.get('api')).toBeNull();
      expect((await at.db.environments.get('api'))?.version).toBeUndefined();
      expect((await at.values.get('own'))?.variables[0]?.text).toBe('two');
      expect(await at.db.grants.toCollection().primaryKeys()).toEqual(['g2', 'g3']);
      expect(at.sweeps).toEqual(['all']);
    },
  );

  it('goes also when the worker dies between the save and that', async () => {
    await setUp();
    const dies = Promise.withResolvers<never>();
    void at.changes.around(
      'global',
      () => 'another',
      async () => {
        await at.connections.save(vaultForm('global', 'token', { url: OTHER_VAULT }));
        return dies.promise;
      },
    );
    await vi.waitFor(async () =>
      expect((await at.connections.view('global')).hashicorp.url).toBe(OTHER_VAULT),
    );
    expect(Object.keys(await at.values.summaries())).not.toEqual([]);
    await at.changes.resume();
    expect(Object.keys(await at.values.summaries())).toEqual(['own']);
    await at.values.put(new Map([['api', pulled('orders/api', 'of the new one')]]));
    await at.changes.resume();
    expect(Object.keys(await at.values.summaries())).toEqual(['own', 'api']);
  });

  it('goes with an override and with its reset, for that workspace alone', async () => {
    const id = await setUp();
    await at.changes.around(
      id,
      async () => (await at.connections.effectiveIn('global'))?.identity ?? null,
      () => at.connections.forget(id),
    );
    expect(await at.values.get('own')).toBeNull();
    expect(await at.values.get('api')).not.toBeNull();
    expect((await at.db.environments.get('own'))?.name).toBe('own');
    expect(await at.db.grants.toCollection().primaryKeys()).toEqual(['g1', 'g3']);
  });

  it('leaves no draft with values and version of the server before, for the same version of the next', async () => {
    await setUp();
    const pull = (text: string) => {
      const variables = [{ name: 'KEY', type: 'string' as const, text }];
      const pulled = { path: 'orders/api', version: '1', pulledAt: 1, form: 'object' as const, variables };
      return at.values.put(new Map([['api', pulled]]));
    };
    await pull('before');
    const row = async () => environmentRow('api');
    // Edited there and back: nothing is unsaved, but there is a way back to keep.
    for (const text of ['typed', 'before']) {
      const edit = { op: 'set', name: 'KEY', type: 'string', text } as const;
      await at.drafts.change(row, (draft) => editDraft(draft, [edit]));
    }
    await at.save(vaultForm('global', 'shared', { url: OTHER_VAULT }));
    expect(await at.drafts.open(await row())).toBeNull();
    await pull('after');
    expect((await at.drafts.open(await row()))?.mine).toMatchObject([{ text: 'after' }]);
  });

  it('counts what is typed while a change of the connection waits for a job', async () => {
    await setUp();
    const started = await at.jobs.start({ kind: 'push', scope: 'global', workspaceId: 'default' });
    const saving = codeOf(at.save(vaultForm('global', 'shared', { url: OTHER_VAULT })));
    await vi.waitFor(() => expect(started.signal.aborted).toBe(true));
    await at.drafts.keep(environmentRow('api'), startDraft(null));
    await at.jobs.end(started.job.id, 'cancelled', null);
    expect(await saving).toBe('edited-first');
    expect(await at.connections.view('global')).toMatchObject({ hashicorp: { url: VAULT } });
  });

  it('holds the connection fast while there are unsaved edits of what was pulled from it', async () => {
    await setUp();
    await at.drafts.keep(environmentRow('api'), startDraft(null));
    expect(await codeOf(at.save(vaultForm('global', 'shared', { url: OTHER_VAULT })))).toBe('edited-first');
    expect(await at.connections.view('global')).toMatchObject({ hashicorp: { url: VAULT } });
    expect(await at.values.get('api')).not.toBeNull();
    expect(await codeOf(at.save(vaultForm('global', 'a fresh token')))).toBe('done');
  });
});
