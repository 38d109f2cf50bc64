import type { HrTime } from '@opentelemetry/api';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exportWith } from '../../src/common/exporter-call.js';
import { resourceOf } from '../../src/common/resource.js';
import { columns, duration } from '../../src/common/terminal-text.js';
import { ConsoleSpanExporter, renderTrace } from '../../src/exporters/console.js';
import type { ReadableLogRecord } from '../../src/logs/readable-log-record.js';
import type { ReadableSpan } from '../../src/trace/readable-span.js';
import { logs as anyLogs, spans as anySpans } from './otlp/records.js';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';

const at = (ms: number): HrTime => [1_700_000_000 + Math.floor(ms / 1000), Math.round((ms % 1000) * 1e6)];

interface Wanted {
  id: string;
  parent?: string;
  name?: string;
  service?: string;
  from?: number;
  to?: number;
  remote?: boolean;
  traceId?: string;
}

function span(
  { id, parent, service = 'shop', from = 0, to = 100, ...wanted }: Wanted,
  more: object = {},
): ReadableSpan {
  const traceId = wanted.traceId ?? TRACE;
  const context = { traceId, spanId: id, traceFlags: 1 };
  return {
    name: wanted.name ?? id,
    kind: 0,
    resource: resourceOf({ 'service.name': service }),
    instrumentationScope: { name: 'test' },
    spanContext: () => context,
    ...(parent === undefined
      ? {}
      : { parentSpanContext: { ...context, spanId: parent, isRemote: wanted.remote ?? false } }),
    startTime: at(from),
    endTime: at(to),
    duration: at(to - from),
    status: { code: 0 },
    attributes: {},
    links: [],
    events: [],
    ended: true,
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
    ...more,
  };
}

function log(
  spanId: string,
  ms: number,
  severityNumber: number,
  body: string,
  attributes = {},
): ReadableLogRecord {
  return {
    resource: resourceOf({}),
    instrumentationScope: { name: 'test' },
    hrTime: at(ms),
    hrTimeObserved: at(ms),
    spanContext: { traceId: TRACE, spanId, traceFlags: 1 },
    severityNumber,
    body,
    attributes,
    droppedAttributesCount: 0,
  };
}

describe('renderTrace', () => {
  it('draws a trace across services with everything that helps to understand it', () => {
    const spans = [
      span(
        { id: 'b', parent: 'a', name: 'POST /charge', service: 'payments', from: 10, to: 90 },
        {
          status: { code: 2 },
          attributes: { 'http.response.status_code': 502, amount: 42.5, 'server.port': 443 },
          events: [
            {
              time: at(80),
              name: 'exception',
              attributes: {
                'exception.type': 'Declined',
                'exception.message': 'no money',
                'exception.stacktrace': 'long',
              },
            },
            { time: at(20), name: 'card checked', attributes: { brand: 'visa' } },
          ],
        },
      ),
      span({ id: 'a', name: 'GET /checkout', to: 100 }, { status: { code: 2, message: 'payment failed' } }),
      span({ id: 'c', parent: 'a', name: 'render', from: 95, to: 99.5 }),
    ];
    const logs = [
      log('b', 85, 17, 'card declined', { code: 'x y' }),
      log('b', 15, 9, 'charging'),
      log('gone', 50, 13, 'lost'),
    ];
    expect(renderTrace(spans, { logs, width: 80 })).toBe(`\
trace 4bf92f3577b34da6a3ce929d0e0e4736 · 100 ms · 3 spans · 2 services · 2 errors

shop GET /checkout ✗                                 100 ms ████████████████████
│ ✗ payment failed
├─ payments POST /charge ✗                          80.0 ms ··████████████████··
│    http.response.status_code=502 amount=42.5
│    +15.0 ms  INFO  charging
│    +20.0 ms  ◆ card checked  brand=visa
│    +80.0 ms  ✗ Declined: no money
│    +85.0 ms  ERROR card declined  code="x y"
└─ render                                           4.50 ms ···················█

log lines of this trace outside these spans
  +50.0 ms  WARN  lost
`);
  });

  it('says the same with colours', () => {
    const spans = [
      span({ id: 'a' }, { status: { code: 2, message: 'bad' } }),
      span({ id: 'b', parent: 'a', from: 50 }),
    ];
    const colored = renderTrace(spans, { colors: true, logs: [log('a', 5, 13, 'careful')] });
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the colours
    const stripped = colored.replace(/\u001b\[\d+m/g, '');
    expect(stripped).not.toBe(colored);
    expect(stripped).toBe(renderTrace(spans, { logs: [log('a', 5, 13, 'careful')] }));
  });

  it('draws only the trace of the first span, and nothing of nothing', () => {
    const other = span({ id: 'x', name: 'stranger', traceId: 'f'.repeat(32) });
    expect(renderTrace([span({ id: 'a' }), other])).not.toContain('stranger');
    expect(renderTrace([])).toBe('');
  });

  it('makes a root of a span whose parent is elsewhere, and of those in a ring', () => {
    const drawn = renderTrace([
      span({ id: 'a', parent: 'elsewhere' }),
      span({ id: 'self', parent: 'self' }),
      span({ id: 'x', parent: 'y' }),
      span({ id: 'y', parent: 'x' }),
    ]);
    for (const name of ['shop a', 'shop self', 'shop x', 'shop y']) expect(drawn).toContain(`\n${name} `);
  });

  it('sends nothing to the terminal that could steer it', () => {
    const evil = '\u001b[2J\u0007\r\nrm -rf\u202e';
    const drawn = renderTrace(
      [span({ id: 'a', name: evil, service: evil }, { attributes: { [evil]: evil } })],
      {
        logs: [log('a', 1, 9, evil, { key: evil })],
      },
    );
    expect(drawn).toContain('rm -rf');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: this is what must not be there
    expect(drawn.replaceAll('\n', '')).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202e]/);
    expect(drawn.split('\n')).toHaveLength(6);
  });

  it('leaves out what cannot be read', () => {
    const bad = {
      ...span({ id: 'bad' }),
      get name(): string {
        throw new Error('no');
      },
    };
    const badLog = {
      ...log('a', 1, 9, ''),
      get body(): string {
        throw new Error('no');
      },
    };
    const drawn = renderTrace([bad, span({ id: 'good' })], { logs: [badLog] });
    expect(drawn).toContain('good');
    expect(drawn).toContain('1 span');
  });

  it('draws a trace nested ten thousand deep, and one span with ten thousand children', () => {
    const deep = Array.from({ length: 10_000 }, (_, i) =>
      span({ id: `s${i}`, ...(i > 0 ? { parent: `s${i - 1}` } : {}) }),
    );
    const wide = Array.from({ length: 10_000 }, (_, i) =>
      span({ id: `s${i}`, ...(i > 0 ? { parent: 's0' } : {}) }),
    );
    for (const spans of [deep, wide]) {
      const drawn = renderTrace(spans);
      expect(drawn).toContain('10000 spans');
      expect(drawn).toContain('s9999');
    }
  });

  it('keeps within its width, whatever the spans and logs are, and never throws', () => {
    const inColumns = (text: string, width: number) => {
      for (const line of text.split('\n').slice(2)) expect(columns(line)).toBeLessThanOrEqual(width);
    };
    fc.assert(
      fc.property(anySpans, anyLogs, fc.integer({ min: 60, max: 200 }), (spans, logs, width) => {
        const [first] = spans;
        const same = spans.map((own, i) => ({
          ...own,
          spanContext: () => ({ ...own.spanContext(), traceId: TRACE }),
          ...(i > 0 && i % 2 === 0 ? { parentSpanContext: first!.spanContext() } : {}),
        }));
        inColumns(renderTrace(same, { logs, width }), width);
      }),
      { numRuns: 100 },
    );
  });
});

describe('durations', () => {
  it.each([
    [0, '0 µs'],
    [0.4204, '420 µs'],
    [0.9999, '1.00 ms'],
    [9.314, '9.31 ms'],
    [31, '31.0 ms'],
    [412.3, '412 ms'],
    [999.7, '1.00 s'],
    [1234, '1.23 s'],
    [59_996, '1 m 00 s'],
    [123_000, '2 m 03 s'],
    [6_000_000, '1 h 40 m'],
    [400 * 3_600_000, '17 d'],
    [Number.NaN, '?'],
  ])('%s ms is %s', (ms, text) => {
    expect(duration(ms)).toBe(text);
  });
});

describe('ConsoleSpanExporter', () => {
  function printing(options: object = {}) {
    const printed: string[] = [];
    const exporter = new ConsoleSpanExporter({
      colors: false,
      width: 80,
      write: (text) => printed.push(text),
      ...options,
    });
    return { exporter, printed };
  }

  it('prints a trace when its local root has ended', async () => {
    const { exporter, printed } = printing();
    await exportWith(exporter, [span({ id: 'child', parent: 'root' })]);
    expect(printed).toEqual([]);
    await exportWith(exporter, [span({ id: 'root', parent: 'caller', remote: true })]);
    expect(printed).toHaveLength(1);
    expect(printed[0]).toContain('└─ child');
    await exportWith(exporter, [span({ id: 'next' })]);
    expect(printed[1]).toContain('1 span');
  });

  it('prints the rest when it is flushed or shut down, and holds no more traces than it should', async () => {
    const { exporter, printed } = printing({ maxTraces: 2 });
    for (const digit of ['1', '2', '3']) {
      await exportWith(exporter, [span({ id: `s${digit}`, parent: 'root', traceId: digit.repeat(32) })]);
    }
    expect(printed).toHaveLength(1);
    expect(printed[0]).toContain('s1');
    await exporter.shutdown();
    expect(printed).toHaveLength(3);
    await expect(exportWith(exporter, [span({ id: 'late' })])).rejects.toThrow('shut down');
  });

  it('answers with an error what it cannot print', async () => {
    const { exporter } = printing({
      write: () => {
        throw new Error('broken pipe');
      },
    });
    await expect(exportWith(exporter, [span({ id: 'a' })])).rejects.toThrow('broken pipe');
  });

  it('colours by the environment', async () => {
    for (const [env, colored] of [
      [{ FORCE_COLOR: '1' }, true],
      [{ FORCE_COLOR: '0' }, false],
      [{ FORCE_COLOR: '1', NO_COLOR: '1' }, false],
    ] as const) {
      const { exporter, printed } = printing({ colors: undefined, env });
      await exportWith(exporter, [span({ id: 'a' })]);
      expect(printed[0]!.includes('\u001b[')).toBe(colored);
    }
  });

  it('names wrong options', () => {
    expect(() => new ConsoleSpanExporter({ width: 10 })).toThrow(
      /width is 10; accepted: a whole number of at least 60/,
    );
    expect(() => new ConsoleSpanExporter({ colours: true } as never)).toThrow(
      /"colours"; accepted: .*colors/,
    );
  });
});
