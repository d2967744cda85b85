/** What Vue warns of is a fault that a user may not see at once: a test that meets one fails. */
import { config } from '@vue/test-utils';
import { afterEach, expect } from 'vitest';

const warnings: string[] = [];
config.global.config.warnHandler = (message, _instance, trace) => void warnings.push(`${message}\n${trace}`);
afterEach(() => {
  const seen = warnings.splice(0);
  expect(seen).toEqual([]);
});
