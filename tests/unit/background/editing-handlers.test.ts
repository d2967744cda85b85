import { expect, it } from 'vitest';

import { createEditingHandlers, type EditingDeps } from '@/lib/background/editing-handlers';
import { AppError } from '@/lib/core/errors';
import type { Sender } from '@/lib/messaging/router';

import { codeOf } from './workspace-world';

/** What a lock leaves to be seen: names and states, no values. */
const LOOKS = ['editor/view', 'migration/view'];

/** The handlers over parts that only say what was asked of them. */
function world(calling: EditingDeps['calling']) {
  const asked: string[] = [];
  const part = (name: string) =>
    new Proxy({}, { get: (_part, method) => async () => void asked.push(`${name}.${String(method)}`) });
  const parts = ['editor', 'saving', 'history', 'linking', 'moving'].map((name) => [name, part(name)]);
  const handlers = createEditingHandlers({ ...Object.fromEntries(parts), calling } as EditingDeps);
  const page: Sender = { kind: 'page' };
  const send = async (kind: string, request: object) => {
    const handle = Reflect.get(handlers, kind) as (request: object, sender: Sender) => Promise<unknown>;
    return handle({ environmentId: 'env', choices: [], ...request }, page);
  };
  return { kinds: Object.keys(handlers), send, asked };
}
/** The two forms of the one message that asks for either of two things. */
const FORMS = [{ sync: true }, { sync: false }];

it('everything that edits or writes needs the vault open, and is asked of its part then', async () => {
  const locked = world(() => Promise.reject(new AppError('locked')));
  for (const kind of locked.kinds.filter((one) => !LOOKS.includes(one))) {
    for (const form of FORMS) expect(await codeOf(locked.send(kind, form)), kind).toBe('locked');
  }
  expect(locked.asked).toEqual([]);

  const { signal } = new AbortController();
  const open = world((work) => work(signal));
  for (const kind of open.kinds) await open.send(kind, { sync: false });
  expect(open.asked).toHaveLength(open.kinds.length);
});
