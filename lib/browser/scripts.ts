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
 * gone after a reinstall from disk, so this is called at every start and change. Where both are to run before and
 * after, they do in between: a page that loaded without them would have no hook until a reload.
 */
export async function registerTesterScripts(origins: readonly string[]): Promise<void> {
  const { scripting } = browser;
  const matches = [...new Set(origins.map(patternOf))].sort();
  const registered = await scripting.getRegisteredContentScripts({ ids: [BRIDGE, HOOK] });
  const known = new Map(registered.map((script) => [script.id, [...(script.matches ?? [])].sort().join()]));
  if (matches.length === 0) {
    if (known.size > 0) await scripting.unregisterContentScripts({ ids: [...known.keys()] });
    return;
  }
  const common = { matches, runAt: 'document_start', allFrames: true, matchOriginAsFallback: true } as const;
  const scripts = [
    { ...common, id: BRIDGE, js: ['bridge.js'], world: 'ISOLATED' as const },
    { ...common, id: HOOK, js: ['page-hook.js'], world: 'MAIN' as const },
  ];
  const stale = scripts.filter(({ id }) => known.has(id) && known.get(id) !== matches.join());
  const missing = scripts.filter(({ id }) => !known.has(id));
  if (stale.length > 0) await scripting.updateContentScripts(stale);
  if (missing.length > 0) await scripting.registerContentScripts(missing);
}
