import { type Attributes, type AttributeValue, SpanKind } from '@opentelemetry/api';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Resource, resourceOf } from '../../../src/common/resource.js';
import type { ReadableSpan } from '../../../src/trace/index.js';
import type { LeafPolicy, TailSamplingPolicy } from '../../../src/trace/tail-sampling/index.js';
import { below, errors, remotely, setup } from './support.js';

/** What a policy is to see of a span. */
interface Seen {
  status: number;
  start: number;
  end: number;
  attributes: Attributes;
  resource: Attributes;
}

const RESOURCE: Attributes = { 'service.name': 'shop', replicas: 3 };
const KEYS = ['a', 'b', 'replicas', 'service.name'];
const STATUS = ['UNSET', 'OK', 'ERROR'] as const;

const value = fc.oneof(
  fc.constantFrom('x', 'y', 'xy', '', 'shop'),
  fc.integer({ min: 0, max: 4 }),
  fc.boolean(),
);
const attributes = fc.dictionary(fc.constantFrom(...KEYS), value, { maxKeys: 4 });
const shape = fc.record({
  own: fc.boolean(),
  remote: fc.boolean(),
  status: fc.constantFrom(0, 1, 2),
  wait: fc.integer({ min: 0, max: 40 }),
  attributes,
  resource: fc.option(attributes, { nil: undefined }),
});
const invert_match = fc.boolean();

const leaf: fc.Arbitrary<LeafPolicy> = fc.oneof(
  fc
    .subarray([...STATUS], { minLength: 1 })
    .map((status_codes): LeafPolicy => ({ name: 'p', type: 'status_code', status_code: { status_codes } })),
  fc
    .record({ threshold_ms: fc.nat(120), upper_threshold_ms: fc.constantFrom(0, 150) })
    .map((latency): LeafPolicy => ({ name: 'p', type: 'latency', latency })),
  fc
    .record({
      key: fc.constantFrom(...KEYS),
      values: fc.constantFrom<string[][]>(['x'], ['shop', 'y'], ['']),
      invert_match,
    })
    .map((own): LeafPolicy => ({ name: 'p', type: 'string_attribute', string_attribute: own })),
  fc
    .record({
      key: fc.constantFrom(...KEYS),
      values: fc.constantFrom<string[][]>(['^x'], ['y$', 'op']),
      invert_match,
    })
    .map(
      (own): LeafPolicy => ({
        name: 'p',
        type: 'string_attribute',
        string_attribute: { ...own, enabled_regex_matching: true },
      }),
    ),
  fc
    .record({ key: fc.constantFrom(...KEYS), min_value: fc.nat(4), max_value: fc.nat(4), invert_match })
    .filter(({ min_value, max_value }) => min_value <= max_value)
    .map((own): LeafPolicy => ({ name: 'p', type: 'numeric_attribute', numeric_attribute: own })),
  fc
    .record({ key: fc.constantFrom(...KEYS), value: fc.boolean(), invert_match })
    .map((own): LeafPolicy => ({ name: 'p', type: 'boolean_attribute', boolean_attribute: own })),
);

/** The policies' definitions, over a whole trace. */
function wants(policy: LeafPolicy, spans: readonly Seen[]): boolean {
  switch (policy.type) {
    case 'status_code':
      return spans.some(({ status }) => policy.status_code.status_codes.includes(STATUS[status]!));
    case 'latency': {
      const first = Math.min(...spans.map(({ start }) => start));
      const last = Math.max(...spans.map(({ end }) => end));
      const { threshold_ms, upper_threshold_ms } = policy.latency;
      return last - first > threshold_ms && last - first <= (upper_threshold_ms || Infinity);
    }
    case 'string_attribute': {
      const { key, values, enabled_regex_matching } = policy.string_attribute;
      const matches = (text: string) =>
        text !== '' &&
        values.some((one) => (enabled_regex_matching ? new RegExp(one).test(text) : one === text));
      return some(spans, key, (own) => typeof own === 'string' && matches(own));
    }
    case 'numeric_attribute': {
      const { key, min_value, max_value } = policy.numeric_attribute;
      return some(spans, key, (own) => typeof own === 'number' && own >= min_value! && own <= max_value!);
    }
    case 'boolean_attribute':
      return some(spans, policy.boolean_attribute.key, (own) => own === policy.boolean_attribute.value);
    default:
      throw new Error(policy.type);
  }
}

function some(
  spans: readonly Seen[],
  key: string,
  test: (value: AttributeValue | undefined) => boolean,
): boolean {
  return spans.some((span) => test(span.attributes[key]) || test(span.resource[key]));
}

/** Whether all policies together keep a trace. */
function keeps(policies: readonly LeafPolicy[], spans: readonly Seen[]): boolean {
  const inverts = (policy: LeafPolicy) =>
    'string_attribute' in policy
      ? policy.string_attribute.invert_match
      : 'numeric_attribute' in policy
        ? policy.numeric_attribute.invert_match
        : 'boolean_attribute' in policy && policy.boolean_attribute.invert_match;
  const inverted = policies.filter(inverts);
  const plain = policies.filter((policy) => !inverts(policy));
  if (inverted.some((policy) => wants(policy, spans))) return false;
  return plain.length === 0 || plain.some((policy) => wants(policy, spans));
}

/** A span that is not telltale's. */
function foreign(traceId: string, seen: Seen, resource: Resource): ReadableSpan {
  return {
    name: 'foreign',
    kind: SpanKind.INTERNAL,
    spanContext: () => ({ traceId, spanId: `${'00'.repeat(7)}01`, traceFlags: 1 }),
    parentSpanContext: { traceId, spanId: `${'00'.repeat(7)}02`, traceFlags: 1 },
    startTime: [0, seen.start * 1e6],
    endTime: [0, seen.end * 1e6],
    status: { code: seen.status },
    attributes: seen.attributes,
    resource,
  } as unknown as ReadableSpan;
}

describe('what is noted as spans end', () => {
  it('gives the decision that looking at the whole trace gives', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(leaf, { minLength: 1, maxLength: 4 }),
        fc.array(shape, { minLength: 1, maxLength: 6 }),
        async (policies, shapes) => {
          const { clock, tail, tracer } = setup(
            policies.map((policy, i) => ({ ...policy, name: `${i}` }) as TailSamplingPolicy),
          );
          const root = tracer.startSpan('root');
          const { traceId } = root.spanContext();
          const began = clock.now();
          const seen: Seen[] = [];
          for (const { own, remote, status, wait, attributes, resource } of shapes) {
            const start = clock.now();
            const parent = remote ? remotely(root) : below(root);
            const span = tracer.startSpan('child', { attributes }, parent).setStatus({ code: status });
            await clock.advance(wait);
            const one = { status, start, end: clock.now(), attributes, resource: RESOURCE };
            if (own) span.end();
            else if (resource === undefined) tail.onEnd(foreign(traceId, one, resourceOf(RESOURCE)));
            else {
              one.resource = resource;
              tail.onEnd(foreign(traceId, one, resourceOf(resource)));
            }
            seen.push(one);
          }
          root.end();
          seen.push({ status: 0, start: began, end: clock.now(), attributes: {}, resource: RESOURCE });
          await tail.shutdown();
          expect(tail.stats.kept).toBe(keeps(policies, seen) ? 1 : 0);
        },
      ),
      { numRuns: 400 },
    );
  });

  it('holds for more policies on attributes than there are marks', async () => {
    for (const wanted of [0, 25, 26, 39]) {
      const one = (i: number): TailSamplingPolicy => ({
        name: `${i}`,
        type: 'string_attribute',
        string_attribute: { key: `key ${i}`, values: ['yes'] },
      });
      const made = setup(Array.from({ length: 40 }, (_, i) => one(i)));
      made.tracer.startSpan('kept', { attributes: { [`key ${wanted}`]: 'yes' } }).end();
      made.tracer.startSpan('not', { attributes: { [`key ${wanted}`]: 'no', 'key 40': 'yes' } }).end();
      await made.tail.forceFlush();
      expect(made.kept.names).toEqual(['kept']);
      const matches = [...made.diagnostics.counters()].filter(
        ({ name, value }) => name === 'telltale_tail_sampling_policy_matches_total' && value > 0,
      );
      expect(matches.map(({ labels }) => labels.policy)).toEqual([`${wanted}`]);
    }
  });

  it('has the parts of a trace that came back into the process count for the whole', async () => {
    const { clock, kept, tail, tracer } = setup([
      errors,
      { name: 'slow', type: 'latency', latency: { threshold_ms: 150 } },
    ]);
    for (const [status, wait] of [
      [2, 0],
      [0, 100],
      [0, 10],
    ] as const) {
      const root = tracer.startSpan(`root ${status} ${wait}`);
      await clock.advance(wait);
      tracer.startSpan('child', {}, below(root)).setStatus({ code: status }).end();
      // Asking for its id to send it along, and its coming back.
      const served = tracer.startSpan('served', {}, remotely(root));
      await clock.advance(wait);
      served.end();
      root.end();
    }
    await tail.forceFlush();
    expect(tail.stats).toMatchObject({ kept: 2, dropped: 1, pending: { traces: 0, spans: 0, bytes: 0 } });
    expect([...kept.names].sort()).toEqual(['child', 'child', 'root 0 100', 'root 2 0', 'served', 'served']);
  });

  it('passes over, for a trace, the policies that want what a span would not tell, and no others', async () => {
    const broken = (what: string) =>
      ({
        ...foreign(
          'ab'.repeat(16),
          { status: 0, start: 0, end: 9, attributes: {}, resource: {} },
          resourceOf({}),
        ),
        get [what](): never {
          throw new Error(`no ${what}`);
        },
      }) as ReadableSpan;
    const policies: TailSamplingPolicy[] = [
      errors,
      { name: 'slow', type: 'latency', latency: { threshold_ms: 5 } },
      { name: 'x', type: 'numeric_attribute', numeric_attribute: { key: 'x', min_value: 1 } },
    ];
    for (const [what, subject, keptAnyway] of [
      ['status', 'errors', 1],
      ['endTime', 'slow', 0],
      ['attributes', 'x', 1],
    ] as const) {
      const { told, tail } = setup(policies);
      tail.onEnd(broken(what));
      await tail.shutdown();
      expect(told.map((one) => [one.code, one.subject])).toEqual([['tail_sampling_policy_failed', subject]]);
      expect(tail.stats).toMatchObject({ kept: keptAnyway, dropped: 1 - keptAnyway });
    }
  });
});
