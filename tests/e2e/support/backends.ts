/** Both providers behind one face, each seen through a proxy that counts, delays and breaks. */
import { DeleteSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { ConnectionForm } from '@/lib/messaging/protocol';
import type { Passing } from '../../world/fault-proxy';
import type { Moto } from '../../world/moto';
import type { OpenBao } from '../../world/openbao';
import { startProxy } from '../../world/proxy';
import type { Proxy } from '../../world/proxy';
import { awsForm, hashicorpForm } from './set-up';

/** A server with secrets of its own for one test. */
export interface Backend {
  readonly proxy: Proxy;
  readonly form: ConnectionForm;
  /** Puts secrets in place, path → its one variable `KEY`. */
  seed(values: Readonly<Record<string, string>>): Promise<void>;
  remove(path: string): Promise<void>;
  /** From now on this secret may not be read; the returned function allows it again. */
  deny(path: string): Promise<() => Promise<void>>;
  /** How many requests for values came. */
  reads(): number;
  stop(): Promise<void>;
}

/** A fresh KV v2 mount. The token's policy, not the proxy, denies. */
export async function hashicorpBackend(openbao: OpenBao): Promise<Backend> {
  const proxy = await startProxy({ target: openbao.url });
  const mount = await openbao.freshMount();
  const policy = (denied: readonly string[]) =>
    [
      `path "${mount}/metadata/*" { capabilities = ["list", "read", "scan"] }`,
      `path "${mount}/detailed-metadata/*" { capabilities = ["list", "scan"] }`,
      `path "${mount}/data/*" { capabilities = ["read"] }`,
      ...denied.map((path) => `path "${mount}/data/${path}" { capabilities = ["deny"] }`),
    ].join('\n');
  await openbao.call('POST', `sys/policies/acl/${mount}`, { policy: policy([]) });
  const made = await openbao.call('POST', 'auth/token/create', { policies: [mount] });
  const { auth } = made as { auth: { client_token: string } };
  return {
    proxy,
    form: hashicorpForm(proxy.url, auth.client_token, { enginePath: mount }),
    seed: (values) =>
      openbao.seedSecrets(
        mount,
        Object.fromEntries(Object.entries(values).map(([path, KEY]) => [path, { KEY }])),
      ),
    remove: async (path) => void (await openbao.call('DELETE', `${mount}/metadata/${path}`)),
    async deny(path) {
      await openbao.call('POST', `sys/policies/acl/${mount}`, { policy: policy([path]) });
      return async () =>
        void (await openbao.call('POST', `sys/policies/acl/${mount}`, { policy: policy([]) }));
    },
    reads: () => proxy.requests().filter(({ path }) => path.includes(`/${mount}/data/`)).length,
    stop: proxy.stop,
  };
}

/** All of moto, emptied. What moto's policies cannot deny, a secret by its name, the proxy denies. */
export async function awsBackend(moto: Moto): Promise<Backend> {
  const proxy = await startProxy({ target: moto.url });
  await moto.reset();
  const keys = await moto.createUser();
  const action = ({ headers }: Passing) => String(headers['x-amz-target']).replace(/^.*\./, '');
  const refusal = {
    status: 400,
    headers: { 'Content-Type': 'application/x-amz-json-1.1', 'x-amzn-errortype': 'AccessDeniedException' },
    body: JSON.stringify({ __type: 'AccessDeniedException', Message: 'not authorized to perform this' }),
  };
  return {
    proxy,
    form: awsForm(proxy.url, keys),
    seed: (values) =>
      moto.seed(Object.entries(values).map(([name, KEY]) => ({ name, string: JSON.stringify({ KEY }) }))),
    async remove(path) {
      const sdk = new SecretsManagerClient({ region: 'us-east-1', endpoint: moto.url, credentials: keys });
      await sdk.send(new DeleteSecretCommand({ SecretId: path, ForceDeleteWithoutRecovery: true }));
      sdk.destroy();
    },
    deny(path) {
      const undo = [
        proxy.fail({ when: (request) => action(request) === 'BatchGetSecretValue', then: refusal }),
        proxy.fail({
          when: (request) =>
            action(request) === 'GetSecretValue' && request.body.includes(JSON.stringify(path)),
          then: refusal,
        }),
      ];
      return Promise.resolve(() => Promise.resolve(undo.forEach((allow) => allow())));
    },
    reads: () => proxy.requests().filter((request) => action(request).endsWith('GetSecretValue')).length,
    stop: proxy.stop,
  };
}
