/** Workspaces by messages: one with values, and a page that uses them. */
import { expect } from '@playwright/test';
import type { Page } from '@playwright/test';
import { DEFAULT_HASHICORP } from '@/lib/core/model';
import type { HashicorpCredentials, HashicorpSettings } from '@/lib/core/model';
import type { ConnectionForm } from '@/lib/messaging/protocol';
import type { Client } from '@/lib/messaging/client';
import { startRecorder } from '../../world/recorder';
import type { Recorder } from '../../world/recorder';
import type { Keyferry } from './keyferry';
import { jobOver } from './set-up';
import { answerApproval, tabIdOf } from './tester';

/** A workspace's own Vault or OpenBao, by AppRole. */
export function appRoleForm(
  url: string,
  credentials: Omit<Extract<HashicorpCredentials, { kind: 'approle' }>, 'kind'>,
  settings: Partial<HashicorpSettings>,
): ConnectionForm {
  return {
    scope: 'global',
    provider: 'hashicorp',
    settings: { ...DEFAULT_HASHICORP, url, auth: 'approle', ...settings },
    credentials: { kind: 'approle', ...credentials },
  };
}

/** The form of a scope with its credential fields left alone. */
export function bareForm(form: ConnectionForm, scope: string): ConnectionForm {
  return form.provider === 'aws'
    ? { scope, provider: form.provider, settings: form.settings }
    : { scope, provider: form.provider, settings: form.settings };
}

/** The id of the environment at a path of a workspace. */
export async function environmentIn(send: Client, workspaceId: string, path: string): Promise<string> {
  const list = await send('environments/list', { workspaceId });
  const found = list.find((environment) => environment.path === path);
  if (!found) throw new Error(`no environment at ${path}`);
  return found.id;
}

/** A new workspace with a connection of its own, pulled. @returns Its id. */
export async function createOwn(send: Client, name: string, form: ConnectionForm): Promise<string> {
  const { id: scope } = await send('workspace/create', { name });
  await send('connection/save', { ...form, scope });
  const job = await send('pull/all', { scope });
  expect(await jobOver(send, job.id)).toMatchObject({ state: 'done', failures: [] });
  return scope;
}

/** Opens a page, enables its origin with the environment, and loads it again. */
export async function openTesterOf(
  keyferry: Keyferry,
  address: string,
  environmentId: string,
): Promise<Page> {
  const page = await keyferry.context.newPage();
  await page.goto(address);
  const tabId = await tabIdOf(keyferry, page.url());
  await keyferry.send('tester/enable', { tabId, origin: new URL(page.url()).origin, environmentId });
  await page.reload();
  const ready = async () => (await keyferry.send('popup/view', { tabId })).tab?.needsReload;
  await expect.poll(ready).toBe(false);
  return page;
}

/** Allows the page's environment to be sent to this address for good, by asking from the page. */
export async function allowFrom(send: Client, page: Page, url: string, header: string): Promise<void> {
  const sent = page.evaluate(
    ([to, value]) => fetch(to, { headers: { 'X-First': value } }).then(({ status }) => status),
    [url, header] as const,
  );
  await answerApproval(send, 'always');
  expect(await sent).toBe(200);
}

/** An origin of its own with an empty page, which records too. */
export function startPage(): Promise<Recorder> {
  return startRecorder((_request, response) =>
    response
      .writeHead(200, { 'Content-Type': 'text/html; charset=utf-8' })
      .end('<!doctype html><title>Tester</title><link rel="icon" href="data:,">'),
  );
}
