/**
 * Chromium's own protocol, spoken directly. Playwright attaches to every worker, pauses it at its start and watches
 * its network: that would be measured too.
 */

/** One connection to a browser. */
export interface DevTools {
  /** @throws Error with the browser's message. */
  send<Result = unknown>(
    method: string,
    params?: Readonly<Record<string, unknown>>,
    sessionId?: string,
  ): Promise<Result>;
  /** Calls back for each event of that name, of any session. */
  on(method: string, listener: (params: Readonly<Record<string, unknown>>) => void): void;
  close(): void;
}

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly result?: unknown;
  readonly error?: { readonly message: string };
}

/** @param address The browser's `ws://` address. https://chromedevtools.github.io/devtools-protocol/ */
export async function connectDevTools(address: string): Promise<DevTools> {
  const socket = new WebSocket(address);
  const waiting = new Map<number, PromiseWithResolvers<unknown>>();
  const listeners = new Map<string, ((params: Readonly<Record<string, unknown>>) => void)[]>();
  let last = 0;

  socket.addEventListener('message', ({ data }) => {
    const { id, method, params = {}, result, error } = JSON.parse(String(data)) as Message;
    if (method !== undefined) for (const listener of listeners.get(method) ?? []) listener(params);
    const answer = id === undefined ? undefined : waiting.get(id);
    if (id === undefined || !answer) return;
    waiting.delete(id);
    if (error) answer.reject(new Error(error.message));
    else answer.resolve(result);
  });
  socket.addEventListener('close', () => {
    for (const answer of waiting.values()) answer.reject(new Error('The browser has gone.'));
    waiting.clear();
  });
  await new Promise((resolve, reject) => {
    socket.addEventListener('open', resolve);
    socket.addEventListener('error', () => reject(new Error('No browser at its own address.')));
  });

  return {
    send<Result>(method: string, params = {}, sessionId?: string) {
      const answer = Promise.withResolvers<unknown>();
      waiting.set(++last, answer);
      socket.send(JSON.stringify({ id: last, method, params, ...(sessionId ? { sessionId } : {}) }));
      return answer.promise as Promise<Result>;
    },
    on: (method, listener) => void listeners.set(method, [...(listeners.get(method) ?? []), listener]),
    close: () => socket.close(),
  };
}
