/**
 * Puts 100,000 realistic lines into a `LogStore`, searches it, and says what memory that takes, by the store's own
 * account and by the process's. `tsx --expose-gc bench/programs/log-store-memory.ts`
 */
import { setTimeout as pause } from 'node:timers/promises';
import { trace } from '@opentelemetry/api';
import { rootContext } from '../../src/common/context.js';
import { AsyncLocalContextManager } from '../../src/common/context-manager.js';
import { Logger } from '../../src/logs/index.js';
import { LogStore } from '../../src/logs/store/index.js';
import { realisticLogs } from '../lib/realistic-logs.js';

const logs = realisticLogs(100_000);
const contextManager = new AsyncLocalContextManager();
const before = await settled();
const store = new LogStore();
const logger = new Logger({ level: 'trace', contextManager, sinks: [store] });
for (const { level, message, fields, traceId } of logs) {
  const span = trace.wrapSpanContext({ traceId, spanId: traceId.slice(16), traceFlags: 1 });
  contextManager.with(trace.setSpan(rootContext, span), () => logger[level](message, fields));
}
const found = store.search({ text: 'no such text', level: 'info' }).length;
const after = await settled();
// Both live until here, or the collector would take away what was there before.
const records = Math.min(store.size, logs.length);
process.stdout.write(
  `${JSON.stringify({ records, found, storeMB: store.bytes / 1e6, processMB: (after - before) / 1e6 })}\n`,
);

async function settled(): Promise<number> {
  for (let i = 0; i < 3; i++) {
    globalThis.gc?.();
    await pause(20);
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
