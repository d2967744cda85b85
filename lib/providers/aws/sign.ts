import { AwsV4Signer } from 'aws4fetch';

import { AppError } from '@/lib/core/errors';
import type { AwsCredentials } from '@/lib/core/model';
import type { HttpRequest } from '@/lib/providers/transport';

const SERVICE = 'secretsmanager';

/** What AWS's key ids and session tokens consist of. */
const VISIBLE = /^[!-~]+$/;

export interface Signer {
  /**
   * One signed call of the JSON 1.1 protocol (Signature Version 4).
   *
   * @param at What the request says the time is, in milliseconds since the epoch.
   * @throws AppError `credentials-missing` after `forget`; `key-unknown` for a key that no header can carry
   *   (the platform's own error would quote it).
   */
  sign(action: string, body: string, at: number): Promise<HttpRequest>;
  /** Drops the keys and everything derived from them. */
  forget(): void;
}

/**
 * Signs for one server and region. aws4fetch only signs here: its `fetch` would retry ten times, and its
 * guesses at service and region fail for VPC endpoints, so both are always given.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export function createSigner(credentials: AwsCredentials, origin: string, region: string): Signer {
  // aws4fetch keeps derived keys under the plain secret key: this map lives and dies with the signer.
  const derivedKeys = new Map<string, ArrayBuffer>();
  let keys: AwsCredentials | null = trimmed(credentials);

  return {
    async sign(action, body, at) {
      if (!keys) throw new AppError('credentials-missing');
      if (!VISIBLE.test(`${keys.accessKeyId}${keys.sessionToken ?? ''}`))
        throw new AppError('key-unknown', { region });
      const signed = await new AwsV4Signer({
        method: 'POST',
        url: `${origin}/`,
        headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': `${SERVICE}.${action}` },
        body,
        accessKeyId: keys.accessKeyId,
        secretAccessKey: keys.secretAccessKey,
        ...(keys.sessionToken ? { sessionToken: keys.sessionToken } : {}),
        service: SERVICE,
        region,
        cache: derivedKeys,
        datetime: new Date(at).toISOString().replace(/[:-]|\.\d{3}/g, ''),
      }).sign();
      return { method: 'POST', url: signed.url.href, headers: Object.fromEntries(signed.headers), body };
    },
    forget() {
      keys = null;
      derivedKeys.clear();
    },
  };
}

/** A line break at the end of a pasted key belongs to the paste, not to the key. */
function trimmed({ kind, accessKeyId, secretAccessKey, sessionToken }: AwsCredentials): AwsCredentials {
  return {
    kind,
    accessKeyId: accessKeyId.trim(),
    secretAccessKey: secretAccessKey.trim(),
    ...(sessionToken ? { sessionToken: sessionToken.trim() } : {}),
  };
}
