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

/**
 * The messages of the environment editor and of everything that writes. All of them need the vault open, but for looks
 * at what a lock leaves: while locked an edit or an unlink would take the values that are gone for none.
 */
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
  const open = <Result>(work: () => Promise<Result>): Promise<Result> => calling(() => work());
  return {
    'environment/create': ({ workspaceId, name, sync, path }) =>
      calling((signal) => linking.create(workspaceId, name, sync, path ?? '', signal)),
    'environment/rename': ({ environmentId, name }) => open(() => linking.rename(environmentId, name)),
    'environment/path-state': ({ workspaceId, path, environmentId }) =>
      calling((signal) => linking.pathState(workspaceId, path, environmentId, signal)),
    'environment/sync': (request) =>
      request.sync
        ? calling((signal) => linking.link(request.environmentId, request.path, request.join, signal))
        : open(() => linking.unlink(request.environmentId)),
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
    'editor/edit': ({ environmentId, edits }) => open(() => editor.edit(environmentId, edits)),
    'editor/undo': ({ environmentId }) => open(() => editor.undo(environmentId)),
    'editor/discard': ({ environmentId }) => open(() => editor.discard(environmentId)),
    'editor/value': ({ environmentId, name, side, within }) =>
      open(() => editor.value(environmentId, name, side, within)),
    'editor/inside': (request) =>
      open(() => editor.inside(request.environmentId, request.query, request.open)),
    'editor/import-preview': ({ environmentId, text }) =>
      open(() => editor.importPreview(environmentId, text)),
    'editor/import': ({ environmentId, text, names }) =>
      open(() => editor.import(environmentId, text, names)),

    'push/review': ({ environmentId }) => calling((signal) => saving.review(environmentId, signal)),
    'push/commit': ({ reviewId, choices }) =>
      calling((signal) => saving.commit(reviewId, new Map(choices), signal)),
    'push/value': ({ reviewId, name, side }) => open(() => saving.value(reviewId, name, side)),
    'push/bulk': ({ workspaceId, environmentIds }) => open(() => saving.bulk(workspaceId, environmentIds)),

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
      open(() => moving.start(environmentId, path, permanent ?? false)),
    'migration/resume': ({ environmentId, withoutMetadata }) =>
      open(() => moving.resume(environmentId, withoutMetadata)),
    'migration/abandon': ({ environmentId }) =>
      open(async () => {
        await moving.abandon(environmentId);
        return null;
      }),
  };
}
