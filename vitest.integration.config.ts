import { defineConfig } from 'vitest/config';
import { alias } from './vitest.config.ts';

// Real servers, real processes, the packed tarball: what needs more than Node. `.ci/run` installs the servers.
export default defineConfig({
  resolve: { alias },
  test: {
    include: ['test/integration/**/*.test.ts'],
    environment: 'node',
    testTimeout: 120_000,
    hookTimeout: 120_000,
    fileParallelism: false,
  },
});
