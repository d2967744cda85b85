import { Agent, request } from 'node:http';
import type { VaultSource } from './vault';

/**
 * The writer that the extension stands beside: our own plain Node client, which overwrites whatever is there, `atOnce`
 * at a time, over kept-alive HTTP/1.1 connections. With 1 it works as scripts and desktop clients do.
 */
export async function writeVault(
  { url, token, mount }: VaultSource,
  secrets: Iterable<readonly [path: string, data: unknown]>,
  atOnce: number,
): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: atOnce });
  const put = (path: string, data: unknown) =>
    new Promise<void>((resolve, reject) => {
      const headers = { 'X-Vault-Token': token, 'Content-Type': 'application/json' };
      request(`${url}/v1/${mount}/data/${path}`, { method: 'PUT', agent, headers }, (response) => {
        response.resume().on('end', () => {
          if (response.statusCode === 200) resolve();
          else reject(new Error(`${path}: ${response.statusCode}`));
        });
      })
        .on('error', reject)
        .end(JSON.stringify({ data }));
    });
  const queue = [...secrets].values();
  const write = async () => {
    for (const [path, data] of queue) await put(path, data);
  };
  try {
    await Promise.all(Array.from({ length: atOnce }, write));
  } finally {
    agent.destroy();
  }
}
