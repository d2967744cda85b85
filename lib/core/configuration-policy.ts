import * as v from 'valibot';

import type { AwsSettings, HashicorpSettings, LockSettings, ProviderKind } from './model';
import { isOriginPattern } from './origin-patterns';
import { httpOrigin } from './origins';

/** What an organization sets by the browser's managed storage (`public/managed-schema.json`). */
export interface Policy {
  readonly provider: ProviderKind | null;
  readonly hashicorp: Partial<HashicorpSettings>;
  readonly aws: Partial<AwsSettings>;
  /** `provider`, `hashicorp.url`, `aws.region` …: those that are set above and cannot be changed. */
  readonly locked: readonly string[];
  readonly globalOnly: boolean;
  readonly testers: OriginPolicy;
  readonly destinations: OriginPolicy;
  readonly lock: Partial<LockSettings>;
  /** Parts that could not be read: they are not in force, the others are. */
  readonly problems: readonly string[];
}

/** What is allowed is an exception of what is blocked, as in the browsers' own policies. */
export interface OriginPolicy {
  readonly blocked: readonly string[];
  readonly allowed: readonly string[];
}

const text = (most: number) => v.pipe(v.string(), v.maxLength(most));
const origin = v.pipe(
  v.string(),
  v.transform((address) => httpOrigin(address.trim()) ?? ''),
  v.minLength(1),
);
const whole = (most: number) => v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(most));
const pattern = v.pipe(v.string(), v.trim(), v.toLowerCase(), v.check(isOriginPattern));

const HASHICORP: {
  readonly [Field in keyof HashicorpSettings]: v.GenericSchema<unknown, HashicorpSettings[Field]>;
} = {
  url: origin,
  auth: v.picklist(['token', 'approle']),
  namespace: text(512),
  enginePath: text(1024),
  verifySsl: v.boolean(),
  autoSync: v.boolean(),
  prefix: text(1024),
};
const AWS: { readonly [Field in keyof AwsSettings]: v.GenericSchema<unknown, AwsSettings[Field]> } = {
  region: v.pipe(v.string(), v.trim(), v.toLowerCase(), v.regex(/^[a-z]{2}(-[a-z]+)+-\d+$/)),
  auth: v.picklist(['keys', 'profile', 'default-chain']),
  autoSync: v.boolean(),
  prefix: text(512),
  // '' holds fast that there is none.
  endpoint: v.union([v.literal(''), origin]),
};
const LOCK: { readonly [Field in keyof LockSettings]: v.GenericSchema<unknown, number> } = {
  idleMinutes: whole(10_080),
  maxMinutes: whole(10_080),
  clipboardSeconds: whole(3_600),
};

export const NO_POLICY: Policy = readPolicy({});

/**
 * Reads what the browser hands out. Each part stands for itself: an administrator's slip in one must not switch
 * off the others, nor the whole extension.
 */
export function readPolicy(stored: unknown): Policy {
  const problems: string[] = [];
  const given = isRecord(stored) ? stored : {};
  const one = <Value>(
    name: string,
    value: unknown,
    schema: v.GenericSchema<unknown, Value>,
  ): Value | undefined => {
    if (value === undefined || value === null) return undefined;
    const read = v.safeParse(schema, value);
    if (read.success) return read.output;
    problems.push(name);
    return undefined;
  };
  const each = <Fields extends object>(
    name: string,
    schemas: { readonly [Field in keyof Fields]: v.GenericSchema<unknown, Fields[Field]> },
  ): Partial<Fields> => {
    const value = given[name];
    if (value === undefined) return {};
    if (!isRecord(value)) {
      problems.push(name);
      return {};
    }
    const fields = Object.keys(schemas) as (keyof Fields & string)[];
    const read = fields.map(
      (field) => [field, one(`${name}.${field}`, value[field], schemas[field])] as const,
    );
    return Object.fromEntries(read.filter(([, found]) => found !== undefined)) as Partial<Fields>;
  };
  const list = (name: string, schema: v.GenericSchema<unknown, string>): string[] => {
    const value = given[name] ?? [];
    if (!Array.isArray(value)) {
      problems.push(name);
      return [];
    }
    return value.flatMap((entry, at) => one(`${name}[${at}]`, entry, schema) ?? []);
  };

  const provider = one('provider', given.provider, v.picklist(['hashicorp', 'aws'])) ?? null;
  const hashicorp = each<HashicorpSettings>('hashicorp', HASHICORP);
  const aws = each<AwsSettings>('aws', AWS);
  const set = [
    ...(provider ? ['provider'] : []),
    ...Object.keys(hashicorp).map((field) => `hashicorp.${field}`),
    ...Object.keys(aws).map((field) => `aws.${field}`),
  ];
  return {
    provider,
    hashicorp,
    aws,
    // A field is held fast at the value that the policy gives; without one there is nothing to hold.
    locked: list('locked', v.picklist(set)),
    globalOnly: one('globalConnectionOnly', given.globalConnectionOnly, v.boolean()) ?? false,
    testers: { blocked: list('blockedTesters', pattern), allowed: list('allowedTesters', pattern) },
    destinations: {
      blocked: list('blockedDestinations', pattern),
      allowed: list('allowedDestinations', pattern),
    },
    lock: each<LockSettings>('autoLock', LOCK),
    problems,
  };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
