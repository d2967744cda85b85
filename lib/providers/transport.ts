/** One HTTP call of a provider. */
export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface HttpResponse {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  /** `h2`, `http/1.1` … where the platform tells it. */
  readonly protocol?: string | undefined;
}

/** The detail of an `offline` error that says that the computer was offline already, so nothing was sent. */
export const UNSENT = 'unsent';

/**
 * Sends a provider's request: redirects refused, no cache, no cookies, no referrer, no retries of its own.
 * Any HTTP status is an answer.
 *
 * @throws AppError when there is no answer: `unreachable`, `refused`, `host-unknown`, `tls-untrusted`,
 *   `connection-reset`, `redirected`, `timeout`, `cancelled`, `offline`, `host-permission`; `unexpected` when the
 *   browser could not even begin.
 */
export type Transport = (request: HttpRequest, signal: AbortSignal) => Promise<HttpResponse>;
