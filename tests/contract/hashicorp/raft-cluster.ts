/** Two OpenBao servers with one raft storage: what a standby serves lags a little behind. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createHttp } from '../../world/http';
import type { Answer, Http } from '../../world/http';
import { freePort } from '../../world/ports';
import { startProcess, tempDir } from '../../world/process';
import type { Running } from '../../world/process';
import { ensureVenv } from '../../world/venv';

export interface RaftNode {
  readonly url: string;
  /** One request with the root token; any status is an answer. */
  request(method: string, path: string, body?: unknown): Promise<Answer>;
}

export interface RaftCluster {
  readonly active: RaftNode;
  readonly standby: RaftNode;
  readonly rootToken: string;
  stop(): Promise<void>;
}

interface Started {
  readonly running: Running;
  readonly http: Http;
  readonly url: string;
}

async function startNode(bao: string, name: string, leader?: string): Promise<Started> {
  const dir = await tempDir('raft');
  const port = await freePort(2);
  const url = `http://127.0.0.1:${port}`;
  const join_ = leader ? `retry_join { leader_api_addr = "${leader}" }` : '';
  const config = `
    disable_mlock = true
    api_addr = "${url}"
    cluster_addr = "https://127.0.0.1:${port + 1}"
    listener "tcp" {
      address = "127.0.0.1:${port}"
      cluster_address = "127.0.0.1:${port + 1}"
      tls_disable = true
    }
    storage "raft" {
      path = "${dir}"
      node_id = "${name}"
      ${join_}
    }`;
  const file = join(dir, 'node.hcl');
  await writeFile(file, config);
  const running = await startProcess({ name, command: bao, args: ['server', `-config=${file}`], dir });
  const http = createHttp(url);
  await running.waitUntil(async () => {
    const answer = await http.send('GET', '/v1/sys/seal-status').catch(() => null);
    return answer?.status === 200;
  });
  return { running, http, url };
}

/** Starts both, joined and unsealed, with a KV v2 at `secret`. Takes some ten seconds. */
export async function startRaftCluster(): Promise<RaftCluster> {
  const { bao } = await ensureVenv();
  const started: Started[] = [];
  const stop = async () => {
    for (const { http } of started) http.close();
    await Promise.all(started.map(({ running }) => running.stop()));
  };
  try {
    const first = await startNode(bao, 'one');
    started.push(first);
    const init = await first.http.send('POST', '/v1/sys/init', {
      body: { secret_shares: 1, secret_threshold: 1 },
    });
    const { keys, root_token: rootToken } = init.body as { keys: string[]; root_token: string };
    const headers = { 'X-Vault-Token': rootToken };
    const unseal = ({ http }: Started) => http.send('PUT', '/v1/sys/unseal', { body: { key: keys[0] } });
    await unseal(first);
    const health = async ({ http }: Started) => (await http.send('GET', '/v1/sys/health')).status;
    await first.running.waitUntil(async () => (await health(first)) === 200);
    const second = await startNode(bao, 'two', first.url);
    started.push(second);
    await second.running.waitUntil(async () => {
      await unseal(second);
      return (await health(second)) === 429;
    });
    const node = ({ http, url }: Started): RaftNode => ({
      url,
      request: (method, path, body) =>
        http.send(method, `/v1/${path}`, { headers, ...(body === undefined ? {} : { body }) }),
    });
    const cluster = { active: node(first), standby: node(second), rootToken, stop };
    await cluster.active.request('POST', 'sys/mounts/secret', { type: 'kv', options: { version: '2' } });
    for (const { request } of [cluster.active, cluster.standby])
      while ((await request('GET', 'secret/config')).status !== 200);
    return cluster;
  } catch (error) {
    await stop();
    throw error;
  }
}
