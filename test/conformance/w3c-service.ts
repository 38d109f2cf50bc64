import { createServer, type Server, request as send } from 'node:http';
import { createTelemetry } from 'telltale';
import { instrumentHandler, instrumentHttpClient } from 'telltale/http';

/** One call that the service is asked to make: a POST to `url` with `arguments` as its body. */
interface Call {
  readonly url: string;
  readonly arguments: readonly unknown[];
}

/**
 * The service that W3C's trace-context test harness talks to: it answers a POST with a JSON list of calls by
 * making each of them, so that the harness sees what becomes of the trace headers it sent. All that carries the
 * trace is telltale's instrumentation of `node:http`; the service itself never looks at a header.
 *
 * Protocol: https://github.com/w3c/trace-context/tree/main/test
 */
export function startW3CService(
  port: number,
): Promise<{ server: Server; url: string; close(): Promise<void> }> {
  const telemetry = createTelemetry({
    service: { name: 'w3c-conformance' },
    logs: false,
    metrics: false,
    env: {},
    flushAtExit: false,
  });
  const restore = instrumentHttpClient(telemetry);
  const server = createServer(
    instrumentHandler(async (request, response) => {
      try {
        let body = '';
        for await (const chunk of request) body += String(chunk);
        for (const call of JSON.parse(body) as Call[]) await post(call);
        response.end('{}');
      } catch (error) {
        response.writeHead(500).end(String(error));
      }
    }, telemetry),
  );
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      const bound = typeof address === 'object' && address !== null ? address.port : port;
      resolve({
        server,
        url: `http://127.0.0.1:${bound}/test`,
        async close() {
          restore();
          server.closeAllConnections();
          await new Promise((done) => server.close(done));
          await telemetry.shutdown();
        },
      });
    });
  });
}

function post({ url, arguments: body }: Call): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = send(
      url,
      { method: 'POST', headers: { 'content-type': 'application/json' } },
      (response) => {
        response.on('end', resolve).on('error', reject).resume();
      },
    );
    request.on('error', reject);
    request.end(JSON.stringify(body));
  });
}
