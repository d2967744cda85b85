import type { Configuration, FileWorkspace } from '@/lib/core/configuration';
import { AppError } from '@/lib/core/errors';
import type { LockSettings, ProviderKind, ProviderSettings, Scope } from '@/lib/core/model';
import type { ConfigurationItem } from '@/lib/messaging/configuration';

import { planConnection } from './configuration-connection';
import { planEnvironments } from './configuration-environments';
import { failure, type Add, type Here, type Matches, type PlannedItem } from './configuration-items';
import { matchConfiguration } from './configuration-match';
import { planTesters } from './configuration-testers';
import { stricter } from './policy';
import { sameName } from './workspaces';

export interface Plan {
  readonly items: readonly PlannedItem[];
  readonly matches: Matches;
}

/** Compares a file with what is here. Pure: nothing is changed, nobody is asked. */
export function planConfiguration(file: Configuration, here: Here): Plan {
  const items: PlannedItem[] = [];
  const refused = new Map<string, ConfigurationItem['refusal']>();
  const add: Add = (
    id,
    name,
    workspace,
    change,
    write,
    { refusal = null, provider = null, fields = [], notes = [], needs = [] } = {},
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
  const matches = matchConfiguration(file, here.stored);
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
