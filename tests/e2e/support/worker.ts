/** The worker's death at a chosen instant. */
import type { Keyferry } from './keyferry';

/** Ends the worker at once: unlike `killWorker` all is prepared, so that nothing lies between the call and the end. */
export interface WorkerKiller {
  kill(): Promise<void>;
  close(): Promise<void>;
}

/** https://chromedevtools.github.io/devtools-protocol/tot/ServiceWorker/ */
export async function createWorkerKiller({ context, origin }: Keyferry): Promise<WorkerKiller> {
  const page = await context.newPage();
  const cdp = await context.newCDPSession(page);
  const running = new Set<string>();
  let changed = () => {};
  cdp.on('ServiceWorker.workerVersionUpdated', ({ versions }) => {
    for (const { scriptURL, versionId, runningStatus } of versions) {
      if (!scriptURL.startsWith(origin)) continue;
      if (runningStatus === 'stopped') running.delete(versionId);
      else running.add(versionId);
    }
    changed();
  });
  await cdp.send('ServiceWorker.enable');
  return {
    async kill() {
      const stopped = new Promise<void>((resolve) => {
        changed = () => void (running.size === 0 && resolve());
      });
      await cdp.send('ServiceWorker.stopAllWorkers');
      changed();
      await stopped;
    },
    close: () => page.close(),
  };
}
