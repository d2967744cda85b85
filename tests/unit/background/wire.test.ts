import { describe, expect, it } from 'vitest';

import { valuesInForce } from '@/lib/background/wire';

const pulled = { path: 'team/app', variables: [{ name: 'KEY', type: 'string' as const, text: 'value' }] };

describe('the values that a tester may send', () => {
  it('are those of the path that the environment points to', () => {
    const values = valuesInForce({ path: 'team/app' }, false, pulled);
    expect(values.state === 'ready' && values.text('KEY')).toBe('value');
  });

  it('are none while locked, not pulled, or pulled from another path', () => {
    expect(valuesInForce({ path: 'team/app' }, true, pulled)).toEqual({ state: 'locked' });
    expect(valuesInForce({ path: 'team/app' }, false, null)).toEqual({ state: 'not-pulled' });
    expect(valuesInForce({ path: 'team/new' }, false, pulled)).toEqual({ state: 'not-pulled' });
  });

  it('of an environment that is gone resolve to nothing, instead of waiting for a pull that cannot come', () => {
    const values = valuesInForce(undefined, false, null);
    expect(values.state === 'ready' && values.text('KEY')).toBeUndefined();
  });
});
