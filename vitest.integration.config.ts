import { defineConfig } from 'vitest/config';
import { alias } from './vitest.config.ts';

// Real servers, real processes, the packed tarball: what needs more than Node. `.ci/run` installs the servers.
export default defineConfig({
  resolve: { alias },
  test: {
    include: ['test/integration/**/*.test.ts'],
    environment: 'node',
    // Far longer than anything takes: a busy machine is no fault.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    expect: { poll: { timeout: 60_000 } },
    fileParallelism: false,
  },
});
