import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { emptyFolder } from './packed.js';
import { until } from './prometheus.js';

/** A series and its samples, in the order of time (milliseconds). */
export interface TestSeries {
  readonly labels: Readonly<Record<string, string>>;
  readonly samples: readonly (readonly [time: number, value: number])[];
}

/**
 * Starts a Prometheus that holds exactly these series, in blocks made by promtool: nothing depends on when a
 * scrape happens to come. It listens on a free port of loopback and forgets all at its end.
 *
 * Times must be multiples of 125 ms: promtool reads seconds as a float and cuts, so others may be off by one.
 */
export async function prometheusOfSamples(
  series: readonly TestSeries[],
): Promise<{ url: string; stop(): Promise<void> }> {
  const { folder, remove } = await emptyFolder();
  const data = join(folder, 'data');
  await writeFile(join(folder, 'samples.txt'), openMetrics(series));
  await writeFile(join(folder, 'prometheus.yml'), 'global: {}\n');
  execFileSync('promtool', ['tsdb', 'create-blocks-from', 'openmetrics', join(folder, 'samples.txt'), data], {
    stdio: 'pipe',
  });
  const server = spawn(
    'prometheus',
    [
      `--config.file=${join(folder, 'prometheus.yml')}`,
      `--storage.tsdb.path=${data}`,
      '--storage.tsdb.retention.time=100y',
      '--web.listen-address=127.0.0.1:0',
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  let log = '';
  server.stderr.setEncoding('utf8').on('data', (text: string) => {
    log += text;
  });
  const stop = async () => {
    if (server.exitCode === null && server.signalCode === null) {
      const ended = once(server, 'exit');
      server.kill('SIGKILL');
      await ended;
    }
    await remove();
  };
  const url = () => `http://127.0.0.1:${/msg="Listening on" address=127\.0\.0\.1:(\d+)/.exec(log)?.[1]}`;
  try {
    await until(async () => {
      if (server.exitCode !== null) throw new Error(`prometheus ended: ${log}`);
      return (await fetch(`${url()}/-/ready`).catch(() => undefined))?.ok === true;
    }, 'prometheus to be ready');
  } catch (error) {
    await stop();
    throw error;
  }
  return { url: url(), stop };
}

function openMetrics(series: readonly TestSeries[]): string {
  const byName = new Map<string, string[]>();
  for (const { labels, samples } of series) {
    const { __name__: name, ...rest } = labels;
    const lines = byName.get(name!) ?? [`# TYPE ${name} unknown\n`];
    byName.set(name!, lines);
    const inner = Object.entries(rest).map(([key, value]) => `${key}=${JSON.stringify(value)}`);
    for (const [time, value] of samples) {
      if (time % 125 !== 0) throw new Error(`${time} is no multiple of 125 ms`);
      lines.push(`${name}{${inner.join()}} ${numberText(value)} ${time / 1000}\n`);
    }
  }
  return `${[...byName.values()].flat().join('')}# EOF\n`;
}

function numberText(value: number): string {
  if (value === Infinity) return '+Inf';
  return value === -Infinity ? '-Inf' : String(value);
}
