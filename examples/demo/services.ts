import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** What a service says to the demo once it listens. */
export interface Ready {
  url: string;
}

export interface Service {
  readonly name: string;
  readonly url: string;
  /** Asks the service to end: it finishes its requests, flushes its telemetry and exits. */
  stop(): Promise<void>;
}

const STOP_WITHIN_MS = 10_000;

/**
 * Starts a service in a process of its own. Rejects when it cannot start, with what it printed.
 */
export async function startService(
  name: string,
  file: string,
  env: Record<string, string>,
): Promise<Service> {
  const child = fork(fileURLToPath(new URL(file, import.meta.url)), {
    env: { ...process.env, ...env },
    execArgv: ['--import', 'tsx'],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let complaint = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    complaint = (complaint + text).slice(-4_000);
  });
  const url = await new Promise<string>((resolve, reject) => {
    child.once('message', (message) => resolve((message as Ready).url));
    child.once('exit', (code) => {
      const taken = /EADDRINUSE.*:(\d+)/.exec(complaint);
      const why =
        taken === null
          ? `ended with exit code ${code} before it was ready\n${complaint.trim()}`
          : `cannot listen on port ${taken[1]}: it is taken; choose another, or none to take any that is free`;
      reject(new Error(`${name} ${why}`));
    });
  });
  return { name, url, stop: () => stop(child) };
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  const deadline = setTimeout(() => child.kill('SIGKILL'), STOP_WITHIN_MS);
  // The channel closing is the sign to end; it also tells a service whose demo was killed.
  if (child.connected) child.disconnect();
  await exit;
  clearTimeout(deadline);
}
