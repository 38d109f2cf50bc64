import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';

const PROGRAM = `
import cluster from 'node:cluster';
import { Worker, isMainThread, parentPort, workerData } from 'node:worker_threads';
import { Counter, Registry } from 'SRC/metrics/index.ts';
import { ClusterRegistry, shareMetrics } from 'SRC/metrics/cluster/index.ts';

const count = (by, port) => {
  const registry = new Registry();
  registry.getOrCreate(Counter, { name: 'jobs_total', help: 'j' }).inc(by);
  return shareMetrics(registry, port);
};
async function main() {
  const threads = [1, 2].map((by) => new Worker(__filename, { workerData: by }));
  const forks = [cluster.fork(), cluster.fork()];
  const registry = new ClusterRegistry({ cluster, threads });
  await Promise.all([...threads, ...forks].map((worker) => new Promise((done) => worker.once('message', done))));
  const line = async () => /^jobs_total .*/m.exec(await registry.metrics())[0];
  console.log(await line());
  await threads[0].terminate();
  forks[0].kill('SIGKILL');
  await new Promise((done) => forks[0].once('exit', done));
  await new Promise((done) => setImmediate(done));
  console.log(await line());
  process.exit(0);
}
if (!isMainThread) {
  count(workerData, parentPort);
  parentPort.postMessage('ready');
} else if (cluster.isPrimary) main();
else {
  count(10);
  process.send('ready');
}
`;

describe('workers of node:cluster and threads', () => {
  it('are read together, and stay counted when they are killed', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'telltale-cluster-'));
    try {
      const file = join(folder, 'program.cjs');
      await build({
        stdin: {
          contents: PROGRAM.replaceAll('SRC', fileURLToPath(new URL('../../../src', import.meta.url))),
          resolveDir: fileURLToPath(new URL('.', import.meta.url)),
          loader: 'ts',
        },
        bundle: true,
        platform: 'node',
        format: 'cjs',
        outfile: file,
        logLevel: 'error',
      });
      const { stdout } = await promisify(execFile)(process.execPath, [file]);
      expect(stdout).toBe('jobs_total 23\njobs_total 23\n');
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});
