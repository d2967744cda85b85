import { parseArgs } from 'node:util';
import type { Part, Run } from './part';
import { armed } from './parts/armed';
import { hook } from './parts/hook';
import { pullAws } from './parts/pull-aws';
import { pullOpenBao } from './parts/pull-openbao';
import { push } from './parts/push';
import { rules } from './parts/rules';
import { unlock } from './parts/unlock';
import { worker } from './parts/worker';

/** The quick ones first. */
const PARTS: readonly Part[] = [worker, unlock, rules, armed, hook, push, pullAws, pullOpenBao];

/** What was asked for. */
export interface Options extends Pick<Run, 'secrets' | 'delays' | 'rounds'> {
  readonly parts: readonly Part[];
}

/** Reads the command line. @throws Error that says what it takes. */
export function readOptions(): Options {
  const { values } = parseArgs({
    options: {
      only: { type: 'string' },
      rounds: { type: 'string' },
      delays: { type: 'string', default: '0,20,80' },
      secrets: { type: 'string', default: '1000' },
    },
  });
  const names = values.only?.split(',') ?? PARTS.map(({ name }) => name);
  const unknown = names.find((name) => !PARTS.some((part) => part.name === name));
  if (unknown !== undefined) {
    const list = PARTS.map(({ name, about }) => `  ${name.padEnd(13)} ${about}`).join('\n');
    throw new Error(`There is no part “${unknown}”. --only takes names, with commas between:\n${list}`);
  }
  return {
    parts: PARTS.filter(({ name }) => names.includes(name)),
    rounds: values.rounds === undefined ? null : whole('rounds', values.rounds, 1),
    delays: values.delays.split(',').map((delay) => whole('delays', delay, 0)),
    secrets: whole('secrets', values.secrets, 1),
  };
}

function whole(name: string, text: string, least: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= least) return value;
  throw new Error(`--${name} takes whole numbers of at least ${least}, not “${text}”.`);
}
