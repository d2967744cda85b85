import type { HashicorpCredentials, HashicorpSettings } from '@/lib/core/model';
import type { SecretProvider } from '@/lib/providers/contract';
import type { AdaptiveQueue } from '@/lib/providers/queue';
import type { Transport } from '@/lib/providers/transport';
import type { TokenSession } from './token-session';

export interface HashicorpProviderOptions {
  readonly settings: HashicorpSettings;
  readonly credentials: HashicorpCredentials;
  readonly transport: Transport;
  readonly queue?: AdaptiveQueue;
  readonly session: TokenSession;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
}

/** HashiCorp Vault or OpenBao, one KV engine, as a provider of secrets. */
export declare function createHashicorpProvider(options: HashicorpProviderOptions): SecretProvider;
