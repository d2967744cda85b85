import { AppError, toAppError } from '@/lib/core/errors';
import type { ErrorCode } from '@/lib/core/errors';

import type { AwsCall } from './call';
import { isLost } from './lost';

/** Our labels begin like this; each is on one version, for as long as one write takes. */
const OURS = 'keyferry-';

/** So often the removal of a label is tried. */
const TRIES = 3;

/** The label that holds a version until AWSCURRENT moves to it: AWS may delete versions without any. */
export function holdingLabel(version: string): string {
  return OURS + version;
}

export function isHoldingLabel(label: string): boolean {
  return label.startsWith(OURS);
}

/** Takes the holding label off again. Never throws: the write itself is over, and a label hurts nobody. */
export async function dropLabel(call: AwsCall, path: string, version: string): Promise<void> {
  const payload = { SecretId: path, VersionStage: holdingLabel(version), RemoveFromVersionId: version };
  const { signal } = new AbortController();
  for (let tries = 0; tries < TRIES; tries += 1) {
    try {
      await call('UpdateSecretVersionStage', payload, { signal, path, first: true, write: true });
      return;
    } catch (thrown) {
      if (!isLost(toAppError(thrown))) return;
    }
  }
}

/** Whether this login may move labels (`secretsmanager:UpdateSecretVersionStage`), which may differ by path. */
export interface LabelRights {
  /** Some path refused it. */
  readonly refused: () => boolean;
  /** @param version Any version of the secret. @throws AppError when AWS cannot be asked. */
  may(path: string, version: string, signal: AbortSignal): Promise<boolean>;
  /** Notes that moving a label was denied here. */
  deny(path: string): void;
}

/** Answers that say nothing against the right: there was just no such label to take away. */
const HARMLESS: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'conflict',
  'missing',
  'deletion-pending',
  'path-invalid',
  'malformed-answer',
]);

/**
 * Finds out by taking away a label that no version has: rights are checked before anything else. Asked before
 * the first write, as a login without the right could not take the holding label off again.
 */
export function createLabelRights(call: AwsCall): LabelRights {
  const denied = new Set<string>();
  let seen = false;

  async function ask(path: string, version: string, signal: AbortSignal): Promise<boolean> {
    const payload = { SecretId: path, VersionStage: `${OURS}none`, RemoveFromVersionId: version };
    try {
      await call('UpdateSecretVersionStage', payload, { signal, path, first: true });
    } catch (thrown) {
      const error = toAppError(thrown);
      if (error.code === 'denied') return false;
      if (!HARMLESS.has(error.code)) throw error;
    }
    return true;
  }

  return {
    refused: () => denied.size > 0,
    deny: (path) => void denied.add(path),
    async may(path, version, signal) {
      if (signal.aborted) throw new AppError('cancelled');
      if (denied.has(path)) return false;
      // Once seen, the right is taken for granted until some path refuses it.
      if (seen && denied.size === 0) return true;
      const allowed = await ask(path, version, signal);
      if (allowed) seen = true;
      else denied.add(path);
      return allowed;
    },
  };
}
