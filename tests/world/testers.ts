/** The pages that send requests: Swagger UI over the sample API, a bare page, and a page that means harm. */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { openApiFor } from './openapi';
import { startRecorder } from './recorder';
import type { Recorder } from './recorder';

/** The testers' origin, which records too: no value may ever arrive there. */
export interface Testers extends Recorder {
  /** Swagger UI; in the page it is `window.ui`. */
  readonly swaggerUi: string;
  /** An empty page, for fetch and XHR by script. */
  readonly plain: string;
  /** Another origin (same host, other port). `/` is an empty page. */
  readonly hostile: Recorder & {
    /** The address of a page there that frames this one; the frame is `#framed`. */
    framing(address: string): string;
  };
}

const SWAGGER_UI = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));
const TYPES: Record<string, string> = { css: 'text/css', js: 'text/javascript' };

const page = (title: string, body = '', head = '') =>
  `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${title}</title>${head}</head><body>${body}</body></html>`;

const SWAGGER_PAGE = page(
  'Swagger UI',
  `<div id="swagger-ui"></div>
   <script src="/swagger-ui-bundle.js"></script>
   <script>
     window.ui = SwaggerUIBundle({
       url: '/openapi.json', dom_id: '#swagger-ui', docExpansion: 'list', tryItOutEnabled: true,
     });
   </script>`,
  '<link rel="stylesheet" href="/swagger-ui.css"><link rel="icon" href="data:,">',
);
const PLAIN_PAGE = page('Plain tester', '', '<link rel="icon" href="data:,">');

/** @param options `api`: the origin that the OpenAPI document names as its server. */
export async function startTesters({ api }: { api: string }): Promise<Testers> {
  const document = JSON.stringify(openApiFor(api));
  const recorder = await startRecorder(async ({ path }, response) => {
    const file = /^\/(swagger-ui(?:-bundle)?\.(css|js))$/.exec(path);
    const type = file?.[2] ? TYPES[file[2]] : path === '/openapi.json' ? 'application/json' : 'text/html';
    const body = file?.[1]
      ? await readFile(join(SWAGGER_UI, file[1]))
      : { '/openapi.json': document, '/swagger/': SWAGGER_PAGE, '/plain': PLAIN_PAGE }[path];
    response
      .writeHead(body ? 200 : 404, { 'Content-Type': `${type}; charset=utf-8` })
      .end(body ?? 'Not here');
  });
  const hostile = await startRecorder(({ query }, response) => {
    const address = query.get('address')?.replaceAll('&', '&amp;').replaceAll('"', '&quot;');
    const body = address ? `<iframe id="framed" title="Framed" src="${address}"></iframe>` : '';
    response.setHeader('Access-Control-Allow-Origin', '*');
    response.setHeader('Access-Control-Allow-Headers', '*');
    response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8' }).end(page('Elsewhere', body));
  });
  return {
    ...recorder,
    swaggerUi: `${recorder.url}/swagger/`,
    plain: `${recorder.url}/plain`,
    hostile: {
      ...hostile,
      framing: (address) => `${hostile.url}/?address=${encodeURIComponent(address)}`,
    },
    clear() {
      recorder.clear();
      hostile.clear();
    },
    stop: async () => void (await Promise.all([recorder.stop(), hostile.stop()])),
  };
}
