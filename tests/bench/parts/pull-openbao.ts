import { DEFAULT_HASHICORP } from '@/lib/core/model';
import { startDelayProxy } from '../../world/delay-proxy';
import { startOpenBao } from '../../world/openbao';
import type { OpenBao } from '../../world/openbao';
import { startExtension } from '../browser/extension';
import type { Extension } from '../browser/extension';
import { makeSecrets } from '../clients/secrets';
import { readVault } from '../clients/vault';
import type { Part, Run } from '../part';
import { besides } from '../report';
import type { Goal, Table } from '../report';
import { interleave, timed } from '../rounds';
import type { Contender } from '../rounds';

/** One by one takes 25 s a round at 20 ms and 90 s at 80 ms. */
const ROUNDS = new Map([
  [0, 5],
  [20, 3],
  [80, 3],
]);

const ONE_BY_ONE = 'one by one';
const least = (than: number): Goal => ({ sign: '≥', than });
/** None at 0 ms: without a network a browser only loses, by the processor time of each fetch. */
const GOALS: Readonly<Record<string, Readonly<Record<number, Goal>>>> = {
  'h1, first': { 20: least(4.5), 80: least(5) },
  'h2, first': { 20: least(10), 80: least(27) },
  'h1, nothing changed': { 20: least(200) },
  'h2, nothing changed': { 20: least(200) },
};

export const pullOpenBao: Part = {
  name: 'pull-openbao',
  about:
    'Pull All from OpenBao, over plain HTTP/1.1 and over TLS with HTTP/2, first and with nothing changed',
  async *run(options) {
    const [plain, tls] = await Promise.all([startOpenBao(), startOpenBao({ tls: true })]);
    let extension: Extension | undefined;
    try {
      const secrets = makeSecrets(options.secrets);
      const mounts = { plain: await seeded(plain, secrets), tls: await seeded(tls, secrets) };
      extension = await startExtension(options.dir, tls.spki ? [tls.spki] : []);
      for (const delay of options.delays) yield await measure(extension, plain, tls, mounts, delay, options);
    } finally {
      await Promise.all([plain.stop(), tls.stop(), extension?.stop()]);
    }
  },
};

async function seeded(bao: OpenBao, secrets: Readonly<Record<string, unknown>>): Promise<string> {
  const mount = await bao.freshMount();
  await bao.seedSecrets(mount, secrets);
  return mount;
}

async function measure(
  extension: Extension,
  plain: OpenBao,
  tls: OpenBao,
  mounts: { readonly plain: string; readonly tls: string },
  delay: number,
  { secrets, rounds, told }: Run,
): Promise<Table> {
  const [plainProxy, tlsProxy] = await Promise.all([
    startDelayProxy(plain.port, delay),
    startDelayProxy(tls.port, delay),
  ]);
  const plainUrl = `http://127.0.0.1:${plainProxy.port}`;

  const reader = (name: string, atOnce: number): Contender => ({
    name,
    async turn() {
      const source = { url: plainUrl, token: plain.rootToken, mount: mounts.plain };
      const ms = await timed(async () => {
        const read = await readVault(source, atOnce);
        if (read !== secrets) throw new Error(`${name} read ${read}`);
      });
      return { [name]: ms };
    },
  });
  const ours = (name: string, url: string, bao: OpenBao, enginePath: string): Contender => ({
    name: `the extension, ${name}`,
    async turn() {
      await extension.renew();
      await extension.ask('connection/save', {
        scope: 'global',
        provider: 'hashicorp',
        settings: { ...DEFAULT_HASHICORP, url, enginePath },
        credentials: { kind: 'token', token: bao.rootToken },
      });
      const first = await extension.pullAll();
      const again = await extension.pullAll();
      if (first.job.read !== secrets || again.job.unchanged !== secrets) {
        throw new Error(`${name}: read ${first.job.read}, then ${again.job.unchanged} unchanged`);
      }
      return { [`${name}, first`]: first.ms, [`${name}, nothing changed`]: again.ms };
    },
  });

  try {
    const samples = await interleave(
      [
        reader(ONE_BY_ONE, 1),
        reader('64 at once', 64),
        ours('h1', plainUrl, plain, mounts.plain),
        ours('h2', `https://127.0.0.1:${tlsProxy.port}`, tls, mounts.tls),
      ],
      rounds ?? ROUNDS.get(delay) ?? 3,
      told,
    );
    return {
      title: `OpenBao, ${secrets} secrets, ${delay} ms round trip`,
      against: 'faster than one by one',
      rows: besides(samples, ONE_BY_ONE, (what) => GOALS[what]?.[delay]),
    };
  } finally {
    await Promise.all([plainProxy.stop(), tlsProxy.stop()]);
  }
}
