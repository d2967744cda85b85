/**
 * The world that Keyferry lives in, on real parts and on loopback: used by the contract tests, e2e, benches and
 * the demo. Each part can also be started alone, from its own file.
 */
import { startMinistack } from './ministack';
import { startMoto } from './moto';
import { startOpenBao } from './openbao';

const PARTS = {
  /** OpenBao on http. */
  openbao: () => startOpenBao(),
  /** OpenBao on https with HTTP/2; another server than `openbao`. */
  openbaoTls: () => startOpenBao({ tls: true }),
  moto: () => startMoto(),
  ministack: () => startMinistack(),
};

type Parts = { [K in keyof typeof PARTS]: Awaited<ReturnType<(typeof PARTS)[K]>> };

/** The parts that were asked for, and one way to end them all. */
export type World<K extends keyof Parts> = Pick<Parts, K> & { stop(): Promise<void> };

/**
 * Starts just the parts that are asked for, side by side, each ready when this resolves.
 *
 * @throws Error when one does not start; the others are stopped again.
 */
export async function startWorld<K extends keyof Parts>(wanted: Record<K, true>): Promise<World<K>> {
  const names = Object.keys(wanted) as K[];
  const started = await Promise.allSettled(names.map((name) => PARTS[name]()));
  const running = started.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  const stop = async () => void (await Promise.all(running.map((part) => part.stop())));
  const failed = started.find((one) => one.status === 'rejected');
  if (failed) {
    await stop();
    throw failed.reason;
  }
  const parts = Object.fromEntries(names.map((name, at) => [name, running[at]])) as Pick<Parts, K>;
  return { ...parts, stop };
}
