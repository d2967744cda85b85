import { DEFAULT_AWS } from '@/lib/core/model';
import type { AwsSettings } from '@/lib/core/model';
import { createAwsProvider } from '@/lib/providers/aws/provider';
import type { AwsProviderOptions } from '@/lib/providers/aws/provider';
import type { PullRequest, SecretProvider } from '@/lib/providers/contract';
import { createFetchTransport } from '@/lib/providers/fetch-transport';
import { createAdaptiveQueue } from '@/lib/providers/queue';
import type { TestStep } from '@/lib/core/test-steps';
import { KEYS } from './fake-aws';
import type { FakeAws } from './fake-aws';

export const REGION = 'eu-central-1';
export const signal = new AbortController().signal;

/** A provider for the fake server, whose waits are over at once. */
export function providerFor(
  fake: FakeAws,
  settings: Partial<AwsSettings> = {},
  options: Partial<AwsProviderOptions> = {},
): SecretProvider {
  return createAwsProvider({
    settings: { ...DEFAULT_AWS, region: REGION, endpoint: fake.origin, ...settings },
    credentials: KEYS,
    transport: createFetchTransport(),
    queue: createAdaptiveQueue({ concurrency: 6, random: () => 0 }),
    ...options,
  });
}

export interface Pulled {
  /** `name=text,…` of a secret's variables, `unchanged`, `missing`, or an error's code. */
  readonly [path: string]: string;
}

/** What a pull told its sink. A path told twice makes it fail. */
export async function pullFrom(
  provider: SecretProvider,
  request: Partial<PullRequest> = {},
  abort: AbortSignal = signal,
): Promise<{ told: Pulled; order: string[]; listed: number[] }> {
  const told: Record<string, string> = {};
  const order: string[] = [];
  const listed: number[] = [];
  const tell = (path: string, what: string) => {
    if (path in told) throw new Error(`${path} was told twice`);
    told[path] = what;
    order.push(path);
  };
  await provider.pull(
    { prefix: '', known: new Map(), ...request },
    {
      listed: (total) => listed.push(total),
      secret: ({ path, content }) =>
        tell(path, content.variables.map(({ name, text }) => `${name}=${text}`).join()),
      unchanged: (path) => tell(path, 'unchanged'),
      missing: (path) => tell(path, 'missing'),
      failed: (path, error) => tell(path, error.code),
    },
    abort,
  );
  return { told, order, listed };
}

/** The last state of each step of Test Connection, with what it told. */
export async function testOf(provider: SecretProvider): Promise<Partial<Record<string, TestStep>>> {
  const steps: Partial<Record<string, TestStep>> = {};
  await provider.test((step) => (steps[step.step] = step), signal);
  return steps;
}
