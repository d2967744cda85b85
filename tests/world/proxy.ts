/** A server seen over a slow and faulty network. */
import { startDelayProxy } from './delay-proxy';
import type { DelayProxy } from './delay-proxy';
import { startFaultProxy } from './fault-proxy';
import type { FaultProxy } from './fault-proxy';

/** A running proxy: the delay's knobs for any target, the faults' for http ones. */
export type Proxy = Pick<DelayProxy, 'delay' | 'connections'> &
  Omit<FaultProxy, 'port' | 'stop'> & { readonly url: string; readonly port: number; stop(): Promise<void> };

/**
 * @param options `target`: origin on 127.0.0.1, http or https; `delayMs`: the round trip, and one more for each new
 *   connection.
 */
export async function startProxy({
  target,
  delayMs = 0,
}: {
  target: string;
  delayMs?: number;
}): Promise<Proxy> {
  const { protocol, port } = new URL(target);
  const faults = protocol === 'http:' ? await startFaultProxy(Number(port)) : null;
  const delays = await startDelayProxy(faults?.port ?? Number(port), delayMs);
  const inside = (): FaultProxy => {
    if (!faults) throw new Error('a proxy cannot look inside TLS: put it before an http target');
    return faults;
  };
  return {
    url: `${protocol}//127.0.0.1:${delays.port}`,
    port: delays.port,
    delay: delays.delay,
    connections: delays.connections,
    fail: (fault) => inside().fail(fault),
    hold: (when) => inside().hold(when),
    held: () => inside().held(),
    requests: () => inside().requests(),
    mostInFlight: () => inside().mostInFlight(),
    clear: () => faults?.clear(),
    stop: async () => void (await Promise.all([delays.stop(), faults?.stop()])),
  };
}
