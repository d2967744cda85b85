import { browser } from 'wxt/browser';

type SessionRule = Parameters<typeof browser.declarativeNetRequest.updateSessionRules>[0]['addRules'] extends
  (infer Rule)[] | undefined
  ? Rule
  : never;

/** Our own rule ids: this one, and those of the injection from 1,000 on. */
const ORIGIN_RULE = 1;

/** One call for both lists: the browser applies them together. */
export async function updateSessionRules(
  add: readonly SessionRule[],
  remove: readonly number[],
): Promise<void> {
  await browser.declarativeNetRequest.updateSessionRules({ addRules: [...add], removeRuleIds: [...remove] });
}

export async function sessionRuleIds(): Promise<number[]> {
  const rules = await browser.declarativeNetRequest.getSessionRules();
  return rules.map(({ id }) => id).filter((id) => id !== ORIGIN_RULE);
}

/**
 * Takes the `Origin` header off our own requests: Vault answers 403 to an unknown one where its CORS is on,
 * and so do local AWS emulators, though an extension with host access needs no CORS.
 */
export async function stripOwnOrigin(extensionHost: string): Promise<void> {
  await updateSessionRules(
    [
      {
        id: ORIGIN_RULE,
        action: { type: 'modifyHeaders', requestHeaders: [{ header: 'origin', operation: 'remove' }] },
        condition: { initiatorDomains: [extensionHost], resourceTypes: ['xmlhttprequest'] },
      },
    ],
    [ORIGIN_RULE],
  );
}
