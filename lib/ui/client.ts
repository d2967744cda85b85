import { hasInjectionContext, inject, type App, type InjectionKey } from 'vue';

import type { Client } from '@/lib/messaging/client';
import type { UiEvent } from '@/lib/messaging/views';

/**
 * Everything our pages reach outside of themselves: the worker and the few browser calls that need a
 * page (a gesture, the clipboard). Pages provide the real one (`browser-outside.ts`), tests their own.
 */
export interface Outside {
  readonly client: Client;
  /** Told of every event the worker sends. @returns Stops listening. */
  readonly onEvent: (listener: (event: UiEvent) => void) => () => void;
  /** Asks for access to a host. Call it in the click's handler, before any `await`. */
  readonly requestHostAccess: (...patterns: string[]) => Promise<boolean>;
  /** Opens the toolbar's popup, which shows the requests that wait. Call it in the click's handler. @returns Whether it did. */
  readonly openPopup: () => Promise<boolean>;
  /** Opens the options page at a route such as `/vault`. */
  readonly openOptions: (route: string) => Promise<void>;
  readonly openTab: (url: string) => Promise<void>;
  readonly reloadTab: (tabId: number) => Promise<void>;
  readonly canReadClipboard: () => Promise<boolean>;
  /** Asks for the permission, or gives it back; call it in the click's handler. @returns Whether it is there now. */
  readonly setClipboardReading: (wanted: boolean) => Promise<boolean>;
  /** Hands a text to the browser's downloads. */
  readonly saveFile: (name: string, text: string) => void;
  /** @throws DOMException when the browser refuses the clipboard. */
  readonly copyText: (text: string) => Promise<void>;
}

const OUTSIDE: InjectionKey<Outside> = Symbol('outside');

/** Gives an app (and its stores) its `Outside`. */
export function provideOutside(app: App, outside: Outside): void {
  app.provide(OUTSIDE, outside);
}

/** As `provide` of Vue test utils' `global` option. */
export function asProvided(outside: Outside): Record<symbol, Outside> {
  return { [OUTSIDE as symbol]: outside };
}

/** The app's `Outside`. Call it in a component's or a store's set-up. */
export function useOutside(): Outside {
  const outside = hasInjectionContext() ? inject(OUTSIDE, null) : null;
  if (!outside) throw new Error('no Outside was provided');
  return outside;
}

/** The app's client of the worker. Call it in a component's or a store's set-up. */
export function useClient(): Client {
  return useOutside().client;
}
