import { RE2JS } from 're2js';
import type { Clock } from '../../common/clock.js';
import { attributeOf, startOf } from '../span-facts.js';
import type { CompositePolicy, LeafPolicy, TailSamplingPolicy } from './config.js';
import { criticalPathShare } from './critical-path.js';
import { isSampled, type Policy, verdict } from './decision.js';
import { latencyPercentile } from './latency-percentile.js';
import { tokenBucket } from './limits.js';
import type { Notes } from './notes.js';
import type { TraceBuffer } from './trace-buffer.js';
import { probabilistic } from './trace-hash.js';

const STATUS = ['UNSET', 'OK', 'ERROR'];

/** Makes a policy work, and asks for what it wants noted. The configuration has been checked. */
export function compilePolicy(config: TailSamplingPolicy, notes: Notes, clock: Clock): Policy {
  switch (config.type) {
    case 'not': {
      const own = compilePolicy(config.not.not_sub_policy, notes, clock);
      return (trace) => verdict(!isSampled(own(trace)));
    }
    case 'and': {
      const all = config.and.and_sub_policy.map((own) => compilePolicy(own, notes, clock));
      return (trace) => verdict(all.every((own) => isSampled(own(trace))));
    }
    case 'drop': {
      const all = config.drop.drop_sub_policy.map((own) => compilePolicy(own, notes, clock));
      return (trace) => (all.every((own) => isSampled(own(trace))) ? 'dropped' : 'not_sampled');
    }
    case 'composite':
      return composite(config.composite, notes, clock);
    default:
      return leaf(config, notes, clock);
  }
}

function leaf(config: LeafPolicy, notes: Notes, clock: Clock): Policy {
  switch (config.type) {
    case 'always_sample':
      return () => 'sampled';
    case 'trace_flags':
      // Others are not held.
      return () => 'sampled';
    case 'latency': {
      const { threshold_ms, upper_threshold_ms = 0 } = config.latency;
      const most = upper_threshold_ms === 0 ? Infinity : upper_threshold_ms;
      notes.times();
      return (trace) => {
        const duration = notes.duration(trace);
        return verdict(duration > threshold_ms && duration <= most);
      };
    }
    case 'status_code': {
      const { status_codes } = config.status_code;
      const wanted = notes.statuses(status_codes.map((name) => STATUS.indexOf(name)));
      return (trace) => verdict(notes.has(trace, wanted));
    }
    case 'span_count': {
      const { min_spans, max_spans = 0 } = config.span_count;
      const most = max_spans === 0 ? Infinity : max_spans;
      return ({ count }) => verdict(count >= min_spans && count <= most);
    }
    case 'probabilistic': {
      const { sampling_percentage, hash_salt } = config.probabilistic;
      const chosen = probabilistic(sampling_percentage / 100, hash_salt);
      return (trace) => verdict(trace.idPasses(chosen));
    }
    case 'rate_limiting': {
      const { spans_per_second: rate, burst_capacity } = config.rate_limiting;
      const take = tokenBucket(clock, rate, burst_capacity ?? 2 * rate);
      return ({ count }) => verdict(take(count));
    }
    case 'bytes_limiting': {
      const { bytes_per_second: rate, burst_capacity } = config.bytes_limiting;
      const take = tokenBucket(clock, rate, burst_capacity || 2 * rate);
      return ({ bytes }) => verdict(take(bytes));
    }
    case 'numeric_attribute': {
      const { key, min_value = -Infinity, max_value = Infinity, invert_match } = config.numeric_attribute;
      return matching(notes, key, invert_match, (value) => {
        return typeof value === 'number' && value >= min_value && value <= max_value;
      });
    }
    case 'boolean_attribute': {
      const { key, value: wanted, invert_match } = config.boolean_attribute;
      return matching(notes, key, invert_match, (value) => value === wanted);
    }
    case 'string_attribute': {
      const { key, values, enabled_regex_matching, cache_max_size, invert_match } = config.string_attribute;
      const test = enabled_regex_matching ? patterns(values, cache_max_size || 128) : exactly(values);
      return matching(notes, key, invert_match, (value) => typeof value === 'string' && test(value));
    }
    case 'trace_state': {
      const { key, values } = config.trace_state;
      return ({ spans }) =>
        verdict(spans.some((span) => values.includes(span.spanContext().traceState?.get(key) ?? '')));
    }
    case 'telltale_latency_percentile': {
      const { percentile, key = 'http.route', min_traces = 100 } = config.telltale_latency_percentile;
      const slow = latencyPercentile(percentile, min_traces);
      notes.times();
      return (trace) => {
        const root = rootOf(trace);
        return verdict(slow(String(attributeOf(root, key) ?? root.name), notes.duration(trace)));
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
function matching(
  notes: Notes,
  key: string,
  invert: boolean | undefined,
  test: (value: unknown) => boolean,
): Policy {
  const mark = notes.attribute(key, test);
  const found = (trace: TraceBuffer) => (mark === undefined ? trace.some(key, test) : notes.has(trace, mark));
  return invert
    ? (trace) => (found(trace) ? 'inverted_not_sampled' : 'inverted_sampled')
    : (trace) => verdict(found(trace));
}

/** So many values are compared one by one: that costs less than asking a `Set`. */
const FEW = 8;

function exactly(values: readonly string[]): (value: string) => boolean {
  const wanted = values.filter((value) => value !== '');
  if (wanted.length > FEW) {
    const set = new Set(wanted);
    return (value) => set.has(value);
  }
  return (value) => {
    for (let i = 0; i < wanted.length; i++) if (wanted[i] === value) return true;
    return false;
  };
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
function rootOf(trace: TraceBuffer) {
  return trace.root ?? trace.spans.reduce((first, span) => (startOf(span) < startOf(first) ? span : first));
}

function composite(config: CompositePolicy['composite'], notes: Notes, clock: Clock): Policy {
  const { max_total_spans_per_second: total, composite_sub_policy, rate_allocation = [] } = config;
  const { policy_order = composite_sub_policy.map(({ name }) => name) } = config;
  const equal = 100 / composite_sub_policy.length;
  const percents = new Map(rate_allocation.map(({ policy, percent }) => [policy, percent || equal]));
  const rest = Math.max(0, 100 - [...percents.values()].reduce((sum, percent) => sum + percent, 0));
  const parts = policy_order.map((name) => ({
    policy: compilePolicy(composite_sub_policy.find((own) => own.name === name)!, notes, clock),
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
      const used = part.used + trace.count;
      if (used > part.budget) return 'not_sampled';
      part.used = used;
      return 'sampled';
    }
    return 'not_sampled';
  };
}
