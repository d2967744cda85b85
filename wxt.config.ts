import tailwindcss from '@tailwindcss/vite';
import icons from 'unplugin-icons/vite';
import { defineConfig } from 'wxt';

/** The add-on's fixed identity: Firefox's storage and managed policies hang on it. */
const GECKO_ID = 'keyferry@keyferry.dev';

export default defineConfig({
  modules: ['@wxt-dev/module-vue', '@wxt-dev/webextension-polyfill'],
  // Every import is written out, so that linters and knip see every edge.
  imports: false,
  manifestVersion: 3,
  vite: () => ({
    plugins: [tailwindcss(), icons({ compiler: 'vue3' })],
    // The package's own entry leads to the ES5 build, a tenth larger in the worker.
    resolve: { alias: { dexie: 'dexie/dist/modern/dexie.min.mjs' } },
    build: { target: ['chrome127', 'firefox140'] },
  }),
  manifest: ({ browser }) => ({
    name: 'Keyferry',
    description:
      'Your vault’s secrets, in web-based API testers. The page keeps the placeholder; only the request carries the value.',
    permissions: [
      'activeTab',
      'alarms',
      'clipboardWrite',
      'declarativeNetRequestWithHostAccess',
      'idle',
      'scripting',
      'storage',
      'webRequest',
      ...(browser === 'firefox' ? [] : ['offscreen']),
    ],
    optional_permissions: ['clipboardRead'],
    // No host is asked for at install: each is asked for by a click.
    optional_host_permissions: ['https://*/*', 'http://*/*'],
    incognito: 'not_allowed',
    // Written out because Firefox's default adds upgrade-insecure-requests, which breaks a Vault on http loopback.
    content_security_policy: { extension_pages: "script-src 'self'; object-src 'self'" },
    icons: Object.fromEntries([16, 32, 48, 128].map((size) => [size, `icon/unlocked-${size}.png`])),
    action: {
      default_title: 'Keyferry',
      default_icon: Object.fromEntries([16, 32, 48].map((size) => [size, `icon/locked-${size}.png`])),
    },
    commands: { _execute_action: { suggested_key: { default: 'Alt+Shift+K' } } },
    ...(browser === 'firefox'
      ? {
          browser_specific_settings: {
            gecko: {
              id: GECKO_ID,
              strict_min_version: '140.0',
              // Credentials go to the user's own Vault or AWS, requests to the user's own API.
              data_collection_permissions: { required: ['authenticationInfo'] },
            },
          },
        }
      : {
          minimum_chrome_version: '127',
          // Firefox takes the policy from its own managed storage manifest.
          storage: { managed_schema: 'managed-schema.json' },
        }),
  }),
});
