import { expect, it, vi } from 'vitest';

import { secret } from '../sync/memory-provider';
import { editingWorld } from './editing-world';

it('ends a pull whose last step the database refuses, so that a lock does not wait for it', async () => {
  const at = await editingWorld();
  at.remote.put('team/one', secret({ A: '1' }));
  await at.pullAll();
  const id = await at.idOf('team/one');
  await at.db.environments.update(id, { path: 'team/gone' });
  vi.spyOn(at.db.environments, 'bulkGet').mockRejectedValue(new Error('closed'));
  await at.pullAll();
  await at.worker.jobs.settled();
  expect(at.worker.jobs.current()).toMatchObject({ state: 'failed', failure: { code: 'unexpected' } });
});
