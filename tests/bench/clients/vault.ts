import { Agent, get as httpGet } from 'node:http';
import { json } from 'node:stream/consumers';

/** Where the bench's own client reads from. */
export interface VaultSource {
  readonly url: string;
  readonly token: string;
  readonly mount: string;
}

/**
 * The reader that the extension stands beside: our own plain Node client, which lists and then reads every secret,
 * `atOnce` at a time, over kept-alive HTTP/1.1 connections. With 1 it works as scripts and desktop clients do.
 *
 * @returns How many secrets it read.
 */
export async function readVault({ url, token, mount }: VaultSource, atOnce: number): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: atOnce });
  const get = (path: string) =>
    new Promise<Readonly<Record<string, unknown>>>((resolve, reject) => {
      const options = { agent, headers: { 'X-Vault-Token': token } };
      httpGet(`${url}/v1/${mount}/${path}`, options, (response) => {
        if (response.statusCode === 200)
          json(response).then((body) => resolve((body as Answer).data), reject);
        else reject(new Error(`${path}: ${response.statusCode}`));
      }).on('error', reject);
    });
  try {
    const names = ((await get('metadata/?list=true'))['keys'] as string[]).values();
    const values = new Map<string, unknown>();
    const read = async () => {
      for (const name of names) values.set(name, (await get(`data/${name}`))['data']);
    };
    await Promise.all(Array.from({ length: atOnce }, read));
    return values.size;
  } finally {
    agent.destroy();
  }
}

interface Answer {
  readonly data: Readonly<Record<string, unknown>>;
}
