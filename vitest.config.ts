import { existsSync } from 'node:fs';
import { defineConfig } from 'vitest/config';

const databaseSetup = './test/global-setup.ts';

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts', 'tools/**/*.test.ts'],
    exclude: ['test/long/**', '**/node_modules/**', '**/dist/**'],
    globalSetup: existsSync(databaseSetup) ? [databaseSetup] : [],
    // Two cores are enough for everybody: a third worker fills the time the others wait for the disk.
    maxWorkers: 3,
    retry: 0,
    testTimeout: 20_000,
    hookTimeout: 60_000,
  },
});
