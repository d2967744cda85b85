/** From the first passphrase to the value on the wire, by the user interface only: the demo's own tour. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { launchExtension } from '../world/browser';
import { demoSecrets, seedDemoVault } from '../world/demo-vault';
import { startWorld } from '../world/index';
import { ROOM_FOR_POPUPS } from '../world/popup';
import { takeTour } from '../world/tour';

test('the whole tour', async () => {
  const world = await startWorld({ openbao: true, api: true, testers: true });
  const vault = await seedDemoVault(world.openbao, demoSecrets());
  world.api.expected = vault.apiKey;
  const build = process.env['KEYFERRY_BUILD'];
  const browser = await launchExtension({ extraArgs: ROOM_FOR_POPUPS, ...(build ? { dir: build } : {}) });
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
        async picture(name, png) {
          await writeFile(join(pictures, `${name}.png`), png);
          // The whole popup, and nothing beside it.
          if (/popup|approve/.test(name)) expect(sizeOf(png), name).toEqual({ width: 380, height: 600 });
        },
      },
    );
  } finally {
    await browser.close();
    await world.stop();
  }
});

/** As the header of a PNG says. */
const sizeOf = (png: Buffer) => ({ width: png.readUInt32BE(16), height: png.readUInt32BE(20) });
