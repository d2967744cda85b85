import prettier from 'eslint-config-prettier';
import vue from 'eslint-plugin-vue';
import accessibility from 'eslint-plugin-vuejs-accessibility';
import globals from 'globals';
import tseslint from 'typescript-eslint';

/**
 * The house's arrows (CONTRIBUTING.md): what each folder may import of the others. Anything of `@/` that is
 * not listed is forbidden, as is reaching another folder by `../`.
 */
const ARROWS = {
  'lib/core': [],
  'lib/crypto': ['lib/core'],
  'lib/providers': ['lib/core'],
  'lib/providers/hashicorp': ['lib/core', 'lib/providers/*.ts'],
  'lib/providers/aws': ['lib/core', 'lib/providers/*.ts'],
  'lib/storage': ['lib/core', 'lib/crypto'],
  'lib/sync': ['lib/core', 'lib/providers/*.ts'],
  'lib/injection': ['lib/core'],
  'lib/browser': ['lib/core', 'lib/messaging/*.ts'],
  'lib/messaging': ['lib/core'],
  'lib/background': [
    'lib/core',
    'lib/crypto',
    'lib/providers',
    'lib/storage',
    'lib/sync',
    'lib/injection',
    'lib/browser',
    'lib/messaging',
  ],
  'lib/ui': ['lib/core', 'lib/messaging', 'lib/browser'],
  components: ['lib/core', 'lib/messaging/*.ts', 'lib/ui', 'components'],
};

/** Packages that only some folders may use. */
const PACKAGES = {
  'wxt/browser': ['lib/browser', 'entrypoints', 'tests'],
  dexie: ['lib/storage'],
  ofetch: ['lib/providers'],
  aws4fetch: ['lib/providers/aws'],
  valibot: ['lib/messaging', 'lib/core', 'lib/storage'],
  vue: ['lib/ui', 'components', 'entrypoints'],
  pinia: ['lib/ui', 'entrypoints'],
};

/** `lib/core` → everything below it; `lib/providers/*.ts` → the files right in it. */
const reach = (one) =>
  one.replace(/\*\.ts$/, '[^/]+$').replace(/(?<!\$)$/, (end) => (one.includes('*') ? end : '/'));

const arrows = Object.entries(ARROWS).map(([folder, allowed]) => ({
  files: [`${folder}/**/*.{ts,vue}`],
  rules: {
    'no-restricted-imports': [
      'error',
      {
        patterns: [
          {
            regex: `^@/(?!${[folder, ...allowed].map(reach).join('|')})|^\\.\\./`,
            message: `${folder} may import only: ${[folder, ...allowed].join(', ')}, written with @/ (ARROWS in eslint.config.mjs).`,
          },
        ],
        paths: Object.entries(PACKAGES)
          .filter(([, owners]) => !owners.some((owner) => folder === owner || folder.startsWith(`${owner}/`)))
          .map(([name]) => ({ name, message: `${name} belongs elsewhere (PACKAGES in eslint.config.mjs).` })),
      },
    ],
  },
}));

export default tseslint.config(
  {
    ignores: [
      '.output/',
      '.wxt/',
      '.venv-world/',
      '.cache/',
      'node_modules/',
      'test-results/',
      'playwright-report/',
      'demo-screenshots/',
    ],
  },
  ...tseslint.configs.strict,
  ...vue.configs['flat/recommended'],
  ...accessibility.configs['flat/recommended'],
  {
    languageOptions: {
      globals: { ...globals.browser, ...globals.node },
      parserOptions: { parser: tseslint.parser },
    },
    rules: {
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'separate-type-imports' }],
      '@typescript-eslint/no-invalid-void-type': 'off',
      'no-console': 'error',
      eqeqeq: ['error', 'always'],
      'vue/multi-word-component-names': ['error', { ignores: ['App'] }],
      'vue/no-v-html': 'error',
      'vue/require-default-prop': 'off',
      // A label may wrap its control or point to it by id; either is enough.
      'vuejs-accessibility/label-has-for': ['error', { required: { some: ['nesting', 'id'] } }],
    },
  },
  { files: ['tests/**', '*.mjs', '*.config.ts'], rules: { 'no-console': 'off' } },
  ...arrows,
  prettier,
);
