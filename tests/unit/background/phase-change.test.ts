import { beforeEach, describe, expect, it } from 'vitest';

import { createPhaseChange } from '@/lib/background/phase-change';

import { workspaceWorld, type WorkspaceWorld } from './workspace-world';

const site = (id: string, origin: string) =>
  ({ id, origin, kind: 'other', workspaceId: 'default', environmentId: 'e', enabledAt: 1 }) as const;

describe('a lock and an unlock', () => {
  let at: WorkspaceWorld;
  let done: string[];
  const granted = async () => (await at.db.grants.toArray()).map(({ testerId }) => testerId).sort();
  const grant = (testerId: string) =>
    at.testers.addGrant({
      testerId,
      environmentId: 'e',
      destination: 'https://api.example',
      boundTo: 'here',
    });
  const change = () =>
    createPhaseChange({
      ...at,
      wire: {
        sweep: async () => void done.push('swept'),
        onUnlocked: () => void granted().then((left) => done.push(`resumed with ${left.join(' ')}`)),
      },
      stopCalls: () => void done.push('stopped'),
      autoSync: async () => void done.push('pulled'),
    });

  beforeEach(async () => {
    done = [];
    at = await workspaceWorld();
    await at.db.testers.bulkAdd([
      site('far', 'https://docs.example'),
      site('near', 'http://localhost:8080'),
      site('any', 'http://0.0.0.0:8000'),
      site('mapped', new URL('http://[::ffff:127.0.0.1]:3000').origin),
      site('dotted', 'http://localhost.:9000'),
    ]);
    for (const { id } of await at.db.testers.toArray()) await grant(id);
  });

  it('ends the grants of sites on this computer, whatever its name, and no others', async () => {
    await change()('locked');
    expect(await granted()).toEqual(['far']);
    expect(done).toEqual(['stopped', 'swept']);
  });

  it('goes on with none that was given in the moment of the lock', async () => {
    await change()('locked');
    await grant('near');
    await change()('unlocked');
    expect(await granted()).toEqual(['far']);
    expect(done).toContain('resumed with far');
    expect(done).toContain('pulled');
  });
});
