/** moto: AWS Secrets Manager, IAM and STS with signature and policy checks. */
import { randomBytes, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Running } from './process';
import { startProcess } from './process';
import { ensureVenv } from './venv';

/** Keys as a user would paste them. */
export interface AwsKeys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** A secret to put in place; `binary` is base64. */
export interface AwsSeed {
  readonly name: string;
  readonly string?: string;
  readonly binary?: string;
  readonly tags?: readonly { readonly Key: string; readonly Value: string }[];
}

/** A running moto. Not for compare-and-swap by label, limits or parallel writes: MiniStack does those right. */
export interface Moto {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** Its private folder, gone once it has stopped. */
  readonly dir: string;
  /** Keys of a new IAM user who may do these actions (`secretsmanager:ListSecrets` …, by default all of it). */
  createUser(actions?: readonly string[]): Promise<AwsKeys>;
  /** Keys with a session token, of a new role with these rights. */
  createSession(actions?: readonly string[]): Promise<AwsKeys>;
  seed(secrets: readonly AwsSeed[], region?: string): Promise<void>;
  /** Whether signatures and policies are checked; on from the start. */
  checkAuth(on: boolean): Promise<void>;
  /** Forgets all secrets, users and roles. */
  reset(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts moto with its checks on. */
export async function startMoto(): Promise<Moto> {
  const { python } = await ensureVenv();
  const runner = join(import.meta.dirname, 'moto_runner.py');
  const running = await startProcess({ name: 'moto', command: python, args: ['-u', runner], talks: true });
  const order = createOrders(running);
  try {
    const { port } = (await order(null)) as { port: number };
    return {
      url: `http://127.0.0.1:${port}`,
      port,
      pid: running.pid,
      dir: running.dir,
      stop: running.stop,
      ...createApi(order),
    };
  } catch (error) {
    await running.stop();
    throw error;
  }
}

type Orders = (order: object | null) => Promise<unknown>;

function createApi(order: Orders): Omit<Moto, 'url' | 'port' | 'pid' | 'dir' | 'stop'> {
  const named = () => `tests-${randomBytes(6).toString('hex')}`;
  // moto denies every statement whose Resource is not "*".
  const allow = (Action: readonly string[]) => ({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action, Resource: '*' }],
  });
  const everything = ['secretsmanager:*'];
  return {
    createUser: async (actions = everything) =>
      (await order({ op: 'user', name: named(), policy: allow(actions) })) as AwsKeys,
    createSession: async (actions = everything) =>
      (await order({ op: 'session', name: named(), policy: allow(actions) })) as AwsKeys,
    async seed(secrets, region = 'us-east-1') {
      const withToken = secrets.map((secret) => ({ ...secret, token: randomUUID() }));
      await order({ op: 'seed', region, secrets: withToken });
    },
    checkAuth: async (on) => void (await order({ op: 'auth', on })),
    reset: async () => void (await order({ op: 'reset' })),
  };
}

/** Sends one order at a time and gives its answer; `null` sends nothing and takes the next line. */
function createOrders(running: Running): Orders {
  if (!running.stdout) throw new Error('moto has no stdout');
  const lines = createInterface({ input: running.stdout })[Symbol.asyncIterator]();
  let last: Promise<unknown> = Promise.resolve();
  const take = async (order: object | null) => {
    if (order) running.stdin?.write(`${JSON.stringify(order)}\n`);
    for (;;) {
      const { value, done } = await lines.next();
      if (done) await running.waitUntil(() => Promise.resolve(false));
      // Libraries may print lines of their own.
      if (!value?.startsWith('{')) continue;
      const answer = JSON.parse(value) as { error?: string };
      if (answer.error) throw new Error(`moto: ${answer.error}`);
      return answer;
    }
  };
  return (order) => {
    const mine = last.then(() => take(order));
    last = mine.catch(() => undefined);
    return mine;
  };
}
