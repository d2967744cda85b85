import { describe, expect, it } from 'vitest';

import { AppError } from '@/lib/core/errors';
import { createValueStore, type PulledValues } from '@/lib/storage/values';

import { memorySession } from '../memory';

const values = (text: string, version = '1'): PulledValues => ({
  path: 'app/one',
  version,
  pulledAt: 5,
  form: 'object',
  variables: [
    { name: 'API_KEY', type: 'string', text },
    { name: '__proto__', type: 'json', text: '9007199254740993' },
  ],
});

describe('pulled values', () => {
  it('come back as they were put in', async () => {
    const store = createValueStore(memorySession().session);
    await store.put(new Map([['e1', values('canary')]]));
    expect(await store.get('e1')).toEqual(values('canary'));
    expect(await store.get('e2')).toBeNull();
  });

  it('are summed up without a value', async () => {
    const store = createValueStore(memorySession().session);
    await store.put(new Map([['e1', values('canary')]]));
    await store.put(new Map([['e2', values('canary', '7')]]));
    expect(await store.summaries()).toEqual({
      e1: { path: 'app/one', version: '1', pulledAt: 5, variables: 2 },
      e2: { path: 'app/one', version: '7', pulledAt: 5, variables: 2 },
    });
  });

  it('are forgotten one by one', async () => {
    const { session, items } = memorySession();
    const store = createValueStore(session);
    await store.put(
      new Map([
        ['e1', values('canary')],
        ['e2', values('other')],
      ]),
    );
    await store.forget(['e1']);
    expect(await store.get('e1')).toBeNull();
    expect(Object.keys(await store.summaries())).toEqual(['e2']);
    expect(JSON.stringify([...items])).not.toContain('canary');
  });

  it('that do not fit leave the earlier ones as they were', async () => {
    const store = createValueStore(memorySession(2_000).session);
    await store.put(new Map([['e1', values('good')]]));
    await expect(store.put(new Map([['e1', values('x'.repeat(3_000))]]))).rejects.toEqual(
      new AppError('memory-full', { megabytes: 1 }),
    );
    expect(await store.get('e1')).toEqual(values('good'));
  });
});
