import { fork } from 'node:child_process';
import { once } from 'node:events';
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { SpanKind, type Tracer } from '@opentelemetry/api';
import { rootContext } from '../../src/common/context.js';
import { resourceOf } from '../../src/common/resource.js';
import { withSpan } from '../../src/common/with-span.js';
import { otlpTraceExporter } from '../../src/exporters/otlp/index.js';
import { BatchSpanProcessor, TracerProvider } from '../../src/trace/index.js';

/**
 * A service under load for a while: so many spans a second into an OTLP receiver that takes 20 ms a batch. Started
 * by `bench/soak.ts`, which see; prints what it found as JSON.
 */
const [rate = 100_000, seconds = 60, warmUp = 10] = process.argv.slice(2).map(Number);
const TRACE = 5;
/** Milliseconds between two bursts of work. */
const TICK = 5;

const receiver = fork(fileURLToPath(new URL('./soak-receiver.mjs', import.meta.url)), ['20'], {
  stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
});
const [{ url }] = (await once(receiver, 'message')) as [{ url: string }];

const processor = new BatchSpanProcessor({
  exporter: otlpTraceExporter({ url }),
  // One batch of 1,024 at a time every 20 ms would be 51,200 spans a second at best. Eight make up for a receiver
  // that falls behind; two thirds of a second fit in the queue.
  maxInFlight: 8,
  maxItems: 65_536,
});
const provider = new TracerProvider({
  resource: resourceOf({ 'service.name': 'soak', 'service.version': '1.0.0' }),
  spanProcessors: [processor],
});
const tracer = provider.getTracer('soak');

let made = 0;
let rss = 0;
await load(warmUp);
const before = { memory: process.memoryUsage().rss, cpu: process.cpuUsage(), at: performance.now(), made };
const delay = monitorEventLoopDelay({ resolution: 1 });
delay.enable();
rss = before.memory;
await load(seconds);
delay.disable();
const cpu = process.cpuUsage(before.cpu);
const elapsed = performance.now() - before.at;
const share = (cpu.user + cpu.system) / 1000 / elapsed;
const rateReached = ((made - before.made) / elapsed) * 1000;

await provider.shutdown();
receiver.send('spans?');
const [{ spans }] = (await once(receiver, 'message')) as [{ spans: number }];
receiver.disconnect();
const { dropped } = processor.stats;
const result = {
  made,
  received: spans,
  dropped: Object.values(dropped).reduce((sum, count) => sum + count, 0),
  rate: Math.round(rateReached),
  // What the histogram holds is the time between two runs of a timer of 1 ms.
  eventLoopP99: Math.max(0, delay.percentile(99) / 1e6 - 1),
  eventLoopMax: Math.max(0, delay.max / 1e6 - 1),
  rssGrowth: (rss - before.memory) / 1024 / 1024,
  cpuShare: share,
};
console.log(JSON.stringify(result));

/** As many spans as are due, every few milliseconds. */
async function load(duration: number): Promise<void> {
  const start = performance.now();
  const first = made;
  for (let now = start; now - start < duration * 1000; now = performance.now()) {
    const due = first + ((now - start) / 1000) * rate;
    // After a pause that the machine imposed, at most so much is made up for at once.
    for (let i = 0; made < due && i < (rate / 1000) * TICK * 4; i += TRACE) request(tracer);
    rss = Math.max(rss, process.memoryUsage.rss());
    await sleep(TICK);
  }
}

function request(tracer: Tracer): void {
  const server = tracer.startSpan('GET /orders/:id', {
    kind: SpanKind.SERVER,
    attributes: {
      'http.request.method': 'GET',
      'http.route': '/orders/:id',
      'url.path': `/orders/${made}`,
      'server.address': 'shop.example.com',
    },
  });
  const below = withSpan(rootContext, server);
  for (let call = 1; call < TRACE; call++) {
    const span = tracer.startSpan('SELECT orders', { kind: SpanKind.CLIENT }, below);
    span.setAttribute('db.system.name', 'postgresql');
    span.setAttribute('db.response.returned_rows', (made + call) % 20);
    span.end();
  }
  server.setAttribute('http.response.status_code', made % 50 === 0 ? 500 : 200);
  if (made % 50 === 0) server.setStatus({ code: 2, message: 'order is gone' });
  server.end();
  made += TRACE;
}
