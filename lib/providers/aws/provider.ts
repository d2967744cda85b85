import type { AwsCredentials, AwsSettings } from '@/lib/core/model';
import type { SecretProvider } from '@/lib/providers/contract';
import type { Transport } from '@/lib/providers/transport';

export interface AwsProviderOptions {
  readonly settings: AwsSettings;
  /** `null` when the settings name a profile or the default chain. */
  readonly credentials: AwsCredentials | null;
  readonly transport: Transport;
  /** Milliseconds since the epoch; the clock that requests are signed by. */
  readonly now?: () => number;
}

/** AWS Secrets Manager as a provider of secrets. */
export declare function createAwsProvider(options: AwsProviderOptions): SecretProvider;
