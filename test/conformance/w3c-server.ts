/** `npm run conformance:w3c-server -- --port N`: the service for W3C's trace-context test harness. */
import { parseArgs } from 'node:util';
import { startW3CService } from './w3c-service.ts';

const { values } = parseArgs({ options: { port: { type: 'string', default: '5000' } } });
const port = Number(values.port);
if (!Number.isInteger(port) || port < 0 || port > 65_535) {
  console.error(`--port is ${values.port}; accepted: a whole number from 0 to 65535`);
  process.exit(2);
}
const { url, close } = await startW3CService(port);
console.log(`listening on ${url}`);
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void close());
