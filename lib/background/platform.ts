import { showAction, openPopup } from '@/lib/browser/action';
import { clearAlarm, setAlarm, setIdleMinutes } from '@/lib/browser/alarms';
import { clearClipboard, createClipboardTimer } from '@/lib/browser/clipboard';
import { watchNetworkErrors } from '@/lib/browser/network-errors';
import { createOffscreen, hasOffscreen, type Offscreen } from '@/lib/browser/offscreen';
import { hasHostAccess } from '@/lib/browser/permissions';
import { acceptUi, keepAwake } from '@/lib/browser/runtime';
import { registerTesterScripts } from '@/lib/browser/scripts';
import { tabInfo } from '@/lib/browser/tabs';
import { createFetchTransport } from '@/lib/providers/fetch-transport';

import type { Platform } from './ports';

/**
 * The real platform. Registers listeners, so it is made in the worker's first turn.
 *
 * @param onClipboardCleared The countdown of a copied value is over.
 */
export function createPlatform(onClipboardCleared: () => void): Platform {
  const ui = acceptUi();
  const explain = watchNetworkErrors();
  const offscreen = hasOffscreen ? createOffscreen(onClipboardCleared) : null;
  const transport = createFetchTransport({ explain });
  return {
    now: () => Date.now(),
    broadcast: (event) => ui.broadcast(event),
    setAlarm,
    clearAlarm,
    setIdleMinutes,
    showAction,
    openPopup,
    tabInfo,
    hasHostAccess,
    registerTesterScripts,
    keepAwake,
    transport,
    // Firefox's event page goes by the user's exceptions as every page does (measured, 153).
    acceptedTransport: offscreen ? createFetchTransport({ fetch: fetchBy(offscreen), explain }) : transport,
    clipboard: offscreen ? clipboardBy(offscreen) : ownClipboard(onClipboardCleared),
  };
}

/** `fetch` as the offscreen document does it, for the transport that knows how to read its answers. */
function fetchBy(offscreen: Offscreen): typeof fetch {
  return async (input, init) => {
    const { method = 'GET', headers, body, signal } = init ?? {};
    const answer = await offscreen.fetch(
      {
        url: String(input),
        method,
        headers: Object.fromEntries(new Headers(headers)),
        ...(typeof body === 'string' ? { body } : {}),
      },
      signal ?? new AbortController().signal,
    );
    if (!answer) throw new TypeError('Failed to fetch');
    if (answer.redirected) return new Response(null, { status: 302 });
    const empty = [204, 205, 304].includes(answer.status);
    return new Response(empty ? null : answer.text, { status: answer.status, headers: answer.headers });
  };
}

function clipboardBy(offscreen: Offscreen): Platform['clipboard'] {
  return {
    clearAt: (at, onlyIf) => offscreen.order({ type: 'clear-clipboard', at, onlyIf }),
    clearNow: () => offscreen.order({ type: 'clear-clipboard', at: 0, onlyIf: null }),
  };
}

/** Firefox's event page has a document of its own. */
function ownClipboard(cleared: () => void): Platform['clipboard'] {
  const timer = createClipboardTimer(document, cleared);
  return {
    clearAt: (at, onlyIf) => {
      // An idle event page goes within 45 s, and its timers with it (Firefox 153): the countdown may be longer.
      void keepAwake(timer.clearAt(at, onlyIf));
      return Promise.resolve();
    },
    clearNow: () => {
      timer.keep();
      return Promise.resolve(clearClipboard(document));
    },
  };
}
