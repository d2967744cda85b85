/** Editing and pushing by messages, as the editor's screens do it. */
import { expect } from '@playwright/test';
import { AppError } from '@/lib/core/errors';
import type { ErrorCode } from '@/lib/core/errors';
import type { MigrationView, PushView } from '@/lib/messaging/editing';
import type { Client } from '@/lib/messaging/client';
import type { JobView } from '@/lib/messaging/views';
import { environmentsOf, jobOver, WORKSPACE } from './set-up';

/** The id of the environment at a path. */
export async function idOf(send: Client, path: string): Promise<string> {
  const environment = (await environmentsOf(send)).get(path);
  if (!environment) throw new Error(`no environment at ${path}`);
  return environment.id;
}

/** Types values into the editor, all as one step. */
export function setAll(send: Client, environmentId: string, values: Readonly<Record<string, string>>) {
  const edits = Object.entries(values).map(
    ([name, text]) => ({ op: 'set', name, type: 'string', text }) as const,
  );
  return send('editor/edit', { environmentId, edits });
}

/** Save: reviews and commits, taking mine in every conflict that the review shows. */
export async function save(send: Client, environmentId: string): Promise<PushView> {
  const { id, conflicts } = await send('push/review', { environmentId });
  const choices = conflicts.map(({ name }): [string, 'mine'] => [name, 'mine']);
  return send('push/commit', { reviewId: id, choices });
}

/** Bulk push, and the job as it ended. */
export async function pushAll(send: Client, environmentIds?: string[]): Promise<JobView> {
  const { id } = await send('push/bulk', {
    workspaceId: WORKSPACE,
    ...(environmentIds ? { environmentIds } : {}),
  });
  return jobOver(send, id);
}

/** A move as it came to rest. */
export async function moveOver(send: Client, environmentId: string): Promise<MigrationView | null> {
  let view: MigrationView | null = null;
  const state = async () => {
    view = await send('migration/view', { environmentId });
    return view?.state;
  };
  await expect.poll(state, { timeout: 30_000, intervals: [20, 50, 100] }).not.toBe('running');
  return view;
}

/** The code that a message was refused with, `done` when it was not. */
export const codeOf = (work: Promise<unknown>): Promise<ErrorCode | 'done'> =>
  work.then(
    () => 'done',
    (error: unknown) => {
      if (error instanceof AppError) return error.code;
      throw error;
    },
  );

/** Numbers in [0, 1) that are the same for the same seed (mulberry32), so that a failure can be run again. */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
