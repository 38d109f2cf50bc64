import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Door, doors } from '../../scripts/doors.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const cache = join(root, 'node_modules/.cache');
const DOORS = ['', 'logs', 'trace', 'metrics', 'slo', 'rules', 'openslo', 'query', 'prometheus'];

let folder: string;

/** Two copies of the library, as a program has them that imports it and whose dependency requires it. */
beforeAll(async () => {
  mkdirSync(cache, { recursive: true });
  folder = mkdtempSync(join(cache, 'two-copies-'));
  const contents = DOORS.map((door) => {
    return `export * as ${door || 'main'} from 'telltale${door && `/${door}`}';`;
  }).join('\n');
  for (const [format, outfile] of [
    ['esm', 'esm.mjs'],
    ['cjs', 'cjs.cjs'],
  ] as const) {
    await build({
      stdin: { contents, resolveDir: root },
      absWorkingDir: root,
      bundle: true,
      packages: 'external',
      // (`packages: 'external'` would leave the doors themselves out.)
      alias: Object.fromEntries(DOORS.map((door) => [`telltale${door && `/${door}`}`, fileOf(door)])),
      format,
      platform: 'node',
      outfile: join(folder, outfile),
    });
  }
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs a program that has `esm` and `cjs`, and gives what it says. */
function run(program: string, name = 'program.mjs') {
  const head = `
    import { createRequire } from 'node:module';
    import * as esm from './esm.mjs';
    const require = createRequire(import.meta.url);
    const cjs = require('./cjs.cjs');
    const say = (value) => process.stdout.write(JSON.stringify(value));
  `;
  writeFileSync(join(folder, name), head + program);
  const { stdout, stderr, status, signal } = spawnSync(process.execPath, [name], {
    cwd: folder,
    encoding: 'utf8',
  });
  return { stdout, stderr, status, signal };
}

function answerOf(program: string): unknown {
  const { stdout, stderr } = run(program);
  expect(stderr).toBe('');
  return JSON.parse(stdout);
}

describe('two copies of telltale in one process', () => {
  it('know one another by context: spans, ids in lines, fields', () => {
    const answer = answerOf(`
      const make = ({ main }) => {
        const lines = [];
        const logs = { sinks: [(line) => void lines.push(JSON.parse(line))] };
        return { ...main.createTelemetry({ service: { name: 'a' }, logs }), lines };
      };
      const [a, b] = [make(esm), make(cjs)];
      const spans = [];
      a.tracer.startActiveSpan('outer', (outer) => {
        b.logger.info('in outer');
        b.tracer.startActiveSpan('inner', (inner) => {
          a.logger.info('in inner');
          spans.push(outer.spanContext(), inner.spanContext(), inner.parentSpanContext);
        });
      });
      esm.logs.withContext({ one: 1 }, () => cjs.logs.withContext({ two: 2 }, () => a.logger.info('both')));
      const [outer, inner, parent] = spans;
      say({
        isTorn: esm.main.Logger !== cjs.main.Logger,
        trace: outer.traceId === inner.traceId && parent.spanId === outer.spanId,
        ids: b.lines[0].span_id === outer.spanId && a.lines[0].span_id === inner.spanId,
        fields: [a.lines[1].one, a.lines[1].two],
      });
    `);
    expect(answer).toEqual({ isTorn: true, trace: true, ids: true, fields: [1, 2] });
  });

  it('leave the globals to the one that has registered first, and say so', () => {
    const { stdout, stderr } = run(`
      const [a, b] = [esm, cjs].map(({ main }) => main.createTelemetry({ service: { name: 'a' } }));
      const first = a.register();
      const second = b.register();
      second.unregister();
      const { trace } = await import('@opentelemetry/api');
      const isRecording = trace.getTracer('x').startSpan('y').isRecording();
      first.unregister();
      say([first.traces, second.traces, isRecording, b.register().traces]);
    `);
    expect(JSON.parse(stdout)).toEqual([true, false, true, true]);
    expect(stderr).toMatch(/another tracer provider .* is registered/);
  });

  it("take one another's metrics, objectives, labels and stores", () => {
    const answer = answerOf(`
      const registry = new esm.metrics.Registry();
      const seconds = new cjs.metrics.Histogram({ name: 's', help: 's', buckets: [1, 2], registers: [registry] });
      const native = new esm.metrics.NativeHistogram({ name: 'n', help: 'n', registers: [registry] });
      const indicator = (histogram) => cjs.slo.latencyBelow({ registry, histogram, threshold: 1 });
      const trackers = ['s', 'n'].map((id) => new esm.slo.SloTracker({ id, target: 50, indicator: indicator(id) }));
      const count = () => trackers.map((tracker) => tracker.status().budget.good ?? tracker.status().compliance);
      trackers.forEach((tracker) => tracker.status());
      for (const metric of [seconds, native]) for (const value of [0.5, 0.5, 0.5, 3]) metric.observe(value);
      const store = new cjs.query.TimeSeriesStore();
      store.append(esm.query.Labels.from({ __name__: 'x', job: 'a' }), 7, Date.now());
      const api = new esm.query.QueryApi(cjs.query.embeddedSource(store));
      const ask = (query) => api.answer('/api/v1/query', new URLSearchParams({ query }));
      const failed = await ask('x +');
      say({
        compliance: count(),
        text: (await registry.metrics()).includes('s_bucket{le="1"} 3'),
        rules: cjs.rules.prometheusRules(trackers).includes('slo-s'),
        groups: cjs.slo.prometheusRuleGroups(trackers).length,
        openSlo: cjs.openslo.writeOpenSlo(trackers).includes('kind: SLO'),
        set: [...new cjs.slo.SloSet({ objectives: trackers }).statuses()].map(({ id }) => id),
        answer: (await ask('x')).body.data.result.map(({ metric }) => metric),
        failed: [failed.status, failed.body.errorType],
      });
      process.exit();
    `);
    expect(answer).toEqual({
      compliance: [0.75, 0.75],
      text: true,
      rules: true,
      groups: 2,
      openSlo: true,
      set: ['s', 'n'],
      answer: [{ __name__: 'x', job: 'a' }],
      failed: [400, 'bad_data'],
    });
  });

  it.each([
    ['runs out', '', { status: 0, signal: null }],
    ['exits', 'process.exit(3);', { status: 3, signal: null }],
    [
      'is told to end',
      "process.kill(process.pid, 'SIGTERM'); setInterval(() => {}, 1000);",
      { status: null, signal: 'SIGTERM' },
    ],
    [
      'is told to end, and ends itself',
      "process.on('SIGTERM', () => setImmediate(() => process.exit(7))); process.kill(process.pid, 'SIGTERM'); setInterval(() => {}, 1000);",
      { status: 7, signal: null },
    ],
  ])('both write their last lines when the process %s', (_, end, how) => {
    const { stdout, status, signal } = run(`
      for (const { logs } of [esm, cjs]) new logs.Logger({ sinks: [logs.stdoutSink()] }).info('last');
      ${end}
    `);
    expect(stdout.match(/"msg":"last"/g)).toHaveLength(2);
    expect({ status, signal }).toEqual(how);
  });
});

function fileOf(door: string): string {
  return join(root, doors[door === '' ? '.' : (`./${door}` as Door)]);
}
