/** Set-up by messages, for tests that are about what comes after it. */
import { expect } from '@playwright/test';
import { DEFAULT_AWS, DEFAULT_HASHICORP } from '@/lib/core/model';
import type { AwsSettings, HashicorpSettings } from '@/lib/core/model';
import type { Client } from '@/lib/messaging/client';
import type { ConnectionForm } from '@/lib/messaging/protocol';
import type { EnvironmentView, JobView } from '@/lib/messaging/views';
import type { AwsKeys } from '../../world/moto';

export const PASSPHRASE = 'seven sailors share a passphrase';
/** The one workspace that there is until its screens come. */
export const WORKSPACE = 'default';

/** Settings → Vault for a Vault or OpenBao, by token. */
export function hashicorpForm(
  url: string,
  token: string,
  settings: Partial<HashicorpSettings> = {},
): ConnectionForm {
  return {
    scope: 'global',
    provider: 'hashicorp',
    settings: { ...DEFAULT_HASHICORP, url, ...settings },
    credentials: { kind: 'token', token },
  };
}

/** Settings → Vault for an AWS Secrets Manager at a custom endpoint, by keys. */
export function awsForm(
  endpoint: string,
  keys: AwsKeys,
  settings: Partial<AwsSettings> = {},
): ConnectionForm {
  return {
    scope: 'global',
    provider: 'aws',
    settings: { ...DEFAULT_AWS, region: 'us-east-1', endpoint, ...settings },
    credentials: { kind: 'keys', ...keys },
  };
}

/** Starts Pull All and waits until it is over, however it ends. */
export async function pullAll(send: Client): Promise<JobView> {
  const { id } = await send('pull/all', { scope: 'global' });
  return jobOver(send, id);
}

/** The job as it ended. */
export async function jobOver(send: Client, id: string): Promise<JobView> {
  let job: JobView | null = null;
  const state = async () => {
    job = (await send('status/view', {})).job;
    return job?.id === id ? job.state : 'another';
  };
  await expect.poll(state, { timeout: 60_000, intervals: [50, 100, 250] }).not.toBe('running');
  if (!job) throw new Error('the job is gone');
  return job;
}

/** Environments by their path. */
export async function environmentsOf(send: Client): Promise<Map<string, EnvironmentView>> {
  const list = await send('environments/list', { workspaceId: WORKSPACE });
  return new Map(list.map((environment) => [environment.path, environment]));
}

/** The value of a variable, as Reveal gets it; `null` when it is not there. */
export async function valueOf(send: Client, path: string, name: string): Promise<string | null> {
  const environment = (await environmentsOf(send)).get(path);
  if (!environment) return null;
  return (await send('environment/value', { environmentId: environment.id, name }))?.text ?? null;
}
