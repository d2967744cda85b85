import type { Configuration, FileEnvironment, FileWorkspace } from '@/lib/core/configuration';
import { AppError } from '@/lib/core/errors';
import type { Environment, Scope } from '@/lib/core/model';
import { looksLikeProduction, pathProblem } from '@/lib/core/paths';
import type { ImportNote } from '@/lib/messaging/configuration';
import type { WorkspaceRow } from '@/lib/storage/db';

import { failure, type Add, type Here, type Matches } from './configuration-items';
import type { Stored } from './configuration-stored';

/** The provider that a workspace will use, for the rules of its paths. */
function providerOf(
  workspace: FileWorkspace,
  file: Configuration,
  local: WorkspaceRow | undefined,
  { scopes }: Stored,
) {
  const scoped = (scope: Scope | undefined) => scopes.find((row) => row.scope === scope)?.provider;
  return (
    workspace.connection?.provider ??
    scoped(local?.id) ??
    file.global?.provider ??
    scoped('global') ??
    'hashicorp'
  );
}

/** What a new environment without Vault Sync shows in place of a path. */
const SYNC_OFF = { field: 'sync', before: null, after: String(false) };

/** A file sets marks of production and takes none away; whoever points elsewhere loses its grants. */
export function planEnvironments(
  workspace: FileWorkspace,
  file: Configuration,
  matches: Matches,
  here: Here,
  add: Add,
): void {
  const { stored, edited } = here;
  const local = matches.workspaces.get(workspace.id);
  const provider = providerOf(workspace, file, local, stored);
  const linked = new Map(
    stored.environments
      .filter(({ sync, workspaceId }) => sync && workspaceId === local?.id)
      .map((row) => [row.path, row]),
  );
  const refusalOf = (one: FileEnvironment, row: Environment | null, moved: boolean): AppError | null => {
    if (row && row.sync !== one.sync) return new AppError('sync-differs', { name: row.name });
    const problem = one.sync && (!row || moved) ? pathProblem(provider, one.path) : null;
    if (problem) return new AppError('path-invalid', { path: one.path, problem });
    const holder = linked.get(one.path);
    if (one.sync && holder && holder.id !== row?.id) {
      return new AppError('path-taken', { path: one.path, name: holder.name });
    }
    if (row && moved && stored.moving.has(row.id)) return new AppError('move-first', { name: row.name });
    if (row && moved && edited.has(row.id)) return new AppError('edited-first', { name: row.name });
    return null;
  };

  for (const one of workspace.environments) {
    const row = matches.environments.get(one.id) ?? null;
    const moved = row !== null && one.sync && row.path !== one.path;
    const production = one.production || (row ? row.production : one.sync && looksLikeProduction(one.path));
    const fields = row
      ? [
          ...(row.name === one.name.trim()
            ? []
            : [{ field: 'name', before: row.name, after: one.name.trim() }]),
          ...(moved ? [{ field: 'path', before: row.path, after: one.path }] : []),
          ...(row.production === production
            ? []
            : [{ field: 'production', before: String(row.production), after: String(production) }]),
        ]
      : [one.sync ? { field: 'path', before: null, after: one.path } : SYNC_OFF];
    const notes: ImportNote[] = [
      ...(production && !one.production ? (['production-kept'] as const) : []),
      ...(moved ? (['grants-dropped'] as const) : []),
    ];
    const refusal = refusalOf(one, row, moved);
    add(
      `environment:${one.id}`,
      one.name.trim(),
      workspace.name,
      !row ? 'new' : fields.length > 0 ? 'changed' : 'same',
      { kind: 'environment', workspace: workspace.id, file: one, local: row, production, moved },
      {
        fields,
        notes,
        refusal: refusal && failure(refusal),
        needs: local ? [] : [`workspace:${workspace.id}`],
      },
    );
  }
}
