import type { Span } from '@opentelemetry/api';
import { type Attributes, createTraceState, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type {
  CompositePolicy,
  LeafPolicy,
  TailSamplingConfig,
  TailSamplingPolicy,
} from '../../../src/trace/tail-sampling/index.js';
import { probabilistic } from '../../../src/trace/tail-sampling/trace-hash.js';
import { all, below, errors, setup } from './support.js';

interface Shape {
  ms?: number;
  attributes?: Attributes;
  status?: 0 | 1 | 2;
  spans?: number;
  name?: string;
}

type Setup = ReturnType<typeof setup>;

/** Makes a trace and says whether it was kept. */
async function keeps(made: Setup, shape: Shape = {}): Promise<boolean> {
  const { ms = 10, attributes = {}, status = 0, spans = 2, name = 'root' } = shape;
  const before = made.tail.stats.kept;
  const root = made.tracer.startSpan(name);
  for (let i = 1; i < spans; i++) {
    const child = made.tracer.startSpan('child', { attributes: i === 1 ? attributes : {} }, below(root));
    if (i === 1) child.setStatus({ code: status });
    child.end();
  }
  await made.clock.advance(ms);
  root.end();
  await made.tail.forceFlush();
  return made.tail.stats.kept > before;
}

async function verdicts(policies: TailSamplingPolicy[], shapes: Shape[]): Promise<boolean[]> {
  const made = setup(policies);
  const found: boolean[] = [];
  for (const shape of shapes) found.push(await keeps(made, shape));
  return found;
}

describe('policies that look at the trace', () => {
  const cases: [LeafPolicy, [Shape, boolean][]][] = [
    [all as LeafPolicy, [[{}, true]]],
    [{ name: 'p', type: 'trace_flags' }, [[{}, true]]],
    [
      { name: 'p', type: 'latency', latency: { threshold_ms: 100 } },
      [
        [{ ms: 100 }, false],
        [{ ms: 101 }, true],
        [{ ms: 20_000 }, true],
      ],
    ],
    [
      { name: 'p', type: 'latency', latency: { threshold_ms: 100, upper_threshold_ms: 200 } },
      [
        [{ ms: 99 }, false],
        [{ ms: 200 }, true],
        [{ ms: 201 }, false],
      ],
    ],
    [
      { name: 'p', type: 'status_code', status_code: { status_codes: ['ERROR', 'OK'] } },
      [
        [{ status: 2 }, true],
        [{ status: 1 }, true],
        [{ status: 0 }, false],
      ],
    ],
    [
      { name: 'p', type: 'span_count', span_count: { min_spans: 3, max_spans: 4 } },
      [
        [{ spans: 2 }, false],
        [{ spans: 3 }, true],
        [{ spans: 5 }, false],
      ],
    ],
    [
      { name: 'p', type: 'span_count', span_count: { min_spans: 3 } },
      [
        [{ spans: 2 }, false],
        [{ spans: 50 }, true],
      ],
    ],
    [
      {
        name: 'p',
        type: 'numeric_attribute',
        numeric_attribute: { key: 'n', min_value: 50, max_value: 100 },
      },
      [
        [{ attributes: { n: 50 } }, true],
        [{ attributes: { n: 100 } }, true],
        [{ attributes: { n: 101 } }, false],
        [{ attributes: { n: '60' } }, false],
        [{}, false],
      ],
    ],
    // The resource counts as well.
    [
      { name: 'p', type: 'numeric_attribute', numeric_attribute: { key: 'replicas', max_value: 3 } },
      [[{}, true]],
    ],
    [
      {
        name: 'p',
        type: 'numeric_attribute',
        numeric_attribute: { key: 'n', min_value: 5, invert_match: true },
      },
      [
        [{ attributes: { n: 5 } }, false],
        [{ attributes: { n: 4 } }, true],
        [{}, true],
      ],
    ],
    [
      { name: 'p', type: 'string_attribute', string_attribute: { key: 's', values: ['a', 'b'] } },
      [
        [{ attributes: { s: 'b' } }, true],
        [{ attributes: { s: 'bb' } }, false],
        [{ attributes: { s: ['a'] } }, false],
      ],
    ],
    [
      {
        name: 'p',
        type: 'string_attribute',
        string_attribute: {
          key: 's',
          values: ['^/health', '(?i)ping$'],
          enabled_regex_matching: true,
          cache_max_size: 1,
        },
      },
      [
        [{ attributes: { s: '/healthz' } }, true],
        [{ attributes: { s: 'a PING' } }, true],
        [{ attributes: { s: 'pings' } }, false],
        [{ attributes: { s: '/healthz' } }, true],
      ],
    ],
    [
      {
        name: 'p',
        type: 'string_attribute',
        string_attribute: { key: 'service.name', values: ['shop'], invert_match: true },
      },
      [[{}, false]],
    ],
    [
      { name: 'p', type: 'boolean_attribute', boolean_attribute: { key: 'b', value: false } },
      [
        [{ attributes: { b: false } }, true],
        [{ attributes: { b: true } }, false],
        [{ attributes: { b: 'false' } }, false],
      ],
    ],
    [
      {
        name: 'p',
        type: 'boolean_attribute',
        boolean_attribute: { key: 'b', value: true, invert_match: true },
      },
      [
        [{ attributes: { b: true } }, false],
        [{}, true],
      ],
    ],
  ];

  it.each(cases)('%j', async (policy, expected) => {
    const shapes = expected.map(([shape]) => shape);
    expect(await verdicts([policy], shapes)).toEqual(expected.map(([, verdict]) => verdict));
    const not: TailSamplingPolicy = { name: 'not', type: 'not', not: { not_sub_policy: policy } };
    expect(await verdicts([not], shapes)).toEqual(expected.map(([, verdict]) => !verdict));
  });

  it('trace_state', async () => {
    const made = setup([
      { name: 'p', type: 'trace_state', trace_state: { key: 'vendor', values: ['a', 'b'] } },
    ]);
    for (const vendor of ['b', 'c']) {
      const parent = {
        traceId: '1'.repeat(31) + (vendor === 'b' ? '1' : '2'),
        spanId: '2'.repeat(16),
        traceFlags: 1,
        isRemote: true,
        traceState: createTraceState(`vendor=${vendor}`),
      };
      made.tracer.startSpan(vendor, {}, trace.setSpanContext(ROOT_CONTEXT, parent)).end();
    }
    await made.tail.forceFlush();
    expect(made.kept.names).toEqual(['b']);
  });
});

describe('probabilistic', () => {
  const words = fc.tuple(word(), word(), word(), word());

  it('chooses as FNV-1a of 64 bits does, whose definition this is', () => {
    fc.assert(
      fc.property(
        words,
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.string({ minLength: 1 }),
        (id, share, salt) => {
          let hash = 0xcbf29ce484222325n;
          for (const byte of [...Buffer.from(salt), ...id.flatMap(bytesOf)]) {
            hash = ((hash ^ BigInt(byte)) * 0x100000001b3n) & 0xffffffffffffffffn;
          }
          const chosen = Number(hash) / 2 ** 64;
          // A double cannot tell apart what lies nearer.
          fc.pre(Math.abs(chosen - share) > 1e-12);
          expect(probabilistic(share, salt)(...id)).toBe(chosen < share);
        },
      ),
    );
  });

  it('keeps the share it is told, the same traces each time, and others with another salt', async () => {
    const policy = (percentage: number, hash_salt?: string): TailSamplingPolicy => ({
      name: 'p',
      type: 'probabilistic',
      probabilistic: { sampling_percentage: percentage, ...(hash_salt && { hash_salt }) },
    });
    const shapes = Array.from({ length: 2000 }, () => ({ spans: 1, ms: 0 }));
    const [some, again, salted] = await Promise.all([
      verdicts([policy(10)], shapes),
      verdicts([policy(10)], shapes),
      verdicts([policy(10, 'x')], shapes),
    ]);
    const kept = some!.filter(Boolean).length;
    expect(Math.abs(kept - 200)).toBeLessThan(3 * Math.sqrt(2000 * 0.1 * 0.9));
    expect(again).toEqual(some);
    expect(salted).not.toEqual(some);
    expect((await verdicts([policy(0)], shapes.slice(0, 100))).some(Boolean)).toBe(false);
    expect((await verdicts([policy(100)], shapes.slice(0, 100))).every(Boolean)).toBe(true);
  });

  it('does not depend on whether the id was asked for', async () => {
    const policies: TailSamplingPolicy[] = [
      { name: 'p', type: 'probabilistic', probabilistic: { sampling_percentage: 50 } },
    ];
    const names = async (ask: (span: Span) => void) => {
      const made = setup(policies);
      for (let i = 0; i < 50; i++) {
        const span = made.tracer.startSpan(`${i}`);
        ask(span);
        span.end();
      }
      await made.tail.forceFlush();
      return made.kept.names;
    };
    expect(await names(() => {})).toEqual(await names((span) => span.spanContext()));
  });
});

describe('limits', () => {
  it('rate_limiting lets through what the bucket holds, by spans, and fills it again', async () => {
    const made = setup([{ name: 'p', type: 'rate_limiting', rate_limiting: { spans_per_second: 10 } }]);
    const found: boolean[] = [];
    for (let i = 0; i < 12; i++) found.push(await keeps(made, { spans: 2, ms: 0 }));
    expect(found).toEqual([...Array(10).fill(true), false, false]);
    await made.clock.advance(500);
    expect(await keeps(made, { spans: 5, ms: 0 })).toBe(true);
    expect(await keeps(made, { spans: 1, ms: 0 })).toBe(false);
    await made.clock.advance(60_000);
    expect(await keeps(made, { spans: 21, ms: 0 })).toBe(false); // more than the bucket ever holds
    expect(await keeps(made, { spans: 20, ms: 0 })).toBe(true);
  });

  it('bytes_limiting does the same by bytes', async () => {
    const made = setup([
      {
        name: 'p',
        type: 'bytes_limiting',
        bytes_limiting: { bytes_per_second: 1_000, burst_capacity: 3_000 },
      },
    ]);
    const big = { ms: 0, attributes: { text: 'x'.repeat(2_500) } };
    expect(await keeps(made, big)).toBe(false);
    expect(await keeps(made, { ms: 0 })).toBe(true);
  });

  it('composite shares a budget of spans a second among its policies, in their order', async () => {
    const composite: CompositePolicy = {
      name: 'c',
      type: 'composite',
      composite: {
        max_total_spans_per_second: 20,
        policy_order: ['errors', 'some', 'rest'],
        composite_sub_policy: [
          { name: 'rest', type: 'always_sample' },
          { name: 'some', type: 'string_attribute', string_attribute: { key: 'k', values: ['v'] } },
          errors as LeafPolicy,
        ],
        rate_allocation: [
          { policy: 'errors', percent: 50 },
          { policy: 'some', percent: 30 },
        ],
      },
    };
    const made = setup([composite]);
    const count = async (n: number, shape: Shape) => {
      let kept = 0;
      for (let i = 0; i < n; i++) if (await keeps(made, { ...shape, ms: 0 })) kept++;
      return kept;
    };
    expect(await count(10, { status: 2 })).toBe(5);
    expect(await count(10, { attributes: { k: 'v' } })).toBe(3);
    expect(await count(10, {})).toBe(2); // what the others leave
    await made.clock.advance(1_000);
    expect(await count(10, { status: 2 })).toBe(5);
  });
});

describe('policies together', () => {
  const fast: LeafPolicy = {
    name: 'fast',
    type: 'latency',
    latency: { threshold_ms: 0, upper_threshold_ms: 50 },
  };
  const health: LeafPolicy = {
    name: 'health',
    type: 'string_attribute',
    string_attribute: { key: 'route', values: ['/health'] },
  };

  it('and: all of them', async () => {
    const and: TailSamplingPolicy = {
      name: 'a',
      type: 'and',
      and: { and_sub_policy: [health, { name: 'slow', type: 'not', not: { not_sub_policy: fast } }] },
    };
    expect(
      await verdicts(
        [and],
        [
          { attributes: { route: '/health' }, ms: 60 },
          { attributes: { route: '/health' }, ms: 40 },
          { ms: 60 },
        ],
      ),
    ).toEqual([true, false, false]);
  });

  it('drop wins over everything', async () => {
    const drop: TailSamplingPolicy = { name: 'd', type: 'drop', drop: { drop_sub_policy: [health] } };
    const shapes: Shape[] = [{ attributes: { route: '/health' }, status: 2 }, { status: 2 }, {}];
    expect(await verdicts([drop, errors], shapes)).toEqual([false, true, false]);
    expect(await verdicts([all, drop], shapes)).toEqual([false, true, true]);
  });

  it('an inverted match weighs as it does in a Collector', async () => {
    const inverted: TailSamplingPolicy = {
      name: 'i',
      type: 'string_attribute',
      string_attribute: { key: 'route', values: ['/health'], invert_match: true },
    };
    const shapes: Shape[] = [{ attributes: { route: '/health' } }, {}];
    expect(await verdicts([inverted], shapes)).toEqual([false, true]);
    expect(await verdicts([inverted, all], shapes)).toEqual([false, true]);
    // "keep by inversion" gives way to a plain "not to be kept".
    expect(await verdicts([inverted, errors], shapes)).toEqual([false, false]);
  });

  it('sample_on_first_match asks no further policies', async () => {
    const limited: TailSamplingPolicy = {
      name: 'l',
      type: 'rate_limiting',
      rate_limiting: { spans_per_second: 1 },
    };
    const policies: TailSamplingPolicy[] = [errors, limited];
    const made = setup({ policies, sample_on_first_match: true } satisfies TailSamplingConfig);
    for (let i = 0; i < 5; i++) expect(await keeps(made, { status: 2, ms: 0 })).toBe(true);
    expect(await keeps(made, { ms: 0 })).toBe(true); // the bucket is still full
  });
});

describe('telltale’s own policies', () => {
  it('telltale_latency_percentile keeps what is slow for its route', async () => {
    const made = setup([
      {
        name: 'p',
        type: 'telltale_latency_percentile',
        telltale_latency_percentile: { percentile: 95, key: 'route', min_traces: 50 },
      },
    ]);
    const trace = async (route: string, ms: number) => {
      const root = made.tracer.startSpan('GET', { attributes: { route } });
      made.clock.advanceSync(ms);
      root.end();
      const before = made.tail.stats.kept;
      await made.tail.forceFlush();
      return made.tail.stats.kept > before;
    };
    let early = 0;
    for (let i = 0; i < 50; i++) if (await trace('/fast', 1 + (i % 20))) early++;
    expect(early).toBe(0);
    for (let i = 0; i < 300; i++) {
      await trace('/fast', 1 + (i % 20));
      await trace('/slow', 1_000 + (i % 20) * 50);
    }
    expect(await trace('/fast', 40)).toBe(true);
    expect(await trace('/slow', 40)).toBe(false);
    expect(await trace('/slow', 5_000)).toBe(true);
    let kept = 0;
    for (let i = 0; i < 400; i++) if (await trace('/fast', 1 + ((i * 7) % 20))) kept++;
    expect(kept).toBeGreaterThan(0);
    expect(kept / 400).toBeLessThan(0.12);
  });

  it('is bounded in routes', async () => {
    const made = setup([
      {
        name: 'p',
        type: 'telltale_latency_percentile',
        telltale_latency_percentile: { percentile: 50, min_traces: 1 },
      },
    ]);
    for (let i = 0; i < 1_200; i++) made.tracer.startSpan(`route ${i}`).end();
    await made.tail.forceFlush();
    expect(made.tail.stats.dropped).toBe(1_200);
  });

  it('telltale_critical_path keeps what waited for an operation', async () => {
    const made = setup([
      {
        name: 'p',
        type: 'telltale_critical_path',
        telltale_critical_path: { span_name: 'db', min_percentage: 60 },
      },
    ]);
    const { clock, tail, tracer } = made;
    /** A root of 100 ms whose parts are told as [name, from, to]. */
    const kept = async (...parts: [string, number, number][]) => {
      const before = tail.stats.kept;
      const start = clock.now();
      const root = tracer.startSpan('root', { startTime: start });
      for (const [name, from, to] of parts) {
        tracer.startSpan(name, { startTime: start + from }, below(root)).end(start + to);
      }
      root.end(start + 100);
      await tail.forceFlush();
      return tail.stats.kept > before;
    };
    expect(await kept(['db', 10, 80])).toBe(true);
    expect(await kept(['db', 10, 69])).toBe(false);
    // In parallel to something longer it is not on the path.
    expect(await kept(['db', 10, 80], ['http', 5, 95])).toBe(false);
    // One after the other they add up, and where they overlap they count once.
    expect(await kept(['db', 0, 30], ['db', 20, 61])).toBe(true);
    expect(await kept(['db', 0, 30], ['db', 20, 60])).toBe(false);
    // What goes on after the root has ended was not waited for.
    expect(await kept(['db', 95, 500])).toBe(false);
    expect(await kept()).toBe(false);
  });

  it('walks spans that claim to be their own ancestors once', async () => {
    const made = setup([
      {
        name: 'p',
        type: 'telltale_critical_path',
        telltale_critical_path: { span_name: 'x', min_percentage: 1 },
      },
    ]);
    const traceId = 'a'.repeat(32);
    const ids = ['1'.repeat(16), '2'.repeat(16)];
    for (const [i, id] of ids.entries()) {
      const parent = { traceId, spanId: ids[1 - i]!, traceFlags: 1 };
      made.tail.onEnd({
        name: 'x',
        spanContext: () => ({ traceId, spanId: id, traceFlags: 1 }),
        parentSpanContext: parent,
        startTime: [1, 0],
        endTime: [2, 0],
        attributes: {},
        resource: { attributes: {} },
        status: { code: 0 },
      } as never);
    }
    await made.tail.shutdown();
    expect(made.tail.stats.kept + made.tail.stats.dropped).toBe(1);
  });
});

function word() {
  return fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
}

function bytesOf(word: number): number[] {
  return [24, 16, 8, 0].map((shift) => (word >>> shift) & 0xff);
}
