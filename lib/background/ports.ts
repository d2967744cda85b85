import type { IconState } from '@/lib/browser/action';
import type { TabInfo } from '@/lib/browser/tabs';
import type { UiEvent } from '@/lib/messaging/views';
import type { Transport } from '@/lib/providers/transport';

/**
 * What the background needs of the browser, so that it runs the same in a unit test. The real ones are wired in
 * `app.ts` out of `lib/browser`.
 */
export interface Platform {
  readonly now: () => number;
  readonly broadcast: (event: UiEvent) => void;
  readonly setAlarm: (name: string, when: number) => Promise<void>;
  readonly clearAlarm: (name: string) => Promise<void>;
  readonly setIdleMinutes: (minutes: number) => void;
  readonly showAction: (state: IconState, waiting: number) => Promise<void>;
  readonly openPopup: (tabId: number) => Promise<boolean>;
  readonly tabInfo: (tabId?: number) => Promise<TabInfo | null>;
  readonly hasHostAccess: (...patterns: string[]) => Promise<boolean>;
  readonly registerTesterScripts: (origins: readonly string[]) => Promise<void>;
  readonly keepAwake: <Result>(work: Promise<Result>) => Promise<Result>;
  /** By the worker's own fetch. */
  readonly transport: Transport;
  /** For a certificate accepted by hand: by the offscreen document in Chromium, whose worker's fetch goes by none. */
  readonly acceptedTransport: Transport;
  readonly clipboard: {
    clearAt(at: number, onlyIf: string | null): Promise<void>;
    clearNow(): Promise<void>;
  };
}

export type Broadcast = Platform['broadcast'];
