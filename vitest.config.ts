import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts', 'tools/**/*.test.ts'],
    exclude: ['test/long/**', '**/node_modules/**', '**/dist/**'],
    globalSetup: ['./test/global-setup.ts'],
    // For two cores: the third worker fills the time that the others wait for the database.
    maxWorkers: 3,
    retry: 0,
    // A bound for what hangs, not for what is slow beside other work.
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
