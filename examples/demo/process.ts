import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What both services of the demo share: ports, and how they start and end under the demo's main process. */

/**
 * The port to listen on. `PORT` is used as it is, and an error when it is taken; `PREFERRED_PORT` gives way to a
 * free one.
 */
export async function preferredPort(env: NodeJS.ProcessEnv = process.env): Promise<number> {
  if (env.PORT) return Number(env.PORT);
  const preferred = Number(env.PREFERRED_PORT ?? 0);
  const probe = createServer();
  return new Promise((resolve) => {
    probe.once('error', () => resolve(0));
    probe.listen(preferred, '127.0.0.1', () => probe.close(() => resolve(preferred)));
  });
}

export async function listen(
  handler: RequestListener,
  port: number,
): Promise<{ url: string; close(): Promise<void> }> {
  const server = createServer(handler).listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeIdleConnections();
      }),
  };
}

/**
 * Tells the demo where this service listens. From here on Ctrl-C, which reaches every process of a terminal, is
 * left to the demo, so that a service ends after its last request was answered.
 */
export function announce(url: string): void {
  process.on('SIGINT', () => {});
  process.send?.({ url });
}

/** Resolves when the demo lets go of this process. */
export async function untilAsked(): Promise<void> {
  await Promise.race([once(process, 'disconnect'), once(process, 'SIGTERM')]);
}
