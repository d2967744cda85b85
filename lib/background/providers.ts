import { AppError } from '@/lib/core/errors';
import type {
  AwsCredentials,
  Credentials,
  HashicorpCredentials,
  ProviderSettings,
  Scope,
} from '@/lib/core/model';
import { createAwsProvider } from '@/lib/providers/aws/provider';
import { createHashicorpProvider } from '@/lib/providers/hashicorp/provider';
import type { SavedToken, TokenSession } from '@/lib/providers/hashicorp/token-session';
import type { Transport } from '@/lib/providers/transport';
import type { WritableProvider } from '@/lib/providers/write-contract';
import { SECRET, type SessionStore } from '@/lib/storage/session';

import type { Platform } from './ports';

const TOKEN = `${SECRET}token:`;

export interface ProviderDeps {
  readonly session: SessionStore;
  readonly platform: Pick<Platform, 'now' | 'transport' | 'acceptedTransport'>;
}

/**
 * The provider for checked settings.
 *
 * @param keepToken Whether a token got by a login is kept for the session; a mere test keeps nothing.
 */
export function createProvider(
  scope: Scope,
  form: ProviderSettings,
  credentials: Credentials,
  { session, platform }: ProviderDeps,
  keepToken: boolean,
): WritableProvider {
  const { now } = platform;
  if (form.provider === 'aws') {
    return createAwsProvider({
      settings: form.settings,
      credentials: credentials as AwsCredentials,
      transport: platform.transport,
      now,
    });
  }
  const { verifySsl, url } = form.settings;
  const byHand = !verifySsl && url.startsWith('https:');
  return createHashicorpProvider({
    settings: form.settings,
    credentials: credentials as HashicorpCredentials,
    transport: byHand ? askingToAccept(platform.acceptedTransport) : platform.transport,
    session: keepToken ? tokenSession(session, scope) : passingToken(),
    now,
  });
}

/** With Verify SSL off, an untrusted certificate means that the user has yet to accept it in a tab. */
function askingToAccept(transport: Transport): Transport {
  return (request, signal) =>
    transport(request, signal).catch((error: unknown) => {
      if (error instanceof AppError && error.code === 'tls-untrusted') {
        throw new AppError('tls-not-accepted', error.details);
      }
      throw error;
    });
}

/** A connection that is gone leaves no token. */
export function forgetToken(session: SessionStore, scope: Scope): Promise<void> {
  return session.remove(TOKEN + scope);
}

function tokenSession(session: SessionStore, scope: Scope): TokenSession {
  const key = TOKEN + scope;
  return {
    get: async () => (await session.get<SavedToken>(key)) ?? null,
    set: (token) => (token ? session.set(key, token) : session.remove(key)),
  };
}

function passingToken(): TokenSession {
  let saved: SavedToken | null = null;
  return {
    get: () => Promise.resolve(saved),
    set: (token) => {
      saved = token;
      return Promise.resolve();
    },
  };
}
