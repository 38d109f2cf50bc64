import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * A Prometheus on the loopback whose blocks are made of samples in OpenMetrics text. `prometheus` and `promtool`
 * must be on the path; Debian has them in its package `prometheus`.
 */
export class PrometheusProcess {
  readonly #process: ChildProcess;
  readonly #folder: string;
  readonly url: string;

  private constructor(process: ChildProcess, folder: string, url: string) {
    this.#process = process;
    this.#folder = folder;
    this.url = url;
  }

  /** Whether there is a Prometheus to start. */
  static isInstalled(): boolean {
    try {
      execFileSync('promtool', ['--version'], { stdio: 'ignore' });
      execFileSync('prometheus', ['--version'], { stdio: 'ignore' });
      return true;
    } catch {
      return false;
    }
  }

  static async start(samples: string): Promise<PrometheusProcess> {
    const folder = mkdtempSync(join(tmpdir(), 'telltale-prometheus-'));
    writeFileSync(join(folder, 'samples.txt'), `${samples}# EOF\n`);
    writeFileSync(join(folder, 'prometheus.yml'), 'global:\n  scrape_interval: 1h\n');
    const data = join(folder, 'data');
    execFileSync(
      'promtool',
      ['tsdb', 'create-blocks-from', 'openmetrics', join(folder, 'samples.txt'), data],
      { stdio: 'ignore' },
    );
    const port = await freePort();
    const child = spawn(
      'prometheus',
      [
        `--config.file=${join(folder, 'prometheus.yml')}`,
        `--storage.tsdb.path=${data}`,
        '--storage.tsdb.retention.time=100y',
        `--web.listen-address=127.0.0.1:${port}`,
        '--log.level=error',
      ],
      { stdio: 'ignore' },
    );
    const prometheus = new PrometheusProcess(child, folder, `http://127.0.0.1:${port}`);
    for (let tries = 0; !(await prometheus.#isReady()); tries++) {
      if (tries > 200 || child.exitCode !== null) throw new Error('Prometheus did not start');
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    return prometheus;
  }

  /** Nanoseconds that Prometheus says it took to evaluate. */
  async evaluationTime(
    query: string,
    times: { time: number } | { start: number; end: number; step: number },
  ): Promise<number> {
    const params = new URLSearchParams({ query, stats: 'all' });
    for (const [name, ms] of Object.entries(times)) params.set(name, String(ms / 1000));
    const path = 'time' in times ? 'query' : 'query_range';
    const answer = await fetch(`${this.url}/api/v1/${path}?${params}`);
    const { data } = (await answer.json()) as {
      data: { result: unknown[]; stats: { timings: { evalTotalTime: number } } };
    };
    if (data.result.length === 0) throw new Error('Prometheus found no series');
    return data.stats.timings.evalTotalTime * 1e9;
  }

  async stop(): Promise<void> {
    const exited = new Promise((resolve) => this.#process.once('exit', resolve));
    this.#process.kill();
    await exited;
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #isReady(): Promise<boolean> {
    try {
      return (await fetch(`${this.url}/-/ready`)).ok;
    } catch {
      return false;
    }
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
