import { canReadClipboard, requestHostAccess, setClipboardReading } from '@/lib/browser/permissions';
import { connectUi, openOptions, sendMessage } from '@/lib/browser/runtime';
import { openTab, reloadTab } from '@/lib/browser/tabs';
import { createClient } from '@/lib/messaging/client';
import type { UiEvent } from '@/lib/messaging/views';

import type { Outside } from './client';

/** The real `Outside` of a page of ours: one port to the worker, shared by all listeners. */
export function createOutside(): Outside {
  const listeners = new Set<(event: UiEvent) => void>();
  connectUi((event) => {
    for (const listener of [...listeners]) listener(event);
  });
  return {
    client: createClient(sendMessage),
    onEvent: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    requestHostAccess,
    canReadClipboard,
    setClipboardReading,
    openOptions,
    openTab,
    reloadTab,
    copyText: (text) => navigator.clipboard.writeText(text),
  };
}
