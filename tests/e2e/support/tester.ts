/** A page that is an enabled tester, and the user's answers to its requests, by messages. */
import { expect } from '@playwright/test';
import type { Page } from '@playwright/test';
import type { RequestOf } from '@/lib/messaging/protocol';
import type { Client } from '@/lib/messaging/client';
import type { ApprovalView } from '@/lib/messaging/views';
import type { Keyferry } from './keyferry';
import { environmentsOf } from './set-up';

/** The browser's id of the tab that shows this address. */
export async function tabIdOf({ page }: Keyferry, address: string): Promise<number> {
  const id = await page.evaluate(async (url) => {
    const { tabs } = Reflect.get(globalThis, 'chrome') as {
      tabs: { query(what: object): Promise<{ id: number; url?: string }[]> };
    };
    return (await tabs.query({})).find((tab) => tab.url === url)?.id;
  }, address);
  if (id === undefined) throw new Error(`no tab shows ${address}, or its host is not granted`);
  return id;
}

/** Opens the address in a new tab, enables its origin with the environment of this path, and loads it again. */
export async function openTester(keyferry: Keyferry, address: string, path: string): Promise<Page> {
  const environmentId = (await environmentsOf(keyferry.send)).get(path)?.id;
  if (!environmentId) throw new Error(`no environment of ${path}`);
  const page = await keyferry.context.newPage();
  await page.goto(address);
  const tabId = await tabIdOf(keyferry, page.url());
  await keyferry.send('tester/enable', { tabId, origin: new URL(page.url()).origin, environmentId });
  await page.reload();
  const ready = async () => (await keyferry.send('popup/view', { tabId })).tab?.needsReload;
  await expect.poll(ready).toBe(false);
  return page;
}

type Decision = RequestOf<'approval/answer'>['decision'];

/** Waits until a request asks for the user, and answers what its card shows. */
export async function answerApproval(send: Client, decision: Decision): Promise<ApprovalView> {
  let card: ApprovalView | undefined;
  const next = async () => (card = (await send('popup/view', {})).approvals[0]);
  await expect.poll(next).toBeDefined();
  if (!card) throw new Error('no request waits');
  await send('approval/answer', { approvalId: card.id, requestIds: [...card.requestIds], decision });
  return card;
}
