/** Texts that a scan must find, or it proves nothing: one in each kind of store, put there by pages. */
import { brotliCompressSync, gzipSync } from 'node:zlib';
import type { Page } from '@playwright/test';
import type { Answerer } from '../../../world/recorder';
import type { Find } from './scan';

/** Where a control is planted, and where the profile keeps it: file and, when only opening it shows it, the way. */
const CONTROLS = {
  'local storage': { file: /Local Storage\/leveldb/ },
  'local storage, UTF-16': { file: /Local Storage\/leveldb/ },
  'local storage, base64': { file: /Local Storage\/leveldb/ },
  'session storage': { file: /Session Storage/ },
  IndexedDB: { file: /IndexedDB/ },
  'IndexedDB, large': { file: /IndexedDB/, inside: /snappy/ },
  'IndexedDB, table': { file: /IndexedDB.*\.ldb/, inside: /LevelDB table/ },
  'cache storage': { file: /CacheStorage/ },
  'answer, plain': { file: /Cache_Data/ },
  'answer, gzip': { file: /Cache_Data/, inside: /gzip/ },
  'answer, brotli': { file: /Cache_Data/, inside: /brotli/ },
  address: { file: /History/ },
  'extension storage': { file: /Local Extension Settings/ },
  'extension IndexedDB': { file: /IndexedDB\/chrome-extension/ },
} as const satisfies Record<string, { file: RegExp; inside?: RegExp }>;

export type Control = keyof typeof CONTROLS;

/** A new control for each store, of one run. */
export function createControls(random: () => string): Record<Control, string> {
  const entries = Object.keys(CONTROLS).map((name) => [name, `kfcontrol${random()}`]);
  return Object.fromEntries(entries) as Record<Control, string>;
}

/** Serves an empty page, and answers to be cached that hold a control, plain or compressed. */
export function answerControls(controls: Record<Control, string>): Answerer {
  const long = (control: Control) =>
    Buffer.from(`${'so that there is something to compress '.repeat(50)}${controls[control]}`);
  const answers: Record<string, () => readonly [encoding: string, body: Buffer]> = {
    '/plain': () => ['identity', long('answer, plain')],
    '/gzip': () => ['gzip', gzipSync(long('answer, gzip'))],
    '/brotli': () => ['br', brotliCompressSync(long('answer, brotli'))],
  };
  return ({ path }, response) => {
    const [encoding, body] = answers[path]?.() ?? [
      'identity',
      Buffer.from('<!doctype html><title>Controls</title>'),
    ];
    response.writeHead(200, {
      'Content-Type': path === '/' ? 'text/html' : 'text/plain',
      'Content-Encoding': encoding,
      'Cache-Control': 'max-age=3600',
    });
    response.end(body);
  };
}

/** Plants the controls that a web page can; it must be of `answerControls`. */
export async function plantInPage(
  page: Page,
  origin: string,
  controls: Record<Control, string>,
): Promise<void> {
  await page.goto(`${origin}/?control=${controls.address}`);
  await page.evaluate(async (texts) => {
    localStorage.setItem('control', texts['local storage']);
    // One letter beyond Latin-1 makes Chromium store the text as UTF-16.
    localStorage.setItem('wide', `€${texts['local storage, UTF-16']}`);
    localStorage.setItem('encoded', btoa(`{"token":"${texts['local storage, base64']}"}`));
    sessionStorage.setItem('control', texts['session storage']);
    const request = indexedDB.open('controls');
    request.onupgradeneeded = () => request.result.createObjectStore('rows');
    const db = await new Promise<IDBDatabase>((resolve) => {
      request.onsuccess = () => resolve(request.result);
    });
    const put = (rows: Readonly<Record<string, unknown>>) =>
      new Promise<void>((resolve) => {
        const writing = db.transaction('rows', 'readwrite', { durability: 'strict' });
        for (const [key, row] of Object.entries(rows)) writing.objectStore('rows').put(row, key);
        writing.oncomplete = () => resolve();
      });
    await put({ small: texts.IndexedDB });
    // Both halves stand before the whole, which a compression then keeps as two references only.
    const hidden = (text: string) => `${text.slice(0, 15)} ${text.slice(15)} ${text}`;
    await put({ large: ' and so on'.repeat(20_000) + hidden(texts['IndexedDB, large']) });
    await put({ table: hidden(texts['IndexedDB, table']) });
    // More than LevelDB keeps in its log, so that it writes tables; their blocks are compressed.
    const noise = () => Array.from({ length: 2000 }, () => Math.random().toString(36)).join(' ');
    for (let at = 0; at < 12; at++) {
      await put(Object.fromEntries(Array.from({ length: 20 }, (_, row) => [`noise ${at} ${row}`, noise()])));
    }
    const cache = await caches.open('controls');
    await cache.put('/control', new Response(texts['cache storage']));
    for (const answer of ['/plain', '/gzip', '/brotli']) await (await fetch(answer)).text();
  }, controls);
}

/** Plants the controls that only one of the extension's own pages can. */
export async function plantInExtension(page: Page, controls: Record<Control, string>): Promise<void> {
  await page.evaluate(async (texts) => {
    const { storage } = Reflect.get(globalThis, 'chrome') as {
      storage: { local: { set(items: unknown): Promise<void> } };
    };
    await storage.local.set({ control: texts['extension storage'] });
    await new Promise<void>((resolve) => {
      const request = indexedDB.open('controls');
      request.onupgradeneeded = () => {
        request.result.createObjectStore('rows').put(texts['extension IndexedDB'], 'control');
      };
      request.onsuccess = () => {
        request.result.close();
        resolve();
      };
    });
  }, controls);
}

/** The controls that the finds do not show where and how `CONTROLS` says. */
export function unseen(finds: readonly Find[]): Control[] {
  return (Object.keys(CONTROLS) as Control[]).filter((control) => {
    const { file, inside }: { file: RegExp; inside?: RegExp } = CONTROLS[control];
    const here = finds.filter((find) => find.label === control && file.test(find.file));
    // Were it to be seen without opening anything, it would not show that the scan can open this.
    const plain = inside && here.some((find) => find.inside === 'as it lies');
    return plain || !here.some((find) => (inside ?? /^as it lies$/).test(find.inside));
  });
}
