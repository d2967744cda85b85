import { describe, expect, it } from 'vitest';

import { AppError } from '@/lib/core/errors';
import type { SecretContent } from '@/lib/core/variables';
import type { SecretRecord } from '@/lib/providers/contract';
import { commitPush, pushBlind, reviewPush } from '@/lib/sync/push';

const secret = (values: Record<string, string>): SecretContent => ({
  form: 'object',
  variables: Object.entries(values).map(([name, text]) => ({ name, type: 'string', text })),
});
const values = (content: SecretContent) =>
  Object.fromEntries(content.variables.map(({ name, text }) => [name, text]));
const { signal } = new AbortController();

/** A provider of one secret with compare-and-swap, where others may write before any of our writes. */
function store(start: Record<string, string> | null, others: Record<string, string>[] = []) {
  let version = start ? 1 : 0;
  let content = start ? secret(start) : null;
  const calls: string[] = [];
  return {
    calls,
    now: () => content && values(content),
    record: (): SecretRecord | null => content && { path: 'p', version: String(version), content },
    provider: {
      check: () => undefined,
      read: async () => {
        calls.push('read');
        return content && { path: 'p', version: String(version), content };
      },
      write: async (...[, mine, expected]: Parameters<Parameters<typeof commitPush>[0]['write']>) => {
        calls.push('write');
        const other = others.shift();
        if (other) {
          version += 1;
          content = secret(other);
        }
        const current = content ? String(version) : null;
        if ((expected.state === 'absent' ? null : expected.version) !== current)
          throw new AppError('conflict');
        version += 1;
        content = mine;
        return { version: String(version) };
      },
    },
  };
}

describe('a push', () => {
  it('writes once, against the pulled version, when nobody else wrote', async () => {
    const at = store({ a: '1', b: '1' });
    const outcome = await pushBlind(
      at.provider,
      { path: 'p', base: at.record(), mine: secret({ a: '2', b: '1' }) },
      signal,
    );
    expect(outcome).toMatchObject({ state: 'pushed', version: '2' });
    expect(at.now()).toEqual({ a: '2', b: '1' });
    expect(at.calls).toEqual(['write']);
  });

  it('has as its new base what the provider tells from now on', async () => {
    const at = store({ VALUE: 'plain' });
    const object = secret({ a: '1' });
    const write: typeof at.provider.write = async (...args) => ({
      ...(await at.provider.write(...args)),
      content: object,
    });
    const mine: SecretContent = {
      form: 'text',
      variables: [{ name: 'VALUE', type: 'string', text: '{"a":"1"}' }],
    };
    const outcome = await pushBlind(
      { ...at.provider, write },
      { path: 'p', base: at.record(), mine },
      signal,
    );
    expect(outcome).toMatchObject({ state: 'pushed', version: '2', content: object });
  });

  it('writes nothing when nothing changed', async () => {
    const at = store({ a: '1' });
    const outcome = await pushBlind(
      at.provider,
      { path: 'p', base: at.record(), mine: secret({ a: '1' }) },
      signal,
    );
    expect(outcome.state).toBe('nothing');
    expect(at.calls).toEqual([]);
  });

  it('merges what others wrote meanwhile', async () => {
    const at = store({ a: '1', b: '1' }, [{ a: '1', b: '9', c: 'new' }]);
    const outcome = await pushBlind(
      at.provider,
      { path: 'p', base: at.record(), mine: secret({ a: '2', b: '1' }) },
      signal,
    );
    expect(outcome.state).toBe('pushed');
    expect(at.now()).toEqual({ a: '2', b: '9', c: 'new' });
  });

  it('shows an overlap and writes nothing, then writes what was chosen', async () => {
    const at = store({ a: '1' }, [{ a: '9', c: 'theirs' }]);
    const request = { path: 'p', base: at.record(), mine: secret({ a: '2' }) };
    const outcome = await pushBlind(at.provider, request, signal);
    expect(outcome.state).toBe('conflict');
    expect(at.now()).toEqual({ a: '9', c: 'theirs' });
    const chosen = { ...request, choices: new Map([['a', 'mine' as const]]) };
    await commitPush(at.provider, chosen, await reviewPush(at.provider, chosen, signal), signal);
    expect(at.now()).toEqual({ a: '2', c: 'theirs' });
  });

  it('asks again when a choice was made against a version that is old by now', async () => {
    const at = store({ a: '9' }, [{ a: '10' }]);
    const request = {
      path: 'p',
      base: { version: '0', content: secret({ a: '1' }) },
      mine: secret({ a: '2' }),
    };
    const chosen = { ...request, choices: new Map([['a', 'mine' as const]]) };
    const outcome = await commitPush(
      at.provider,
      chosen,
      await reviewPush(at.provider, chosen, signal),
      signal,
    );
    expect(outcome.state).toBe('conflict');
    expect(at.now()).toEqual({ a: '10' });
  });

  it('gives up after three newer versions', async () => {
    const at = store(
      { a: '1', n: '0' },
      ['1', '2', '3', '4'].map((n) => ({ a: '1', n })),
    );
    const request = { path: 'p', base: at.record(), mine: secret({ a: '2', n: '0' }) };
    await expect(pushBlind(at.provider, request, signal)).rejects.toMatchObject({ code: 'conflict-again' });
    expect(at.now()).toMatchObject({ a: '1' });
  });

  it('makes a new secret only where nothing is', async () => {
    const free = store(null);
    await pushBlind(free.provider, { path: 'p', base: null, mine: secret({ a: '1' }) }, signal);
    expect(free.now()).toEqual({ a: '1' });
    const taken = store({ other: '1' });
    await expect(
      pushBlind(taken.provider, { path: 'p', base: null, mine: secret({ a: '1' }) }, signal),
    ).rejects.toMatchObject({
      code: 'path-taken',
    });
    expect(taken.now()).toEqual({ other: '1' });
  });

  it('does not bring a secret back that is gone at the provider', async () => {
    const at = store(null);
    const request = {
      path: 'p',
      base: { version: '4', content: secret({ a: '1' }) },
      mine: secret({ a: '2' }),
    };
    await expect(pushBlind(at.provider, request, signal)).rejects.toMatchObject({ code: 'missing' });
    expect(at.now()).toBeNull();
  });
});
