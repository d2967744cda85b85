import { startWorld } from '../../world/index';
import { startExtension } from '../browser/extension';
import type { Extension } from '../browser/extension';
import { openTester, pullOne } from '../browser/tester';
import type { Part } from '../part';
import { interleave } from '../rounds';

/** Stands where the browser's fetch is, so that the hook calls it: notes when the page's request goes out. */
const NOTE_SENDING = `{
  const native = window.fetch;
  window.fetch = function (...args) {
    window.sentAt = performance.now();
    return native.apply(this, args);
  };
}`;

export const armed: Part = {
  name: 'armed',
  about: "From the page's call of fetch until its request goes out, armed",
  async *run({ dir, rounds, told }) {
    const world = await startWorld({ api: true, testers: true });
    let extension: Extension | undefined;
    try {
      extension = await startExtension(dir);
      const environmentId = await pullOne(extension);
      const { tab, tabId } = await openTester(extension, world.testers.plain, environmentId, NOTE_SENDING);
      const address = `${world.api.url}/echo`;

      const first = tab.run(sendOnce, address, 'X-Api-Key', '{{vault:KEY_0}}');
      await allow(extension, tabId);
      const { echoed } = await first;
      if (!/^[0-9a-f]{32}$/.test(echoed)) throw new Error(`The API received ${echoed}`);

      const turn = (name: string, value: string) => ({
        name,
        async turn() {
          const { ms, whole } = await tab.run(sendOnce, address, 'X-Api-Key', value);
          return { [`${name}: until it goes out`]: ms, [`${name}: until it is answered`]: whole };
        },
      });
      const samples = await interleave(
        [turn('placeholder', '{{vault:KEY_0}}'), turn('plain', 'plain-value')],
        rounds ?? 40,
        told,
      );
      yield {
        title: 'A request of an enabled page, with a preflight',
        rows: [...samples].map(([what, list]) => ({
          what,
          unit: 'ms',
          samples: list,
          ...(what === 'placeholder: until it goes out' ? { goal: { sign: '≤', than: 6 } } : {}),
        })),
      };
    } finally {
      await Promise.all([world.stop(), extension?.stop()]);
    }
  },
};

/** Allows the destination that waits in this tab, for good. */
async function allow(extension: Extension, tabId: number): Promise<void> {
  for (;;) {
    const [card] = (await extension.ask('popup/view', { tabId })).approvals;
    if (!card) continue;
    const { id: approvalId, requestIds } = card;
    await extension.ask('approval/answer', { approvalId, requestIds: [...requestIds], decision: 'always' });
    return;
  }
}

/** Runs in the page. */
async function sendOnce(
  address: string,
  header: string,
  value: string,
): Promise<{ ms: number; whole: number; echoed: string }> {
  const from = performance.now();
  const response = await fetch(address, { headers: { [header]: value } });
  const { headers } = (await response.json()) as { headers: Record<string, string> };
  return {
    ms: (Reflect.get(window, 'sentAt') as number) - from,
    whole: performance.now() - from,
    echoed: String(headers[header.toLowerCase()]),
  };
}
