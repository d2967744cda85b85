import { AppError, toAppError } from '@/lib/core/errors';
import type { ErrorCode } from '@/lib/core/errors';
import type { HashicorpCredentials, HashicorpSettings } from '@/lib/core/model';
import { isJsonObject } from '@/lib/core/variables';
import type { HttpResponse } from '@/lib/providers/transport';
import { isHeaderValue, trimSlashes } from './addresses';
import { body, errorText } from './answers';
import type { VaultCall, VaultClient } from './client';
import { loginFaultOf } from './errors';
import { createSharing } from './sharing';
import type { SavedToken, TokenFacts, TokenSession } from './token-session';

export interface LoginOptions {
  readonly settings: HashicorpSettings;
  readonly credentials: Extract<HashicorpCredentials, { kind: 'approle' }>;
  readonly session: TokenSession;
  readonly door: VaultClient;
  readonly now: () => number;
}

/** The token of an AppRole login. All callers share one login and one renewal. */
export interface Login {
  /** @param free Whether the call does not count against the token's uses. */
  token(signal: AbortSignal, free: boolean): Promise<string>;
  facts(signal: AbortSignal): Promise<TokenFacts>;
  /** Whether another token is in use by now. */
  isReplaced(token: string): boolean;
  /** Whether this token is known to be over, by the clock or by its count. */
  isSpent(token: string): boolean;
  /** Forgets this token, so that the next call logs in; nothing when it was replaced already. */
  drop(token: string): Promise<void>;
  giveBack(): Promise<void>;
}

const LOGIN_PATH = 'auth/approle/login';
/** Leases are whole seconds: what a renewal adds less than this is nothing, in ms. */
const ROUNDING = 1_000;
/** For so long a refused login is not repeated, in ms: five of them lock the role. */
const REFUSED_FOR = 10_000;
const REFUSALS: readonly ErrorCode[] = [
  'approle-refused',
  'approle-locked',
  'approle-incomplete',
  'approle-missing',
  'namespace-unknown',
];
/** Nothing was decided by these answers, so asking again cannot use up a Secret ID. */
const UNDECIDED: readonly ErrorCode[] = ['throttled', 'no-active-node'];

export function createLogin({ settings, credentials, session, door, now }: LoginOptions): Login {
  const namespace = trimSlashes(settings.namespace.trim());
  const owner = JSON.stringify([settings.url, namespace, credentials.roleId]);
  // Logins are shared, so no single caller's signal ends them.
  const own = new AbortController().signal;
  let current: SavedToken | null = null;
  let loaded = false;
  const ready = createSharing(prepare);
  let refusal: { error: AppError; until: number } | null = null;

  async function keep(token: SavedToken | null): Promise<void> {
    current = token;
    await session.set(token);
  }

  function isOver(token: SavedToken): boolean {
    return token.usesLeft === 0 || (token.expiresAt !== null && now() >= token.expiresAt);
  }

  async function prepare(): Promise<void> {
    if (!loaded) {
      const saved = await session.get();
      if (saved?.owner === owner) current ??= saved;
      loaded = true;
    }
    if (current && !isOver(current)) {
      if (current.renewAt !== null && now() >= current.renewAt) await renew(current);
      return;
    }
    if (refusal && now() < refusal.until) throw refusal.error;
    try {
      await keep(await logIn());
      refusal = null;
    } catch (thrown) {
      const error = toAppError(thrown);
      if (REFUSALS.includes(error.code)) refusal = { error, until: now() + REFUSED_FOR };
      throw error;
    }
  }

  function call(loginBody: Record<string, string>): VaultCall {
    return {
      method: 'POST',
      path: LOGIN_PATH,
      body: loginBody,
      action: 'log in',
      ...(namespace ? { namespace } : {}),
      turn: { retry: (error) => UNDECIDED.includes(error.code) },
    };
  }

  async function logIn(): Promise<SavedToken> {
    if (namespace && !isHeaderValue(namespace)) throw new AppError('namespace-unknown', { namespace });
    const { roleId, secretId } = credentials;
    if (!roleId.trim() || !secretId.trim()) throw new AppError('approle-incomplete', { host: door.host });
    const request = call({ role_id: roleId.trim(), secret_id: secretId.trim() });
    const answer = await door.send(request, own);
    if (answer.status === 200) return savedFrom(answer);
    if (answer.status === 403 && errorText(answer) === 'permission denied') throw await lockedOrMissing();
    throw loginFaultOf(answer, door.context(request));
  }

  /** A locked role and a mount that is not there get the same 403; only the mount answers an empty login with what is missing. */
  async function lockedOrMissing(): Promise<AppError> {
    const answer = await door.sendOnce(call({}), own);
    const there = /missing (role_id|secret_id)/.test(errorText(answer));
    return new AppError(there ? 'approle-locked' : 'approle-missing', {
      host: door.host,
      ...(namespace ? { namespace } : {}),
    });
  }

  function savedFrom(answer: HttpResponse): SavedToken {
    const auth = body(answer)?.['auth'];
    const token = isJsonObject(auth) ? auth['client_token'] : null;
    if (!isJsonObject(auth) || typeof token !== 'string' || !isHeaderValue(token)) {
      throw new AppError('malformed-answer', { host: door.host, status: answer.status });
    }
    const uses = auth['num_uses'];
    const usesLeft = typeof uses === 'number' && uses > 0 ? uses : null;
    return { token, owner, usesLeft, ...lease(auth) };
  }

  /** Renewed when two thirds of the lease are over; a lease of 0 never ends. */
  function lease(auth: Record<string, unknown>): Pick<SavedToken, 'expiresAt' | 'renewAt'> {
    const seconds = typeof auth['lease_duration'] === 'number' ? auth['lease_duration'] : 0;
    if (seconds === 0) return { expiresAt: null, renewAt: null };
    const expiresAt = now() + seconds * 1_000;
    return { expiresAt, renewAt: auth['renewable'] === true ? now() + (seconds * 2_000) / 3 : null };
  }

  /** What cannot be renewed is used until its end. */
  async function renew(token: SavedToken): Promise<void> {
    const usesLeft = token.usesLeft === null ? null : token.usesLeft - 1;
    const last = { ...token, usesLeft, renewAt: null };
    try {
      const request: VaultCall = {
        method: 'POST',
        path: 'auth/token/renew-self',
        body: {},
        action: 'renew',
        token: async () => token.token,
      };
      const auth = body(await door.send(request, own))?.['auth'];
      const next = isJsonObject(auth) ? lease(auth) : null;
      // At its greatest age a token is "renewed" to the end it had: then that end is final.
      const end = next?.expiresAt ?? 0;
      const gained = end > (token.expiresAt ?? 0) + ROUNDING;
      await keep(gained ? { ...token, usesLeft, ...next } : last);
    } catch {
      await keep(last);
    }
  }

  return {
    async token(signal, free) {
      for (;;) {
        await ready(signal);
        if (!current || isOver(current)) continue;
        if (!free && current.usesLeft !== null) current = { ...current, usesLeft: current.usesLeft - 1 };
        return current.token;
      }
    },
    async facts(signal) {
      await ready(signal);
      const { expiresAt = null, renewAt = null, usesLeft = null } = current ?? {};
      return { expiresAt, renewable: renewAt !== null, usesLeft };
    },
    isReplaced: (token) => current !== null && current.token !== token,
    isSpent: (token) => current?.token === token && isOver(current),
    async drop(token) {
      if (current?.token === token) await keep(null);
    },
    async giveBack() {
      try {
        const held = current ?? (await session.get());
        if (held?.owner !== owner) return;
        await keep(null);
        const token = async () => held.token;
        const request: VaultCall = {
          method: 'POST',
          path: 'auth/token/revoke-self',
          body: {},
          action: 'revoke',
          token,
        };
        await door.send({ ...request, turn: { retry: () => false } }, AbortSignal.timeout(5_000));
      } catch {
        // It ends by itself with its lease.
      }
    },
  };
}
