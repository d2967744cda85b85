/** The page's functions as they were before any script of the page could change them. */
export function captureNatives() {
  const getter = <Key extends keyof Request>(name: Key) => {
    const get = Object.getOwnPropertyDescriptor(Request.prototype, name)?.get;
    return (request: object): Request[Key] => Reflect.apply(get as () => Request[Key], request, []);
  };
  const { forEach } = Headers.prototype;
  return {
    fetch: window.fetch,
    Request,
    Headers,
    open: XMLHttpRequest.prototype.open,
    setRequestHeader: XMLHttpRequest.prototype.setRequestHeader,
    send: XMLHttpRequest.prototype.send,
    abort: XMLHttpRequest.prototype.abort,
    urlOf: getter('url'),
    headersOf: getter('headers'),
    methodOf: getter('method'),
    signalOf: getter('signal'),
    eachHeader(headers: Headers, visit: (value: string, name: string) => void): void {
      Reflect.apply(forEach, headers, [visit]);
    },
  };
}
export type Natives = ReturnType<typeof captureNatives>;
