import { describe, expect, it } from 'vitest';
import { TelltaleError } from '../../../src/common/errors.js';
import { alwaysOn, type SamplerConfig, samplerFrom } from '../../../src/trace/index.js';
import { ask, DROP, SAMPLE } from './ask.js';

describe('samplerFrom', () => {
  it("reads OpenTelemetry's declarative configuration", () => {
    expect(String(samplerFrom({ always_on: null }))).toBe('AlwaysOn');
    expect(String(samplerFrom({ always_off: {} }))).toBe('AlwaysOff');
    expect(String(samplerFrom({ trace_id_ratio_based: { ratio: 0.1 } }))).toBe('TraceIdRatio{0.1}');
    const config: SamplerConfig = {
      parent_based: {
        root: { trace_id_ratio_based: { ratio: 0.0001 } },
        remote_parent_sampled: { always_off: {} },
        local_parent_not_sampled: { 'probability/development': { ratio: 1 } },
      },
    };
    expect(String(samplerFrom(config))).toBe(
      'ParentBased{root=TraceIdRatio{0.0001}, remoteParentSampled=AlwaysOff, remoteParentNotSampled=AlwaysOff, ' +
        'localParentSampled=AlwaysOn, localParentNotSampled=ConsistentProbability{1}}',
    );
  });

  it("makes every sampler of telltale's, from data that was JSON", () => {
    const config: SamplerConfig = {
      forcible: {
        header: 'x-keep',
        sampler: {
          always_record: {
            sampler: {
              parent_threshold: {
                root: {
                  rules: {
                    rules: [
                      { name: 'GET /health*', sampler: { always_off: null } },
                      { kind: 'consumer', sampler: { rate_limited: { per_second: 5, burst: 7 } } },
                      { sampler: { limited_probability: { ratio: 0.5, per_second: 9 } } },
                    ],
                    otherwise: { adaptive: { per_second: 10, key: ['http.route'], max_keys: 50 } },
                  },
                },
              },
            },
          },
        },
      },
    };
    expect(String(samplerFrom(JSON.parse(JSON.stringify(config)) as SamplerConfig))).toBe(
      'Forcible{AlwaysRecord{ParentThreshold{root=Rules{AlwaysOff, RateLimited{5/s, burst 7}, ' +
        'LimitedProbability{0.5, 9/s, burst 9}; otherwise Adaptive{10/s a key}}}}}',
    );
  });

  it('takes samplers that are made already', () => {
    const mine = { shouldSample: () => ({ decision: DROP }), toString: () => 'Mine' };
    expect(ask(samplerFrom({ parent_based: { root: mine } })).decision).toBe(DROP);
    expect(ask(samplerFrom(alwaysOn() as never)).decision).toBe(SAMPLE);
  });

  it('names the path of what is wrong', () => {
    const error = (config: unknown) => {
      try {
        samplerFrom(config as SamplerConfig);
      } catch (thrown) {
        expect(thrown).toBeInstanceOf(TelltaleError);
        return [(thrown as TelltaleError).option, (thrown as Error).message];
      }
      return ['nothing', 'nothing'];
    };
    expect(error({ parent_based: { root: { trace_id_ratio_based: { ratio: 2 } } } })).toEqual([
      'parent_based.root.trace_id_ratio_based.ratio',
      'samplerFrom: parent_based.root.trace_id_ratio_based: ratio is 2; accepted: a number from 0 to 1',
    ]);
    expect(error({ rate_limited: { per_second: -1 } })[1]).toMatch(/rate_limited: perSecond is -1/);
    expect(error({ adaptive: { per_second: 1, max_key: 3 } })[1]).toMatch(
      /adaptive: unknown option "maxKey"/,
    );
    expect(error({ parent_based: {} })[1]).toMatch(
      /parent_based\.root is undefined; accepted: an object with one/,
    );
    expect(error({ parent_based: { root: { always_on: {} }, remote: { always_on: {} } } })[1]).toMatch(
      /parent_based: unknown option "remote"/,
    );
    expect(error({ sometimes: {} })[1]).toMatch(
      /the configuration has the keys \["sometimes"\]; accepted: one of/,
    );
    expect(error({ always_on: {}, always_off: {} })[1]).toMatch(/accepted: one of always_on/);
    expect(error({ constructor: {} })[1]).toMatch(/accepted: one of/);
    expect(error({})[1]).toMatch(/has the keys \[\]/);
    expect(error(null)[1]).toMatch(/the configuration is null/);
    expect(error([])[1]).toMatch(/the configuration is \[\]/);
    expect(error({ trace_id_ratio_based: 0.5 })[1]).toMatch(
      /trace_id_ratio_based is 0.5; accepted: an object/,
    );
    expect(error({ rules: { rules: 5, otherwise: { always_on: null } } })[1]).toMatch(/rules: rules is 5/);
    expect(
      error({ rules: { rules: [{ name: '', sampler: { always_on: {} } }], otherwise: alwaysOn() } }),
    ).toEqual(['rules.rules[0].name', expect.stringMatching(/rules: rules\[0\]\.name is ""/)]);
    expect(error({ rules: { rules: [{ sampler: { rate_limited: {} } }], otherwise: alwaysOn() } })[0]).toBe(
      'rules.rules[0].sampler.rate_limited.perSecond',
    );
  });

  it('finds circles', () => {
    const circle: { always_record: { sampler: unknown } } = { always_record: { sampler: undefined } };
    circle.always_record.sampler = { parent_based: { root: circle } };
    expect(() => samplerFrom(circle as never)).toThrow(
      'samplerFrom: always_record.sampler.parent_based.root contains itself',
    );
    // The same part twice is no circle.
    const part: SamplerConfig = { always_on: {} };
    expect(() => samplerFrom({ parent_based: { root: part, remote_parent_sampled: part } })).not.toThrow();
  });
});
