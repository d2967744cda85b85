import { hookFetch } from './fetch';
import { createLine } from './line';
import { captureNatives } from './natives';
import { hookXhr } from './xhr';

/**
 * Puts the hook into the page it runs in. It is untrusted: it knows no value, and a page that takes it out
 * only sends its placeholders.
 */
export function installHook(): void {
  const natives = captureNatives();
  const line = createLine();
  window.fetch = hookFetch(natives, line);
  hookXhr(natives, line);
}
