import { AppError } from '@/lib/core/errors';
import {
  DEFAULT_AWS,
  DEFAULT_HASHICORP,
  type AwsSettings,
  type Credentials,
  type HashicorpSettings,
  type ProviderKind,
  type ProviderSettings,
  type Scope,
  type SettingsOf,
} from '@/lib/core/model';
import { accessPattern } from '@/lib/core/origins';
import { openCredentials, sealCredentials } from '@/lib/crypto/credentials';
import type { ConnectionForm } from '@/lib/messaging/protocol';
import type { ConnectionView } from '@/lib/messaging/views';
import type { WritableProvider } from '@/lib/providers/write-contract';
import type { ConnectionRow, KeyferryDb } from '@/lib/storage/db';
import { createMemo } from '@/lib/storage/memo';

import { checkSettings, credentialServer, normalise, requestOrigin } from './connection-form';
import type { Lock } from './lock';
import type { PolicyInForce } from './policy';
import type { Platform } from './ports';
import { createProvider, forgetToken, type ProviderDeps } from './providers';

interface ConnectionDeps {
  readonly db: KeyferryDb;
  readonly lock: Pick<Lock, 'vaultKey'>;
  readonly policy: Pick<
    PolicyInForce,
    'checkForm' | 'globalOnly' | 'locked' | 'provider' | 'revision' | 'settings'
  >;
  readonly platform: Pick<Platform, 'hasHostAccess'>;
  readonly providers: ProviderDeps;
}

/** A connection in force for a workspace: its own, or the global defaults. */
export interface EffectiveConnection {
  readonly source: Scope;
  readonly form: ProviderSettings;
  /** Changes when connection, provider or server change; grants hang on it. */
  readonly identity: string;
}

/** Settings and sealed credentials per scope and provider, and the providers made of them. */
export function createConnections({ db, lock, policy, platform, providers }: ConnectionDeps) {
  /**
   * Live providers by scope: they hold tokens and derived keys, so a lock drops them. Kept from when they are begun, so
   * that calls at once share one (each login uses up a Secret ID) and none comes in after it was dropped.
   */
  const live = new Map<Scope, { readonly row: string; readonly provider: Promise<WritableProvider> }>();

  const row = (scope: Scope, provider: ProviderKind) => db.connections.get([scope, provider]);

  /** The scope whose settings a workspace uses. */
  const sourceOf = async (scope: Scope): Promise<Scope> =>
    scope !== 'global' && !policy.globalOnly() && (await db.scopes.get(scope)) ? scope : 'global';

  const drop = (scope?: Scope) => {
    const dropped = scope === undefined ? [...live.keys()] : [scope];
    for (const one of dropped) {
      void live.get(one)?.provider.then(
        (provider) => provider.close(),
        () => undefined,
      );
      live.delete(one);
    }
  };

  /** @throws AppError `credentials-missing`, `record-moved`, `record-damaged`, `locked`. */
  const credentialsOf = async (scope: Scope, form: ProviderSettings): Promise<Credentials> => {
    const stored = (await row(scope, form.provider))?.credentials;
    if (!stored) throw new AppError('credentials-missing', { scope });
    const binding = { scope, provider: form.provider, server: credentialServer(form) };
    return openCredentials(await lock.vaultKey(), stored, binding).catch((error: unknown) => {
      if (error instanceof AppError && error.code === 'record-moved') {
        throw new AppError('record-moved', { scope, host: binding.server });
      }
      throw error;
    });
  };

  const effectiveIn = async (source: Scope): Promise<EffectiveConnection | null> => {
    const saved = (await db.scopes.get(source))?.provider;
    const active = source === 'global' ? policy.provider(saved) : saved;
    const stored = active && (await row(source, active));
    if (!stored) return null;
    const form = source === 'global' ? underPolicy(toForm(stored)) : toForm(stored);
    return { source, form, identity: identityOf(source, form) };
  };

  const underPolicy = (form: ProviderSettings): ProviderSettings =>
    form.provider === 'aws'
      ? { provider: 'aws', settings: policy.settings('aws', form.settings) }
      : { provider: 'hashicorp', settings: policy.settings('hashicorp', form.settings) };

  /** Asked for each batch of a pull and each request of a page. */
  const remember = createMemo(() => `${db.changes('connections', 'scopes')} ${policy.revision()}`);
  const effective = (workspaceId: string): Promise<EffectiveConnection | null> =>
    remember(workspaceId, async () => effectiveIn(await sourceOf(workspaceId)));

  /** The provider for a form as it stands (Test Connection), with the given or the sealed credentials. */
  const providerOf = async (
    scope: Scope,
    form: ProviderSettings,
    given?: Credentials,
  ): Promise<WritableProvider> => {
    checkSettings(form);
    if (form.provider === 'aws' && form.settings.auth !== 'keys') {
      throw new AppError('helper-missing', { auth: form.settings.auth });
    }
    const pattern = accessPattern(requestOrigin(form));
    if (!(await platform.hasHostAccess(pattern))) {
      throw new AppError('host-permission', { host: new URL(requestOrigin(form)).host });
    }
    const credentials = given ?? (await credentialsOf(scope, form));
    const wanted = form.settings.auth === 'keys' ? 'keys' : form.settings.auth;
    if (credentials.kind !== wanted) throw new AppError('credentials-missing', { scope });
    return createProvider(scope, form, credentials, providers, given === undefined);
  };

  /** When a workspace was last pulled whole; for the global defaults the latest of those that use them. */
  const lastPullOf = async (scope: Scope): Promise<number | null> => {
    if (scope !== 'global') return (await db.workspaces.get(scope))?.lastPullAt ?? null;
    const own = new Set((await db.scopes.toArray()).map((one) => one.scope));
    const times = (await db.workspaces.toArray()).flatMap(({ id, lastPullAt }) =>
      own.has(id) || lastPullAt === null ? [] : [lastPullAt],
    );
    return times.length > 0 ? Math.max(...times) : null;
  };

  /** Both providers' settings: what is saved, else what the policy presets, else the defaults. */
  const shown = (
    source: Scope,
    { hashicorp, aws }: { hashicorp: HashicorpSettings | undefined; aws: AwsSettings | undefined },
  ): SettingsOf =>
    source === 'global'
      ? { hashicorp: policy.settings('hashicorp', hashicorp), aws: policy.settings('aws', aws) }
      : { hashicorp: hashicorp ?? DEFAULT_HASHICORP, aws: aws ?? DEFAULT_AWS };

  const managedFields = (scope: Scope): Pick<ConnectionView, 'managed'> => {
    const managed = scope === 'global' ? policy.locked() : policy.globalOnly() ? ['scope'] : [];
    return managed.length > 0 ? { managed } : {};
  };

  const view = async (scope: Scope): Promise<ConnectionView> => {
    const source = await sourceOf(scope);
    const [active, hashicorp, aws] = await Promise.all([
      db.scopes.get(source),
      row(source, 'hashicorp'),
      row(source, 'aws'),
    ]);
    const synced =
      scope === 'global' ? db.environments.toCollection() : db.environments.where({ workspaceId: scope });
    const sealed = (one: ConnectionRow | undefined) =>
      one?.credentials ? { auth: one.credentials.auth as never, server: one.credentials.server } : null;
    return {
      scope,
      source,
      provider: (source === 'global' ? policy.provider(active?.provider) : active?.provider) ?? 'hashicorp',
      ...shown(source, {
        hashicorp: hashicorp?.settings as HashicorpSettings | undefined,
        aws: aws?.settings as AwsSettings | undefined,
      }),
      sealed: { hashicorp: sealed(hashicorp), aws: sealed(aws) },
      saved: active !== undefined,
      syncedEnvironments: await synced.filter(({ sync }) => sync).count(),
      lastPullAt: await lastPullOf(scope),
      ...managedFields(scope),
    };
  };

  return {
    view,
    effective,

    /**
     * Whether a workspace still uses the connection that something was read through. What is read at one server is never
     * kept as another's: ask where no change comes in between, in a transaction of `connections` and `scopes` too, or in
     * the very turn of a write that the forgetting has to wait for.
     */
    isInForce: async (workspaceId: string, { identity }: Pick<EffectiveConnection, 'identity'>) =>
      (await effective(workspaceId))?.identity === identity,

    /** The connection of a scope itself, whoever uses it. */
    effectiveIn,
    drop,

    async save(form: ConnectionForm): Promise<ConnectionView> {
      const { scope } = form;
      const clean = normalise(form);
      policy.checkForm(scope, clean);
      checkSettings(clean);
      const vaultKey = await lock.vaultKey();
      if (scope !== 'global' && !(await db.workspaces.get(scope))) throw new AppError('workspace-missing');
      const server =
        clean.provider === 'aws' && clean.settings.auth !== 'keys' ? '' : credentialServer(clean);
      const credentials = form.credentials
        ? await sealCredentials(vaultKey, form.credentials, { scope, provider: clean.provider, server })
        : ((await row(scope, clean.provider))?.credentials ?? null);
      await db.transaction('rw', db.connections, db.scopes, async () => {
        await db.connections.put({ scope, provider: clean.provider, settings: clean.settings, credentials });
        await db.scopes.put({ scope, provider: clean.provider });
      });
      drop(scope);
      // A token got with the Secret ID that was replaced is not used on.
      if (form.credentials) await forgetToken(providers.session, scope);
      return view(scope);
    },

    /** What `effective` will say of the form once it is saved. */
    identityAfter: (form: ConnectionForm): string => identityOf(form.scope, normalise(form)),

    /** An imported server is not trusted with what was got at another one. */
    async untrust(scope: Scope): Promise<void> {
      drop(scope);
      await forgetToken(providers.session, scope);
    },

    /** A workspace's own settings, credentials and tokens; with none, it uses the global defaults. */
    async forget(workspaceId: string): Promise<void> {
      drop(workspaceId);
      await db.transaction('rw', db.connections, db.scopes, async () => {
        await db.scopes.delete(workspaceId);
        await db.connections.bulkDelete([
          [workspaceId, 'hashicorp'],
          [workspaceId, 'aws'],
        ]);
      });
      await forgetToken(providers.session, workspaceId);
    },

    /** A provider for what stands in the form, not saved. The caller closes it. */
    async tested(form: ConnectionForm): Promise<WritableProvider> {
      const clean = normalise(form);
      policy.checkForm(form.scope, clean);
      return providerOf(form.scope, clean, form.credentials);
    },

    /** The saved provider of a workspace's connection. @throws AppError `credentials-missing` when there is none. */
    async provider(connection: EffectiveConnection): Promise<WritableProvider> {
      const key = JSON.stringify(connection.form);
      const kept = live.get(connection.source);
      if (kept?.row === key) return kept.provider;
      drop(connection.source);
      const begun = { row: key, provider: providerOf(connection.source, connection.form) };
      live.set(connection.source, begun);
      begun.provider.catch(() => {
        if (live.get(connection.source) === begun) live.delete(connection.source);
      });
      return begun.provider;
    },
  };
}

/** What grants and pulled values hang on: another server, engine or region holds other secrets at the same paths. */
function identityOf(source: Scope, form: ProviderSettings): string {
  const place =
    form.provider === 'hashicorp'
      ? form.settings.enginePath
      : `${form.settings.region} ${form.settings.endpoint}`;
  const server = form.provider === 'aws' && form.settings.auth !== 'keys' ? '' : credentialServer(form);
  return [source, form.provider, server, place].join('|');
}

function toForm({ provider, settings }: ConnectionRow): ProviderSettings {
  return { provider, settings } as ProviderSettings;
}

export type Connections = ReturnType<typeof createConnections>;
