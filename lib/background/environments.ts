import { listInside, type InnerNames } from '@/lib/core/inner-names';
import type { Environment, EnvironmentState } from '@/lib/core/model';
import { isJsonObject, parseJson, type Variable } from '@/lib/core/variables';
import type { EnvironmentView, VariableView } from '@/lib/messaging/views';
import type { KeyferryDb } from '@/lib/storage/db';
import type { ValuesSummary, ValueStore } from '@/lib/storage/values';

import type { DraftSummary } from './drafts';

/** After so long without a pull, values are called stale. */
const STALE_MS = 60 * 60_000;

/** The word for an environment's state. */
export function environmentState(
  environment: Environment,
  summary: ValuesSummary | undefined,
  draft: DraftSummary | undefined,
  pulling: boolean,
  age: number,
): EnvironmentState {
  if (!environment.sync) return 'session only';
  if (pulling) return 'pulling';
  if (draft) return draft.conflicts > 0 ? 'conflict' : 'edited';
  if (environment.failure) return 'failed';
  if (environment.missing) return 'missing';
  if (!summary) return 'not pulled';
  return age > STALE_MS ? 'stale' : 'fresh';
}

/** A variable without its value. */
export function variableView({ name, type, text }: Variable): VariableView {
  if (type !== 'json') return { name, type, members: null };
  const value = parseJson(text);
  const members = Array.isArray(value)
    ? value.length
    : isJsonObject(value)
      ? Object.keys(value).length
      : null;
  return { name, type, members };
}

interface EnvironmentDeps {
  readonly db: KeyferryDb;
  readonly values: ValueStore;
  readonly now: () => number;
  /** Unsaved changes by environment. */
  readonly drafts: () => Promise<Readonly<Record<string, DraftSummary>>>;
  /** Paths that a running pull has not answered yet. */
  readonly isPulling: (environment: Environment) => boolean;
  /** When the workspace's source was last pulled whole: what was unchanged then is as fresh. */
  readonly lastPullAt: (workspaceId: string) => Promise<number>;
}

/** The environments as the pages see them. */
export function createEnvironments({ db, values, now, drafts, isPulling, lastPullAt }: EnvironmentDeps) {
  const toView = (
    environment: Environment,
    summary: ValuesSummary | undefined,
    draft: DraftSummary | undefined,
    lastPull: number,
  ): EnvironmentView => {
    const pulledAt = summary && Math.max(summary.pulledAt, environment.missing ? 0 : lastPull);
    return {
      id: environment.id,
      workspaceId: environment.workspaceId,
      name: environment.name,
      sync: environment.sync,
      path: environment.path,
      production: environment.production,
      state: environmentState(environment, summary, draft, isPulling(environment), now() - (pulledAt ?? 0)),
      variables: summary?.variables ?? null,
      pulledAt: pulledAt ?? environment.pulledAt ?? null,
      failure: environment.failure ?? null,
      changes: draft ? draft.new + draft.edited + draft.removed : 0,
      conflicts: draft?.conflicts ?? 0,
    };
  };

  return {
    async list(workspaceId: string): Promise<EnvironmentView[]> {
      const [rows, summaries, edited, lastPull] = await Promise.all([
        db.environments.where({ workspaceId }).toArray(),
        values.summaries(),
        drafts(),
        lastPullAt(workspaceId),
      ]);
      return rows
        .map((row) => toView(row, summaries[row.id], edited[row.id], lastPull))
        .sort((a, b) => a.path.localeCompare(b.path) || a.name.localeCompare(b.name));
    },

    async view(environmentId: string): Promise<EnvironmentView | null> {
      const row = await db.environments.get(environmentId);
      if (!row) return null;
      const [summaries, edited, lastPull] = await Promise.all([
        values.summaries(),
        drafts(),
        lastPullAt(row.workspaceId),
      ]);
      return toView(row, summaries[row.id], edited[row.id], lastPull);
    },

    /** `null` when the values are not in memory. */
    async variables(environmentId: string): Promise<VariableView[] | null> {
      return (await values.get(environmentId))?.variables.map(variableView) ?? null;
    },

    async value(environmentId: string, name: string): Promise<Variable | null> {
      return (await values.get(environmentId))?.variables.find((variable) => variable.name === name) ?? null;
    },

    /** The first names inside of a JSON variable, see `listInside`; `null` when the variable is not there. */
    async inside(environmentId: string, name: string, most: number): Promise<InnerNames | null> {
      const variables = (await values.get(environmentId))?.variables ?? [];
      return listInside(variables, '', [[name, most]])[0] ?? null;
    },

    async setProduction(environmentId: string, production: boolean): Promise<void> {
      await db.environments.update(environmentId, { production });
    },

    /** Forgets the environment here, with its testers' grants; the secret stays at the provider. */
    async forget(environmentId: string): Promise<void> {
      await db.transaction('rw', db.environments, db.grants, async () => {
        await db.environments.delete(environmentId);
        await db.grants.where({ environmentId }).delete();
      });
      await values.forget([environmentId]);
    },
  };
}

export type Environments = ReturnType<typeof createEnvironments>;
