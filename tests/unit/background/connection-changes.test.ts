import { describe, expect, it, vi } from 'vitest';

import type { EffectiveConnection } from '@/lib/background/connections';
import { createPulls } from '@/lib/background/pulls';
import type { SecretRecord } from '@/lib/providers/contract';
import type { WritableProvider } from '@/lib/providers/write-contract';

import { secret } from '../sync/memory-provider';
import { codeOf, editingWorld, signal, type EditingWorld, WORKSPACE } from './editing-world';
import { environmentRow, OTHER_VAULT, VAULT, vaultForm, workspaceWorld } from './workspace-world';

/** Paths and version numbers of two servers are often the same, so nothing but what they hold tells them apart. */
const PATH = 'orders/api';
const formOf = (url: string) => vaultForm('global', 'shared', { url });
const next = formOf(OTHER_VAULT);

const turns = async (count: number) => {
  for (let turn = 0; turn < count; turn += 1) await new Promise((resolve) => setImmediate(resolve));
};

/** The background's real parts, with two servers that answer with their own address after a while. */
async function pullingWorld(answer: () => Promise<void>) {
  const at = await workspaceWorld();
  const asked: string[] = [];
  const signals: AbortSignal[] = [];
  const under: Promise<unknown>[] = [];
  const provider = async ({ form }: EffectiveConnection): Promise<WritableProvider> => {
    const url = form.provider === 'hashicorp' ? form.settings.url : '';
    const pull: WritableProvider['pull'] = async ({ only, known }, sink, abort) => {
      asked.push(url);
      signals.push(abort);
      sink.listed(1);
      await answer();
      abort.throwIfAborted();
      for (const path of only ?? [PATH]) {
        if (known.get(path) === '1') sink.unchanged(path);
        else sink.secret({ path, version: '1', content: secret({ KEY: url }) } satisfies SecretRecord);
      }
    };
    return { pull } as WritableProvider;
  };
  const pulls = createPulls({
    ...at,
    connections: { ...at.connections, provider },
    platform: {
      ...at.platform,
      keepAwake<Result>(work: Promise<Result>) {
        under.push(work);
        return work;
      },
    },
    onPulled: async () => {},
  });
  await at.save(vaultForm('global', 'shared'));
  await at.db.environments.add(environmentRow('api', { path: PATH }));
  return {
    ...at,
    pulls,
    asked,
    signals,
    async idle() {
      while (under.length > 0) await Promise.allSettled(under.splice(0));
    },
    held: async () => (await at.values.get('api'))?.variables[0]?.text ?? null,
  };
}

/** To and fro between the servers: a change at each offset from a pull, from before its first step to after its last. */
async function* changes(answer: () => Promise<void>) {
  const at = await pullingWorld(answer);
  for (let offset = 0; offset < 60; offset += 1) {
    const [before, after] = offset % 2 === 0 ? [VAULT, OTHER_VAULT] : [OTHER_VAULT, VAULT];
    at.asked.length = 0;
    yield { at, offset, before, after, change: () => at.save(formOf(after)) };
  }
}

describe('a pull and a change of the connection at the same time', () => {
  // Answered at once, while it is changed, and after.
  const ANSWERS = [0, 10, 80];

  it.each(ANSWERS)('leaves no value of the server before, whichever comes first (%d)', async (late) => {
    for await (const { at, offset, before, after, change } of changes(() => turns(late))) {
      await at.pulls.one('api');
      await at.idle();
      expect(await at.held()).toBe(before);
      const changing = change();
      await turns(offset);
      await at.pulls.one('api').catch(() => null);
      await Promise.all([changing, at.idle()]);
      const held = await at.held();
      expect([null, after]).toContain(held);
      // Nor a version, by which what is here would be called unchanged.
      if (held === null) expect((await at.db.environments.get('api'))?.version).toBeUndefined();
      await at.pulls.all('global', WORKSPACE, null);
      await at.idle();
      expect(await at.held()).toBe(after);
    }
  });

  it.each(ANSWERS)(
    "brings a page's request the values of the server that there is then (%d)",
    async (late) => {
      for await (const { at, offset, before, after, change } of changes(() => turns(late))) {
        const changing = change();
        await turns(offset);
        await Promise.all([changing, at.pulls.awaited('api')]);
        expect(at.asked.filter((url) => url === before).length).toBeLessThan(2);
        expect(at.asked.at(-1)).toBe(after);
        expect(await at.held()).toBe(after);
      }
    },
  );

  it('ends the pull, which makes no environments of what the server before holds', async () => {
    const saved = Promise.withResolvers<void>();
    const at = await pullingWorld(() => saved.promise);
    await at.db.environments.clear();
    const changing = at.changes.around(
      'global',
      () => at.connections.identityAfter(next),
      async () => {
        // The change has ended what ran; this one began since.
        await at.pulls.all('global', WORKSPACE, null);
        await at.connections.save(next);
        saved.resolve();
      },
    );
    await Promise.all([changing, at.idle()]);
    expect(at.asked).toEqual([VAULT]);
    expect(at.jobs.current()?.state).toBe('cancelled');
    expect(await at.db.environments.count()).toBe(0);
    expect((await at.db.workspaces.get(WORKSPACE))?.lastPullAt).toBeNull();
  });

  it('brings them also where the change that ended the pull was refused', async () => {
    const answer = Promise.withResolvers<void>();
    const at = await pullingWorld(() => answer.promise);
    const arrived = at.pulls.awaited('api');
    await vi.waitFor(() => expect(at.asked).toEqual([VAULT]));
    const refused = codeOf(
      at.changes.around(
        'global',
        () => 'another',
        () => Promise.reject(new Error('refused')),
      ),
    );
    await vi.waitFor(() => expect(at.signals[0]?.aborted).toBe(true));
    answer.resolve();
    await Promise.all([arrived, refused]);
    expect(at.asked).toEqual([VAULT, VAULT]);
    expect(await at.held()).toBe(VAULT);
  });
});

describe('what is under way at the server before', () => {
  async function world(call: 'read' | 'write') {
    const gate = { wait: Promise.resolve(), reached: () => {} };
    const at = await editingWorld({
      gate: async (made) => {
        if (made !== call) return;
        gate.reached();
        await gate.wait;
      },
    });
    at.remote.put(PATH, secret({ KEY: 'before' }));
    await at.pullAll();
    return { at, id: await at.idOf(PATH), gate };
  }
  /** The connection becomes another once the work waits for its answer. */
  async function moved<Result>(
    at: EditingWorld,
    gate: { wait: Promise<void>; reached: () => void },
    work: () => Promise<Result>,
  ) {
    const answer = Promise.withResolvers<void>();
    const reached = Promise.withResolvers<void>();
    Object.assign(gate, { wait: answer.promise, reached: reached.resolve });
    const working = codeOf(work());
    await reached.promise;
    at.server.identity = 'another';
    await at.worker.values.forget((await at.db.environments.toArray()).map(({ id }) => id));
    await at.db.environments.toCollection().modify({ version: undefined });
    answer.resolve();
    return working;
  }
  const nothingOf = async (at: EditingWorld, id: string) => {
    expect(await at.worker.values.get(id)).toBeNull();
    expect((await at.db.environments.get(id))?.version).toBeUndefined();
  };

  it('a save is written there, and not taken for what is here', async () => {
    const { at, id, gate } = await world('write');
    await at.set(id, 'KEY', 'mine');
    expect(await moved(at, gate, () => at.save(id))).toBe('done');
    expect(at.remote.live(PATH)).toEqual({ KEY: 'mine' });
    await nothingOf(at, id);
  });

  it('a review is over: nothing is written here over what was read there', async () => {
    const { at, id, gate } = await world('read');
    await at.set(id, 'KEY', 'mine');
    let reviewId = '';
    const reviewing = async () => {
      reviewId = (await at.worker.saving.review(id, signal)).id;
    };
    expect(await moved(at, gate, reviewing)).toBe('done');
    expect(await codeOf(at.worker.saving.commit(reviewId, new Map(), signal))).toBe('review-over');
    expect(at.remote.live(PATH)).toEqual({ KEY: 'before' });
  });

  it('a review that finds nothing to push leaves nothing', async () => {
    const { at, id, gate } = await world('read');
    await at.set(id, 'KEY', 'the same');
    at.remote.put(PATH, secret({ KEY: 'the same' }));
    await moved(at, gate, () => at.worker.saving.review(id, signal));
    await nothingOf(at, id);
  });

  it('a restored version is not taken for what is here', async () => {
    const { at, id, gate } = await world('write');
    expect(await moved(at, gate, () => at.worker.history.restore(id, '1', '1', signal))).toBe('done');
    await nothingOf(at, id);
  });

  it('an old version of there is not shown as one of here', async () => {
    const { at, id } = await world('read');
    const value = async () => (await at.worker.history.value(id, '1', 'KEY', signal))?.text;
    expect(await value()).toBe('before');
    at.server.identity = 'another';
    vi.spyOn(at.remote, 'version').mockReturnValue({
      ...{ path: PATH, version: '1', content: secret({ KEY: 'of here' }) },
    });
    expect(await value()).toBe('of here');
  });

  it('an environment is not made or linked by what was found there', async () => {
    const { at, id, gate } = await world('read');
    at.remote.put('orders/else', secret({ KEY: 'else' }));
    const { linking } = at.worker;
    const making = () => linking.create(WORKSPACE, 'Else', true, 'orders/else', signal);
    expect(await moved(at, gate, making)).toBe('cancelled');
    expect(await at.db.environments.count()).toBe(1);
    expect(await moved(at, gate, () => linking.link(id, 'orders/else', 'theirs', signal))).toBe('done');
    at.server.identity = 'global';
    expect(await moved(at, gate, () => linking.link(id, PATH, 'merge', signal))).toBe('cancelled');
    expect((await at.db.environments.get(id))?.path).toBe('orders/else');
  });
});
