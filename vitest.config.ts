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
    // No test waits for time; those that start processes and those with large inputs may share a busy machine.
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
});
