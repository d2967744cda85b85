import { AppError } from '@/lib/core/errors';
import type { SecretContent } from '@/lib/core/variables';
import { body } from './answers';
import { bodyOf } from './body';
import type { SecretBody } from './body';
import type { VaultClient } from './client';

/** OpenBao's `max_request_json_strings`, since 2.4 (openbao `internal/http/json.go`). */
const STRINGS = 1_000;
/** Raft's `max_entry_size` (https://openbao.org/docs/configuration/storage/raft/). */
const ENTRY = 1_048_576;
/** `max_request_size` of both products; the rest of the body is far below the difference. */
const REQUEST = 33_554_432 - 1_024;

/** What one write may hold at this server. */
export interface Limits {
  /**
   * Asks what product and storage this is, once; no login is needed. A server that does not tell decides itself when
   * it is written to.
   */
  learn(signal: AbortSignal): Promise<void>;
  /** A secret that the server holds: it may take as many strings as this has, whatever its defaults. */
  saw(content: SecretContent): void;
  /** Whether only the server's product and storage decide. */
  isDoubtful(secret: SecretBody, versioned: boolean): boolean;
  /** @throws AppError `too-many-strings`, `too-large`: only what this server would refuse by its defaults. */
  check(path: string, secret: SecretBody, versioned: boolean): void;
}

export function createLimits(door: VaultClient): Limits {
  let known: { readonly manyRefused: boolean; readonly largeRefused: boolean } | null = null;
  let proven = 0;

  // Around the variables of KV v2: `data`, `options`, `cas`.
  const stringsOf = ({ strings }: SecretBody, versioned: boolean) => strings + (versioned ? 3 : 0);
  const hasMany = (secret: SecretBody, versioned: boolean) =>
    stringsOf(secret, versioned) > STRINGS && secret.strings > proven;

  async function ask(path: string, signal: AbortSignal): Promise<Record<string, unknown> | null> {
    return body(await door.sendOnce({ path, action: 'reach' }, signal));
  }

  return {
    async learn(signal) {
      if (known) return;
      try {
        const [health, seal] = await Promise.all([ask('sys/health', signal), ask('sys/seal-status', signal)]);
        if (health === null) return;
        known = { manyRefused: refusesMany(health), largeRefused: seal?.['storage_type'] === 'raft' };
      } catch (error) {
        if (signal.aborted) throw error;
      }
    },
    saw(content) {
      // Few secrets are worth the counting.
      if (content.variables.length < 450) return;
      proven = Math.max(proven, bodyOf('', content).strings);
    },
    isDoubtful: (secret, versioned) => hasMany(secret, versioned) || secret.bytes > ENTRY,
    check(path, secret, versioned) {
      if (known?.manyRefused && hasMany(secret, versioned))
        throw new AppError('too-many-strings', { path, strings: stringsOf(secret, versioned) });
      const most = known?.largeRefused ? ENTRY : REQUEST;
      if (secret.bytes > most) {
        throw new AppError('too-large', {
          path,
          kilobytes: Math.ceil(secret.bytes / 1_024),
          most: most >> 10,
        });
      }
    },
  };
}

/** OpenBao from 2.4. Vault's versions begin with 1, and since 1.16 its health tells of its edition. */
function refusesMany(health: Record<string, unknown>): boolean {
  const [, major, minor] = /^(\d+)\.(\d+)\./.exec(String(health['version'])) ?? [];
  return !('enterprise' in health) && Number(major) * 1_000 + Number(minor) >= 2_004;
}
