import { isJsonObject } from '@/lib/core/variables';
import type { HttpResponse } from '@/lib/providers/transport';

/** How far the storage of a cluster was at some answer; nodes that are behind it hand a call on. */
export interface ClusterIndex {
  /** Whether any answer carried an index; servers of one node send none. */
  readonly clustered: boolean;
  /**
   * What a call sends so that no node behind what was seen serves it. Empty until something was.
   *
   * @param current Behind anything that was ever seen; else behind what was marked.
   */
  headers(current: boolean): Record<string, string>;
  /** @param marks Whether every later call must see what this answer saw. */
  saw(answer: HttpResponse, marks: boolean): void;
}

/**
 * Keeps the newest `X-Vault-Index`. Standbys serve reads up to 160 ms late and compare `cas` with what they have
 * (measured with OpenBao 2.7.2); with this pair of headers one that is behind forwards the call
 * (https://openbao.org/docs/concepts/consistency/, https://developer.hashicorp.com/vault/docs/enterprise/consistency).
 * The many reads of a pull raise no mark, so that standbys go on serving them.
 */
export function createClusterIndex(): ClusterIndex {
  let newest: string | null = null;
  let mark: string | null = null;
  return {
    get clustered() {
      return newest !== null;
    },
    headers(current) {
      const index = current ? newest : mark;
      return index === null ? {} : { 'X-Vault-Index': index, 'X-Vault-Inconsistent': 'forward-active-node' };
    },
    saw({ headers }, marks) {
      const found = headers['x-vault-index'];
      if (!found) return;
      newest = newerOf(newest, found);
      if (marks) mark = newerOf(mark, found);
    },
  };
}

/** The newer one as far as can be told, else the later: answers come in any order. */
function newerOf(known: string | null, found: string): string {
  const [a, b] = [known === null ? null : read(known), read(found)];
  return known !== null && a && b && a.cluster === b.cluster && a.value > b.value ? known : found;
}

/** OpenBao's form: base64 of `{"cluster": …, "value": "<number>"}`; the value of other storages is opaque. */
function read(index: string): { cluster: unknown; value: bigint } | null {
  try {
    const parsed: unknown = JSON.parse(atob(index));
    if (!isJsonObject(parsed)) return null;
    return { cluster: parsed['cluster'], value: BigInt(String(parsed['value'])) };
  } catch {
    return null;
  }
}
