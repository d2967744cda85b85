/** What the contract tests of the HashiCorp provider share: settings, a session in memory, a sink that keeps. */
import { inspect } from 'node:util';
import { expect } from 'vitest';
import type { AppError, ErrorCode } from '@/lib/core/errors';
import type { HashicorpCredentials, HashicorpSettings } from '@/lib/core/model';
import type { TestStep } from '@/lib/core/test-steps';
import type { SecretContent, Variable } from '@/lib/core/variables';
import { versionStamp } from '@/lib/providers/contract';
import type { PullRequest, PullSink, SecretProvider, SecretRecord } from '@/lib/providers/contract';
import { createFetchTransport } from '@/lib/providers/fetch-transport';
import { createHashicorpProvider } from '@/lib/providers/hashicorp/provider';
import type { SavedToken, TokenSession } from '@/lib/providers/hashicorp/token-session';
import type { Transport } from '@/lib/providers/transport';
import type { Expected, WritableProvider } from '@/lib/providers/write-contract';

export const signal = new AbortController().signal;

const CAUSES: Readonly<Record<string, ErrorCode>> = {
  ECONNREFUSED: 'refused',
  ENOTFOUND: 'host-unknown',
  ECONNRESET: 'connection-reset',
  UND_ERR_SOCKET: 'connection-reset',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'tls-untrusted',
  SELF_SIGNED_CERT_IN_CHAIN: 'tls-untrusted',
};

/** The product's transport; what webRequest tells in a browser is read off the cause that Node's fetch gives. */
export function nodeTransport(timeoutMs = 10_000): Transport {
  const causes = new Map<string, ErrorCode>();
  return createFetchTransport({
    timeoutMs,
    fetch: async (input, init) => {
      try {
        return await fetch(input, init);
      } catch (error) {
        const cause = (error as { cause?: { code?: string } }).cause?.code ?? '';
        if (CAUSES[cause]) causes.set(String(input), CAUSES[cause]);
        throw error;
      }
    },
    explain: async (url) => causes.get(url) ?? null,
  });
}

export function memorySession(): TokenSession & { saved: SavedToken | null } {
  const session = {
    saved: null as SavedToken | null,
    get: async () => session.saved,
    set: async (token: SavedToken | null) => void (session.saved = token),
  };
  return session;
}

export interface Connecting extends Partial<HashicorpSettings> {
  readonly url: string;
  readonly token?: string;
  readonly role?: { readonly roleId: string; readonly secretId: string };
  readonly session?: TokenSession;
  readonly transport?: Transport;
  readonly now?: () => number;
}

export function connect(options: Connecting): WritableProvider {
  const {
    token = 'root',
    role,
    session = memorySession(),
    transport = nodeTransport(),
    now,
    ...settings
  } = options;
  const credentials: HashicorpCredentials = role
    ? { kind: 'approle', roleId: role.roleId, secretId: role.secretId }
    : { kind: 'token', token };
  return createHashicorpProvider({
    settings: {
      auth: credentials.kind,
      namespace: '',
      enginePath: 'secret',
      verifySsl: true,
      autoSync: false,
      prefix: '',
      ...settings,
    },
    credentials,
    session,
    transport,
    ...(now ? { now } : {}),
  });
}

/** Variables as an object of name → text. */
export function texts(variables: readonly Variable[]): Record<string, string> {
  return Object.fromEntries(variables.map(({ name, text }) => [name, text]));
}

export interface Pulled {
  readonly secrets: Map<string, SecretRecord>;
  readonly unchanged: string[];
  readonly missing: string[];
  readonly failed: Map<string, AppError>;
  readonly totals: number[];
  /** Everything a path was reported as, to see that it is once. */
  readonly calls: string[];
}

export function collector(): { sink: PullSink; pulled: Pulled } {
  const pulled: Pulled = {
    secrets: new Map(),
    unchanged: [],
    missing: [],
    failed: new Map(),
    totals: [],
    calls: [],
  };
  const sink: PullSink = {
    listed: (total) => void pulled.totals.push(total),
    secret(record) {
      pulled.calls.push(record.path);
      pulled.secrets.set(record.path, record);
    },
    unchanged(path) {
      pulled.calls.push(path);
      pulled.unchanged.push(path);
    },
    missing(path) {
      pulled.calls.push(path);
      pulled.missing.push(path);
    },
    failed(path, error) {
      pulled.calls.push(path);
      pulled.failed.set(path, error);
    },
  };
  return { sink, pulled };
}

export async function pull(provider: SecretProvider, request: Partial<PullRequest> = {}): Promise<Pulled> {
  const { sink, pulled } = collector();
  await provider.pull({ prefix: '', known: new Map(), ...request }, sink, signal);
  expect(new Set(pulled.calls).size).toBe(pulled.calls.length);
  return pulled;
}

/** The versions of a pull, as the next one is told them. */
export function versionsOf({ secrets }: Pulled): Map<string, string> {
  return new Map([...secrets].flatMap(([path, { version }]) => (version === null ? [] : [[path, version]])));
}

/** The same with the times that they were made at, as the background tells them. */
export function stampsOf({ secrets }: Pulled): Map<string, string> {
  return new Map([...secrets].map(([path, record]) => [path, versionStamp(record) ?? '']));
}

/** The end of each step of Test Connection. */
export async function test(provider: SecretProvider): Promise<TestStep[]> {
  const steps: TestStep[] = [];
  await provider.test((step) => void steps.push(step), signal);
  return steps.filter(({ state }) => state !== 'running');
}

export async function failureOf(work: Promise<unknown>): Promise<AppError> {
  return work.then(
    () => expect.unreachable('it should have failed'),
    (error: AppError) => error,
  );
}

/** Nothing of a token, a key or a value is anywhere in or behind the error. */
export function expectNoLeak(error: unknown, ...secrets: readonly string[]): void {
  const everything = inspect(error, { depth: 9, showHidden: true, getters: true });
  for (const secret of secrets) expect(everything).not.toContain(secret);
}

/** A secret of strings. */
export function secretOf(values: Readonly<Record<string, string>>): SecretContent {
  const variables = Object.entries(values).map(([name, text]) => ({ name, type: 'string' as const, text }));
  return { form: 'object', variables };
}

/** A secret of JSON texts. */
export function jsonOf(values: Readonly<Record<string, string>>): SecretContent {
  const variables = Object.entries(values).map(([name, text]) => ({ name, type: 'json' as const, text }));
  return { form: 'object', variables };
}

export const ABSENT: Expected = { state: 'absent' };

export function expecting(
  version: string | null,
  content: SecretContent,
): Extract<Expected, { state: 'read' }> {
  return { state: 'read', version, content };
}

/** What a provider reads at a path, as texts; `null` when nothing is there. */
export async function textsAt(
  provider: SecretProvider,
  path: string,
): Promise<Record<string, string> | null> {
  const record = await provider.read(path, signal);
  return record && texts(record.content.variables);
}
