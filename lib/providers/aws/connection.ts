import { AppError } from '@/lib/core/errors';
import type { AwsCredentials, AwsSettings } from '@/lib/core/model';
import { createAdaptiveQueue } from '@/lib/providers/queue';
import type { AdaptiveQueue } from '@/lib/providers/queue';
import type { Transport } from '@/lib/providers/transport';

import { createCall } from './call';
import type { AwsCall } from './call';
import { awsEndpoint } from './endpoint';
import type { AwsEndpoint } from './endpoint';
import { createReader } from './read';
import type { Reader } from './read';
import { createSigner } from './sign';

export interface AwsProviderOptions {
  readonly settings: AwsSettings;
  /** `null` when the settings name a profile or the default chain, which hold no keys here. */
  readonly credentials: AwsCredentials | null;
  readonly transport: Transport;
  /** All calls of this provider go through it; its own, of six at once, when left out. */
  readonly queue?: AdaptiveQueue | undefined;
  /** Milliseconds since the epoch: the clock that requests are signed by. */
  readonly now?: (() => number) | undefined;
}

/** Everything between a provider and its server. */
export interface Connection {
  readonly endpoint: AwsEndpoint;
  readonly transport: Transport;
  readonly call: AwsCall;
  readonly reader: Reader;
  /** Drops the keys. */
  forget(): void;
}

/** Over six at once gains nothing: AWS answers on HTTP/1.1, where a browser opens six connections. */
const AT_ONCE = 6;

const METHODS = { profile: 'Profile', 'default-chain': 'Default Chain' } as const;

/**
 * Puts the parts together. Sends nothing.
 *
 * @throws AppError `helper-missing` where a browser has no access to the keys, `credentials-missing`,
 *   `region-invalid`, `settings-invalid`, `plain-http`.
 */
export function connect({
  settings,
  credentials,
  transport,
  queue,
  now = Date.now,
}: AwsProviderOptions): Connection {
  if (settings.auth !== 'keys') throw new AppError('helper-missing', { method: METHODS[settings.auth] });
  if (!credentials) throw new AppError('credentials-missing');
  const endpoint = awsEndpoint(settings);
  const signer = createSigner(credentials, endpoint.origin, endpoint.region);
  const call = createCall({
    endpoint,
    signer,
    transport,
    queue: queue ?? createAdaptiveQueue({ concurrency: AT_ONCE, h2Concurrency: AT_ONCE }),
    now,
  });
  return { endpoint, transport, call, reader: createReader(call, endpoint), forget: () => signer.forget() };
}
