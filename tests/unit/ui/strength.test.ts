import { expect, it } from 'vitest';
import { effectScope, ref } from 'vue';

import { strengthOf, useStrength } from '@/lib/ui/composables/use-strength';

it('grows with the guesses that are needed', () => {
  expect([0, 5, 8, 11, 20].map(strengthOf)).toEqual([0, 1, 2, 3, 4]);
});

it('follows what is typed', async () => {
  const typed = ref('');
  const scope = effectScope();
  const strength = scope.run(() => useStrength(() => typed.value));
  typed.value = '12345678';
  await expect.poll(() => strength?.value).toBe(0);
  typed.value = 'correct horse battery staple';
  await expect.poll(() => strength?.value).toBe(4);
  typed.value = '';
  await expect.poll(() => strength?.value).toBeNull();
  scope.stop();
});
