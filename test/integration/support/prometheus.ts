import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { emptyFolder } from './packed.js';

/** Whether the programs are there. In CI they have to be: a test that is skipped there is a lie. */
export function havePrometheus(): boolean {
  const missing = ['prometheus', 'promtool'].filter((name) => spawnSync(name, ['--version']).status !== 0);
  if (missing.length > 0 && process.env.CI === 'true') {
    throw new Error(`${missing.join(' and ')} cannot be run; apt-get install prometheus`);
  }
  return missing.length === 0;
}

export interface PromSample {
  metric: Record<string, string>;
  value: number;
}

export interface PromExemplar {
  seriesLabels: Record<string, string>;
  exemplars: { labels: Record<string, string>; value: string; timestamp: number }[];
}

export interface RunningPrometheus {
  readonly url: string;
  /** An instant query. */
  query(expression: string): Promise<PromSample[]>;
  /** The exemplars of some series between two moments, in seconds; the last five minutes unless told. */
  exemplars(expression: string, from?: number, to?: number): Promise<PromExemplar[]>;
  /** Why a scrape of the job failed; empty where none did. */
  scrapeError(job: string): Promise<string>;
  stop(): Promise<void>;
}

/**
 * Starts a server on a free port of loopback that scrapes the jobs every three seconds and forgets all at its end. A
 * scrape may take as long and no longer: one that is too late makes all series of the job vanish until the next.
 */
export async function startPrometheus(
  jobs: Record<string, { port: number; path?: string; settings?: object }>,
  flags: readonly string[] = [],
): Promise<RunningPrometheus> {
  const { folder, remove } = await emptyFolder();
  const port = await freePort();
  const config = {
    global: { scrape_interval: '3s', scrape_timeout: '3s' },
    scrape_configs: Object.entries(jobs).map(([job, { port, path = '/metrics', settings }]) => ({
      job_name: job,
      metrics_path: path,
      static_configs: [{ targets: [`127.0.0.1:${port}`] }],
      ...settings,
    })),
  };
  // JSON is YAML.
  await writeFile(join(folder, 'prometheus.yml'), JSON.stringify(config));
  const server = spawn(
    'prometheus',
    [
      `--config.file=${join(folder, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--log.level=warn',
      ...flags,
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  let complaints = '';
  server.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaints += text;
  });
  const url = `http://127.0.0.1:${port}`;
  const stop = async () => {
    await end(server);
    await remove();
  };
  try {
    await until(async () => {
      if (server.exitCode !== null) throw new Error(`prometheus ended: ${complaints}`);
      return (await fetch(`${url}/-/ready`).catch(() => undefined))?.ok === true;
    }, 'prometheus to be ready');
  } catch (error) {
    await stop();
    throw error;
  }

  async function api<T>(path: string): Promise<T> {
    const response = await fetch(`${url}/api/v1/${path}`);
    const { status, data, error } = (await response.json()) as { status: string; data: T; error?: string };
    if (status !== 'success') throw new Error(`${path}: ${error}`);
    return data;
  }

  return {
    url,
    stop,
    async query(expression) {
      const data = await api<{ result: { metric: Record<string, string>; value: [number, string] }[] }>(
        `query?query=${encodeURIComponent(expression)}`,
      );
      return data.result.map(({ metric, value: [, text] }) => ({ metric, value: numberOf(text) }));
    },
    exemplars(expression, from = Date.now() / 1000 - 300, to = Date.now() / 1000 + 60) {
      return api<PromExemplar[]>(
        `query_exemplars?query=${encodeURIComponent(expression)}&start=${from}&end=${to}`,
      );
    },
    async scrapeError(job) {
      const { activeTargets } = await api<{
        activeTargets: { labels: Record<string, string>; lastError: string }[];
      }>('targets?state=active');
      return activeTargets.find(({ labels }) => labels.job === job)?.lastError ?? '';
    },
  };
}

/** What promtool says about an exposition: nothing, if all is well. */
export function promtoolCheck(text: string): string {
  const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], {
    input: text,
    encoding: 'utf8',
  });
  return `${stdout}${stderr}${status === 0 ? '' : `exit code ${status}`}`;
}

/** Asks again until it is true; gives up after half a minute. */
export async function until(isTrue: () => Promise<boolean>, what: string): Promise<void> {
  for (let tries = 0; tries < 300; tries++) {
    if (await isTrue()) return;
    await sleep(100);
  }
  throw new Error(`waited in vain for ${what}`);
}

export async function end(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const ended = once(server, 'exit');
  server.kill('SIGTERM');
  const force = setTimeout(() => server.kill('SIGKILL'), 10_000);
  await ended;
  clearTimeout(force);
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

function numberOf(text: string): number {
  if (text === '+Inf') return Infinity;
  return text === '-Inf' ? -Infinity : Number(text);
}
