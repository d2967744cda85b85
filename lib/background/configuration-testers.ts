import type { FileTester, FileWorkspace } from '@/lib/core/configuration';
import { AppError, toAppError } from '@/lib/core/errors';
import type { Grant, Tester } from '@/lib/core/model';
import { isLoopback } from '@/lib/core/origins';

import { failure, type Add, type Here, type Matches } from './configuration-items';

/** Enabled sites, and their destinations as proposals. */
export function planTesters(workspace: FileWorkspace, matches: Matches, here: Here, add: Add): void {
  const { stored, policy, hasAccess } = here;
  const local = matches.workspaces.get(workspace.id);
  const needsEnvironment = (id: string) => (matches.environments.has(id) ? [] : [`environment:${id}`]);
  const nameOf = (environmentId: string) =>
    stored.environments.find(({ id }) => id === environmentId)?.name ?? '';
  const refusalOf = (site: string, row: Tester | null): AppError | null => {
    try {
      policy.checkTester(site);
    } catch (error) {
      return toAppError(error);
    }
    if (!row || row.workspaceId === local?.id) return null;
    const name = stored.workspaces.find(({ id }) => id === row.workspaceId)?.name ?? '';
    return new AppError('tester-elsewhere', { host: new URL(site).host, name });
  };

  const granted = new Set(stored.grants.map(grantKey));
  for (const one of workspace.testers) {
    const row = stored.testers.find(({ origin }) => origin === one.origin) ?? null;
    const environment = matches.environments.get(one.environment);
    const named = workspace.environments.find(({ id }) => id === one.environment)?.name ?? '';
    const change = !row ? 'new' : row.environmentId === environment?.id ? 'same' : 'changed';
    const refusal = refusalOf(one.origin, row);
    add(
      `tester:${one.origin}`,
      one.origin,
      workspace.name,
      change,
      { kind: 'tester', workspace: workspace.id, file: one, local: row },
      {
        fields:
          row && change === 'changed'
            ? [{ field: 'environment', before: nameOf(row.environmentId), after: named }]
            : [],
        notes: !row && !hasAccess(one.origin) ? ['access-needed'] : [],
        refusal: refusal && failure(refusal),
        needs: [...(local ? [] : [`workspace:${workspace.id}`]), ...needsEnvironment(one.environment)],
      },
    );
    planGrants(one, row, workspace, matches, granted, here, add);
  }
}

function grantKey({
  testerId,
  environmentId,
  destination,
}: Pick<Grant, 'testerId' | 'environmentId' | 'destination'>) {
  return [testerId, environmentId, destination].join(' ');
}

function planGrants(
  tester: FileTester,
  row: Tester | null,
  workspace: FileWorkspace,
  { environments }: Matches,
  granted: ReadonlySet<string>,
  { policy }: Here,
  add: Add,
): void {
  const refusalOf = (destination: string): AppError | null => {
    const { protocol, host, hostname } = new URL(destination);
    if (protocol === 'http:' && !isLoopback(hostname)) {
      return new AppError('plain-http', { host, what: 'destination' });
    }
    try {
      policy.checkDestination(destination);
      return null;
    } catch (error) {
      return toAppError(error);
    }
  };
  for (const { environment, destination } of tester.grants) {
    const local = environments.get(environment);
    const there =
      row !== null &&
      local !== undefined &&
      granted.has(grantKey({ testerId: row.id, environmentId: local.id, destination }));
    const refusal = refusalOf(destination);
    add(
      `grant:${tester.origin} ${environment} ${destination}`,
      destination,
      workspace.name,
      there ? 'same' : 'new',
      { kind: 'grant', origin: tester.origin, environment, destination },
      {
        fields: [
          { field: 'tester', before: null, after: tester.origin },
          {
            field: 'environment',
            before: null,
            after: workspace.environments.find(({ id }) => id === environment)?.name ?? '',
          },
        ],
        notes: there ? [] : ['proposal'],
        refusal: refusal && failure(refusal),
        // A site that stays where it is enabled gets no proposals of another workspace's environments either.
        needs: [`tester:${tester.origin}`, ...(local ? [] : [`environment:${environment}`])],
      },
    );
  }
}
