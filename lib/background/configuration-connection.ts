import { toAppError } from '@/lib/core/errors';
import type { HashicorpSettings, ProviderSettings, Scope } from '@/lib/core/model';
import type { ConfigurationItem, ImportNote } from '@/lib/messaging/configuration';
import type { ConnectionRow } from '@/lib/storage/db';

import type { ConnectionPlan, Here } from './configuration-items';
import { checkSettings, credentialServer, normalise } from './connection-form';

interface PlannedConnection extends Pick<ConfigurationItem, 'fields' | 'notes' | 'refusal'> {
  readonly change: 'new' | 'changed' | 'same';
  readonly write: ConnectionPlan;
}

/** `null` where none can be told, which equals nothing. */
function serverOf(form: ProviderSettings): string | null {
  if (form.provider === 'aws' && form.settings.auth !== 'keys') return null;
  try {
    return credentialServer(form);
  } catch {
    return null;
  }
}

/**
 * One provider of one scope. An imported server is not trusted: no credentials come with it, those of another server
 * are forgotten, Auto Sync is never switched on and the check of certificates never off.
 *
 * @param isActive Whether the file's scope uses this provider.
 */
export function planConnection(
  scope: Scope,
  given: ProviderSettings,
  isActive: boolean,
  here: Here,
): PlannedConnection {
  const { scopes, connections } = here.stored;
  const used = scopes.find((one) => one.scope === scope)?.provider;
  const row = connections.find((one) => one.scope === scope && one.provider === given.provider);
  const before = row ? ({ provider: row.provider, settings: row.settings } as ProviderSettings) : null;
  const form = normalise(given);
  const sameServer = before !== null && serverOf(before) !== null && serverOf(before) === serverOf(form);
  const safe = cautious(form, row, sameServer, used === given.provider);
  const activates = isActive && used !== given.provider;
  const fields = changedFields(safe, row);
  const change = !row ? 'new' : fields.length > 0 || activates ? 'changed' : 'same';
  /** What was pulled by this scope is not what stands at the same paths afterwards. */
  const elsewhere = activates || (used === given.provider && (!sameServer || moves(fields)));
  const keepsCredentials = sameServer;
  const notes: ImportNote[] = [
    ...(row?.credentials && !keepsCredentials ? (['credentials-forgotten'] as const) : []),
    ...(change !== 'same' && !(row?.credentials && keepsCredentials)
      ? (['credentials-needed'] as const)
      : []),
    ...(form.settings.autoSync && !safe.settings.autoSync ? (['auto-sync-stays-off'] as const) : []),
    ...(isUnchecked(form) && !isUnchecked(safe) ? (['verify-ssl-stays-on'] as const) : []),
  ];
  return {
    change,
    fields:
      activates && used !== undefined
        ? [...fields, { field: 'provider', before: used, after: given.provider }]
        : fields,
    notes,
    refusal: change === 'same' ? null : refusalOf(scope, safe, here, elsewhere),
    write: { form: safe, activates, keepsCredentials },
  };
}

function isUnchecked(form: ProviderSettings): boolean {
  return form.provider === 'hashicorp' && !form.settings.verifySsl;
}

function cautious(
  form: ProviderSettings,
  row: ConnectionRow | undefined,
  sameServer: boolean,
  isInUse: boolean,
): ProviderSettings {
  const trusted = sameServer && isInUse;
  const autoSync = trusted && row?.settings.autoSync === true && form.settings.autoSync;
  if (form.provider === 'aws') return { provider: 'aws', settings: { ...form.settings, autoSync } };
  const accepted = sameServer && (row?.settings as HashicorpSettings | undefined)?.verifySsl === false;
  const verifySsl = form.settings.verifySsl || !accepted;
  return { provider: 'hashicorp', settings: { ...form.settings, autoSync, verifySsl } };
}

function changedFields(form: ProviderSettings, row: ConnectionRow | undefined): ConfigurationItem['fields'] {
  const before = row?.settings as Readonly<Record<string, unknown>> | undefined;
  return Object.entries(form.settings).flatMap(([field, after]) =>
    before && before[field] === after
      ? []
      : [{ field, before: before ? String(before[field]) : null, after: String(after) }],
  );
}

/** Whether the same paths are other secrets after it. */
function moves(fields: ConfigurationItem['fields']): boolean {
  return fields.some(({ field }) => ['url', 'enginePath', 'region', 'endpoint'].includes(field));
}

function refusalOf(
  scope: Scope,
  form: ProviderSettings,
  { policy, stored, edited }: Here,
  elsewhere: boolean,
): ConfigurationItem['refusal'] {
  try {
    policy.checkForm(scope, form);
    checkSettings(form);
  } catch (error) {
    const { code, details } = toAppError(error);
    return { code, details };
  }
  const own = new Set(stored.scopes.map((one) => one.scope));
  const draft = stored.environments.find(
    ({ id, sync, workspaceId }) =>
      sync && edited.has(id) && (scope === 'global' ? !own.has(workspaceId) : workspaceId === scope),
  );
  return elsewhere && draft ? { code: 'edited-first', details: { name: draft.name } } : null;
}
