import { NO_POLICY, readPolicy, type Policy } from '@/lib/core/configuration-policy';
import { AppError } from '@/lib/core/errors';
import {
  DEFAULT_AWS,
  DEFAULT_HASHICORP,
  type LockSettings,
  type ProviderKind,
  type ProviderSettings,
  type Scope,
  type SettingsOf,
} from '@/lib/core/model';
import { isForbidden } from '@/lib/core/origin-patterns';
import type { ManagedView } from '@/lib/messaging/configuration';
import type { SessionStore } from '@/lib/storage/session';

const DEFAULTS: SettingsOf = { hashicorp: DEFAULT_HASHICORP, aws: DEFAULT_AWS };

/** The policy as last followed: a worker that wakes up after a change can tell what it was before. */
const POLICY = 'policy';

/**
 * The organization's policy, enforced here in the worker, whatever the pages show.
 *
 * @param read What the browser's managed storage holds.
 */
export function createPolicy(read: () => Promise<unknown>, session: SessionStore) {
  let policy: Policy = NO_POLICY;
  let raw: unknown = {};
  let revision = 0;

  const adopt = (stored: unknown) => {
    revision += 1;
    raw = stored;
    policy = readPolicy(stored);
  };

  const isLocked = (field: string) => policy.locked.includes(field);

  /** What the policy holds fast of one provider's settings. */
  const fixed = <Kind extends ProviderKind>(provider: Kind): Partial<SettingsOf[Kind]> =>
    Object.fromEntries(
      Object.entries(policy[provider]).filter(([field]) => isLocked(`${provider}.${field}`)),
    ) as Partial<SettingsOf[Kind]>;

  return {
    /** At each start of the worker: as it was followed last in this session, else as it is now. */
    async resume(): Promise<void> {
      const kept = await session.get<{ readonly stored: unknown }>(POLICY);
      if (kept) adopt(kept.stored);
      else await this.load();
    },

    /** Whether the browser hands out another one by now. */
    isChanged: async (): Promise<boolean> => JSON.stringify(await read()) !== JSON.stringify(raw),

    async load(): Promise<void> {
      adopt(await read());
      await session.set(POLICY, { stored: raw });
    },

    /** Another number after each change. */
    revision: (): number => revision,

    view(): ManagedView | undefined {
      const { locked, globalOnly, testers, destinations, lock, problems } = policy;
      const present = typeof raw === 'object' && raw !== null && Object.keys(raw).length > 0;
      return present ? { locked, globalOnly, testers, destinations, lock, problems } : undefined;
    },

    locked: (): readonly string[] => policy.locked,
    globalOnly: (): boolean => policy.globalOnly,

    /** The provider of the global defaults: what is stored, unless another is set. */
    provider: (stored: ProviderKind | undefined): ProviderKind | undefined =>
      policy.provider !== null && (isLocked('provider') || stored === undefined) ? policy.provider : stored,

    /** The global defaults' settings as they count: stored, with what is held fast; before a save the preset ones. */
    settings<Kind extends ProviderKind>(
      provider: Kind,
      stored: SettingsOf[Kind] | undefined,
    ): SettingsOf[Kind] {
      return { ...(stored ?? { ...DEFAULTS[provider], ...policy[provider] }), ...fixed(provider) };
    },

    /** @throws AppError `policy-locked` with the field, when a form says otherwise than the policy. */
    checkForm(scope: Scope, { provider, settings }: ProviderSettings): void {
      if (scope !== 'global') {
        if (policy.globalOnly) throw new AppError('policy-locked', { field: 'scope' });
        return;
      }
      if (isLocked('provider') && provider !== policy.provider) {
        throw new AppError('policy-locked', { field: 'provider' });
      }
      const given = settings as unknown as Readonly<Record<string, unknown>>;
      const other = Object.entries(fixed(provider)).find(([field, value]) => given[field] !== value);
      if (other) throw new AppError('policy-locked', { field: other[0] });
    },

    forbidsTester: (origin: string): boolean => isForbidden(policy.testers, origin),
    forbidsDestination: (origin: string): boolean => isForbidden(policy.destinations, origin),

    /** @throws AppError `policy-forbidden`. */
    checkTester(origin: string): void {
      if (isForbidden(policy.testers, origin)) throw forbidden('tester', origin);
    },
    /** @throws AppError `policy-forbidden`. */
    checkDestination(origin: string): void {
      if (isForbidden(policy.destinations, origin)) throw forbidden('destination', origin);
    },

    /** Lock settings within the policy; 0 (never) is more than any number. */
    clamp: (settings: LockSettings): LockSettings => stricter(settings, policy.lock),
  };
}

function forbidden(what: 'tester' | 'destination', origin: string): AppError {
  return new AppError('policy-forbidden', { what, host: new URL(origin).host });
}

/** The stricter of both, setting by setting: 0 is "never". */
export function stricter(settings: LockSettings, limits: Partial<LockSettings>): LockSettings {
  const least = (own: number, limit = 0) => (own === 0 ? limit : limit === 0 ? own : Math.min(own, limit));
  return {
    idleMinutes: least(settings.idleMinutes, limits.idleMinutes),
    maxMinutes: least(settings.maxMinutes, limits.maxMinutes),
    clipboardSeconds: least(settings.clipboardSeconds, limits.clipboardSeconds),
  };
}

export type PolicyInForce = ReturnType<typeof createPolicy>;
