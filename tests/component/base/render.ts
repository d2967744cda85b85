import { enableAutoUnmount } from '@vue/test-utils';
import axe from 'axe-core';
import { afterEach, expect } from 'vitest';

enableAutoUnmount(afterEach);
afterEach(() => {
  document.body.innerHTML = '';
});

/** No rule of axe is broken. Colours need a real page: the e2e tests look at those. */
export async function expectAccessible(root: Element = document.body): Promise<void> {
  const { violations } = await axe.run(root, {
    rules: { 'color-contrast': { enabled: false }, region: { enabled: false } },
  });
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)).toEqual([]);
}

/** The text of each part, one space between them: what a person reads. */
export function words(root: Node): string {
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  const parts: string[] = [];
  while (walker.nextNode()) parts.push(walker.currentNode.textContent ?? '');
  return parts.join(' ').replace(/\s+/g, ' ').trim();
}
