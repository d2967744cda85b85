import type { HeaderRule, InjectionDeps } from './contract';

interface Job {
  readonly add: readonly HeaderRule[];
  readonly remove: readonly number[];
  readonly done: () => void;
  readonly failed: (error: unknown) => void;
}

/**
 * One queue for all changes of the session rules, in the order they were asked for. What comes in while the
 * browser is busy with one call goes out together in the next, as it would have queued there anyway.
 */
export function createUpdates(rules: InjectionDeps['rules']) {
  let queue: Job[] = [];
  let busy = false;

  async function run(jobs: readonly Job[]): Promise<void> {
    const add = new Map<number, HeaderRule>();
    const remove = new Set<number>();
    for (const job of jobs) {
      for (const id of job.remove) {
        // The browser removes before it adds: an addition that is taken back must not be made at all.
        add.delete(id);
        remove.add(id);
      }
      for (const rule of job.add) add.set(rule.id, rule);
    }
    try {
      await rules.update([...add.values()], [...remove]);
      for (const job of jobs) job.done();
    } catch (error) {
      if (jobs.length === 1) jobs[0]?.failed(error);
      // One rule that the browser refuses must not take the others with it.
      else for (const job of jobs) await run([job]);
    }
  }

  async function flush(): Promise<void> {
    while (queue.length > 0) {
      const jobs = queue;
      queue = [];
      await run(jobs);
    }
    busy = false;
  }

  /** Resolves when the browser has made the change. @throws what the browser throws. */
  return (add: readonly HeaderRule[], remove: readonly number[]): Promise<void> => {
    if (add.length === 0 && remove.length === 0) return Promise.resolve();
    return new Promise((done, failed) => {
      queue.push({ add, remove, done, failed });
      if (busy) return;
      busy = true;
      // A microtask later, so that what is asked for in the same turn goes together.
      void Promise.resolve().then(flush);
    });
  };
}
