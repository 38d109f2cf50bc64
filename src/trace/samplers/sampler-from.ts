import { describe, TelltaleError } from '../../common/errors.js';
import { type AdaptiveOptions, adaptive } from './adaptive.js';
import { alwaysRecord } from './always-record.js';
import { alwaysOff, alwaysOn } from './by-parent.js';
import { consistentProbability, traceIdRatio } from './consistent-probability.js';
import { type ForcibleOptions, forcible } from './forcible.js';
import { type ParentBasedOptions, parentBased } from './parent-based.js';
import { parentThreshold } from './parent-threshold.js';
import { limitedProbability, type RateLimitedOptions, rateLimited } from './rate-limited.js';
import type { SamplingRule } from './rule.js';
import { rules } from './rules.js';
import type { Sampler } from './sampler.js';

/**
 * A sampler as data: an object with one key, which says the kind. Those of OpenTelemetry's declarative configuration
 * have its names and fields; telltale's own follow its manner.
 */
export type SamplerConfig =
  | { always_on: object | null }
  | { always_off: object | null }
  | { trace_id_ratio_based: { ratio: number } }
  | { 'probability/development': { ratio: number } }
  | {
      parent_based: {
        root: SamplerConfig | Sampler;
        remote_parent_sampled?: SamplerConfig | Sampler;
        remote_parent_not_sampled?: SamplerConfig | Sampler;
        local_parent_sampled?: SamplerConfig | Sampler;
        local_parent_not_sampled?: SamplerConfig | Sampler;
      };
    }
  | { parent_threshold: { root: SamplerConfig | Sampler } }
  | { rate_limited: { per_second: number; burst?: number } }
  | { limited_probability: { ratio: number; per_second: number; burst?: number } }
  | {
      adaptive: {
        per_second: number;
        key?: readonly string[];
        interval?: number;
        smoothing?: number;
        max_keys?: number;
      };
    }
  | {
      rules: {
        rules: readonly (Omit<SamplingRule, 'sampler'> & { sampler: SamplerConfig | Sampler })[];
        otherwise: SamplerConfig | Sampler;
      };
    }
  | { always_record: { sampler: SamplerConfig | Sampler } }
  | { forcible: { sampler: SamplerConfig | Sampler; header?: string; baggage?: string } };

type Body = Record<string, unknown>;
/** Makes the sampler of a field, whose name is added to the path. */
type Nested = (config: unknown, field: string) => Sampler;

const KINDS: Record<string, (body: Body, nested: Nested) => Sampler> = {
  always_on: () => alwaysOn(),
  always_off: () => alwaysOff(),
  trace_id_ratio_based: ({ ratio }) => traceIdRatio(ratio as number),
  'probability/development': ({ ratio }) => consistentProbability(ratio as number),
  parent_based({ root, ...rest }, nested) {
    const others = Object.entries(rest).map(([field, config]) => [camel(field), nested(config, field)]);
    return parentBased(nested(root, 'root'), Object.fromEntries(others) as ParentBasedOptions);
  },
  parent_threshold: ({ root }, nested) => parentThreshold(nested(root, 'root')),
  rate_limited: ({ per_second, ...rest }) =>
    rateLimited(per_second as number, options<RateLimitedOptions>(rest)),
  limited_probability: ({ ratio, per_second, ...rest }) =>
    limitedProbability(ratio as number, per_second as number, options<RateLimitedOptions>(rest)),
  adaptive: ({ per_second, ...rest }) => adaptive(per_second as number, options<AdaptiveOptions>(rest)),
  rules({ rules: list, otherwise }, nested) {
    const made = Array.isArray(list)
      ? list.map((rule: Body, i) => ({ ...rule, sampler: nested(rule?.sampler, `rules[${i}].sampler`) }))
      : list;
    return rules(made as SamplingRule[], nested(otherwise, 'otherwise'));
  },
  always_record: ({ sampler }, nested) => alwaysRecord(nested(sampler, 'sampler')),
  forcible: ({ sampler, ...rest }, nested) =>
    forcible(nested(sampler, 'sampler'), options<ForcibleOptions>(rest)),
};

/**
 * Makes a sampler of data, such as a configuration file holds. Samplers that are made already may stand in it.
 *
 * ```ts
 * samplerFrom({ parent_based: { root: { rate_limited: { per_second: 100 } } } });
 * ```
 *
 * @throws TelltaleError that names the path of what is wrong, such as `parent_based.root.rate_limited`: an unknown
 * kind or field, a ratio outside 0 to 1, a negative rate, a configuration that contains itself
 */
export function samplerFrom(config: SamplerConfig): Sampler {
  return make(config, '', []);
}

function make(config: unknown, path: string, around: readonly unknown[]): Sampler {
  const isObject = typeof config === 'object' && config !== null && !Array.isArray(config);
  if (isObject && typeof (config as Partial<Sampler>).shouldSample === 'function') return config as Sampler;
  const kinds = Object.keys(KINDS).join(', ');
  if (!isObject)
    throw wrong(path, `is ${describe(config)}; accepted: an object with one of the keys ${kinds}`);
  if (around.includes(config))
    throw wrong(path, 'contains itself; accepted: samplers within samplers, no circle');
  const [kind, ...more] = Object.keys(config);
  if (kind === undefined || more.length > 0 || !Object.hasOwn(KINDS, kind)) {
    throw wrong(path, `has the keys ${describe(Object.keys(config))}; accepted: one of ${kinds}`);
  }
  const below = path === '' ? kind : `${path}.${kind}`;
  const body = (config as Body)[kind] ?? {};
  if (typeof body !== 'object') throw wrong(below, `is ${describe(body)}; accepted: an object`);
  const nested: Nested = (inner, field) => make(inner, `${below}.${field}`, [...around, config]);
  try {
    return KINDS[kind]!(body as Body, nested);
  } catch (error) {
    if (!(error instanceof TelltaleError) || error.message.startsWith('samplerFrom: ')) throw error;
    throw wrong(`${below}`, error.message.replace(/^\w+: /, ''), error.option);
  }
}

/** The sampler's own options: the same names, as JavaScript writes them. */
function options<T>(body: Body): T {
  return Object.fromEntries(Object.entries(body).map(([key, value]) => [camel(key), value])) as T;
}

function camel(key: string): string {
  return key.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

function wrong(path: string, what: string, option?: string): TelltaleError {
  const where = path === '' ? 'the configuration' : path;
  const message = option === undefined ? `${where} ${what}` : `${where}: ${what}`;
  return new TelltaleError(`samplerFrom: ${message}`, option === undefined ? path : `${path}.${option}`);
}
