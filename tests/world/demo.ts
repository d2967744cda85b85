/**
 * `npm run demo`: the world, and Keyferry in Chromium. With a display it leaves you in front of the browser; without
 * one (or with `--tour`) it takes the tour itself and keeps screenshots.
 */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { launchExtension } from './browser';
import { demoSecrets, seedDemoVault } from './demo-vault';
import { findChromium } from './find-browser';
import { startWorld } from './index';
import { ROOM_FOR_POPUPS } from './popup';
import { takeTour } from './tour';
import { ensureVenv } from './venv';

const ROOT = join(import.meta.dirname, '..', '..');
const PICTURES = join(ROOT, 'demo-screenshots');

const say = (line = '') => process.stdout.write(`${line}\n`);

async function build(): Promise<void> {
  const wxt = join(ROOT, 'node_modules', 'wxt', 'bin', 'wxt.mjs');
  await promisify(execFile)(process.execPath, [wxt, 'build', '-b', 'chrome', '--mv3'], { cwd: ROOT }).catch(
    () => {
      throw new Error('The extension could not be built: npm run build says why.');
    },
  );
}

async function startDemo() {
  const world = await startWorld({ openbao: true, moto: true, api: true, testers: true });
  const secrets = demoSecrets();
  const vault = await seedDemoVault(world.openbao, secrets);
  await world.moto.seed(
    Object.entries(secrets).map(([name, secret]) => ({ name, string: JSON.stringify(secret) })),
  );
  const keys = await world.moto.createUser();
  world.api.expected = vault.apiKey;
  return { world, vault, keys };
}
type Demo = Awaited<ReturnType<typeof startDemo>>;

/** Takes the tour without anybody's help. */
async function show({ world, vault }: Demo): Promise<void> {
  await rm(PICTURES, { recursive: true, force: true });
  await mkdir(PICTURES, { recursive: true });
  const browser = await launchExtension({ extraArgs: ROOM_FOR_POPUPS });
  try {
    let number = 0;
    await takeTour(
      { browser, vault, ...world },
      {
        async step(title, take) {
          say(`${++number}. ${title}`);
          say(`   ${await take()}`);
        },
        picture: (name, png) => writeFile(join(PICTURES, `${name}.png`), png),
      },
    );
    say('The API received the value; the page never held it. Screenshots: demo-screenshots/');
  } finally {
    await browser.close();
  }
}

/** Leaves a person in front of the browser, until Ctrl+C or until it is closed. */
async function handOver({ world, vault, keys }: Demo): Promise<void> {
  const browser = await launchExtension({ headless: false, extraArgs: ['--window-size=1280,900'] });
  const [options = await browser.context.newPage()] = browser.context.pages();
  await options.goto(`${browser.origin}/options.html`);
  const tester = await browser.context.newPage();
  await tester.goto(world.testers.swaggerUi);
  await options.bringToFront();
  say(`
Set up Keyferry in the tab that is open, then paste:

  HashiCorp Vault          (a real OpenBao)
    Vault URL              ${vault.url}
    Token                  ${vault.token}
    Engine Path            ${vault.mount}

  AWS Secrets Manager      (moto)
    Region                 us-east-1
    Access Key ID          ${keys.accessKeyId}
    Secret Access Key      ${keys.secretAccessKey}
    Custom endpoint        ${world.moto.url}   (under Advanced)

Press Test Connection, Save and Pull All. Then go to Swagger UI, which is open beside it:

  Swagger UI               ${world.testers.swaggerUi}
  An empty page            ${world.testers.plain}   (fetch from its console)
  The API behind them      ${world.api.url}

Press Keyferry's toolbar button (in the menu of extensions), choose ${vault.environments[0]}, Enable on this site,
Reload page. Authorize ApiKeyHeader or Bearer with {{vault:API_KEY}}, Execute, and allow it in the popup.
The API lets in only who sends the value. Everything here ends with Ctrl+C, or when the browser is closed.`);
  const closed = new Promise((resolve) => browser.context.once('close', resolve));
  const pressed = ['SIGINT', 'SIGTERM', 'SIGHUP'].map((signal) => once(process, signal));
  await Promise.race([...pressed, closed]);
  await browser.close();
}

async function main(): Promise<void> {
  findChromium();
  const hasDisplay = Boolean(
    process.env['DISPLAY'] || process.env['WAYLAND_DISPLAY'] || process.platform === 'darwin',
  );
  say('Building the extension and starting the world …');
  await Promise.all([build(), ensureVenv()]);
  const demo = await startDemo();
  try {
    await (hasDisplay && !process.argv.includes('--tour') ? handOver(demo) : show(demo));
  } finally {
    await demo.world.stop();
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
