import { DEFAULT_AWS } from '@/lib/core/model';
import { AWS_KEYS, AWS_REGION } from '../clients/aws';
import { startAwsStandIn } from '../clients/aws-stand-in';
import { makeSecrets } from '../clients/secrets';
import type { Document } from './document';
import type { Extension } from './extension';

/** Pulls one secret with `KEY_0` … `KEY_9` into the extension. @returns The environment's id. */
export async function pullOne(extension: Extension): Promise<string> {
  const standIn = await startAwsStandIn(makeSecrets(1));
  try {
    await extension.renew();
    await extension.ask('connection/save', {
      scope: 'global',
      provider: 'aws',
      settings: { ...DEFAULT_AWS, region: AWS_REGION, endpoint: `http://127.0.0.1:${standIn.port}` },
      credentials: { kind: 'keys', ...AWS_KEYS },
    });
    await extension.pullAll();
    const { workspaceId } = await extension.ask('status/view', {});
    const [environment] = await extension.ask('environments/list', { workspaceId });
    if (!environment) throw new Error('Nothing was pulled.');
    return environment.id;
  } finally {
    await standIn.stop();
  }
}

interface Tabs {
  query(what: { url: string }): Promise<{ id: number }[]>;
}

/**
 * Opens a page in a tab and enables the extension on it, so that it is there from the next load on.
 *
 * @param early Runs in the page before the hook does.
 */
export async function openTester(
  extension: Extension,
  address: string,
  environmentId: string,
  early: string,
): Promise<{ readonly tab: Document; readonly tabId: number }> {
  const tab = await extension.browser.open(address, early);
  const find = (url: string) => (Reflect.get(globalThis, 'chrome') as { tabs: Tabs }).tabs.query({ url });
  const [found] = await extension.page.run(find, `${new URL(address).origin}/*`);
  if (!found) throw new Error('The tab is not there.');
  const { origin } = new URL(address);
  await extension.ask('tester/enable', { tabId: found.id, origin, environmentId });
  await tab.goto('about:blank');
  await tab.goto(address);
  return { tab, tabId: found.id };
}
