import { AppError } from '@/lib/core/errors';
import type { HashicorpCredentials, HashicorpSettings } from '@/lib/core/model';
import type { HttpResponse } from '@/lib/providers/transport';
import { isHeaderValue } from './addresses';
import { createLogin } from './approle';
import { data } from './answers';
import type { VaultCall, VaultClient } from './client';
import { faultOf, isTokenTrouble } from './errors';
import { createSharing } from './sharing';
import type { TokenFacts, TokenSession } from './token-session';

export interface TokensOptions {
  readonly settings: HashicorpSettings;
  readonly credentials: HashicorpCredentials;
  readonly session: TokenSession;
  /** Sends the calls of the work. */
  readonly client: VaultClient;
  /** Sends logins and look-ups: with a queue of its own, as calls in the work's queue wait for them. */
  readonly door: VaultClient;
  readonly now: () => number;
}

export interface TokenCall extends VaultCall {
  /** A call that does not count against `num_uses` (sys/internal/ui/mounts). */
  readonly free?: boolean;
}

export interface Tokens {
  /** Sends a call with a live token: logs in, renews and logs in again as needed. @throws AppError */
  send(call: TokenCall, signal: AbortSignal): Promise<HttpResponse>;
  /** Makes sure that there is a token and says what is known of it; `null` where a policy hides it. */
  facts(signal: AbortSignal): Promise<TokenFacts | null>;
  /** Revokes a token got by a login. Never throws. */
  giveBack(): Promise<void>;
}

/** Tries of one call with tokens that turned out dead. */
const LIVES = 3;

export function createTokens(options: TokensOptions): Tokens {
  const { credentials, client, door, now } = options;
  const login = credentials.kind === 'approle' ? createLogin({ ...options, credentials }) : null;
  let known: TokenFacts | null = null;
  let dead: AppError | null = null;
  const checks = new Map<string, (signal: AbortSignal) => Promise<boolean>>();

  async function acquire(signal: AbortSignal, free: boolean): Promise<string> {
    if (dead) throw dead;
    const token = login ? await login.token(signal, free) : pasted();
    const check = checks.get(token);
    // While the server is asked whether a token is dead, no other call is wasted on it.
    if (!check || (await check(signal))) return token;
    if (!login) throw whyDead();
    await login.drop(token);
    return acquire(signal, free);
  }

  function pasted(): string {
    const token = credentials.kind === 'token' ? credentials.token.trim() : '';
    if (!isHeaderValue(token)) throw new AppError('token-invalid', { host: client.host });
    return token;
  }

  function lookUp(token: string, signal: AbortSignal): Promise<HttpResponse> {
    const call = { path: 'auth/token/lookup-self', action: 'read', token: async () => token };
    return door.send(call, signal);
  }

  /** Asks the server once for all calls that were refused meanwhile. */
  function isAlive(token: string, signal: AbortSignal): Promise<boolean> {
    const own = new AbortController().signal;
    const check = checks.get(token) ?? createSharing(async () => !isTokenTrouble(await lookUp(token, own)));
    checks.set(token, check);
    return check(signal).finally(() => checks.delete(token));
  }

  function whyDead(): AppError {
    const { host } = client;
    const expiry = known?.expiresAt ?? null;
    if (expiry !== null && expiry <= now()) return new AppError('token-expired', { host, at: expiry });
    if (typeof known?.usesLeft === 'number') return new AppError('token-uses', { host, left: 0 });
    return new AppError('token-invalid', { host });
  }

  async function send(call: TokenCall, signal: AbortSignal): Promise<HttpResponse> {
    for (let life = 1; ; life += 1) {
      let used = '';
      const token = async () => (used = await acquire(signal, call.free ?? false));
      const answer = await client.send({ ...call, token }, signal);
      if (!isTokenTrouble(answer)) return answer;
      // The text alone is not trusted: a policy's refusal must never lead to another login.
      const replaced = login?.isReplaced(used) ?? false;
      if (!replaced && !login?.isSpent(used) && (await isAlive(used, signal))) {
        throw faultOf(answer, client.context(call));
      }
      if (!login) throw (dead = whyDead());
      if (life === LIVES) throw whyDead();
      await login.drop(used);
    }
  }

  async function facts(signal: AbortSignal): Promise<TokenFacts | null> {
    if (login) {
      known = await login.facts(signal);
      return known;
    }
    const answer = await lookUp(await acquire(signal, true), signal);
    if (isTokenTrouble(answer)) throw whyDead();
    // Only the `default` policy allows this call; a token without it may do all that is needed here.
    if (answer.status === 403) return null;
    if (answer.status !== 200)
      throw faultOf(answer, client.context({ path: 'auth/token/lookup-self', action: 'read' }));
    known = factsOf(data(answer, client.host), now());
    return known;
  }

  return { send, facts, giveBack: async () => login?.giveBack() };
}

/** The fields of `auth/token/lookup-self` (https://openbao.org/api-docs/auth/token/#lookup-a-token-self). */
function factsOf(found: Record<string, unknown>, now: number): TokenFacts {
  const { ttl, expire_time: expireTime, renewable, num_uses: uses } = found;
  return {
    expiresAt: typeof expireTime === 'string' && typeof ttl === 'number' ? now + ttl * 1_000 : null,
    renewable: renewable === true,
    usesLeft: typeof uses === 'number' && uses > 0 ? uses : null,
  };
}
