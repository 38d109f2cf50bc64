import { mkdtempSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { trace } from '@opentelemetry/api';
import { rootContext } from '../../src/common/context.js';
import { AsyncLocalContextManager } from '../../src/common/context-manager.js';
import type { Draft } from '../../src/logs/draft.js';
import { fileSink, Logger } from '../../src/logs/index.js';
import { type LogSearch, LogStore } from '../../src/logs/store/index.js';
import { realisticLogs } from '../lib/realistic-logs.js';
import type { BenchLine, Comparison } from '../line.js';

/**
 * The store beside what people do without one: `includes` over an array of the messages. 100,000 realistic lines
 * with three fields each, in traces of six lines. What is looked for changes from search to search.
 */
const COUNT = 100_000;
const STEP = 40;
const START = 1_795_293_000_000;

export const storeLines: BenchLine[] = [
  {
    name: 'log store: text in few lines',
    aim: 1,
    setup: () =>
      compare(
        (i) => ({ text: RARE[i % RARE.length]! }),
        (messages, i) => messages.filter((message) => message.includes(RARE[i % RARE.length]!)).length,
      ),
  },
  {
    // Without an aim: the peer here is a loop that stops at the hundredth line, which needs no store to be quick.
    name: 'log store: text in many lines, the newest 100',
    setup: () =>
      compare(
        (i) => ({ text: COMMON[i % COMMON.length]! }),
        (messages, i) => {
          const found: string[] = [];
          for (let k = messages.length - 1; k >= 0 && found.length < 100; k--) {
            if (messages[k]!.includes(COMMON[i % COMMON.length]!)) found.push(messages[k]!);
          }
          return found.length;
        },
      ),
  },
  {
    name: 'log store: count lines with a text',
    aim: 1,
    async setup() {
      const { store, messages } = await filled();
      const texts = [...RARE, ...COMMON];
      return sides(
        (i) => store.count({ text: texts[i % texts.length]! }),
        (i) => messages.filter((message) => message.includes(texts[i % texts.length]!)).length,
      );
    },
  },
  // The aim of these is to be much faster than the scan for a text.
  { name: 'log store: by level', aim: 20, setup: () => compare(() => ({ level: 'error' }), scan) },
  {
    name: 'log store: by time',
    aim: 20,
    setup: () =>
      compare((i) => {
        const from = START + ((i * 7919) % COUNT) * STEP;
        return { from, to: from + 2000 };
      }, scan),
  },
  {
    name: 'log store: by trace id',
    aim: 20,
    setup: () => compare((i, traceIds) => ({ traceId: traceIds[(i * 7919) % COUNT]! }), scan),
  },
  {
    name: 'log store: insert (writing the line)',
    aim: 1,
    setup: insertion,
  },
];

const RARE = ['block blk_99', 'user 77', 'port 12345', 'message 5551', 'scoreboard slot 11', '/orders/4242?'];
const COMMON = ['timeout', 'HTTP/1.1', 'from', 'customer', 'finished job', '503'];

function scan(messages: readonly string[], i: number): number {
  return messages.filter((message) => message.includes(RARE[i % RARE.length]!)).length;
}

async function compare(
  query: (i: number, traceIds: readonly string[]) => LogSearch,
  peer: (messages: readonly string[], i: number) => number,
): Promise<Comparison> {
  const { store, messages, traceIds } = await filled();
  return sides(
    (i) => store.search(query(i, traceIds)).length,
    (i) => peer(messages, i),
  );
}

function sides(ours: (i: number) => number, peer: (i: number) => number): Comparison {
  let found = 0;
  const repeat = (search: (i: number) => number) => (n: number) => {
    for (let i = 0; i < n; i++) found += search(i);
  };
  return {
    ours: { name: 'telltale', run: repeat(ours) },
    peer: { name: 'includes over an array', run: repeat(peer) },
    teardown() {
      if (found < 0) throw new Error('so that the searches are not thought away');
    },
  };
}

async function filled() {
  const store = new LogStore();
  const logs = realisticLogs(COUNT);
  let now = START;
  const clock = { now: () => now, monotonic: () => now, setTimeout: () => ({ cancel() {} }) };
  const contextManager = new AsyncLocalContextManager();
  const logger = new Logger({ level: 'trace', clock, contextManager, sinks: [store] });
  for (const { level, message, fields, traceId } of logs) {
    const span = trace.wrapSpanContext({ traceId, spanId: traceId.slice(16), traceFlags: 1 });
    contextManager.with(trace.setSpan(rootContext, span), () => logger[level](message, fields));
    now += STEP;
  }
  return {
    store,
    messages: logs.map(({ message }) => message),
    traceIds: logs.map(({ traceId }) => traceId),
  };
}

/** Both sides are given what a call of a logger is; ours keeps it, the peer is that very logger writing to a file. */
async function insertion(): Promise<Comparison> {
  const folder = mkdtempSync(join(tmpdir(), 'telltale-bench-'));
  const path = join(folder, 'app.log');
  const file = new Logger({ level: 'trace', sinks: [fileSink({ path, flushLevel: 'silent' })] });
  const logs = realisticLogs(1024);
  const drafts: Draft[] = [];
  const capture = new Logger({
    level: 'trace',
    sinks: [
      {
        accept(call) {
          const draft = (call as Draft).copy();
          draft.line = Buffer.from(call.line!);
          drafts.push(draft);
        },
      },
    ],
  });
  for (const { level, message, fields } of logs) capture[level](message, fields);
  const store = new LogStore();
  return {
    ours: {
      name: 'telltale: keep it',
      run(n) {
        for (let i = 0; i < n; i++) store.accept(drafts[i & 1023]!);
      },
    },
    peer: {
      name: 'telltale: write it to a file',
      async run(n) {
        for (let i = 0; i < n; i++) {
          const { level, message, fields } = logs[i & 1023]!;
          file[level](message, fields);
          if (i % 500 === 499) await new Promise(setImmediate);
        }
        file.flushSync();
        truncateSync(path);
      },
    },
    async teardown() {
      await file.shutdown();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
