import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';

/** The same program with either library; both bundled, for the workers are started by Node itself. */
const PROGRAM = `
import cluster from 'node:cluster';
import { AggregatorRegistry, Counter, Gauge } from 'CLIENT';
const registry = new AggregatorRegistry();
if (cluster.isPrimary) {
  cluster.fork();
  cluster.fork();
  let ready = 0;
  cluster.on('message', async (_worker, message) => {
    if (message !== 'ready' || ++ready < 2) return;
    process.stdout.write(await registry.clusterMetrics());
    process.exit(0);
  });
} else {
  new Counter({ name: 'jobs_total', help: 'Jobs.', labelNames: ['queue'] }).inc({ queue: 'mail' }, cluster.worker.id);
  new Gauge({ name: 'peak', help: 'Peak.', aggregator: 'max' }).set(cluster.worker.id * 10);
  setTimeout(() => process.send('ready'), 100);
}
`;

describe('clusterMetrics', () => {
  it('gives the text that prom-client gives', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'telltale-cluster-'));
    try {
      const run = async (client: string) => {
        const file = join(folder, 'program.cjs');
        await build({
          stdin: {
            contents: PROGRAM.replace('CLIENT', client),
            resolveDir: fileURLToPath(new URL('.', import.meta.url)),
          },
          bundle: true,
          platform: 'node',
          format: 'cjs',
          outfile: file,
          logLevel: 'error',
        });
        await writeFile(join(folder, 'package.json'), '{}');
        return (await promisify(execFile)(process.execPath, [file])).stdout;
      };
      const ours = fileURLToPath(new URL('../../../src/compat/prom-client/index.ts', import.meta.url));
      const text = await run(ours);
      expect(text).toContain('jobs_total{queue="mail"} 3');
      expect(text).toContain('peak 20');
      expect(text).toBe(await run('prom-client'));
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});
