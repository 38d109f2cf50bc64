import { spawn, spawnSync } from 'node:child_process';
import { end, freePort, until } from './prometheus.js';

/** Whether the program is there. In CI it has to be. */
export function havePushgateway(): boolean {
  const found = spawnSync('prometheus-pushgateway', ['--version']).status === 0;
  if (!found && process.env.CI === 'true') {
    throw new Error('prometheus-pushgateway cannot be run; apt-get install prometheus-pushgateway');
  }
  return found;
}

export interface RunningPushgateway {
  readonly url: string;
  stop(): Promise<void>;
}

/** Starts a gateway on a free port of loopback that keeps everything in memory. */
export async function startPushgateway(): Promise<RunningPushgateway> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const server = spawn('prometheus-pushgateway', [`--web.listen-address=127.0.0.1:${port}`], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let complaints = '';
  server.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaints = (complaints + text).slice(-4000);
  });
  await until(async () => {
    if (server.exitCode !== null) throw new Error(`prometheus-pushgateway ended: ${complaints}`);
    return (await fetch(`${url}/-/ready`).catch(() => undefined))?.ok === true;
  }, 'the gateway to be ready');
  return { url, stop: () => end(server) };
}
