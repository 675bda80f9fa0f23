import { defineConfig, mergeConfig } from 'vitest/config';
import ordinary from './vitest.config.ts';

/** The tests that take minutes: one after the other, so that each has the machine to itself. */
export default mergeConfig(
  { ...ordinary, test: { ...ordinary.test, include: [], exclude: [] } },
  defineConfig({
    test: {
      include: ['test/long/**/*.test.ts'],
      fileParallelism: false,
      passWithNoTests: true,
      testTimeout: 600_000,
    },
  }),
);
