/** MiniStack: the second AWS Secrets Manager, right about version labels, error answers and parallel writes. */
import { createHttp } from './http';
import { freePort } from './ports';
import { startProcess } from './process';
import { ensureVenv } from './venv';

/** A running MiniStack; it takes any keys unless started with `auth`. */
export interface Ministack {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** Its private folder, gone once it has stopped. */
  readonly dir: string;
  /** Forgets all secrets. */
  reset(): Promise<void>;
  stop(): Promise<void>;
}

/** @param options `auth`: refuse unknown access keys. */
export async function startMinistack({ auth = false }: { auth?: boolean } = {}): Promise<Ministack> {
  const { python } = await ensureVenv();
  const port = await freePort();
  const running = await startProcess({
    name: 'ministack',
    command: python,
    args: ['-m', 'ministack'],
    env: {
      // Without it MiniStack listens on every interface.
      BIND_HOST: '127.0.0.1',
      GATEWAY_PORT: String(port),
      SERVICES: auth ? 'secretsmanager,iam,sts' : 'secretsmanager',
      ...(auth ? { AUTH: 'true' } : {}),
    },
  });
  const url = `http://127.0.0.1:${port}`;
  const http = createHttp(url);
  const stop = async () => {
    http.close();
    await running.stop();
  };
  try {
    await running.waitUntil(
      async () => (await http.send('GET', '/_ministack/health').catch(() => null))?.status === 200,
    );
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    url,
    port,
    pid: running.pid,
    dir: running.dir,
    async reset() {
      const { status } = await http.send('POST', '/_ministack/reset');
      if (status !== 200) throw new Error(`MiniStack: reset: ${status}`);
    },
    stop,
  };
}
