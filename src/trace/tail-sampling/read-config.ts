import { RE2JS } from 're2js';
import { parse, type ScalarTag } from 'yaml';
import { messageOf } from '../../common/diagnostics.js';
import { describe, invalidOption, TelltaleError } from '../../common/errors.js';
import { OWNER, type PolicyType, type TailSamplingConfig } from './config.js';
import { parseGoDuration } from './duration.js';

/** Checks one value; `path` says where it stands. */
type Check = (value: unknown, path: string) => void;
type Fields = Readonly<Record<string, Check>>;

const number =
  (min: number, max = Infinity, whole = true): Check =>
  (value, path) => {
    const fits = typeof value === 'number' && value >= min && value <= max;
    if (fits && (Number.isInteger(value) || !whole)) return;
    const range = max === Infinity ? `of at least ${min}` : `from ${min} to ${max}`;
    throw invalidOption(OWNER, path, value, `a ${whole ? 'whole ' : ''}number ${range}`);
  };

const boolean: Check = (value, path) => {
  if (typeof value !== 'boolean') throw invalidOption(OWNER, path, value, 'true or false');
};

const text: Check = (value, path) => {
  if (typeof value !== 'string' || value === '') {
    throw invalidOption(OWNER, path, value, 'a text that is not empty');
  }
};

const duration: Check = (value, path) => {
  if (typeof value === 'string' && parseGoDuration(value) !== undefined) return;
  throw invalidOption(OWNER, path, value, 'a duration such as 500ms, 10s or 1m30s');
};

const oneOf =
  (...choices: string[]): Check =>
  (value, path) => {
    if (!choices.includes(value as string)) throw invalidOption(OWNER, path, value, choices.join(', '));
  };

const list =
  (check: Check): Check =>
  (value, path) => {
    if (!Array.isArray(value) || value.length === 0) {
      throw invalidOption(OWNER, path, value, 'a list that is not empty');
    }
    for (const [index, member] of value.entries()) check(member, `${path}[${index}]`);
  };

const count = number(0);
const anyNumber = number(-Number.MAX_VALUE, Number.MAX_VALUE, false);
const percentage = number(0, 100, false);

/** Fields of each kind of policy; those that may be left out end in `?`. */
const LEAVES: Readonly<Record<string, Fields>> = {
  always_sample: {},
  trace_flags: {},
  latency: { threshold_ms: count, 'upper_threshold_ms?': count },
  numeric_attribute: {
    key: text,
    'min_value?': anyNumber,
    'max_value?': anyNumber,
    'invert_match?': boolean,
  },
  probabilistic: { sampling_percentage: percentage, 'hash_salt?': text },
  status_code: { status_codes: list(oneOf('OK', 'ERROR', 'UNSET')) },
  string_attribute: {
    key: text,
    values: list((value, path) => {
      if (typeof value !== 'string') throw invalidOption(OWNER, path, value, 'a text');
    }),
    'enabled_regex_matching?': boolean,
    'cache_max_size?': count,
    'invert_match?': boolean,
  },
  boolean_attribute: { key: text, value: boolean, 'invert_match?': boolean },
  rate_limiting: { spans_per_second: count, 'burst_capacity?': count },
  bytes_limiting: { bytes_per_second: count, 'burst_capacity?': count },
  span_count: { min_spans: count, 'max_spans?': count },
  trace_state: { key: text, values: list(text) },
  telltale_latency_percentile: { percentile: percentage, 'key?': text, 'min_traces?': number(1) },
  telltale_critical_path: { span_name: text, min_percentage: percentage },
};

const LEAF = Object.keys(LEAVES);

const subPolicies =
  (...accepted: string[]): Check =>
  (value, path) => {
    list((member, at) => policy(member, at, accepted))(value, path);
    const names = (value as { name: string }[]).map(({ name }) => name);
    for (const [index, name] of names.entries()) {
      if (names.indexOf(name) < index) {
        throw invalidOption(OWNER, `${path}[${index}].name`, name, 'a name that no policy before it has');
      }
    }
  };

const COMBINED: Readonly<Record<string, Fields>> = {
  not: { not_sub_policy: (value, path) => policy(value, path, LEAF) },
  and: { and_sub_policy: subPolicies(...LEAF, 'not') },
  drop: { drop_sub_policy: subPolicies(...LEAF, 'not') },
  composite: {
    max_total_spans_per_second: count,
    'policy_order?': list(text),
    composite_sub_policy: subPolicies(...LEAF, 'not', 'and'),
    'rate_allocation?': list((value, path) => fields(value, path, { policy: text, percent: percentage })),
  },
};

const KINDS: Readonly<Record<string, Fields>> = { ...LEAVES, ...COMBINED };

const TOP: Fields = {
  policies: subPolicies(...Object.keys(KINDS)),
  'decision_wait?': duration,
  'decision_wait_after_root_received?': duration,
  'num_traces?': number(1),
  'decision_cache?': (value, path) =>
    fields(value, path, { 'sampled_cache_size?': count, 'non_sampled_cache_size?': count }),
  'sample_on_first_match?': boolean,
  'drop_pending_traces_on_shutdown?': boolean,
  'maximum_trace_size_bytes?': count,
  'sampling_strategy?': oneOf('trace-complete'),
  'expected_new_traces_per_sec?': count,
  'block_on_overflow?': boolean,
  'num_shards?': number(1),
};

/** `100_000`, which Go's YAML reads as a number and YAML 1.2 does not. */
const GROUPED: ScalarTag = {
  tag: 'tag:yaml.org,2002:int',
  default: true,
  test: /^\d+(_\d+)+$/,
  resolve: (digits) => Number(digits.replaceAll('_', '')),
};

/**
 * Reads a configuration, from an object or from YAML (of which JSON is a part): the settings themselves, or a
 * Collector's file that has them under `processors`. The result is a copy.
 *
 * @throws TelltaleError that names the path of what is wrong, for example `policies[2].latency.threshold_ms`
 */
export function readTailSampling(given: TailSamplingConfig | string): TailSamplingConfig {
  let config: unknown = given;
  if (typeof given === 'string') {
    try {
      config = parse(given, { logLevel: 'error', customTags: (tags) => [...tags, GROUPED] });
    } catch (error) {
      throw new TelltaleError(`${OWNER}: the YAML cannot be read: ${messageOf(error)}`, 'config');
    }
  }
  config = unwrapped(config);
  fields(config, '', TOP);
  return structuredClone(config) as TailSamplingConfig;
}

/** The settings inside a Collector's file. A processor may have a name behind its type: `tail_sampling/errors`. */
function unwrapped(config: unknown): unknown {
  for (const outer of ['processors', 'tail_sampling']) {
    if (config === null || typeof config !== 'object' || 'policies' in config) return config;
    const key = Object.keys(config).find((own) => own === outer || own.startsWith(`${outer}/`));
    if (key !== undefined) config = (config as Record<string, unknown>)[key];
  }
  return config;
}

function policy(value: unknown, path: string, accepted: readonly string[]): void {
  const { type } = mapping(value, path) as { type: unknown };
  if (type === 'ottl_condition') {
    throw new TelltaleError(
      `${OWNER}: ${path}.type is "ottl_condition", which takes the Collector's transformation language; ` +
        'status_code, the attribute policies and latency say most of it',
      `${path}.type`,
    );
  }
  oneOf(...accepted)(type, `${path}.type`);
  const kind = type as PolicyType;
  const own = KINDS[kind]!;
  const hasSettings = Object.keys(own).length > 0;
  fields(value, path, {
    name: text,
    type: () => {},
    ...(hasSettings && { [kind]: (settings, at) => fields(settings, at, own) }),
  });
  if (hasSettings) consistent(kind, (value as Record<string, never>)[kind]!, `${path}.${kind}`);
}

/** What one field says about another. */
function consistent(kind: PolicyType, settings: Record<string, unknown>, path: string): void {
  const ordered = (low: string, high: string) => {
    const [from, to] = [settings[low] as number | undefined, settings[high] as number | undefined];
    if (from !== undefined && to !== undefined && to !== 0 && to < from) {
      throw invalidOption(OWNER, `${path}.${high}`, to, `a number of at least ${low}, ${from}`);
    }
  };
  ordered('threshold_ms', 'upper_threshold_ms');
  ordered('min_value', 'max_value');
  ordered('min_spans', 'max_spans');
  if (kind === 'numeric_attribute' && settings.min_value === undefined && settings.max_value === undefined) {
    throw invalidOption(OWNER, path, settings, 'min_value, max_value or both');
  }
  if (kind === 'string_attribute' && settings.enabled_regex_matching === true) {
    for (const [index, pattern] of (settings.values as string[]).entries()) {
      try {
        RE2JS.compile(pattern);
      } catch (error) {
        throw invalidOption(
          OWNER,
          `${path}.values[${index}]`,
          pattern,
          `an RE2 pattern (${messageOf(error)})`,
        );
      }
    }
  }
  if (kind === 'composite') {
    const {
      composite_sub_policy,
      policy_order = [],
      rate_allocation = [],
    } = settings as {
      composite_sub_policy: { name: string }[];
      policy_order?: string[];
      rate_allocation?: { policy: string }[];
    };
    const names = composite_sub_policy.map(({ name }) => name);
    for (const [index, name] of policy_order.entries()) {
      oneOf(...names)(name, `${path}.policy_order[${index}]`);
    }
    for (const [index, { policy: name }] of rate_allocation.entries()) {
      oneOf(...names)(name, `${path}.rate_allocation[${index}].policy`);
    }
  }
}

function mapping(value: unknown, path: string): Record<string, unknown> {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    throw invalidOption(OWNER, path || 'the configuration', value, 'a mapping');
  }
  return value as Record<string, unknown>;
}

/** Checks each field, and that there is no other. */
function fields(value: unknown, path: string, known: Fields): void {
  const given = mapping(value, path);
  const below = (name: string) => (path === '' ? name : `${path}.${name}`);
  for (const [key, check] of Object.entries(known)) {
    const name = key.replace('?', '');
    if (given[name] !== undefined) check(given[name], below(name));
    else if (name === key) throw invalidOption(OWNER, below(name), undefined, 'a value: it has no default');
  }
  const names = Object.keys(known).map((key) => key.replace('?', ''));
  for (const key of Object.keys(given)) {
    if (names.includes(key)) continue;
    const at = below(key);
    throw new TelltaleError(`${OWNER}: unknown field ${describe(at)}; accepted: ${names.join(', ')}`, at);
  }
}
