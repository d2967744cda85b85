import { randomBytes } from 'node:crypto';
import { DEFAULT_HASHICORP } from '@/lib/core/model';
import type { Reply } from '@/lib/messaging/router';
import type { EnvironmentView, JobView, UiEvent } from '@/lib/messaging/views';
import { startDelayProxy } from '../../world/delay-proxy';
import { startOpenBao } from '../../world/openbao';
import type { OpenBao } from '../../world/openbao';
import { startExtension } from '../browser/extension';
import type { Extension } from '../browser/extension';
import { makeSecrets } from '../clients/secrets';
import { writeVault } from '../clients/vault-writer';
import type { Part, Run } from '../part';
import { besides } from '../report';
import type { Goal, Table } from '../report';
import { interleave, timed } from '../rounds';
import type { Contender } from '../rounds';

const ENVIRONMENTS = 100;
const ROUNDS = 5;
const ONE_BY_ONE = 'one by one, blind';
const least = (than: number): Goal => ({ sign: '≥', than });
/** Ours compares and swaps, by the version known from the pull; the other overwrites whatever is there. */
const GOALS: Readonly<Record<string, Readonly<Record<number, Goal>>>> = {
  'h1, with CAS': { 20: least(4) },
  'h2, with CAS': { 20: least(6) },
};

export const push: Part = {
  name: 'push',
  about: `Push of ${ENVIRONMENTS} edited environments to OpenBao, over plain HTTP/1.1 and over TLS with HTTP/2`,
  async *run(options) {
    const [plain, tls] = await Promise.all([startOpenBao(), startOpenBao({ tls: true })]);
    const extensions: Extension[] = [];
    try {
      const secrets = makeSecrets(ENVIRONMENTS);
      const mounts = { plain: await seeded(plain, secrets), tls: await seeded(tls, secrets) };
      // A browser each, so that neither has to forget what the other pulled.
      for (const trust of [[], tls.spki ? [tls.spki] : []]) {
        const extension = await startExtension(options.dir, trust);
        extensions.push(extension);
        await extension.renew();
      }
      const [h1, h2] = extensions as [Extension, Extension];
      for (const delay of options.delays) {
        yield await measure({ h1, h2, plain, tls, mounts }, secrets, delay, options);
      }
    } finally {
      await Promise.all([plain.stop(), tls.stop(), ...extensions.map((extension) => extension.stop())]);
    }
  },
};

async function seeded(bao: OpenBao, secrets: Readonly<Record<string, unknown>>): Promise<string> {
  const mount = await bao.freshMount();
  await bao.seedSecrets(mount, secrets);
  return mount;
}

interface Stage {
  readonly h1: Extension;
  readonly h2: Extension;
  readonly plain: OpenBao;
  readonly tls: OpenBao;
  readonly mounts: { readonly plain: string; readonly tls: string };
}

async function measure(
  { h1, h2, plain, tls, mounts }: Stage,
  secrets: Readonly<Record<string, Readonly<Record<string, string>>>>,
  delay: number,
  { rounds, told }: Run,
): Promise<Table> {
  const [plainProxy, tlsProxy] = await Promise.all([
    startDelayProxy(plain.port, delay),
    startDelayProxy(tls.port, delay),
  ]);
  const plainUrl = `http://127.0.0.1:${plainProxy.port}`;
  const changed = () => randomBytes(16).toString('hex');

  const writer = (name: string, atOnce: number): Contender => ({
    name,
    async turn() {
      const KEY_0 = changed();
      const news = Object.entries(secrets).map(([path, data]) => [path, { ...data, KEY_0 }] as const);
      const target = { url: plainUrl, token: plain.rootToken, mount: mounts.plain };
      return { [name]: await timed(() => writeVault(target, news, atOnce)) };
    },
  });
  const ours = async (
    name: string,
    extension: Extension,
    url: string,
    bao: OpenBao,
    enginePath: string,
  ): Promise<Contender> => {
    await extension.ask('connection/save', {
      scope: 'global',
      provider: 'hashicorp',
      settings: { ...DEFAULT_HASHICORP, url, enginePath },
      credentials: { kind: 'token', token: bao.rootToken },
    });
    return {
      name: `the extension, ${name}`,
      async turn() {
        // What the others wrote meanwhile.
        await extension.pullAll();
        const text = changed();
        await extension.page.run(editInPage, text);
        const { ms, job } = await extension.page.run(pushInPage);
        if (job.state !== 'done' || job.pushed !== ENVIRONMENTS)
          throw new Error(`${name}: ${job.state}, pushed ${job.pushed}, ${JSON.stringify(job.failures[0])}`);
        const path = Object.keys(secrets).at(-1) ?? '';
        const there = await bao.call('GET', `${enginePath}/data/${path}`);
        if (!JSON.stringify(there).includes(text)) throw new Error(`${name}: ${path} did not arrive`);
        return { [name]: ms };
      },
    };
  };

  try {
    const samples = await interleave(
      [
        writer(ONE_BY_ONE, 1),
        writer('16 at once, blind', 16),
        await ours('h1, with CAS', h1, plainUrl, plain, mounts.plain),
        await ours('h2, with CAS', h2, `https://127.0.0.1:${tlsProxy.port}`, tls, mounts.tls),
      ],
      rounds ?? ROUNDS,
      told,
    );
    return {
      title: `Push of ${ENVIRONMENTS} environments to OpenBao, ${delay} ms round trip`,
      against: 'faster than one by one',
      rows: besides(samples, ONE_BY_ONE, (what) => GOALS[what]?.[delay]),
    };
  } finally {
    await Promise.all([plainProxy.stop(), tlsProxy.stop()]);
  }
}

interface Chrome {
  readonly runtime: {
    sendMessage(message: unknown): Promise<Reply>;
    connect(how: { name: string }): {
      onMessage: { addListener(listener: (event: UiEvent) => void): void };
      disconnect(): void;
    };
  };
}

/** Runs in the page: types another value into every environment. */
async function editInPage(text: string): Promise<void> {
  const { runtime } = Reflect.get(globalThis, 'chrome') as Chrome;
  const ask = async (kind: string, request: unknown) => {
    const reply = await runtime.sendMessage({ kind, request });
    if (!reply.ok) throw new Error(`${kind}: ${reply.code}`);
    return reply.value;
  };
  const list = (await ask('environments/list', { workspaceId: 'default' })) as EnvironmentView[];
  for (const { id } of list) {
    const edits = [{ op: 'set', name: 'KEY_0', type: 'string', text }];
    await ask('editor/edit', { environmentId: id, edits });
  }
}

/** Runs in the page: Push, from the click's message until the job's end is told. */
function pushInPage(): Promise<{ ms: number; job: JobView }> {
  const { runtime } = Reflect.get(globalThis, 'chrome') as Chrome;
  return new Promise((resolve, reject) => {
    const port = runtime.connect({ name: 'ui' });
    const from = performance.now();
    port.onMessage.addListener((event) => {
      if (event.type !== 'job' || event.job.state === 'running') return;
      port.disconnect();
      resolve({ ms: performance.now() - from, job: event.job });
    });
    runtime.sendMessage({ kind: 'push/bulk', request: { workspaceId: 'default' } }).then((reply) => {
      if (!reply.ok) reject(new Error(`push/bulk: ${reply.code}`));
    }, reject);
  });
}
