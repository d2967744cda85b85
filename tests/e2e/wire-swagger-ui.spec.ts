/** Swagger UI, driven by its own buttons: what it sends arrives filled, and it shows placeholders only. */
import { expect, test } from '@playwright/test';
import type { Page } from '@playwright/test';
import { wireMessage } from '@/lib/core/copy/wire';
import { createSwaggerUi, statusIn } from '../world/swagger-ui';
import type { SwaggerUi } from '../world/swagger-ui';
import { startScene } from './support/scene';
import type { Scene } from './support/scene';

let scene: Scene;
let page: Page;
let swagger: SwaggerUi;
test.beforeAll(async () => {
  scene = await startScene();
  page = await scene.open(scene.world.testers.swaggerUi);
  swagger = createSwaggerUi(page);
  await scene.allow(page, scene.world.api.url);
  scene.world.api.expected = scene.values.API_KEY;
});
test.afterAll(() => scene?.stop());
test.beforeEach(async () => {
  scene.clear();
  await page.reload();
});

const AUTHS: Record<string, string[]> = {
  ApiKeyHeader: ['{{vault:API_KEY}}'],
  Bearer: ['{{vault:API_KEY}}'],
  Basic: ['somebody', '{{vault:API_KEY}}'],
};

for (const [scheme, typed] of Object.entries(AUTHS)) {
  test(`${scheme}: Authorize and Execute are let in`, async () => {
    await swagger.authorize(scheme, ...typed);
    const block = await swagger.execute(scheme);
    await expect(statusIn(block)).toContainText('200');
    await expect(block.locator('.curl-command')).toBeVisible();
    const preflights = scene.everything().filter(({ method }) => method === 'OPTIONS');
    await scene.expectUnseen(page, preflights);
  });
}

test('OAuth 2: the token is asked for with the client’s secret in the header', async () => {
  await swagger.authorize('OAuth2', 'client', '{{vault:API_KEY}}');
  const block = await swagger.execute('OAuth2');
  await expect(statusIn(block)).toContainText('200');
  await scene.expectUnseen(page);
});

test('a header parameter arrives filled', async () => {
  const block = await swagger.execute('headerParameter', 'for {{vault:TOKEN}}');
  await expect(statusIn(block)).toContainText('200');
  const arrived = scene.world.api.requests('/parameter/header').find(({ method }) => method === 'GET');
  expect(arrived?.headers['x-custom']).toBe(`for ${scene.values.TOKEN}`);
  await scene.expectUnseen(page);
});

test('a placeholder in the address or the body is stopped, and Swagger UI shows why', async () => {
  const stopped = {
    URL: await swagger.execute('queryParameter', '{{vault:API_KEY}}'),
    body: await swagger.execute('jsonBody', '{"secret":"{{vault:API_KEY}}"}'),
  };
  for (const [place, block] of Object.entries(stopped)) {
    await expect(block.locator('.live-responses-table')).toContainText(
      wireMessage('place-unsupported', { place }),
    );
  }
  const { api } = scene.world;
  expect([...api.requests('/parameter/query'), ...api.requests('/body/json')]).toEqual([]);
});
