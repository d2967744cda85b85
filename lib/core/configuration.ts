import * as v from 'valibot';

import { TESTER_KINDS } from './model';
import { httpOrigin } from './origins';

/**
 * The configuration file: what a team shares. It has no field for a value, a token or a key, and none is taken:
 * every object is read strictly.
 */

export const CONFIGURATION_FORMAT = 'keyferry-configuration';
export const CONFIGURATION_VERSION = 1;

/** What a file may hold at most. */
export const MOST = {
  characters: 5_000_000,
  workspaces: 200,
  environments: 10_000,
  testers: 1_000,
  grants: 10_000,
} as const;

/** Why a file is refused; the words are in `lib/core/copy/errors.ts`. */
export const FILE_PROBLEMS = [
  'too-large',
  'not-json',
  'not-keyferry',
  'newer',
  'unknown-field',
  'wrong-type',
  'too-many',
  'duplicate',
  'bad-name',
  'bad-address',
  'bad-path',
  'bad-reference',
  'reserved-name',
] as const;
export type FileProblem = (typeof FILE_PROBLEMS)[number];

const problem = (reason: FileProblem) => reason;

/** Controls, and the marks that turn the writing direction, which make a name look like another. */
export const UNSEEN = /[\p{Cc}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;

const text = (most: number) => v.pipe(v.string(), v.maxLength(most));
const id = v.pipe(
  v.string(),
  v.regex(/^[A-Za-z0-9_-]{1,64}$/),
  // The scope of the global defaults.
  v.check((one) => one !== 'global', problem('reserved-name')),
);
/** As long as a path, since pulled environments are called like theirs. */
const name = v.pipe(
  text(1024),
  v.check((one) => one.trim() !== '' && !UNSEEN.test(one), problem('bad-name')),
);
const path = v.pipe(
  text(1024),
  v.check((one) => !UNSEEN.test(one), problem('bad-path')),
);
/** Exactly an origin: scheme, host and port of the web, nothing behind it. */
const origin = v.pipe(
  text(280),
  v.check((address) => httpOrigin(address) === address, problem('bad-address')),
);
const whole = (greatest: number) => v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(greatest));

const hashicorp = v.strictObject({
  url: origin,
  auth: v.picklist(['token', 'approle']),
  namespace: path,
  enginePath: path,
  verifySsl: v.boolean(),
  autoSync: v.boolean(),
  prefix: path,
});
const aws = v.strictObject({
  region: v.pipe(v.string(), v.regex(/^([a-z0-9-]{1,64})?$/)),
  auth: v.picklist(['keys', 'profile', 'default-chain']),
  autoSync: v.boolean(),
  prefix: path,
  endpoint: v.union([v.literal(''), origin]),
});
const connection = v.strictObject({
  provider: v.picklist(['hashicorp', 'aws']),
  hashicorp: v.exactOptional(hashicorp),
  aws: v.exactOptional(aws),
});
const environment = v.strictObject({ id, name, sync: v.boolean(), path, production: v.boolean() });
const grant = v.strictObject({ environment: id, destination: origin });
const tester = v.strictObject({
  origin,
  kind: v.picklist(TESTER_KINDS),
  environment: id,
  grants: v.pipe(v.array(grant), v.maxLength(MOST.grants, problem('too-many'))),
});
const workspace = v.strictObject({
  id,
  name,
  connection: v.exactOptional(connection),
  environments: v.pipe(v.array(environment), v.maxLength(MOST.environments, problem('too-many'))),
  testers: v.pipe(v.array(tester), v.maxLength(MOST.testers, problem('too-many'))),
});

export const configurationSchema = v.strictObject({
  format: v.literal(CONFIGURATION_FORMAT),
  version: v.literal(CONFIGURATION_VERSION),
  exportedAt: v.pipe(v.string(), v.isoTimestamp()),
  lock: v.exactOptional(
    v.strictObject({
      idleMinutes: whole(10_080),
      maxMinutes: whole(10_080),
      clipboardSeconds: whole(3_600),
    }),
  ),
  global: v.exactOptional(connection),
  workspaces: v.pipe(v.array(workspace), v.maxLength(MOST.workspaces, problem('too-many'))),
});

export type Configuration = v.InferOutput<typeof configurationSchema>;
export type FileConnection = v.InferOutput<typeof connection>;
export type FileWorkspace = v.InferOutput<typeof workspace>;
export type FileEnvironment = v.InferOutput<typeof environment>;
export type FileTester = v.InferOutput<typeof tester>;
