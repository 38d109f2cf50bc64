import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { doors } from './scripts/doors.ts';

// Tests and examples import telltale by its doors, as users do; here the doors lead to the source.
export const alias = Object.entries(doors).map(([door, file]) => ({
  find: new RegExp(`^telltale${door.slice(1)}$`),
  replacement: fileURLToPath(new URL(file, import.meta.url)),
}));

export default defineConfig({
  resolve: { alias },
  test: {
    include: ['test/**/*.test.ts', 'examples/testing/*.test.ts'],
    exclude: ['test/integration/**', 'node_modules/**'],
    environment: 'node',
    setupFiles: ['test/setup.ts'],
    // No test waits for time; those that start processes and those with large inputs may share a busy machine.
    testTimeout: 90_000,
    hookTimeout: 90_000,
    // All processors; by itself vitest would leave one of two idle.
    maxWorkers: '100%',
    expect: { poll: { timeout: 60_000, interval: 5 } },
  },
});
