import { createHash, createHmac } from 'node:crypto';
import { SignatureV4 } from '@smithy/signature-v4';
import type { AwsCredentials } from '@/lib/core/model';
import type { HttpRequest } from '@/lib/providers/transport';

type Data = string | ArrayBuffer | ArrayBufferView;

function bytes(data: Data): Uint8Array {
  if (typeof data === 'string') return new TextEncoder().encode(data);
  return ArrayBuffer.isView(data)
    ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    : new Uint8Array(data);
}

/** SHA-256 and its HMAC in the form that smithy takes. */
class Sha256 {
  #hash;

  constructor(private readonly secret?: Data) {
    this.#hash = this.#fresh();
  }

  #fresh() {
    return this.secret === undefined ? createHash('sha256') : createHmac('sha256', bytes(this.secret));
  }

  update(data: Data): void {
    this.#hash.update(bytes(data));
  }

  async digest(): Promise<Uint8Array> {
    return new Uint8Array(this.#hash.digest());
  }

  reset(): void {
    this.#hash = this.#fresh();
  }
}

/**
 * The `Authorization` header that AWS's own signer (`@smithy/signature-v4`) writes for a request that we
 * signed: an opinion independent of aws4fetch.
 */
export async function authorizationOf(
  { url, method, headers, body }: HttpRequest,
  keys: AwsCredentials,
  region: string,
): Promise<string> {
  const { protocol, hostname, port, pathname, host } = new URL(url);
  const signer = new SignatureV4({
    credentials: {
      accessKeyId: keys.accessKeyId,
      secretAccessKey: keys.secretAccessKey,
      ...(keys.sessionToken ? { sessionToken: keys.sessionToken } : {}),
    },
    region,
    service: 'secretsmanager',
    sha256: Sha256,
    applyChecksum: false,
  });
  const unsigned = Object.fromEntries(Object.entries(headers).filter(([name]) => name !== 'authorization'));
  const signed = await signer.sign(
    {
      method,
      protocol,
      hostname,
      ...(port ? { port: Number(port) } : {}),
      path: pathname,
      query: {},
      headers: { ...unsigned, host },
      body,
    },
    { signingDate: dateOf(headers['x-amz-date'] ?? ''), unsignableHeaders: new Set(['content-type']) },
  );
  return signed.headers['authorization'] ?? '';
}

/** `20261125T010203Z` as a date. */
export function dateOf(text: string): Date {
  return new Date(text.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
}
