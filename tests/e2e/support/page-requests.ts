/** Requests as a page's own script sends them, by fetch or XHR, and what that script gets back. */
import type { Page } from '@playwright/test';

export type Way = 'fetch' | 'xhr';
export const WAYS: readonly Way[] = ['fetch', 'xhr'];

export interface Sending {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** The end of a request; `error` is the page's own exception, or the XHR's event. */
export interface Ended {
  readonly status: number;
  readonly url: string;
  readonly text: string;
  readonly error: string | null;
}

/** Sends one request and waits for its end. */
export function sendFrom(page: Page, way: Way, url: string, sending: Sending = {}): Promise<Ended> {
  return page.evaluate(
    async ([by, to, { method = 'GET', headers = {}, body }]): Promise<Ended> => {
      if (by === 'fetch') {
        try {
          const answer = await fetch(to, { method, headers, ...(body === undefined ? {} : { body }) });
          return { status: answer.status, url: answer.url, text: await answer.text(), error: null };
        } catch (error) {
          return { status: 0, url: '', text: '', error: String(error) };
        }
      }
      const xhr = new XMLHttpRequest();
      const ended = new Promise<string>((resolve) => {
        for (const kind of ['load', 'error', 'abort', 'timeout']) {
          xhr.addEventListener(kind, () => resolve(kind));
        }
      });
      xhr.open(method, to);
      for (const [name, value] of Object.entries(headers)) xhr.setRequestHeader(name, value);
      xhr.send(body ?? null);
      const kind = await ended;
      const { status, responseURL, responseText } = xhr;
      return { status, url: responseURL, text: responseText, error: kind === 'load' ? null : kind };
    },
    [way, url, sending] as const,
  );
}
