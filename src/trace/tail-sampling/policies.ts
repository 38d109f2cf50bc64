import { RE2JS } from 're2js';
import type { Clock } from '../../common/clock.js';
import { attributeOf, spanFlags, startOf, statusCodeOf } from '../span-facts.js';
import type { CompositePolicy, LeafPolicy, TailSamplingPolicy } from './config.js';
import { criticalPathShare } from './critical-path.js';
import { isSampled, type Policy, verdict } from './decision.js';
import { latencyPercentile } from './latency-percentile.js';
import { tokenBucket } from './limits.js';
import type { TraceBuffer } from './trace-buffer.js';
import { probabilistic } from './trace-hash.js';

const STATUS = ['UNSET', 'OK', 'ERROR'];

/** Makes a policy work. The configuration has been checked. */
export function compilePolicy(config: TailSamplingPolicy, clock: Clock): Policy {
  switch (config.type) {
    case 'not': {
      const own = compilePolicy(config.not.not_sub_policy, clock);
      return (trace) => verdict(!isSampled(own(trace)));
    }
    case 'and': {
      const all = config.and.and_sub_policy.map((own) => compilePolicy(own, clock));
      return (trace) => verdict(all.every((own) => isSampled(own(trace))));
    }
    case 'drop': {
      const all = config.drop.drop_sub_policy.map((own) => compilePolicy(own, clock));
      return (trace) => (all.every((own) => isSampled(own(trace))) ? 'dropped' : 'not_sampled');
    }
    case 'composite':
      return composite(config.composite, clock);
    default:
      return leaf(config, clock);
  }
}

function leaf(config: LeafPolicy, clock: Clock): Policy {
  switch (config.type) {
    case 'always_sample':
      return () => 'sampled';
    case 'trace_flags':
      return ({ spans }) => verdict(spans.some((span) => (spanFlags(span) & 1) !== 0));
    case 'latency': {
      const { threshold_ms, upper_threshold_ms = 0 } = config.latency;
      const most = upper_threshold_ms === 0 ? Infinity : upper_threshold_ms;
      return (trace) => {
        const { duration } = trace;
        return verdict(duration > threshold_ms && duration <= most);
      };
    }
    case 'status_code': {
      const { status_codes } = config.status_code;
      const wanted = STATUS.map((name) => (status_codes as string[]).includes(name));
      return ({ spans }) => {
        for (let i = 0; i < spans.length; i++) if (wanted[statusCodeOf(spans[i]!)] === true) return 'sampled';
        return 'not_sampled';
      };
    }
    case 'span_count': {
      const { min_spans, max_spans = 0 } = config.span_count;
      const most = max_spans === 0 ? Infinity : max_spans;
      return ({ spans }) => verdict(spans.length >= min_spans && spans.length <= most);
    }
    case 'probabilistic': {
      const { sampling_percentage, hash_salt } = config.probabilistic;
      const chosen = probabilistic(sampling_percentage / 100, hash_salt);
      const bytes = new Uint8Array(16);
      return (trace) => {
        trace.writeId(bytes);
        return verdict(chosen(bytes));
      };
    }
    case 'rate_limiting': {
      const { spans_per_second: rate, burst_capacity } = config.rate_limiting;
      const take = tokenBucket(clock, rate, burst_capacity ?? 2 * rate);
      return ({ spans }) => verdict(take(spans.length));
    }
    case 'bytes_limiting': {
      const { bytes_per_second: rate, burst_capacity } = config.bytes_limiting;
      const take = tokenBucket(clock, rate, burst_capacity || 2 * rate);
      return ({ bytes }) => verdict(take(bytes));
    }
    case 'numeric_attribute': {
      const { key, min_value = -Infinity, max_value = Infinity, invert_match } = config.numeric_attribute;
      return matching(key, invert_match, (value) => {
        return typeof value === 'number' && value >= min_value && value <= max_value;
      });
    }
    case 'boolean_attribute': {
      const { key, value: wanted, invert_match } = config.boolean_attribute;
      return matching(key, invert_match, (value) => value === wanted);
    }
    case 'string_attribute': {
      const { key, values, enabled_regex_matching, cache_max_size, invert_match } = config.string_attribute;
      const test = enabled_regex_matching ? patterns(values, cache_max_size || 128) : exactly(values);
      return matching(key, invert_match, (value) => typeof value === 'string' && test(value));
    }
    case 'trace_state': {
      const { key, values } = config.trace_state;
      return ({ spans }) =>
        verdict(spans.some((span) => values.includes(span.spanContext().traceState?.get(key) ?? '')));
    }
    case 'telltale_latency_percentile': {
      const { percentile, key = 'http.route', min_traces = 100 } = config.telltale_latency_percentile;
      const slow = latencyPercentile(percentile, min_traces);
      return (trace) => {
        const root = rootOf(trace);
        return verdict(slow(String(attributeOf(root, key) ?? root.name), trace.duration));
      };
    }
    case 'telltale_critical_path': {
      const { span_name, min_percentage } = config.telltale_critical_path;
      return (trace) =>
        verdict(criticalPathShare(trace.spans, rootOf(trace), span_name) * 100 > min_percentage);
    }
  }
}

/** A policy on one attribute of spans or their resource. */
function matching(key: string, invert: boolean | undefined, test: (value: unknown) => boolean): Policy {
  return invert
    ? (trace) => (trace.some(key, test) ? 'inverted_not_sampled' : 'inverted_sampled')
    : (trace) => verdict(trace.some(key, test));
}

function exactly(values: readonly string[]): (value: string) => boolean {
  const wanted = new Set(values.filter((value) => value !== ''));
  return (value) => wanted.has(value);
}

/** RE2, as the Collector has it: another engine would mean something else here and there, and could be made to hang. */
function patterns(values: readonly string[], cacheSize: number): (value: string) => boolean {
  const compiled = values.map((pattern) => RE2JS.compile(pattern));
  const cache = new Map<string, boolean>();
  return (value) => {
    if (value === '') return false;
    let found = cache.get(value);
    if (found !== undefined) return found;
    found = compiled.some((pattern) => pattern.matcher(value).find());
    if (cache.size >= cacheSize) cache.delete(cache.keys().next().value!);
    cache.set(value, found);
    return found;
  };
}

/** The local root, or the span that began first where it has not ended. */
function rootOf({ root, spans }: TraceBuffer) {
  return root ?? spans.reduce((first, span) => (startOf(span) < startOf(first) ? span : first));
}

function composite(config: CompositePolicy['composite'], clock: Clock): Policy {
  const { max_total_spans_per_second: total, composite_sub_policy, rate_allocation = [] } = config;
  const { policy_order = composite_sub_policy.map(({ name }) => name) } = config;
  const equal = 100 / composite_sub_policy.length;
  const percents = new Map(rate_allocation.map(({ policy, percent }) => [policy, percent || equal]));
  const rest = Math.max(0, 100 - [...percents.values()].reduce((sum, percent) => sum + percent, 0));
  const parts = policy_order.map((name) => ({
    policy: compilePolicy(composite_sub_policy.find((own) => own.name === name)!, clock),
    budget: (total * (percents.get(name) ?? rest)) / 100,
    used: 0,
  }));
  let second = -1;
  return (trace) => {
    const now = Math.floor(clock.monotonic() / 1000);
    if (now !== second) for (const part of parts) part.used = 0;
    second = now;
    for (const part of parts) {
      if (!isSampled(part.policy(trace))) continue;
      const used = part.used + trace.spans.length;
      if (used > part.budget) return 'not_sampled';
      part.used = used;
      return 'sampled';
    }
    return 'not_sampled';
  };
}
