import { AppError } from '@/lib/core/errors';
import { httpOrigin } from '@/lib/core/origins';
import type { AdaptiveQueue } from '@/lib/providers/queue';
import type { HttpRequest, HttpResponse, Transport } from '@/lib/providers/transport';
import { createClusterIndex } from './cluster-index';
import { faultOf } from './errors';
import type { CallContext } from './errors';

export interface VaultCall {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** What follows `/v1/`, encoded, with its query. */
  readonly path: string;
  readonly body?: unknown;
  /** The body as JSON text, in place of `body`: for values, whose digits must stay. */
  readonly json?: string;
  /** Must see all that any answer showed, and so must all later calls what this one shows; always so for a write. */
  readonly marks?: boolean;
  /** Asked for when the call's turn comes, so that a queued call never carries a token that has expired since. */
  readonly token?: () => Promise<string>;
  readonly namespace?: string;
  /** As in "may not read". */
  readonly action: string;
  /** The path a policy would name; by default `path` without its query, decoded. */
  readonly subject?: string;
  readonly turn?: Turn;
}

/** How a call waits and is repeated in the queue. */
export interface Turn {
  readonly first?: boolean;
  /** Called when its turn has come; what it throws is the call's outcome. */
  readonly before?: () => void;
  readonly retry?: (error: AppError) => boolean;
}

export interface VaultClient {
  readonly host: string;
  /** Whether an answer showed that a standby may serve reads, a little behind the active node. */
  readonly clustered: boolean;
  context(call: VaultCall): CallContext;
  /**
   * Any answer that another try would not better; what may pass by itself is retried in the queue.
   *
   * @throws AppError of the transport, or the fault that did not pass.
   */
  send(call: VaultCall, signal: AbortSignal): Promise<HttpResponse>;
  /** One try, outside the queue; any answer is an answer. */
  sendOnce(call: VaultCall, signal: AbortSignal): Promise<HttpResponse>;
}

/** Statuses whose answer may be a passing one, besides those of a server that fails. */
const MAY_PASS = [400, 408, 412, 429];

/**
 * Speaks Vault's HTTP API at one server. `X-Vault-Request` is always sent, as agents and proxies may ask
 * for it (https://openbao.org/docs/agent-and-proxy/agent/#require_request_header).
 *
 * @throws AppError `settings-invalid` when the address is no http(s) address.
 */
export function createVaultClient(url: string, transport: Transport, queue: AdaptiveQueue): VaultClient {
  const origin = httpOrigin(url);
  if (origin === null) throw new AppError('settings-invalid', { field: 'url' });
  const { host } = new URL(origin);
  const index = createClusterIndex();

  const context = ({ action, path, subject, namespace }: VaultCall): CallContext => ({
    host,
    action,
    path: subject ?? decodeURIComponent(path.split('?')[0] ?? ''),
    namespace,
  });

  async function sendOnce(call: VaultCall, signal: AbortSignal): Promise<HttpResponse> {
    const headers: Record<string, string> = { 'X-Vault-Request': 'true' };
    if (call.token) headers['X-Vault-Token'] = await call.token();
    if (call.namespace) headers['X-Vault-Namespace'] = call.namespace;
    const { method = 'GET', body, json = body === undefined ? undefined : JSON.stringify(body) } = call;
    const marks = method !== 'GET' || call.marks === true;
    Object.assign(headers, index.headers(marks));
    if (json !== undefined) headers['Content-Type'] = 'application/json';
    const request: HttpRequest = { method, url: `${origin}/v1/${call.path}`, headers };
    const answer = await transport(json === undefined ? request : { ...request, body: json }, signal);
    index.saw(answer, marks);
    return answer;
  }

  function send(call: VaultCall, signal: AbortSignal): Promise<HttpResponse> {
    const { first = false, before, retry } = call.turn ?? {};
    const attempt = async () => {
      before?.();
      const answer = await sendOnce(call, signal);
      queue.sawProtocol(answer.protocol);
      if (answer.status >= 500 || MAY_PASS.includes(answer.status)) {
        const fault = faultOf(answer, context(call));
        if (fault.retryable) throw fault;
      }
      return answer;
    };
    return queue.run(attempt, { signal, first, ...(retry ? { retry } : {}) });
  }

  return {
    host,
    get clustered() {
      return index.clustered;
    },
    context,
    send,
    sendOnce,
  };
}
