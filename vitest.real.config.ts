import { defineConfig, mergeConfig } from 'vitest/config';
import base from './vitest.config.ts';

/** The journeys on the real parts, which `make test-real` starts. */
export default mergeConfig(
  { ...base, test: { ...base.test, include: [] } },
  defineConfig({
    test: {
      include: ['test/real/*/**/*.test.ts'],
      testTimeout: 180_000,
      hookTimeout: 180_000,
    },
  }),
);
