import type { DevTools } from './devtools';

/** A page or worker that functions can be run in. */
export interface Context {
  /**
   * Runs a function there and gives its result, which must be JSON; it sees nothing but its arguments.
   *
   * @throws Error with what it threw.
   */
  run<Args extends readonly unknown[], Result>(
    work: (...args: Args) => Result | Promise<Result>,
    ...args: Args
  ): Promise<Result>;
  /** Lets go of it, without closing it. */
  detach(): Promise<void>;
}

/** A tab. */
export interface Document extends Context {
  goto(url: string): Promise<void>;
  /** Protocol calls to this tab. */
  send<Result = unknown>(method: string, params?: Readonly<Record<string, unknown>>): Promise<Result>;
  close(): Promise<void>;
}

interface Evaluated {
  readonly result: { readonly value?: unknown };
  readonly exceptionDetails?: {
    readonly text: string;
    readonly exception?: { readonly description?: string };
  };
}

/** Attaches to a target that is there already. */
export async function attach(
  devtools: DevTools,
  targetId: string,
): Promise<Context & Pick<Document, 'send'>> {
  const { sessionId } = await devtools.send<{ sessionId: string }>('Target.attachToTarget', {
    targetId,
    flatten: true,
  });
  const send = <Result>(method: string, params?: Readonly<Record<string, unknown>>) =>
    devtools.send<Result>(method, params, sessionId);
  return {
    send,
    async run<Args extends readonly unknown[], Result>(
      work: (...args: Args) => Result | Promise<Result>,
      ...args: Args
    ) {
      // The compiler may name inner functions with a helper that is not there.
      const expression = `globalThis.__name ??= (it) => it; (${work})(...${JSON.stringify(args)})`;
      const { result, exceptionDetails } = await send<Evaluated>('Runtime.evaluate', {
        expression,
        awaitPromise: true,
        returnByValue: true,
        userGesture: true,
      });
      if (exceptionDetails) {
        throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
      }
      return result.value as Result;
    },
    detach: () => devtools.send('Target.detachFromTarget', { sessionId }),
  };
}

/**
 * Opens a tab.
 *
 * @param early Script that runs in each of its documents before anything else.
 */
export async function openDocument(devtools: DevTools, url: string, early?: string): Promise<Document> {
  const { targetId } = await devtools.send<{ targetId: string }>('Target.createTarget', {
    url: 'about:blank',
  });
  const { run, send, detach } = await attach(devtools, targetId);
  await send('Page.enable');
  if (early !== undefined) await send('Page.addScriptToEvaluateOnNewDocument', { source: early });
  const goto = async (address: string) => {
    await send('Page.navigate', { url: address });
    for (;;) {
      const [at, state] = await run(() => [location.href, document.readyState] as const).catch(
        // The document is being replaced.
        () => ['', ''],
      );
      if (state === 'complete' && at?.split('#')[0] === address.split('#')[0]) return;
    }
  };
  await goto(url);
  return {
    run,
    send,
    detach,
    goto,
    close: async () => void (await devtools.send('Target.closeTarget', { targetId })),
  };
}
