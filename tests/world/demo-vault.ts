/** What the demo's OpenBao holds. */
import { randomBytes } from 'node:crypto';
import type { OpenBao } from './openbao';

export interface DemoVault {
  readonly url: string;
  /** May read and list this mount only. */
  readonly token: string;
  readonly mount: string;
  /** Names that Pull All gives, in the order of the list. */
  readonly environments: readonly string[];
  /** The value of API_KEY in the first environment. */
  readonly apiKey: string;
}

/** The demo's secrets, path → variables. */
export function demoSecrets(): Record<string, Record<string, unknown>> {
  const key = () => `demo_${randomBytes(12).toString('hex')}`;
  return {
    'petstore/development': { API_KEY: key(), USER: 'developer', db: { host: 'localhost', password: key() } },
    'petstore/staging': { API_KEY: key(), USER: 'tester', db: { host: 'db.staging', password: key() } },
    'petstore/production': { API_KEY: key(), USER: 'operator', db: { host: 'db.live', password: key() } },
  };
}

/** Puts the secrets into a mount of their own and makes a token for it. */
export async function seedDemoVault(
  openbao: OpenBao,
  secrets: ReturnType<typeof demoSecrets>,
): Promise<DemoVault> {
  const mount = await openbao.freshMount({ path: 'demo' });
  await openbao.seedSecrets(mount, secrets);
  const token = await openbao.createToken(
    `path "${mount}/*" { capabilities = ["read", "list", "scan", "create", "update"] }`,
    { no_default_policy: false, ttl: '24h' },
  );
  const environments = Object.keys(secrets);
  const apiKey = String(secrets[environments[0] ?? '']?.['API_KEY']);
  return { url: openbao.url, token, mount, environments, apiKey };
}
