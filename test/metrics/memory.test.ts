import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';
import { describe, expect, it } from 'vitest';

/** Heap that 100,000 series of two labels take, in bytes a series, seen from a process of their own. */
const PROGRAM = `
import { Counter, Gauge, Registry, UpDownCounter } from './src/metrics/index.ts';
const kinds = { Counter, Gauge, UpDownCounter };
for (const [kind, Class] of Object.entries(kinds)) {
  const registry = new Registry({ maxSeries: Infinity });
  const metric = registry.getOrCreate(Class, { name: 'requests', help: 'r', labelNames: ['method', 'route'] });
  globalThis.gc();
  const before = process.memoryUsage().heapUsed;
  for (let i = 0; i < 100_000; i++) metric.inc({ method: 'GET', route: '/items/' + i }, i + 0.5);
  globalThis.gc();
  console.log(kind, Math.round((process.memoryUsage().heapUsed - before) / 100_000));
  if (metric.series().length !== 100_000) throw new Error('series are missing');
}
`;

describe('memory', () => {
  it('of 100,000 series is at most 250 bytes each', () => {
    const { outputFiles } = buildSync({
      stdin: {
        contents: PROGRAM,
        resolveDir: fileURLToPath(new URL('../..', import.meta.url)),
        loader: 'ts',
      },
      bundle: true,
      platform: 'node',
      format: 'cjs',
      write: false,
      logLevel: 'error',
    });
    const told = execFileSync(process.execPath, ['--expose-gc', '-e', outputFiles[0]!.text], {
      encoding: 'utf8',
    });
    const bytes = told
      .trim()
      .split('\n')
      .map((line) => Number(line.split(' ')[1]));
    expect(bytes).toHaveLength(3);
    expect(Math.max(...bytes)).toBeLessThanOrEqual(250);
  });
});
