/** A real OpenBao in dev mode, in memory, on loopback. */
import { createHash, randomBytes, X509Certificate } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createHttp } from './http';
import type { Answer, Http } from './http';
import { freePort } from './ports';
import { startProcess, tempDir } from './process';
import type { Running } from './process';
import { ensureVenv } from './venv';

const ROOT_TOKEN = 'root';

/** Who asks, and where. */
export interface Asking {
  /** By default the root token; `null` sends none. */
  readonly token?: string | null;
  /** The namespace header. */
  readonly namespace?: string;
}

/** What to start. */
export interface OpenBaoOptions {
  /** https with HTTP/2 and an authority of its own, instead of http. */
  readonly tls?: boolean;
  /** More configuration, in HCL (https://openbao.org/docs/configuration/). */
  readonly config?: string;
}

/** A running OpenBao. Mounts are full paths, namespaces included; `secret` (KV v2) is there from the start. */
export interface OpenBao {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** Its private folder, gone once it has stopped. */
  readonly dir: string;
  readonly rootToken: string;
  /** TLS only: the authority's certificate, PEM. */
  readonly ca?: string;
  /** TLS only: base64 SHA-256 of the leaf's key, for Chromium's --ignore-certificate-errors-spki-list. */
  readonly spki?: string;
  /** One request; `path` is what follows `/v1/`, encoded. Any status is an answer. */
  request(method: string, path: string, body?: unknown, who?: Asking): Promise<Answer>;
  /** The same, for set-up: gives the body. @throws Error on any status but 2xx. */
  call(method: string, path: string, body?: unknown, who?: Asking): Promise<unknown>;
  /** A new, empty KV mount that is ready for use. */
  freshMount(options?: { version?: 1 | 2; namespace?: string; path?: string }): Promise<string>;
  freshNamespace(): Promise<string>;
  /** Writes secrets (path → data) through the public API, 16 at a time. */
  seedSecrets(mount: string, secrets: Readonly<Record<string, unknown>>): Promise<void>;
  /** A token with just this policy (HCL); `options` go to auth/token/create. */
  createToken(policy: string, options?: Readonly<Record<string, unknown>>): Promise<string>;
  /** A role of an AppRole mount with just this policy; `options` are the role's own. */
  createAppRole(
    policy: string,
    options?: Readonly<Record<string, unknown>>,
    namespace?: string,
  ): Promise<{ roleId: string; secretId: string; role: string }>;
  stop(): Promise<void>;
}

/** Starts an OpenBao and waits until it serves; a port lost to a neighbour is tried again elsewhere. */
export async function startOpenBao(options: OpenBaoOptions = {}): Promise<OpenBao> {
  const { bao } = await ensureVenv();
  for (let tries = 1; ; tries++) {
    try {
      return await startOnce(bao, options);
    } catch (error) {
      if (tries === 3) throw error;
    }
  }
}

async function startOnce(bao: string, { tls = false, config }: OpenBaoOptions): Promise<OpenBao> {
  const dir = await tempDir('openbao');
  // The next port becomes its cluster port.
  const port = await freePort(2);
  const args = ['server', '-dev', '-dev-no-store-token', `-dev-root-token-id=${ROOT_TOKEN}`];
  args.push(`-dev-listen-address=127.0.0.1:${port}`);
  if (tls) args.push('-dev-tls', `-dev-tls-cert-dir=${dir}`);
  if (config) {
    await writeFile(join(dir, 'extra.hcl'), config);
    args.push(`-config=${join(dir, 'extra.hcl')}`);
  }
  const running = await startProcess({ name: 'openbao', command: bao, args, dir });
  try {
    const trust: { ca?: string; spki?: string } = tls ? await readTrust(running) : {};
    const url = `${tls ? 'https' : 'http'}://127.0.0.1:${port}`;
    const http = createHttp(url, trust.ca);
    const api = createApi(http);
    await running.waitUntil(async () => {
      const answer = await api.request('GET', 'secret/config').catch(() => null);
      return answer?.status === 200;
    });
    const stop = async () => {
      http.close();
      await running.stop();
    };
    return { url, port, pid: running.pid, dir: running.dir, rootToken: ROOT_TOKEN, ...trust, ...api, stop };
  } catch (error) {
    await running.stop();
    throw error;
  }
}

async function readTrust(running: Running): Promise<{ ca: string; spki: string }> {
  const read = (file: string) => readFile(join(running.dir, file), 'utf8').catch(() => '');
  await running.waitUntil(async () =>
    Boolean((await read('vault-ca.pem')) && (await read('vault-cert.pem'))),
  );
  const leaf = new X509Certificate(await read('vault-cert.pem'));
  const key = leaf.publicKey.export({ type: 'spki', format: 'der' });
  return { ca: await read('vault-ca.pem'), spki: createHash('sha256').update(key).digest('base64') };
}

type Api = Omit<OpenBao, 'url' | 'port' | 'pid' | 'dir' | 'rootToken' | 'ca' | 'spki' | 'stop'>;

function createApi(http: Http): Api {
  const versions = new Map<string, 1 | 2>([['secret', 2]]);
  const encode = (path: string) => path.split('/').map(encodeURIComponent).join('/');
  const unique = (prefix: string) => `${prefix}-${randomBytes(6).toString('hex')}`;

  const request: OpenBao['request'] = (method, path, body, { token = ROOT_TOKEN, namespace } = {}) =>
    http.send(method, `/v1/${path}`, {
      ...(body === undefined ? {} : { body }),
      headers: {
        ...(token === null ? {} : { 'X-Vault-Token': token }),
        ...(namespace ? { 'X-Vault-Namespace': namespace } : {}),
        ...(method === 'PATCH' ? { 'Content-Type': 'application/merge-patch+json' } : {}),
      },
    });

  const call: OpenBao['call'] = async (method, path, body, who) => {
    const answer = await request(method, path, body, who);
    if (answer.status >= 200 && answer.status < 300) return answer.body;
    throw new Error(`OpenBao: ${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
  };

  async function createPolicy(policy: string, who?: Asking): Promise<string> {
    const name = unique('policy');
    await call('POST', `sys/policies/acl/${name}`, { policy }, who);
    return name;
  }

  return {
    request,
    call,
    async freshMount({ version = 2, namespace, path = unique('kv') } = {}) {
      const within = namespace ? `${encode(namespace)}/` : '';
      const mount = namespace ? `${namespace}/${path}` : path;
      const options = { version: String(version) };
      await call('POST', `${within}sys/mounts/${encode(path)}`, { type: 'kv', options });
      // A fresh v2 mount may say "Upgrading from non-versioned" until its configuration can be read.
      while (version === 2 && (await request('GET', `${encode(mount)}/config`)).status !== 200);
      versions.set(mount, version);
      return mount;
    },
    async freshNamespace() {
      const name = unique('ns');
      await call('POST', `sys/namespaces/${name}`, {});
      return name;
    },
    async seedSecrets(mount, secrets) {
      const version = versions.get(mount);
      if (!version) throw new Error(`${mount} is no mount made by freshMount`);
      const entries = Object.entries(secrets).values();
      const worker = async () => {
        for (const [path, data] of entries) {
          if (version === 2) await call('POST', `${encode(mount)}/data/${encode(path)}`, { data });
          else await call('POST', `${encode(mount)}/${encode(path)}`, data);
        }
      };
      await Promise.all(Array.from({ length: 16 }, worker));
    },
    async createToken(policy, options = {}) {
      const body = { policies: [await createPolicy(policy)], no_default_policy: true, ...options };
      const { auth } = (await call('POST', 'auth/token/create', body)) as { auth: { client_token: string } };
      return auth.client_token;
    },
    async createAppRole(policy, options = {}, namespace) {
      const who = namespace ? { namespace } : {};
      const mounts = (await call('GET', 'sys/auth', undefined, who)) as { data: object };
      if (!('approle/' in mounts.data)) await call('POST', 'sys/auth/approle', { type: 'approle' }, who);
      const role = unique('role');
      const at = `auth/approle/role/${role}`;
      const policies = [await createPolicy(policy, who)];
      await call('POST', at, { token_policies: policies, ...options }, who);
      const id = (await call('GET', `${at}/role-id`, undefined, who)) as { data: { role_id: string } };
      const made = (await call('POST', `${at}/secret-id`, {}, who)) as { data: { secret_id: string } };
      return { role, roleId: id.data.role_id, secretId: made.data.secret_id };
    },
  };
}
