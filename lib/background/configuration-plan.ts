import type { Configuration, FileEnvironment, FileTester, FileWorkspace } from '@/lib/core/configuration';
import { AppError, toAppError } from '@/lib/core/errors';
import type {
  Environment,
  Grant,
  LockSettings,
  ProviderKind,
  ProviderSettings,
  Scope,
  Tester,
} from '@/lib/core/model';
import { isLoopback } from '@/lib/core/origins';
import { looksLikeProduction, pathProblem } from '@/lib/core/paths';
import type { ConfigurationItem, ImportNote } from '@/lib/messaging/configuration';
import type { WorkspaceRow } from '@/lib/storage/db';

import { planConnection, type ConnectionPlan } from './configuration-connection';
import type { Stored } from './configuration-stored';
import { stricter, type PolicyInForce } from './policy';
import { sameName } from './workspaces';

/** What stands here, as far as a file is compared with it. */
export interface Here {
  readonly stored: Stored;
  readonly lock: LockSettings;
  /** Environments with unsaved changes. */
  readonly edited: ReadonlySet<string>;
  readonly policy: Pick<PolicyInForce, 'checkForm' | 'checkTester' | 'checkDestination'>;
  /** Whether the browser gives access to a site. */
  readonly hasAccess: (origin: string) => boolean;
}

/** What an item writes once it is chosen. Ids are the file's: what they are here is found when it is written. */
export type Write =
  | { readonly kind: 'lock'; readonly settings: LockSettings }
  | ({ readonly kind: 'connection'; readonly scope: Scope } & ConnectionPlan)
  | { readonly kind: 'workspace'; readonly file: FileWorkspace; readonly local: WorkspaceRow | null }
  | {
      readonly kind: 'environment';
      readonly workspace: string;
      readonly file: FileEnvironment;
      readonly local: Environment | null;
      readonly production: boolean;
      readonly moved: boolean;
    }
  | {
      readonly kind: 'tester';
      readonly workspace: string;
      readonly file: FileTester;
      readonly local: Tester | null;
    }
  | {
      readonly kind: 'grant';
      readonly origin: string;
      readonly environment: string;
      readonly destination: string;
    };

export interface PlannedItem {
  readonly view: ConfigurationItem;
  readonly write: Write;
}

/** The file's ids of what is here already. */
export interface Matches {
  readonly workspaces: ReadonlyMap<string, WorkspaceRow>;
  readonly environments: ReadonlyMap<string, Environment>;
}

export interface Plan {
  readonly items: readonly PlannedItem[];
  readonly matches: Matches;
}

type Part = Partial<Pick<ConfigurationItem, 'provider' | 'refusal' | 'fields' | 'notes' | 'needs'>>;

/** Compares a file with what is here. Pure: nothing is changed, nobody is asked. */
export function planConfiguration(file: Configuration, here: Here): Plan {
  const items: PlannedItem[] = [];
  const refused = new Map<string, ConfigurationItem['refusal']>();
  const add = (
    id: string,
    name: string,
    workspace: string | null,
    change: 'new' | 'changed' | 'same',
    write: Write,
    { refusal = null, provider = null, fields = [], notes = [], needs = [] }: Part = {},
  ) => {
    // What cannot come takes along what hangs on it.
    const why = refusal ?? needs.map((need) => refused.get(need)).find((found) => found) ?? null;
    if (why) refused.set(id, why);
    const shown = why ? ('refused' as const) : change;
    const { kind } = write;
    const view = { id, kind, workspace, name, provider, change: shown, refusal: why, fields, notes, needs };
    items.push({ view, write });
  };

  if (file.lock) planLock(file.lock, here.lock, add);
  const matches = match(file, here.stored);
  const connections = (scope: Scope, fileId: string, workspace: FileWorkspace | null) => {
    const given = workspace ? workspace.connection : file.global;
    if (!given) return;
    const isNew = workspace !== null && !matches.workspaces.has(workspace.id);
    const active = `connection:${fileId}:${given.provider}`;
    const hasScope = here.stored.scopes.some((row) => row.scope === scope);
    // The one that the scope uses comes first: the other one is nothing without it.
    for (const provider of [given.provider, other(given.provider)]) {
      const settings = given[provider];
      if (!settings) continue;
      const form = { provider, settings } as ProviderSettings;
      const { change, write, fields, notes, refusal } = planConnection(
        scope,
        form,
        provider === given.provider,
        here,
      );
      add(
        `connection:${fileId}:${provider}`,
        serverName(form),
        workspace?.name ?? null,
        change,
        { kind: 'connection', scope: fileId, ...write },
        {
          provider,
          fields,
          notes,
          refusal,
          needs: [
            ...(isNew ? [`workspace:${fileId}`] : []),
            ...(!hasScope && provider !== given.provider ? [active] : []),
          ],
        },
      );
    }
  };

  connections('global', 'global', null);
  for (const workspace of file.workspaces) {
    planWorkspace(workspace, matches, here, add);
    const local = matches.workspaces.get(workspace.id);
    connections(local?.id ?? NEW_SCOPE, workspace.id, workspace);
    planEnvironments(workspace, file, matches, here, add);
    planTesters(workspace, matches, here, add);
  }
  return { items, matches };
}

/** No row has it: a workspace that is yet to be made has nothing stored. */
const NEW_SCOPE = '';

type Add = (
  id: string,
  name: string,
  workspace: string | null,
  change: 'new' | 'changed' | 'same',
  write: Write,
  part?: Part,
) => void;

const other = (provider: ProviderKind): ProviderKind => (provider === 'aws' ? 'hashicorp' : 'aws');

function serverName(form: ProviderSettings): string {
  if (form.provider === 'hashicorp') return form.settings.url;
  return form.settings.endpoint === '' ? form.settings.region : form.settings.endpoint;
}

function planLock(file: LockSettings, here: LockSettings, add: Add): void {
  const settings = stricter(here, file);
  const names = ['idleMinutes', 'maxMinutes', 'clipboardSeconds'] as const;
  const changed = names.filter((name) => settings[name] !== here[name]);
  const looser = names.some((name) => settings[name] !== file[name]);
  add(
    'lock',
    '',
    null,
    changed.length > 0 ? 'changed' : 'same',
    { kind: 'lock', settings },
    {
      fields: changed.map((field) => ({
        field,
        before: String(here[field]),
        after: String(settings[field]),
      })),
      notes: looser ? ['stricter-kept'] : [],
    },
  );
}

/**
 * Who is who: workspaces by id, else by name; within them environments by id, else by path, else by name. The first
 * workspace of every Keyferry has the same id, so that one goes by its name alone.
 */
function match(file: Configuration, { workspaces, environments }: Stored): Matches {
  const found = new Map<string, WorkspaceRow>();
  const taken = new Set<string>();
  const pair = (fileId: string, row: WorkspaceRow | undefined) => {
    if (!row || taken.has(row.id)) return;
    found.set(fileId, row);
    taken.add(row.id);
  };
  for (const { id } of file.workspaces) {
    if (id !== 'default')
      pair(
        id,
        workspaces.find((row) => row.id === id),
      );
  }
  for (const { id, name } of file.workspaces) {
    if (!found.has(id))
      pair(
        id,
        workspaces.find((row) => sameName(row.name, name) && !taken.has(row.id)),
      );
  }
  const rows = new Map<string, Environment>();
  for (const { id, environments: listed } of file.workspaces) {
    const local = found.get(id);
    if (!local) continue;
    matchEnvironments(
      listed,
      environments.filter(({ workspaceId }) => workspaceId === local.id),
      rows,
    );
  }
  return { workspaces: found, environments: rows };
}

function matchEnvironments(
  listed: readonly FileEnvironment[],
  rows: readonly Environment[],
  found: Map<string, Environment>,
): void {
  const free = new Map(rows.map((row) => [row.id, row]));
  const by = (key: (one: Pick<Environment, 'id' | 'name' | 'sync' | 'path'>) => string | null) => {
    const index = new Map<string, Environment>();
    for (const row of free.values()) {
      const value = key(row);
      if (value !== null && !index.has(value)) index.set(value, row);
    }
    for (const one of listed) {
      const value = key(one);
      const row = found.has(one.id) || value === null ? undefined : index.get(value);
      if (!row || !free.has(row.id)) continue;
      found.set(one.id, row);
      free.delete(row.id);
    }
  };
  by(({ id }) => id);
  by(({ sync, path }) => (sync ? path : null));
  by(({ sync, name }) => `${sync} ${name}`);
}

function planWorkspace(file: FileWorkspace, { workspaces }: Matches, { stored }: Here, add: Add): void {
  const local = workspaces.get(file.id) ?? null;
  const name = file.name.trim();
  const change = !local ? 'new' : local.name === name ? 'same' : 'changed';
  const same = stored.workspaces.find((row) => row.id !== local?.id && sameName(row.name, name));
  add(
    `workspace:${file.id}`,
    name,
    name,
    change,
    { kind: 'workspace', file, local },
    {
      fields: change === 'changed' ? [{ field: 'name', before: local?.name ?? null, after: name }] : [],
      refusal: same && change !== 'same' ? failure(new AppError('name-taken', { name: same.name })) : null,
    },
  );
}

function failure(error: unknown): ConfigurationItem['refusal'] {
  const { code, details } = toAppError(error);
  return { code, details };
}

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

function planEnvironments(
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
      : [];
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

function planTesters(workspace: FileWorkspace, matches: Matches, here: Here, add: Add): void {
  const { stored, policy, hasAccess } = here;
  const local = matches.workspaces.get(workspace.id);
  const needsEnvironment = (id: string) => (matches.environments.has(id) ? [] : [`environment:${id}`]);
  const nameOf = (environmentId: string) =>
    stored.environments.find(({ id }) => id === environmentId)?.name ?? '';
  const refusalOf = (site: string, row: Tester | null): AppError | null => {
    try {
      policy.checkTester(site);
    } catch (error) {
      return toAppError(error);
    }
    if (!row || row.workspaceId === local?.id) return null;
    const name = stored.workspaces.find(({ id }) => id === row.workspaceId)?.name ?? '';
    return new AppError('tester-elsewhere', { host: new URL(site).host, name });
  };

  const granted = new Set(stored.grants.map(grantKey));
  for (const one of workspace.testers) {
    const row = stored.testers.find(({ origin }) => origin === one.origin) ?? null;
    const environment = matches.environments.get(one.environment);
    const named = workspace.environments.find(({ id }) => id === one.environment)?.name ?? '';
    const change = !row ? 'new' : row.environmentId === environment?.id ? 'same' : 'changed';
    const refusal = refusalOf(one.origin, row);
    add(
      `tester:${one.origin}`,
      one.origin,
      workspace.name,
      change,
      { kind: 'tester', workspace: workspace.id, file: one, local: row },
      {
        fields:
          row && change === 'changed'
            ? [{ field: 'environment', before: nameOf(row.environmentId), after: named }]
            : [],
        notes: !row && !hasAccess(one.origin) ? ['access-needed'] : [],
        refusal: refusal && failure(refusal),
        needs: [...(local ? [] : [`workspace:${workspace.id}`]), ...needsEnvironment(one.environment)],
      },
    );
    planGrants(one, row, workspace, matches, granted, here, add);
  }
}

function grantKey({
  testerId,
  environmentId,
  destination,
}: Pick<Grant, 'testerId' | 'environmentId' | 'destination'>) {
  return [testerId, environmentId, destination].join(' ');
}

function planGrants(
  tester: FileTester,
  row: Tester | null,
  workspace: FileWorkspace,
  { environments }: Matches,
  granted: ReadonlySet<string>,
  { policy }: Here,
  add: Add,
): void {
  const refusalOf = (destination: string): AppError | null => {
    const { protocol, host, hostname } = new URL(destination);
    if (protocol === 'http:' && !isLoopback(hostname)) return new AppError('plain-http', { host });
    try {
      policy.checkDestination(destination);
      return null;
    } catch (error) {
      return toAppError(error);
    }
  };
  for (const { environment, destination } of tester.grants) {
    const local = environments.get(environment);
    const there =
      row !== null &&
      local !== undefined &&
      granted.has(grantKey({ testerId: row.id, environmentId: local.id, destination }));
    const refusal = refusalOf(destination);
    add(
      `grant:${tester.origin} ${environment} ${destination}`,
      destination,
      workspace.name,
      there ? 'same' : 'new',
      { kind: 'grant', origin: tester.origin, environment, destination },
      {
        fields: [
          { field: 'tester', before: null, after: tester.origin },
          {
            field: 'environment',
            before: null,
            after: workspace.environments.find(({ id }) => id === environment)?.name ?? '',
          },
        ],
        notes: there ? [] : ['proposal'],
        refusal: refusal && failure(refusal),
        // A site that stays where it is enabled gets no proposals of another workspace's environments either.
        needs: [`tester:${tester.origin}`, ...(local ? [] : [`environment:${environment}`])],
      },
    );
  }
}
