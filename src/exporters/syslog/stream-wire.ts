import type { Socket } from 'node:net';
import type { Clock } from '../../common/clock.js';
import { RetryableExportError } from '../../common/export.js';
import type { TlsOptions } from '../../common/tls-options.js';
import type { SyslogWire } from './wire.js';

export interface StreamWireOptions {
  host: string;
  port: number;
  /** Given for TLS. */
  tls: TlsOptions | undefined;
  framing: 'octet-counting' | 'newline';
  timeout: number;
  clock: Clock;
}

/**
 * Messages over one connection that is kept open, TCP or TLS, each with its length before it (RFC 6587, 3.4.1, and
 * RFC 5425, 4.3) or with a line feed behind it (RFC 6587, 3.4.2).
 *
 * Syslog has no answers: a message counts as delivered when the system has taken it. What a server that goes down
 * at that moment has not read is lost, and only a server that speaks another protocol can change that.
 */
export function streamWire(options: StreamWireOptions): SyslogWire<never> {
  const { host, port, framing, timeout, clock } = options;
  let socket: Socket | undefined;

  async function connected(): Promise<Socket> {
    // A server that went away has said so, but that is read in a turn of the event loop only.
    if (socket !== undefined) await new Promise(setImmediate);
    if (socket !== undefined) return socket;
    const opened =
      options.tls === undefined
        ? (await import('node:net')).connect({ host, port })
        : (await import('node:tls')).connect({ host, port, ...(options.tls as object) });
    opened.unref();
    opened.setNoDelay(true);
    opened.resume(); // what a server may say is of no interest, its end is
    const forget = (): void => {
      if (socket === opened) socket = undefined;
      opened.destroy();
    };
    opened.on('error', forget).on('end', forget).on('close', forget);
    socket = opened;
    await new Promise<void>((resolve, reject) => {
      opened.once(options.tls === undefined ? 'connect' : 'secureConnect', resolve);
      opened.once('error', reject).once('close', () => reject(new Error('the connection was closed')));
    });
    return opened;
  }

  function write(to: Socket, bytes: Buffer): Promise<void> {
    return new Promise((resolve, reject) => {
      to.once('close', onClose);
      to.write(bytes, (error) => {
        to.off('close', onClose);
        if (error) reject(error);
        else resolve();
      });
      function onClose(): void {
        reject(new Error('the connection was closed'));
      }
    });
  }

  return {
    async send(messages, signal) {
      const frames: Buffer[] = [];
      for (const message of messages) {
        if (framing === 'octet-counting') frames.push(Buffer.from(`${message.length} `), message);
        else frames.push(message, Buffer.from('\n'));
      }
      let late: (why: Error) => void = () => {};
      const deadline = new Promise<never>((_, reject) => {
        late = reject;
      });
      const timer = clock.setTimeout(() => late(new Error(`no progress within ${timeout} ms`)), timeout);
      const onAbort = (): void => late(new Error('called off'));
      signal?.addEventListener('abort', onAbort, { once: true });
      try {
        await Promise.race([(async () => write(await connected(), Buffer.concat(frames)))(), deadline]);
      } catch (error) {
        // Half a frame may be on its way: the next message must begin on a new connection.
        socket?.destroy();
        socket = undefined;
        const why = (error as NodeJS.ErrnoException).message || 'the connection failed';
        throw new RetryableExportError(`${host}:${port}: ${why}`, undefined, { cause: error });
      } finally {
        timer.cancel();
        signal?.removeEventListener('abort', onAbort);
      }
      return {};
    },
    async close() {
      const closing = socket;
      socket = undefined;
      if (closing === undefined || closing.destroyed) return;
      await new Promise<void>((resolve) => {
        const timer = clock.setTimeout(resolve, timeout);
        closing.once('close', () => {
          timer.cancel();
          resolve();
        });
        closing.ref();
        closing.end(() => closing.destroy());
      });
    },
  };
}
