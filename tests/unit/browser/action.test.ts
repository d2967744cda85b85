import { beforeEach, expect, it, vi } from 'vitest';

import { openPopupHere } from '@/lib/browser/action';

/** The browser's side: no unit test has a toolbar. */
const outside = vi.hoisted(() => ({
  asked: [] as unknown[],
  /** Whether it opens the popup so asked for. */
  opens: (options?: object): boolean => options === undefined,
}));
vi.mock('wxt/browser', () => ({
  browser: {
    action: {
      openPopup: async (options?: object) => {
        outside.asked.push(options);
        if (!outside.opens(options)) throw new Error('Could not find an active browser window.');
      },
    },
    windows: { getCurrent: async () => ({ id: 7 }) },
  },
}));
beforeEach(() => {
  outside.asked = [];
});

it('opens the popup in the click’s own turn', async () => {
  outside.opens = () => true;
  const opened = openPopupHere();
  expect(outside.asked).toEqual([undefined]);
  expect(await opened).toBe(true);
  expect(outside.asked).toHaveLength(1);
});

it('names the page’s window where the browser finds none active', async () => {
  outside.opens = (options) => options !== undefined;
  expect(await openPopupHere()).toBe(true);
  expect(outside.asked).toEqual([undefined, { windowId: 7 }]);
});

it('says that the browser opens none', async () => {
  outside.opens = () => false;
  expect(await openPopupHere()).toBe(false);
});
