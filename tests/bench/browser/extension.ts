/** The extension, commanded from its own options page by the messages that its screens send. */
import type { MessageKind, RequestOf, ResponseOf } from '@/lib/messaging/protocol';
import type { JobView, UiEvent } from '@/lib/messaging/views';
import { startChromium } from './chromium';
import type { Chromium } from './chromium';
import type { Document } from './document';

export const PASSPHRASE = 'four words nobody would guess';

/** The extension in a browser. */
export interface Extension {
  readonly browser: Chromium;
  /** Its options page, open in a tab as for a user who pulls. */
  readonly page: Document;
  /** Sends one message of the protocol. @throws Error with the code it was refused with. */
  ask<Kind extends MessageKind>(kind: Kind, request: RequestOf<Kind>): Promise<ResponseOf<Kind>>;
  /** Forgets everything and sets a passphrase, as new: the next pull is a first one. */
  renew(): Promise<void>;
  /** Pull All, from the click's message until the job's end is told, in ms. @throws Error when it did not end well. */
  pullAll(): Promise<{ readonly ms: number; readonly job: JobView }>;
  stop(): Promise<void>;
}

interface Chrome {
  readonly runtime: {
    sendMessage(message: unknown): Promise<Reply>;
    connect(how: { name: string }): {
      onMessage: { addListener(listener: (event: UiEvent) => void): void };
      disconnect(): void;
    };
  };
}
interface Reply {
  readonly ok: boolean;
  readonly value?: unknown;
  readonly code?: string;
  readonly details?: unknown;
}

/** Starts a browser with the extension, which may reach loopback. */
export async function startExtension(dir: string, trust: readonly string[] = []): Promise<Extension> {
  const browser = await startChromium(dir, trust, ['http://127.0.0.1/*', 'https://127.0.0.1/*']);
  const page = await browser.open(`${browser.origin}/options.html`);

  const ask: Extension['ask'] = async (kind, request) => {
    const reply = await page.run(
      (message) => {
        const { runtime } = Reflect.get(globalThis, 'chrome') as Chrome;
        return runtime.sendMessage(message);
      },
      { kind, request },
    );
    if (!reply.ok) throw new Error(`${kind}: ${reply.code} ${JSON.stringify(reply.details)}`);
    return reply.value as ResponseOf<typeof kind>;
  };

  return {
    browser,
    page,
    ask,
    async renew() {
      if ((await ask('status/view', {})).phase !== 'first-run') await ask('lock/wipe', {});
      await ask('lock/set-up', { passphrase: PASSPHRASE });
    },
    async pullAll() {
      const result = await page.run(pullInPage);
      const { state, failures, failure } = result.job;
      if (state !== 'done' || failures.length > 0) {
        throw new Error(`The pull ended ${state}: ${JSON.stringify(failure ?? failures[0])}`);
      }
      return result;
    },
    stop: () => browser.stop(),
  };
}

/** Runs in the page. */
function pullInPage(): Promise<{ ms: number; job: JobView }> {
  const { runtime } = Reflect.get(globalThis, 'chrome') as Chrome;
  return new Promise((resolve, reject) => {
    const port = runtime.connect({ name: 'ui' });
    const from = performance.now();
    port.onMessage.addListener((event) => {
      if (event.type !== 'job' || event.job.state === 'running') return;
      port.disconnect();
      resolve({ ms: performance.now() - from, job: event.job });
    });
    runtime.sendMessage({ kind: 'pull/all', request: { scope: 'global' } }).then((reply) => {
      if (!reply.ok) reject(new Error(`pull/all: ${reply.code}`));
    }, reject);
  });
}
