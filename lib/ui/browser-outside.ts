import { openPopupHere } from '@/lib/browser/action';
import { canReadClipboard, requestHostAccess, setClipboardReading } from '@/lib/browser/permissions';
import { connectUi, openOptions, sendMessage } from '@/lib/browser/runtime';
import { openTab, reloadTab } from '@/lib/browser/tabs';
import { createClient } from '@/lib/messaging/client';
import type { UiEvent } from '@/lib/messaging/views';

import type { Outside } from './client';

/** A download from a page needs no permission: the file is an address of this page's own. */
function saveFile(name: string, text: string): void {
  const address = URL.createObjectURL(new Blob([text], { type: 'application/json' }));
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  // The browser reads the file after the click; a minute is ample.
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}

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
    openPopup: openPopupHere,
    openOptions,
    openTab,
    reloadTab,
    saveFile,
    copyText: (text) => navigator.clipboard.writeText(text),
  };
}
