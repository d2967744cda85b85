/**
 * The world that Keyferry lives in, on real parts and on loopback: used by the contract tests, e2e, benches and
 * the demo. Each part can also be started alone, from its own file.
 */
import { startMinistack } from './ministack';
import type { Ministack } from './ministack';
import { startMoto } from './moto';
import type { Moto } from './moto';
import { startOpenBao } from './openbao';
import type { OpenBao } from './openbao';
import { startSampleApi } from './sample-api';
import type { SampleApi } from './sample-api';
import { startTesters } from './testers';
import type { Testers } from './testers';

interface Parts {
  /** OpenBao on http. */
  readonly openbao: OpenBao;
  /** OpenBao on https with HTTP/2; another server than `openbao`. */
  readonly openbaoTls: OpenBao;
  readonly moto: Moto;
  readonly ministack: Ministack;
  readonly api: SampleApi;
  /** Needs `api`, which its OpenAPI document points to. */
  readonly testers: Testers;
}

/** The parts that were asked for, and one way to end them all. */
export type World<K extends keyof Parts> = Pick<Parts, K> & { stop(): Promise<void> };

/**
 * Starts just the parts that are asked for, side by side, each ready when this resolves.
 *
 * @throws Error when one does not start; the others are stopped again.
 */
export async function startWorld<K extends keyof Parts>(
  wanted: Readonly<Record<K, true>>,
): Promise<World<K>> {
  let api: Promise<SampleApi> | null = null;
  const theApi = () => (api ??= startSampleApi());
  const starters: { [P in keyof Parts]: () => Promise<Parts[P]> } = {
    openbao: () => startOpenBao(),
    openbaoTls: () => startOpenBao({ tls: true }),
    moto: () => startMoto(),
    ministack: () => startMinistack(),
    api: theApi,
    testers: async () => startTesters({ api: (await theApi()).url }),
  };
  const names = Object.keys(wanted) as K[];
  const starting: Promise<Parts[keyof Parts]>[] = names.map((name) => starters[name]());
  const started = await Promise.allSettled([...starting, ...(api ? [api] : [])]);
  const running = started.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  const stop = async () => void (await Promise.all(running.map((part) => part.stop())));
  const failed = started.find((one) => one.status === 'rejected');
  if (failed) {
    await stop();
    throw failed.reason;
  }
  const parts = Object.fromEntries(names.map((name, at) => [name, running[at]]));
  return { ...(parts as Pick<Parts, K>), stop };
}
