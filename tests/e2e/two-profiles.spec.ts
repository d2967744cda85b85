/** Two people, each with a browser of their own, save the same secret at once: every acknowledged change is there at the end. */
import {
  CreateSecretCommand,
  GetSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { expect, test } from '@playwright/test';
import { AppError } from '@/lib/core/errors';
import type { ConnectionForm } from '@/lib/messaging/protocol';
import { startWorld } from '../world/index';
import type { World } from '../world/index';
import type { Passing } from '../world/fault-proxy';
import { startProxy } from '../world/proxy';
import type { Proxy } from '../world/proxy';
import { idOf, pushAll, save, seeded, setAll } from './support/editing';
import { launchKeyferry } from './support/keyferry';
import type { Keyferry } from './support/keyferry';
import { awsForm, hashicorpForm, jobOver, PASSPHRASE, pullAll } from './support/set-up';

const ROUNDS = 50;
const PATH = 'team/shared';
const ANY = { accessKeyId: 'AKIAANY', secretAccessKey: 'any' };

let world: World<'openbao' | 'ministack'>;
let browsers: Keyferry[] = [];

test.beforeAll(async () => {
  world = await startWorld({ openbao: true, ministack: true });
  browsers = await Promise.all([launchKeyferry(), launchKeyferry()]);
  for (const { send } of browsers) await send('lock/set-up', { passphrase: PASSPHRASE });
});
test.afterAll(async () => {
  await Promise.all(browsers.map((browser) => browser.close()));
  await world?.stop();
});

/** A server with the one secret, what it holds, and which requests write it. */
interface Server {
  readonly url: string;
  form(url: string): ConnectionForm;
  now(): Promise<Record<string, string>>;
  readonly isWrite: (request: Passing) => boolean;
}

async function openBao(): Promise<Server> {
  const { openbao } = world;
  const mount = await openbao.freshMount();
  await openbao.seedSecrets(mount, { [PATH]: { SHARED: 'start' } });
  return {
    url: openbao.url,
    form: (url) => hashicorpForm(url, openbao.rootToken, { enginePath: mount }),
    async now() {
      const answer = await openbao.call('GET', `${mount}/data/${PATH}`);
      return (answer as { data: { data: Record<string, string> } }).data.data;
    },
    isWrite: ({ method }) => method === 'PUT',
  };
}

async function aws(): Promise<Server> {
  const { ministack } = world;
  await ministack.reset();
  // A copy: the SDK writes into what it is given.
  const credentials = { ...ANY };
  const sdk = new SecretsManagerClient({ region: 'us-east-1', endpoint: ministack.url, credentials });
  await sdk.send(new CreateSecretCommand({ Name: PATH, SecretString: '{"SHARED":"start"}' }));
  return {
    url: ministack.url,
    form: (url) => awsForm(url, ANY),
    async now() {
      const { SecretString = '' } = await sdk.send(new GetSecretValueCommand({ SecretId: PATH }));
      return JSON.parse(SecretString) as Record<string, string>;
    },
    isWrite: ({ headers }) => /PutSecretValue|UpdateSecretVersionStage/.test(String(headers['x-amz-target'])),
  };
}

interface Person {
  readonly name: string;
  readonly keyferry: Keyferry;
  readonly proxy: Proxy;
  readonly random: () => number;
  /** What was acknowledged to them: it must be there for good. */
  readonly acknowledged: Map<string, string>;
  readonly environmentId: string;
  /** Saves that met the other's. */
  clashes: number;
}

/**
 * One person's turn: adds a variable of their own, often changes the one of both, saves by review or in bulk, and
 * goes on until it is acknowledged, as a person would who is told of a conflict or a lost answer.
 */
async function takeTurn(person: Person, round: number): Promise<void> {
  const { name, keyferry, random, acknowledged, environmentId } = person;
  const { send } = keyferry;
  const own = { [`${name}_${round}`]: `${name} in round ${round}` };
  await setAll(send, environmentId, random() < 0.5 ? { ...own, SHARED: `${name} ${round}` } : own);
  if (random() < 0.2) {
    const { id } = await send('pull/one', { environmentId });
    await jobOver(send, id);
  }
  for (let tries = 0; tries < 20; tries += 1) {
    try {
      const inBulk = tries === 0 && random() < 0.4;
      const met = inBulk
        ? (await pushAll(send, [environmentId])).failures.length > 0
        : (await save(send, environmentId)).state === 'conflict';
      if (!met) break;
      person.clashes += 1;
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      // What a person who is told so tries again.
      const told = `${error.code} ${JSON.stringify(error.details)}`;
      expect(told).toMatch(/^(conflict-again|outcome-unknown|connection-reset|unreachable) /);
    }
  }
  const [variable = '', value = ''] = Object.entries(own)[0] ?? [];
  acknowledged.set(variable, value);
}

for (const [provider, start] of [
  ['OpenBao', openBao],
  ['AWS Secrets Manager', aws],
] as const) {
  for (const cutting of [false, true]) {
    const network = cutting ? 'also loses answers of writes' : 'is slow';
    test(`${provider}: ${ROUNDS} rounds through a network that ${network}`, async () => {
      const server = await start();
      const people = await Promise.all(
        browsers.map(async (keyferry, at): Promise<Person> => {
          const proxy = await startProxy({ target: server.url });
          const { send } = keyferry;
          await send('connection/save', server.form(proxy.url));
          expect(await pullAll(send)).toMatchObject({ state: 'done', read: 1 });
          return {
            name: `P${at}`,
            keyferry,
            proxy,
            random: seeded(20_261_125 + at),
            acknowledged: new Map(),
            environmentId: await idOf(send, PATH),
            clashes: 0,
          };
        }),
      );
      const weather = seeded(7);
      for (let round = 0; round < ROUNDS; round += 1) {
        for (const { proxy } of people) {
          proxy.clear();
          proxy.delay(Math.floor(weather() * 40));
          if (cutting && weather() < 0.4) proxy.fail({ when: server.isWrite, times: 1, then: 'cutAfter' });
        }
        await Promise.all(people.map((person) => takeTurn(person, round)));
      }

      const now = await server.now();
      for (const { acknowledged } of people) {
        expect(acknowledged.size).toBe(ROUNDS);
        expect(now).toMatchObject(Object.fromEntries(acknowledged));
      }
      expect(Object.keys(now)).toHaveLength(2 * ROUNDS + 1);
      // They did get in each other's way.
      expect(people.reduce((sum, { clashes }) => sum + clashes, 0)).toBeGreaterThan(0);
      for (const { keyferry, proxy } of people) {
        // And each ends up with what is there, with nothing left to save.
        expect(await pullAll(keyferry.send)).toMatchObject({ state: 'done', failures: [] });
        const environment = (await keyferry.send('environments/list', { workspaceId: 'default' })).at(-1);
        expect(environment).toMatchObject({ state: 'fresh', variables: 2 * ROUNDS + 1 });
        await proxy.stop();
      }
    });
  }
}
