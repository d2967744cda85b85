import { AppError } from '@/lib/core/errors';
import { listInside, type InnerNames } from '@/lib/core/inner-names';
import type { Environment } from '@/lib/core/model';
import { sameValue } from '@/lib/core/same-values';
import { lookInside, type Variable } from '@/lib/core/variables';
import type { AbilitiesView, EditorView, ImportPreview } from '@/lib/messaging/editing';
import type { Edit } from '@/lib/messaging/protocol';
import type { KeyferryDb } from '@/lib/storage/db';
import { draftRows, editDraft, undoDraft, type Draft } from '@/lib/sync/draft';
import { readImport } from '@/lib/sync/import-text';

import type { Connections } from './connections';
import { countChanges, type Drafts } from './drafts';
import { variableView, type Environments } from './environments';
import type { Platform } from './ports';

interface EditorDeps {
  readonly db: KeyferryDb;
  readonly drafts: Drafts;
  readonly environments: Pick<Environments, 'view'>;
  readonly connections: Pick<Connections, 'effective' | 'provider'>;
  readonly platform: Pick<Platform, 'broadcast'>;
}

/** The environment editor: every edit is kept at once, as a sealed draft or as the session's own values. */
export function createEditor({ db, drafts, environments, connections, platform }: EditorDeps) {
  const row = async (environmentId: string): Promise<Environment> => {
    const environment = await db.environments.get(environmentId);
    if (!environment) throw new AppError('missing', { path: '' });
    return environment;
  };
  /** @throws AppError `not-pulled`: a failed load must never be saved over the secret. */
  const opened = async (environment: Environment): Promise<Draft> => {
    const draft = await drafts.open(environment);
    if (!draft) throw new AppError('not-pulled', { path: environment.path });
    return draft;
  };

  const view = async (environmentId: string): Promise<EditorView> => {
    const [environment, draft] = await Promise.all([
      environments.view(environmentId),
      drafts.open(await row(environmentId)),
    ]);
    if (!environment) throw new AppError('missing', { path: '' });
    return {
      environment,
      form: draft?.form ?? 'object',
      rows: draft && draftRows(draft).map(({ variable, change }) => ({ ...variableView(variable), change })),
      changes: draft ? countChanges(draft) : { new: 0, edited: 0, removed: 0 },
      canUndo: (draft?.past.length ?? 0) > 0,
      version: draft?.base?.version ?? null,
      creates: draft !== null && draft.base === null,
    };
  };

  const change = async (environmentId: string, next: (draft: Draft) => Draft): Promise<EditorView> => {
    await drafts.change(() => row(environmentId), next);
    platform.broadcast({ type: 'changed', area: 'environments' });
    return view(environmentId);
  };

  return {
    view,

    async abilities(environmentId: string, signal: AbortSignal): Promise<AbilitiesView> {
      const environment = await row(environmentId);
      const connection = await connections.effective(environment.workspaceId);
      if (!connection) throw new AppError('credentials-missing', { scope: environment.workspaceId });
      const provider = await connections.provider(connection);
      const [permissions, { compareAndSwap, history }] = await Promise.all([
        provider.permissions(environment.path, signal),
        provider.capabilities(signal),
      ]);
      return { permissions, compareAndSwap, history };
    },

    edit: (environmentId: string, edits: readonly Edit[]) =>
      change(environmentId, (draft) => editDraft(draft, edits)),

    undo: (environmentId: string) => change(environmentId, undoDraft),

    async discard(environmentId: string): Promise<EditorView> {
      await drafts.discard(await row(environmentId));
      platform.broadcast({ type: 'changed', area: 'environments' });
      return view(environmentId);
    },

    /** @param within The JSON variable that a dotted name leads into; left out for a variable itself. */
    async value(
      environmentId: string,
      name: string,
      side: 'mine' | 'base',
      within?: string,
    ): Promise<Variable | null> {
      const draft = await drafts.open(await row(environmentId));
      const variables = (side === 'mine' ? draft?.mine : draft?.base?.content.variables) ?? [];
      if (within !== undefined) return lookInside(variables, within, name);
      return variables.find((variable) => variable.name === name) ?? null;
    },

    /** The names inside of the draft's JSON variables, see `listInside`; no value. */
    async inside(
      environmentId: string,
      query: string,
      open: readonly (readonly [name: string, most: number])[],
    ): Promise<InnerNames[]> {
      const variables = (await drafts.open(await row(environmentId)))?.mine ?? [];
      return listInside(variables, query, open);
    },

    async importPreview(environmentId: string, text: string): Promise<ImportPreview> {
      const { mine } = await opened(await row(environmentId));
      const { format, variables, problems } = readImport(text);
      const rows = variables.map((variable) => {
        const there = mine.find(({ name }) => name === variable.name);
        const change = !there
          ? ('new' as const)
          : sameValue(there, variable)
            ? ('same' as const)
            : ('edited' as const);
        return { ...variableView(variable), change, line: variable.line };
      });
      return { format, rows, problems };
    },

    import: (environmentId: string, text: string, names: readonly string[]) =>
      change(environmentId, (draft) => {
        const chosen = new Set(names);
        return editDraft(
          draft,
          readImport(text)
            .variables.filter(({ name }) => chosen.has(name))
            .map(({ name, type, text: value }) => ({ op: 'set', name, type, text: value })),
        );
      }),
  };
}

export type Editor = ReturnType<typeof createEditor>;
