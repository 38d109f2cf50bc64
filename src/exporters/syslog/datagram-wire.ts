import type { Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import { RetryableExportError } from '../../common/export.js';
import type { Refusal } from '../../common/split-export.js';
import type { SyslogWire } from './wire.js';

/** Datagrams handed to the system at a time, so that the buffer of the other side is not overrun at once. */
const AT_A_TIME = 32;

/**
 * A datagram for each message (RFC 5426). UDP loses what it likes; what the system itself cannot send is sent
 * again, or set aside where it is too large.
 */
export function datagramWire(host: string, port: number): SyslogWire {
  let socket: Socket | undefined;
  let trouble: Error | undefined;

  async function connected(): Promise<Socket> {
    if (socket !== undefined) return socket;
    const { createSocket } = await import('node:dgram');
    const opened = createSocket(isIPv6(host) ? 'udp6' : 'udp4');
    opened.unref();
    opened.on('error', (error) => {
      trouble = error;
    });
    // The name is looked up once, and not for every datagram.
    await new Promise<void>((resolve, reject) => {
      // Node hands what went wrong to the callback where there is one, and says so in no type.
      opened.connect(port, host, (error?: Error) => (error === undefined ? resolve() : reject(error)));
    }).catch((error: unknown) => {
      opened.close();
      throw error;
    });
    socket = opened;
    return opened;
  }

  function forget(): void {
    socket?.close();
    socket = undefined;
    trouble = undefined;
  }

  return {
    async send(messages, signal) {
      const refused: Refusal<Buffer>[] = [];
      const again: Buffer[] = [];
      try {
        const to = await connected();
        for (let at = 0; at < messages.length; at += AT_A_TIME) {
          signal?.throwIfAborted();
          await Promise.all(
            messages.slice(at, at + AT_A_TIME).map(async (item) => {
              const error = await new Promise<Error | null>((resolve) => to.send(item, resolve));
              if (error === null) return;
              if ((error as NodeJS.ErrnoException).code === 'EMSGSIZE') refused.push({ item, error });
              else {
                trouble ??= error;
                again.push(item);
              }
            }),
          );
        }
      } catch (error) {
        forget();
        const why = (error as Error).message;
        throw new RetryableExportError(`${host}:${port}: ${why}`, undefined, { cause: error });
      }
      if (trouble !== undefined) forget();
      return { refused, again };
    },
    async close() {
      forget();
    },
  };
}
