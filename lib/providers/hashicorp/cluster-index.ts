import { isJsonObject } from '@/lib/core/variables';
import type { HttpResponse } from '@/lib/providers/transport';

/** How far the storage of a cluster was at some answer; nodes that are behind it hand a read on. */
export interface ClusterIndex {
  /** Whether any answer carried an index; servers of one node send none. */
  readonly clustered: boolean;
  /** What a read sends to see at least what was marked. Empty until then. */
  headers(): Record<string, string>;
  /** @param marks Whether later reads must see what this answer saw. */
  saw(answer: HttpResponse, marks: boolean): void;
}

/**
 * Keeps the newest `X-Vault-Index` that reads must not fall behind. Standbys serve reads up to 160 ms late; with
 * this pair of headers one that is behind forwards the call (https://openbao.org/docs/concepts/integrated-storage/,
 * https://developer.hashicorp.com/vault/docs/enterprise/consistency). Reads in general raise no mark, so that
 * standbys go on serving them.
 */
export function createClusterIndex(): ClusterIndex {
  let clustered = false;
  let mark: string | null = null;
  return {
    get clustered() {
      return clustered;
    },
    headers: () =>
      mark === null ? {} : { 'X-Vault-Index': mark, 'X-Vault-Inconsistent': 'forward-active-node' },
    saw({ headers }, marks) {
      const found = headers['x-vault-index'];
      if (!found) return;
      clustered = true;
      if (marks && !isOlder(found, mark)) mark = found;
    },
  };
}

/** Whether `found` is behind `mark`; answers of parallel writes come in any order. */
function isOlder(found: string, mark: string | null): boolean {
  const [a, b] = [read(found), mark === null ? null : read(mark)];
  return a !== null && b !== null && a.cluster === b.cluster && a.value < b.value;
}

function read(index: string): { cluster: unknown; value: number } | null {
  try {
    const { cluster, value } = asObject(JSON.parse(atob(index)));
    return typeof value === 'number' ? { cluster, value } : null;
  } catch {
    // Of another form: the last one counts.
    return null;
  }
}

function asObject(parsed: unknown): Record<string, unknown> {
  return isJsonObject(parsed) ? parsed : {};
}
