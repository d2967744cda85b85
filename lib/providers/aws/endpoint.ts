import { parseRegion, secretsManagerOrigin } from '@/lib/core/aws-regions';
import { AppError } from '@/lib/core/errors';
import type { AwsSettings } from '@/lib/core/model';
import { httpOrigin, isLoopback } from '@/lib/core/origins';

export interface AwsEndpoint {
  /** Where requests go: scheme, host and port. */
  readonly origin: string;
  /** As in the origin, with the port, for sentences. */
  readonly host: string;
  /** The region that requests are signed for. */
  readonly region: string;
  readonly partition: string;
  /** The user named the server: a VPC or FIPS endpoint, or an emulator. */
  readonly custom: boolean;
}

/**
 * The server for these settings: the region's own endpoint, or the custom one.
 * https://docs.aws.amazon.com/general/latest/gr/asm.html
 *
 * @throws AppError `region-invalid`; `settings-invalid` for an endpoint that is no plain origin;
 *   `plain-http` for one that is neither https nor on this computer.
 */
export function awsEndpoint(settings: Pick<AwsSettings, 'region' | 'endpoint'>): AwsEndpoint {
  const text = settings.region.trim();
  const { region, partition } = parseRegion(text);
  const custom = settings.endpoint.trim();
  if (custom) return { ...customEndpoint(custom), region, partition, custom: true };
  const origin = secretsManagerOrigin(text);
  return { origin, host: new URL(origin).host, region, partition, custom: false };
}

function customEndpoint(address: string): { origin: string; host: string } {
  const origin = httpOrigin(address);
  const url = URL.parse(address);
  if (!origin || !url || url.pathname !== '/' || url.search || url.hash) {
    throw new AppError('settings-invalid', { field: 'endpoint' });
  }
  const { host } = url;
  if (url.protocol === 'http:' && !isLoopback(url.hostname)) throw new AppError('plain-http', { host });
  return { origin, host };
}
