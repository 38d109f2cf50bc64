import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { TelltaleError } from '../../../src/common/errors.js';
import { parseGoDuration } from '../../../src/trace/tail-sampling/duration.js';
import {
  readTailSampling,
  type TailSamplingConfig,
  type TailSamplingPolicy,
  writeTailSampling,
} from '../../../src/trace/tail-sampling/index.js';

/** Every kind of policy that the Collector's documentation shows, in its own spelling. */
const COLLECTOR = `
receivers: {otlp: {protocols: {grpc: }}}
processors:
  batch:
  tail_sampling/mine:
    decision_wait: 10s
    num_traces: 100
    expected_new_traces_per_sec: 10
    decision_cache: {sampled_cache_size: 100_000, non_sampled_cache_size: 100_000}
    policies:
      - {name: p1, type: always_sample}
      - {name: p2, type: latency, latency: {threshold_ms: 5000, upper_threshold_ms: 10000}}
      - {name: p3, type: numeric_attribute, numeric_attribute: {key: key1, min_value: 50, max_value: 100}}
      - {name: p4, type: probabilistic, probabilistic: {hash_salt: "custom-salt", sampling_percentage: 0.1}}
      - {name: p5, type: status_code, status_code: {status_codes: [ERROR, UNSET]}}
      - {name: p6, type: string_attribute, string_attribute: {key: key2, values: [value1, value2]}}
      - {name: p7, type: string_attribute, string_attribute: {key: key2, values: [value1, val*], enabled_regex_matching: true, cache_max_size: 10}}
      - {name: p8, type: rate_limiting, rate_limiting: {spans_per_second: 35}}
      - {name: p9, type: bytes_limiting, bytes_limiting: {bytes_per_second: 1024000, burst_capacity: 2048000}}
      - {name: p10, type: span_count, span_count: {min_spans: 2, max_spans: 20}}
      - {name: p11, type: trace_state, trace_state: {key: key3, values: [value1, value2]}}
      - {name: p12, type: boolean_attribute, boolean_attribute: {key: key4, value: true}}
      - name: and-policy-1
        type: and
        and:
          and_sub_policy:
            - {name: a1, type: numeric_attribute, numeric_attribute: {key: key1, min_value: 50}}
            - {name: a2, type: not, not: {not_sub_policy: {name: n, type: status_code, status_code: {status_codes: [OK]}}}}
      - name: drop-policy-1
        type: drop
        drop:
          drop_sub_policy:
            - {name: d1, type: string_attribute, string_attribute: {key: url.path, values: ['\\/health', '\\/metrics'], enabled_regex_matching: true}}
      - name: composite-policy-1
        type: composite
        composite:
          max_total_spans_per_second: 1000
          policy_order: [c1, c2, c3]
          composite_sub_policy:
            - {name: c1, type: numeric_attribute, numeric_attribute: {key: key1, min_value: 50}}
            - {name: c2, type: string_attribute, string_attribute: {key: key2, values: [value1, value2]}}
            - {name: c3, type: always_sample}
          rate_allocation:
            - {policy: c1, percent: 50}
            - {policy: c2, percent: 25}
`;

const own: TailSamplingPolicy = {
  name: 'slow routes',
  type: 'telltale_latency_percentile',
  telltale_latency_percentile: { percentile: 99 },
};

describe('the configuration of tail sampling', () => {
  it('is read from a Collector’s file, and written as one', () => {
    const config = readTailSampling(COLLECTOR);
    expect(config.policies).toHaveLength(15);
    expect(config).toEqual(parse(COLLECTOR.replaceAll('100_000', '100000')).processors['tail_sampling/mine']);
    const written = writeTailSampling(config, { collector: true });
    expect(parse(written)).toEqual({ processors: { tail_sampling: config } });
    expect(readTailSampling(written)).toEqual(config);
    expect(readTailSampling(writeTailSampling(config))).toEqual(config);
  });

  it('leaves out of a Collector’s file what only telltale knows, and says so', () => {
    const policies: TailSamplingPolicy[] = [
      { name: 'all', type: 'always_sample' },
      own,
      {
        name: 'deep',
        type: 'composite',
        composite: {
          max_total_spans_per_second: 5,
          composite_sub_policy: [{ name: 'a', type: 'and', and: { and_sub_policy: [own as never] } }],
        },
      },
    ];
    const written = writeTailSampling({ policies }, { collector: true });
    expect(written).toMatch(
      /^# Left out: the policy "slow routes", for a Collector has no telltale_latency_percentile\.\n# Left out: the policy "deep"/,
    );
    expect(readTailSampling(written).policies.map(({ name }) => name)).toEqual(['all']);
    expect(readTailSampling(writeTailSampling({ policies })).policies).toHaveLength(3);
  });

  it('is a copy: later changes to what was given have no effect', () => {
    const given: TailSamplingConfig = {
      policies: [{ name: 'a', type: 'status_code', status_code: { status_codes: ['OK'] } }],
    };
    const config = readTailSampling(given);
    given.policies.push(own);
    expect(config.policies).toHaveLength(1);
  });

  const wrong: [config: unknown, path: string, says: string][] = [
    [null, 'the configuration', 'a mapping'],
    [{}, 'policies', 'it has no default'],
    [{ policies: [] }, 'policies', 'a list that is not empty'],
    [{ policies: [{ type: 'always_sample' }] }, 'policies[0].name', 'it has no default'],
    [{ policies: [{ name: 'a', type: 'guess' }] }, 'policies[0].type', 'always_sample, trace_flags'],
    [
      { policies: [{ name: 'a', type: 'ottl_condition', ottl_condition: { span: ['true'] } }] },
      'policies[0].type',
      'transformation language',
    ],
    [{ policies: [{ name: 'a', type: 'latency' }] }, 'policies[0].latency', 'it has no default'],
    [
      { policies: [{ name: 'a', type: 'latency', latency: { threshold_ms: -1 } }] },
      'policies[0].latency.threshold_ms',
      'at least 0',
    ],
    [
      { policies: [{ name: 'a', type: 'latency', latency: { threshold_ms: 5, upper_threshold_ms: 4 } }] },
      'policies[0].latency.upper_threshold_ms',
      'at least threshold_ms, 5',
    ],
    [
      { policies: [{ name: 'a', type: 'latency', latency: { threshold: 5 } }] },
      'policies[0].latency.threshold_ms',
      'no default',
    ],
    [
      { policies: [{ name: 'a', type: 'latency', latency: { threshold_ms: 5, unit: 's' } }] },
      'policies[0].latency.unit',
      'accepted: threshold_ms, upper_threshold_ms',
    ],
    [
      { policies: [{ name: 'a', type: 'probabilistic', probabilistic: { sampling_percentage: 101 } }] },
      'policies[0].probabilistic.sampling_percentage',
      'from 0 to 100',
    ],
    [
      {
        policies: [{ name: 'a', type: 'probabilistic', probabilistic: { sampling_percentage: Number.NaN } }],
      },
      'policies[0].probabilistic.sampling_percentage',
      'NaN',
    ],
    [
      { policies: [{ name: 'a', type: 'rate_limiting', rate_limiting: { spans_per_second: -5 } }] },
      'policies[0].rate_limiting.spans_per_second',
      'at least 0',
    ],
    [
      { policies: [{ name: 'a', type: 'status_code', status_code: { status_codes: ['ERROR', 'Error'] } }] },
      'policies[0].status_code.status_codes[1]',
      'OK, ERROR, UNSET',
    ],
    [
      { policies: [{ name: 'a', type: 'numeric_attribute', numeric_attribute: { key: 'k' } }] },
      'policies[0].numeric_attribute',
      'min_value, max_value or both',
    ],
    [
      {
        policies: [
          {
            name: 'a',
            type: 'string_attribute',
            string_attribute: { key: 'k', values: ['(?<=a)b'], enabled_regex_matching: true },
          },
        ],
      },
      'policies[0].string_attribute.values[0]',
      'an RE2 pattern',
    ],
    [
      {
        policies: [
          { name: 'a', type: 'always_sample' },
          { name: 'a', type: 'always_sample' },
        ],
      },
      'policies[1].name',
      'no policy before it',
    ],
    [
      {
        policies: [
          { name: 'a', type: 'and', and: { and_sub_policy: [{ name: 'b', type: 'and', and: {} }] } },
        ],
      },
      'policies[0].and.and_sub_policy[0].type',
      'always_sample',
    ],
    [
      {
        policies: [
          {
            name: 'a',
            type: 'composite',
            composite: {
              max_total_spans_per_second: 1,
              composite_sub_policy: [{ name: 'b', type: 'composite' }],
            },
          },
        ],
      },
      'policies[0].composite.composite_sub_policy[0].type',
      'always_sample',
    ],
    [
      {
        policies: [
          {
            name: 'a',
            type: 'composite',
            composite: {
              max_total_spans_per_second: 1,
              composite_sub_policy: [{ name: 'b', type: 'always_sample' }],
              policy_order: ['c'],
            },
          },
        ],
      },
      'policies[0].composite.policy_order[0]',
      'accepted: b',
    ],
    [
      {
        policies: [
          {
            name: 'a',
            type: 'composite',
            composite: {
              max_total_spans_per_second: 1,
              composite_sub_policy: [{ name: 'b', type: 'always_sample' }],
              rate_allocation: [{ policy: 'b', percent: 120 }],
            },
          },
        ],
      },
      'policies[0].composite.rate_allocation[0].percent',
      'from 0 to 100',
    ],
    [{ policies: [own], decision_wait: 10 }, 'decision_wait', 'a duration such as'],
    [{ policies: [own], decision_wait: '10 s' }, 'decision_wait', 'a duration such as'],
    [{ policies: [own], sampling_strategy: 'span-ingest' }, 'sampling_strategy', 'trace-complete'],
    [{ policies: [own], num_traces: 0.5 }, 'num_traces', 'a whole number'],
    [{ policies: [own], decision_cache: { size: 4 } }, 'decision_cache.size', 'accepted: sampled_cache_size'],
    [{ policies: [own], polices: [] }, 'polices', 'unknown field'],
  ];

  it.each(wrong)('refuses %j at %s', (config, path, says) => {
    const read = () => readTailSampling(config as TailSamplingConfig);
    expect(read).toThrow(TelltaleError);
    expect(read).toThrow(path);
    expect(read).toThrow(says);
  });

  it('refuses one that contains itself, and YAML that is none', () => {
    const cyclic = { name: 'a', type: 'and', and: { and_sub_policy: [] as unknown[] } };
    cyclic.and.and_sub_policy.push(cyclic);
    expect(() => readTailSampling({ policies: [cyclic as never] })).toThrow(
      'policies[0].and.and_sub_policy[0].type is "and"',
    );
    const composite = {
      name: 'c',
      type: 'composite',
      composite: { max_total_spans_per_second: 1, composite_sub_policy: [] as unknown[] },
    };
    composite.composite.composite_sub_policy.push(composite);
    expect(() => readTailSampling({ policies: [composite as never] })).toThrow(
      'composite_sub_policy[0].type is "composite"',
    );
    expect(() => readTailSampling('policies: [')).toThrow('the YAML cannot be read');
  });

  it('anything at all is read, or refused with a TelltaleError', () => {
    fc.assert(
      fc.property(fc.oneof(fc.anything(), fc.record({ policies: fc.anything() }), fc.string()), (given) => {
        try {
          readTailSampling(given as TailSamplingConfig);
        } catch (error) {
          expect(error).toBeInstanceOf(TelltaleError);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('durations are Go’s', () => {
    expect(['0', '10s', '1m30s', '1.5h', '100ms', '5us', '5µs', '250ns', '0s'].map(parseGoDuration)).toEqual([
      0, 10_000, 90_000, 5_400_000, 100, 0.005, 0.005, 0.00025, 0,
    ]);
    for (const text of ['', '10', 's', '-1s', '1 s', '1d', '1s '])
      expect(parseGoDuration(text)).toBeUndefined();
  });

  it('wrong kinds of policies do not compile', () => {
    // @ts-expect-error no such policy
    const unknown: TailSamplingPolicy = { name: 'a', type: 'guess' };
    // @ts-expect-error its settings are missing
    const bare: TailSamplingPolicy = { name: 'a', type: 'latency' };
    // @ts-expect-error settings of another kind
    const other: TailSamplingPolicy = { name: 'a', type: 'latency', status_code: { status_codes: ['OK'] } };
    expect([unknown, bare, other]).toHaveLength(3);
  });
});
