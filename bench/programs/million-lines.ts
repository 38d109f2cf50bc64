/**
 * Logs a million lines to a file, 500 in each turn of the event loop, and says what that did to the host: the 99th
 * percentile of the event loop's delay in milliseconds, how far memory grew at most, and whether all lines are there.
 * `idleP99Ms` is the same delay in the same process with turns just as long in which nothing is logged: what the
 * machine itself does to an event loop.
 * `tsx --expose-gc bench/programs/million-lines.ts [lines] [thread]`
 */
import { createReadStream, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { createInterface } from 'node:readline';
import { fileSink, Logger, workerWriter } from '../../src/logs/index.js';
import { realisticLogs } from '../lib/realistic-logs.js';

const lines = Number(process.argv[2] ?? 1_000_000);
const inThread = process.argv[3] === 'thread';
const folder = mkdtempSync(join(tmpdir(), 'telltale-million-'));
const path = join(folder, 'app.log');
const logs = realisticLogs(5000);
const logger = new Logger({
  level: 'trace',
  sinks: [fileSink({ path, ...(inThread ? { writer: workerWriter() } : {}) })],
});

globalThis.gc?.();
const before = held();
let most = before;
const delay = monitorEventLoopDelay({ resolution: 5 });
delay.enable();
const begun = performance.now();
for (let n = 0; n < lines; ) {
  for (const end = Math.min(lines, n + 500); n < end; n++) {
    const { level, message, fields } = logs[n % logs.length]!;
    logger[level](message, fields);
  }
  most = Math.max(most, held());
  await new Promise(setImmediate);
}
await logger.flush();
const seconds = (performance.now() - begun) / 1000;
delay.disable();
await logger.shutdown();

const turnMs = (seconds * 1000) / (lines / 500);
const idle = monitorEventLoopDelay({ resolution: 5 });
idle.enable();
for (const until = performance.now() + seconds * 1000; performance.now() < until; ) {
  for (const end = performance.now() + turnMs; performance.now() < end; );
  await new Promise(setImmediate);
}
idle.disable();

let whole = 0;
for await (const line of createInterface(createReadStream(path))) {
  const { msg } = JSON.parse(line) as { msg: string };
  if (msg === logs[whole % logs.length]!.message) whole++;
}
rmSync(folder, { recursive: true, force: true });
process.stdout.write(
  `${JSON.stringify({
    lines,
    whole,
    seconds,
    eventLoopP99Ms: delay.percentile(99) / 1e6,
    idleP99Ms: idle.percentile(99) / 1e6,
    grownMB: (most - before) / 1e6,
  })}\n`,
);

function held(): number {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
