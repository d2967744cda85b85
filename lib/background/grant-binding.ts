import type { Environment } from '@/lib/core/model';

import type { EffectiveConnection } from './connections';

/** What a grant is bound to: when connection or path change, it is gone. */
export function grantBinding(
  connection: EffectiveConnection | null,
  environment: Environment | undefined,
): string {
  return `${connection?.identity ?? ''}|${environment?.path ?? ''}`;
}
