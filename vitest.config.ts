import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts', 'tools/**/*.test.ts'],
    exclude: ['test/long/**', '**/node_modules/**', '**/dist/**'],
    globalSetup: ['./test/global-setup.ts'],
    // For two cores: the third worker fills the time that the others wait for the database.
    maxWorkers: 3,
    retry: 0,
    testTimeout: 20_000,
    hookTimeout: 60_000,
  },
});
