import { createTurns } from '@/lib/core/turns';
import type { SecretForm, Variable } from '@/lib/core/variables';

import { SECRET, type SessionStore } from './session';

/** An environment's values as pulled, in session memory. */
export interface PulledValues {
  readonly path: string;
  readonly version: string | null;
  /** What tells this version from another of its number, where the provider does; see `SecretRecord`. */
  readonly madeAt?: string | undefined;
  /** Milliseconds since the epoch. */
  readonly pulledAt: number;
  readonly form: SecretForm;
  readonly variables: readonly Variable[];
}

/** What the lists need of an environment in memory, without reading its values. */
export interface ValuesSummary {
  readonly path: string;
  readonly version: string | null;
  readonly madeAt?: string | undefined;
  readonly pulledAt: number;
  readonly variables: number;
}

/** As stored: short keys, since ten thousand of these share 10 MB. */
interface StoredValues {
  readonly p: string;
  readonly v: string | null;
  readonly m?: string | undefined;
  readonly t: number;
  readonly f: SecretForm;
  readonly d: readonly (readonly [name: string, type: Variable['type'], text: string])[];
}

const ENVIRONMENT = `${SECRET}env:`;
/** Variable counts and versions are no values, but a lock forgets them along with the values they describe. */
const INDEX = `${SECRET}index`;

/** The pulled values: one key per environment and one index, written together in one call. */
export function createValueStore(session: SessionStore) {
  /** The index is read, changed and written back: one at a time, or of two changes one would be lost. */
  const inTurn = createTurns();
  const index = async () => (await session.get<Record<string, ValuesSummary>>(INDEX)) ?? {};

  return {
    /** Summaries by environment id. */
    summaries: index,

    async get(environmentId: string): Promise<PulledValues | null> {
      const stored = await session.get<StoredValues>(ENVIRONMENT + environmentId);
      return stored
        ? {
            path: stored.p,
            version: stored.v,
            ...(stored.m === undefined ? {} : { madeAt: stored.m }),
            pulledAt: stored.t,
            form: stored.f,
            variables: stored.d.map(([name, type, text]) => ({ name, type, text })),
          }
        : null;
    },

    /**
     * Puts many environments' values in at once.
     *
     * @param isWanted Asked in the turn of the write, so that a `forget` comes either before the question or after the
     *   write: for values of a place that may be another by now.
     * @returns Whether they were wanted.
     * @throws AppError `memory-full`; what was there stays then.
     */
    put: (values: ReadonlyMap<string, PulledValues>, isWanted = async () => true): Promise<boolean> =>
      inTurn(async () => {
        if (values.size === 0) return true;
        if (!(await isWanted())) return false;
        const summaries = { ...(await index()) };
        const items: Record<string, unknown> = { [INDEX]: summaries };
        for (const [id, { path, version, madeAt, pulledAt, form, variables }] of values) {
          summaries[id] = { path, version, madeAt, pulledAt, variables: variables.length };
          items[ENVIRONMENT + id] = {
            p: path,
            v: version,
            m: madeAt,
            t: pulledAt,
            f: form,
            d: variables.map(({ name, type, text }) => [name, type, text] as const),
          } satisfies StoredValues;
        }
        await session.setMany(items);
        return true;
      }),

    forget: (environmentIds: readonly string[]): Promise<void> =>
      inTurn(async () => {
        const gone = new Set(environmentIds);
        const all = Object.entries(await index());
        const kept = all.filter(([id]) => !gone.has(id));
        // While locked there is no index, and none may be written.
        if (kept.length < all.length) await session.setMany({ [INDEX]: Object.fromEntries(kept) });
        await session.remove(...environmentIds.map((id) => ENVIRONMENT + id));
      }),
  };
}

export type ValueStore = ReturnType<typeof createValueStore>;
