import vue from '@vitejs/plugin-vue';
import icons from 'unplugin-icons/vite';
import { defineConfig } from 'vitest/config';
import { WxtVitest } from 'wxt/testing/vitest-plugin';

const plugins = async () => [...(await WxtVitest()), vue(), icons({ compiler: 'vue3' })];

/** Reporter settings shared by all projects; `tests/run.ts` reads the JSON report. */
export default defineConfig(async () => ({
  test: {
    projects: [
      {
        plugins: await plugins(),
        test: {
          name: 'unit',
          include: ['tests/unit/**/*.test.ts'],
          environment: 'node',
          // What takes a second alone takes more than vitest's five on a busy machine: ten thousand rows, PBKDF2.
          testTimeout: 30_000,
        },
      },
      {
        plugins: await plugins(),
        test: {
          name: 'component',
          include: ['tests/component/**/*.test.ts'],
          environment: 'happy-dom',
          setupFiles: ['tests/component/no-warnings.ts'],
          // axe is pure computing: on a busy machine one page takes seconds.
          testTimeout: 30_000,
        },
      },
      {
        plugins: await plugins(),
        test: {
          name: 'contract',
          include: ['tests/contract/**/*.test.ts'],
          environment: 'node',
          testTimeout: 60_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
    ],
  },
}));
