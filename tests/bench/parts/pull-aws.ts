import { DEFAULT_AWS } from '@/lib/core/model';
import { startDelayProxy } from '../../world/delay-proxy';
import { startExtension } from '../browser/extension';
import type { Extension } from '../browser/extension';
import { AWS_KEYS, AWS_REGION, readAws } from '../clients/aws';
import { startAwsStandIn } from '../clients/aws-stand-in';
import { makeSecrets } from '../clients/secrets';
import type { Part, Run } from '../part';
import { besides } from '../report';
import type { Goal, Table } from '../report';
import { interleave, timed } from '../rounds';
import type { Contender } from '../rounds';

/** One by one takes 24 s a round at 20 ms and 88 s at 80 ms. */
const ROUNDS = new Map([
  [0, 5],
  [20, 3],
  [80, 3],
]);

const ONE_BY_ONE = 'SDK, one by one';
const least = (than: number): Goal => ({ sign: '≥', than });
const GOALS: Readonly<Record<string, Readonly<Record<number, Goal>>>> = {
  'extension, first': { 20: least(55), 80: least(70) },
  'extension, nothing changed': { 20: least(80) },
};

export const pullAws: Part = {
  name: 'pull-aws',
  about: 'Pull All from a stand-in of AWS Secrets Manager, first and with nothing changed',
  async *run(options) {
    const standIn = await startAwsStandIn(makeSecrets(options.secrets));
    let extension: Extension | undefined;
    try {
      extension = await startExtension(options.dir);
      for (const delay of options.delays) yield await measure(extension, standIn.port, delay, options);
    } finally {
      await Promise.all([standIn.stop(), extension?.stop()]);
    }
  },
};

async function measure(
  extension: Extension,
  port: number,
  delay: number,
  { secrets, rounds, told }: Run,
): Promise<Table> {
  const proxy = await startDelayProxy(port, delay);
  const endpoint = `http://127.0.0.1:${proxy.port}`;

  const reader = (name: string, how: 'get' | 'batch'): Contender => ({
    name,
    async turn() {
      const ms = await timed(async () => {
        const read = await readAws(endpoint, how);
        if (read !== secrets) throw new Error(`${name} read ${read}`);
      });
      return { [name]: ms };
    },
  });
  const ours: Contender = {
    name: 'extension',
    async turn() {
      await extension.renew();
      await extension.ask('connection/save', {
        scope: 'global',
        provider: 'aws',
        settings: { ...DEFAULT_AWS, region: AWS_REGION, endpoint },
        credentials: { kind: 'keys', ...AWS_KEYS },
      });
      const first = await extension.pullAll();
      const again = await extension.pullAll();
      if (first.job.read !== secrets || again.job.unchanged !== secrets) {
        throw new Error(`read ${first.job.read}, then ${again.job.unchanged} unchanged`);
      }
      return { 'extension, first': first.ms, 'extension, nothing changed': again.ms };
    },
  };

  try {
    const contenders = [reader(ONE_BY_ONE, 'get'), reader('SDK, BatchGet 8 at once', 'batch'), ours];
    const samples = await interleave(contenders, rounds ?? ROUNDS.get(delay) ?? 3, told);
    return {
      title: `AWS stand-in, ${secrets} secrets, ${delay} ms round trip`,
      against: 'faster than one by one',
      rows: besides(samples, ONE_BY_ONE, (what) => GOALS[what]?.[delay]),
    };
  } finally {
    await proxy.stop();
  }
}
