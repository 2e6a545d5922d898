import path from 'node:path';
import { defineConfig } from 'vitest/config';

const report = process.env['VITEST_REPORT'];

export default defineConfig({
  test: {
    include: [
      'functions/**/*.test.ts',
      'tools/**/*.test.ts',
      'test/*.test.ts',
      'test/!(real)/**/*.test.ts', // test/real: vitest.real.config.ts
      'test/real/oidc-provider/callers.test.ts', // needs Node alone
    ],
    globalSetup: ['test/support/build-app.ts'],
    pool: 'forks',
    isolate: false, // a worker keeps what it has loaded: a third less work, and no test may lean on a fresh module
    maxWorkers: 3, // most tests wait for processes, sockets and timers: two cores serve three
    env: { NODE_COMPILE_CACHE: path.join(import.meta.dirname, 'node_modules/.cache/node') }, // for the tools that tests start
    testTimeout: 90_000,
    hookTimeout: 90_000,
    silent: 'passed-only', // what libraries print belongs to tests that failed
    reporters: report === undefined ? ['default'] : ['default', ['json', { outputFile: report }]],
  },
});
