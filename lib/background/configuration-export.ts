import {
  CONFIGURATION_FORMAT,
  CONFIGURATION_VERSION,
  type Configuration,
  type FileConnection,
  type FileWorkspace,
  UNSEEN,
} from '@/lib/core/configuration';
import type { AwsSettings, HashicorpSettings, LockSettings, Scope } from '@/lib/core/model';
import type { ConnectionRow, ScopeRow } from '@/lib/storage/db';

import type { Stored } from './configuration-stored';

/**
 * What a file says of all there is. Each field is picked by name: what is added to a row one day stays out of the
 * file until somebody adds it here.
 */
export function exportConfiguration(stored: Stored, lock: LockSettings, now: number): Configuration {
  const global = connectionOf('global', stored);
  const { idleMinutes, maxMinutes, clipboardSeconds } = lock;
  return {
    format: CONFIGURATION_FORMAT,
    version: CONFIGURATION_VERSION,
    exportedAt: new Date(now).toISOString(),
    lock: { idleMinutes, maxMinutes, clipboardSeconds },
    ...(global ? { global } : {}),
    workspaces: stored.workspaces.map(({ id, name }) => workspaceOf(id, name, stored)),
  };
}

function workspaceOf(id: string, name: string, stored: Stored): FileWorkspace {
  const connection = connectionOf(id, stored);
  const environments = stored.environments.filter(({ workspaceId }) => workspaceId === id);
  const known = new Set(environments.map((environment) => environment.id));
  const testers = stored.testers.filter(
    ({ workspaceId, environmentId }) => workspaceId === id && known.has(environmentId),
  );
  return {
    id,
    name: shown(name, id),
    ...(connection ? { connection } : {}),
    environments: environments.map(({ id: own, name: called, sync, path, production }) => ({
      id: own,
      name: shown(called, path || own),
      sync,
      path,
      production,
    })),
    testers: testers.map(({ id: testerId, origin, kind, environmentId }) => ({
      origin,
      kind,
      environment: environmentId,
      grants: stored.grants
        .filter((grant) => grant.testerId === testerId && !grant.proposed && known.has(grant.environmentId))
        .map((grant) => ({ environment: grant.environmentId, destination: grant.destination })),
    })),
  };
}

/** A name as the file takes it. */
function shown(name: string, otherwise: string): string {
  const clean = name.replace(new RegExp(UNSEEN, 'gu'), ' ').trim();
  return clean === '' ? otherwise : clean;
}

function connectionOf(
  scope: Scope,
  {
    scopes,
    connections,
  }: { readonly scopes: readonly ScopeRow[]; readonly connections: readonly ConnectionRow[] },
): FileConnection | null {
  const active = scopes.find((row) => row.scope === scope);
  const row = (provider: ConnectionRow['provider']) =>
    connections.find((one) => one.scope === scope && one.provider === provider);
  const [hashicorp, aws] = [row('hashicorp'), row('aws')];
  if (!active || !(active.provider === 'aws' ? aws : hashicorp)) return null;
  return {
    provider: active.provider,
    ...(hashicorp ? { hashicorp: hashicorpOf(hashicorp.settings as HashicorpSettings) } : {}),
    ...(aws ? { aws: awsOf(aws.settings as AwsSettings) } : {}),
  };
}

function hashicorpOf(settings: HashicorpSettings): HashicorpSettings {
  const { url, auth, namespace, enginePath, verifySsl, autoSync, prefix } = settings;
  return { url, auth, namespace, enginePath, verifySsl, autoSync, prefix };
}

function awsOf({ region, auth, autoSync, prefix, endpoint }: AwsSettings): AwsSettings {
  return { region, auth, autoSync, prefix, endpoint };
}
