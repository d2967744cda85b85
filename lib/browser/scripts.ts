import { browser } from 'wxt/browser';

import { accessPattern } from '@/lib/core/origins';

const BRIDGE = 'bridge';
const HOOK = 'page-hook';

/**
 * A pattern with a port is taken by Firefox, but matches no page (Firefox 153): there the scripts run on every port
 * of the host, and the worker refuses what comes from an origin that is not enabled.
 */
const patternOf = (origin: string) => (import.meta.env.FIREFOX ? accessPattern(origin) : `${origin}/*`);

/**
 * Makes hook and bridge run on exactly these page origins from the next load on. Registered scripts are
 * gone after a reinstall from disk, so this is called at every start and change.
 */
export async function registerTesterScripts(origins: readonly string[]): Promise<void> {
  const matches = [...new Set(origins.map(patternOf))].sort();
  const registered = await browser.scripting.getRegisteredContentScripts({ ids: [BRIDGE, HOOK] });
  if (matches.length === 0) {
    if (registered.length > 0)
      await browser.scripting.unregisterContentScripts({ ids: registered.map(({ id }) => id) });
    return;
  }
  const common = { matches, runAt: 'document_start', allFrames: true, matchOriginAsFallback: true } as const;
  const scripts = [
    { ...common, id: BRIDGE, js: ['bridge.js'], world: 'ISOLATED' as const },
    { ...common, id: HOOK, js: ['page-hook.js'], world: 'MAIN' as const },
  ];
  const known = new Set(registered.map(({ id }) => id));
  const changed = registered.some((script) => [...(script.matches ?? [])].sort().join() !== matches.join());
  if (known.size === 2 && !changed) return;
  if (known.size > 0) await browser.scripting.unregisterContentScripts({ ids: [...known] });
  await browser.scripting.registerContentScripts(scripts);
}
