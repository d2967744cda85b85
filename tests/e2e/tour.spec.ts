/** From the first passphrase to the value on the wire, by the user interface only: the demo's own tour. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from '@playwright/test';
import { launchExtension } from '../world/browser';
import { demoSecrets, seedDemoVault } from '../world/demo-vault';
import { startWorld } from '../world/index';
import { takeTour } from '../world/tour';

test('the whole tour', async () => {
  const world = await startWorld({ openbao: true, api: true, testers: true });
  const vault = await seedDemoVault(world.openbao, demoSecrets());
  world.api.expected = vault.apiKey;
  const build = process.env['KEYFERRY_BUILD'];
  const browser = await launchExtension(build ? { dir: build } : {});
  const pictures = join('test-results', 'tour');
  await mkdir(pictures, { recursive: true });
  try {
    await takeTour(
      { browser, vault, ...world },
      {
        step: (title, take) =>
          test.step(title, async () => {
            const seen = await take();
            test.info().annotations.push({ type: title, description: seen });
          }),
        picture: (name, png) => writeFile(join(pictures, `${name}.png`), png),
      },
    );
  } finally {
    await browser.close();
    await world.stop();
  }
});
