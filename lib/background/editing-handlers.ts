import type { Handlers } from '@/lib/messaging/router';

import type { Editor } from './editor';
import type { History } from './history';
import type { Linking } from './linking';
import type { Moving } from './moving';
import type { Saving } from './saving';

export interface EditingDeps {
  readonly editor: Editor;
  readonly saving: Saving;
  readonly history: History;
  readonly linking: Linking;
  readonly moving: Moving;
  /** Runs provider calls: the worker stays awake for them, and a lock aborts them. */
  readonly calling: <Result>(work: (signal: AbortSignal) => Promise<Result>) => Promise<Result>;
}

type EditingMessage = Extract<
  keyof Handlers,
  `editor/${string}` | `push/${string}` | `history/${string}` | `migration/${string}`
>;

/** The messages of the environment editor and of everything that writes. All of them need the vault open. */
export function createEditingHandlers(
  deps: EditingDeps,
): Pick<
  Handlers,
  | EditingMessage
  | 'environment/create'
  | 'environment/rename'
  | 'environment/path-state'
  | 'environment/sync'
  | 'environment/delete'
> {
  const { editor, saving, history, linking, moving, calling } = deps;
  return {
    'environment/create': ({ workspaceId, name, sync, path }) =>
      calling((signal) => linking.create(workspaceId, name, sync, path ?? '', signal)),
    'environment/rename': ({ environmentId, name }) => linking.rename(environmentId, name),
    'environment/path-state': ({ workspaceId, path, environmentId }) =>
      calling((signal) => linking.pathState(workspaceId, path, environmentId, signal)),
    'environment/sync': (request) =>
      request.sync
        ? calling((signal) => linking.link(request.environmentId, request.path, request.join, signal))
        : linking.unlink(request.environmentId),
    'environment/delete': ({ environmentId, where, days, permanent }) =>
      calling((signal) =>
        linking.delete(
          environmentId,
          where,
          { ...(days === undefined ? {} : { days }), ...(permanent === undefined ? {} : { permanent }) },
          signal,
        ),
      ),

    'editor/view': ({ environmentId }) => editor.view(environmentId),
    'editor/abilities': ({ environmentId }) => calling((signal) => editor.abilities(environmentId, signal)),
    'editor/edit': ({ environmentId, edits }) => editor.edit(environmentId, edits),
    'editor/undo': ({ environmentId }) => editor.undo(environmentId),
    'editor/discard': ({ environmentId }) => editor.discard(environmentId),
    'editor/value': ({ environmentId, name, side }) => editor.value(environmentId, name, side),
    'editor/import-preview': ({ environmentId, text }) => editor.importPreview(environmentId, text),
    'editor/import': ({ environmentId, text, names }) => editor.import(environmentId, text, names),

    'push/review': ({ environmentId }) => calling((signal) => saving.review(environmentId, signal)),
    'push/commit': ({ reviewId, choices }) =>
      calling((signal) => saving.commit(reviewId, new Map(choices), signal)),
    'push/value': ({ reviewId, name, side }) => saving.value(reviewId, name, side),
    'push/bulk': ({ workspaceId, environmentIds }) => calling(() => saving.bulk(workspaceId, environmentIds)),

    'history/list': ({ environmentId }) => calling((signal) => history.list(environmentId, signal)),
    'history/compare': ({ environmentId, before, after }) =>
      calling((signal) => history.compare(environmentId, before, after, signal)),
    'history/value': ({ environmentId, version, name }) =>
      calling((signal) => history.value(environmentId, version, name, signal)),
    'history/restore': ({ environmentId, version, current }) =>
      calling((signal) => history.restore(environmentId, version, current, signal)),
    'history/undelete': ({ environmentId, version }) =>
      calling(async (signal) => {
        await history.undelete(environmentId, version ?? null, signal);
        return null;
      }),

    'migration/view': ({ environmentId }) => moving.view(environmentId),
    'migration/start': ({ environmentId, path, permanent }) =>
      calling(() => moving.start(environmentId, path, permanent ?? false)),
    'migration/resume': ({ environmentId }) => calling(() => moving.resume(environmentId)),
    'migration/abandon': async ({ environmentId }) => {
      await moving.abandon(environmentId);
      return null;
    },
  };
}
