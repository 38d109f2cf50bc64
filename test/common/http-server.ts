import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';

export interface Received {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  /** Unpacked. */
  readonly body: Buffer;
}

type Answer = (response: ServerResponse, request: IncomingMessage, nth: number) => void;

/** A real server on loopback that keeps what it receives and answers as it is told. */
export class TestServer {
  readonly received: Received[] = [];
  connections = 0;
  answer: Answer = (response) => response.end();
  readonly #server: Server;

  private constructor(make: (listener: RequestListener) => Server) {
    this.#server = make((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const raw = Buffer.concat(chunks);
        const body = request.headers['content-encoding'] === 'gzip' ? gunzipSync(raw) : raw;
        const { method = '', url = '', headers } = request;
        this.received.push({ method, path: url, headers, body });
        this.answer(response, request, this.received.length);
      });
      request.on('error', () => {});
    });
    this.#server.keepAliveTimeout = 60_000;
    this.#server.on('connection', () => this.connections++);
    this.#server.on('secureConnection', () => this.connections++);
  }

  static async start(make: (listener: RequestListener) => Server = createServer): Promise<TestServer> {
    const server = new TestServer(make);
    await new Promise<void>((resolve) => server.#server.listen(0, '127.0.0.1', resolve));
    return server;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }
}
