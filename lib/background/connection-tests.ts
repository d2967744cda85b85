import { toAppError } from '@/lib/core/errors';
import { TEST_STEPS, type TestStep } from '@/lib/core/test-steps';
import type { ConnectionForm } from '@/lib/messaging/protocol';

import type { Connections } from './connections';
import type { Platform } from './ports';

interface TestDeps {
  readonly connections: Pick<Connections, 'tested'>;
  readonly platform: Pick<Platform, 'broadcast' | 'keepAwake'>;
}

/** Test Connection: of the form as it stands, nothing is saved. */
export function createConnectionTests({ connections, platform }: TestDeps) {
  const running = new Map<string, AbortController>();

  const run = async (testId: string, form: ConnectionForm): Promise<readonly TestStep[]> => {
    const control = new AbortController();
    running.set(testId, control);
    const steps = new Map<TestStep['step'], TestStep>();
    const report = (step: TestStep) => {
      steps.set(step.step, step);
      platform.broadcast({ type: 'test', testId, step });
    };
    try {
      const provider = await connections.tested(form);
      try {
        await provider.test(report, control.signal);
      } finally {
        await provider.close();
      }
    } catch (error) {
      const { code, details } = toAppError(error);
      // What could not even start is the first step's failure.
      const step = [...steps.values()].find(({ state }) => state === 'running')?.step ?? TEST_STEPS[0];
      report({ step, state: 'failed', failure: { code, details } });
    } finally {
      running.delete(testId);
    }
    return TEST_STEPS.flatMap((name) => steps.get(name) ?? []);
  };

  return {
    run: (testId: string, form: ConnectionForm) => platform.keepAwake(run(testId, form)),
    cancel: (testId: string) => running.get(testId)?.abort(),
    cancelAll: () => {
      for (const control of running.values()) control.abort();
    },
  };
}

export type ConnectionTests = ReturnType<typeof createConnectionTests>;
