import { describe, expect, it } from 'vitest';

import type { PopupView } from '@/lib/messaging/views';

import { expectAccessible, openPopup } from './open-popup';
import { NO_TESTER, approval, job, locked, popup, status, tab, tester } from './views';

const STATES: Record<string, [PopupView, RegExp]> = {
  'first run': [popup({ status: status({ phase: 'first-run' }), tab: null }), /Set up Keyferry/],
  locked: [locked(), /Keyferry is locked.*Unlock/],
  'locked, a request waits': [
    locked({ status: status({ phase: 'locked', waiting: 1 }), approvals: [approval({ reason: 'unlock' })] }),
    /1 request is waiting\. docs\.tidewater\.example asks for values/,
  ],
  'not enabled': [
    popup({ tab: tab(NO_TESTER), variables: null }),
    /lab\.tidewater\.example Keyferry does nothing on this site\..*Enable on this site/,
  ],
  enabled: [popup(), /docs\.tidewater\.example Swagger UI · 2 destinations.*API_KEY/],
  'a page that is closed to extensions': [
    popup({ tab: tab({ ...NO_TESTER, origin: null }), variables: null }),
    /Keyferry cannot work on this page\./,
  ],
  'no tab': [popup({ tab: null, variables: null }), /Keyferry cannot work on this page\./],
  'reload needed': [popup({ tab: tab({ needsReload: true }) }), /Reload the page\./],
  'no host access': [
    popup({ tab: tab({ tester: tester({ hostAccess: false }) }) }),
    /Your browser gives no access here\./,
  ],
  'sent as typed': [
    popup({ tab: tab({ sentAsTyped: [{ id: 'notice', name: 'TENANT', at: 1 }] }) }),
    /{{TENANT}} was sent as typed\. Production has no such variable\./,
  ],
  'an override for this tab': [
    popup({ tab: tab({ overridden: true, environmentId: 'staging' }) }),
    /This tab only uses Staging; other tabs use Production\./,
  ],
  'an approval': [
    popup({ status: status({ waiting: 1 }), approvals: [approval()] }),
    /1 request is waiting.*Send 2 values of Production to a new destination\?.*On the wire\./,
  ],
  'values not in memory': [popup({ variables: null }), /Production is not in memory.*Pull Production/],
  'an empty environment': [popup({ variables: [] }), /Production has no variables/],
  'nothing connected': [
    popup({ connected: false, environments: [], variables: null, tab: tab(NO_TESTER) }),
    /No vault is connected yet/,
  ],
  'no environments': [
    popup({ environments: [], variables: null, tab: tab(NO_TESTER) }),
    /No environments yet/,
  ],
  pulling: [popup({ status: status({ job: job() }) }), /Pulling Orders\s*214 of 415/],
  'a newer database': [
    popup({ status: status({ broken: { code: 'database-newer', details: {} } }) }),
    /A newer Keyferry wrote this data/,
  ],
};

describe.each(Object.entries(STATES))('%s', (_name, [view, words]) => {
  it('is said in words and breaks no rule of accessibility', async () => {
    const { text } = await openPopup(view);
    expect(text()).toMatch(words);
    await expectAccessible();
  });
});
