import { browser } from 'wxt/browser';
import { defineUnlistedScript } from 'wxt/utils/define-unlisted-script';

import { sendMessage } from '@/lib/browser/runtime';
import { startBridge } from '@/lib/injection/bridge/start';
import { createClient } from '@/lib/messaging/client';

/** After an update or reload of the extension `runtime.id` is gone (Chromium), or even looking throws. */
function isAlive(): boolean {
  try {
    return Boolean(browser.runtime.id);
  } catch {
    return false;
  }
}

export default defineUnlistedScript(() => {
  const client = createClient(sendMessage);
  startBridge({
    request: (held) => client('inject/request', held),
    abandon: (requestId) => client('inject/abandon', { requestId }),
    hello: (kind) => client('inject/hello', { kind }),
    isAlive,
  });
});
