/**
 * The configuration of the OpenTelemetry Collector's `tail_sampling` processor, field for field, so that it can be
 * handed to one as it is. What only telltale knows begins with `telltale_`.
 *
 * https://github.com/open-telemetry/opentelemetry-collector-contrib/tree/main/processor/tailsamplingprocessor
 */
export interface TailSamplingConfig {
  /** What decides. A trace is kept if any policy says so and none drops it. */
  policies: TailSamplingPolicy[];
  /**
   * How long after its first span a trace is decided, whether or not its local root has ended: `30s` (the default).
   * Units are `ns`, `us`, `ms`, `s`, `m` and `h`, as Go writes durations.
   */
  decision_wait?: string;
  /**
   * How long after the end of its local root a trace is decided. Default here: `200ms`, for a process knows its own
   * roots; a Collector's default is `0s`, which means to wait for `decision_wait`.
   */
  decision_wait_after_root_received?: string;
  /** Traces held at most; then the oldest is decided with what there is of it. Default 50,000. */
  num_traces?: number;
  /** Decisions that are remembered for spans that come late; 0 for none. */
  decision_cache?: {
    /** Traces that were kept. Default here: 10,000; a Collector's is 0. */
    sampled_cache_size?: number;
    /** Traces that were dropped, four bytes each. Default here: 100,000; a Collector's is 0. */
    non_sampled_cache_size?: number;
  };
  /** Ask no further policies once one says to keep the trace. Default false. */
  sample_on_first_match?: boolean;
  /** Drop what is undecided at shutdown, instead of deciding with what there is. Default false. */
  drop_pending_traces_on_shutdown?: boolean;
  /** A trace that grows larger is dropped at once; sizes here are in memory, estimated. 0, the default, for no limit. */
  maximum_trace_size_bytes?: number;
  /** Only `trace-complete`, the default. */
  sampling_strategy?: 'trace-complete';
  /** Only of meaning to a Collector. */
  expected_new_traces_per_sec?: number;
  /** Only of meaning to a Collector: nothing is ever blocked here. */
  block_on_overflow?: boolean;
  /** Only of meaning to a Collector. */
  num_shards?: number;
}

interface Named<T extends string> {
  /** Names the policy in counters and messages; unique among its neighbours. */
  name: string;
  type: T;
}

/** Policies that look at the trace alone. */
export type LeafPolicy =
  | Named<'always_sample'>
  /** The trace took longer than `threshold_ms`, and no longer than `upper_threshold_ms` where that is not 0. */
  | (Named<'latency'> & { latency: { threshold_ms: number; upper_threshold_ms?: number } })
  /** An attribute of a span or the resource is a number in this range, bounds included. */
  | (Named<'numeric_attribute'> & {
      numeric_attribute: { key: string; min_value?: number; max_value?: number; invert_match?: boolean };
    })
  /** This share of all traces, chosen by a hash of the trace's id as a Collector with the same salt chooses. */
  | (Named<'probabilistic'> & { probabilistic: { sampling_percentage: number; hash_salt?: string } })
  /** A span has one of these statuses. */
  | (Named<'status_code'> & { status_code: { status_codes: ('OK' | 'ERROR' | 'UNSET')[] } })
  /** An attribute of a span or the resource is one of these texts, or matches one of these RE2 patterns. */
  | (Named<'string_attribute'> & {
      string_attribute: {
        key: string;
        values: string[];
        enabled_regex_matching?: boolean;
        cache_max_size?: number;
        invert_match?: boolean;
      };
    })
  | (Named<'boolean_attribute'> & {
      boolean_attribute: { key: string; value: boolean; invert_match?: boolean };
    })
  /** A bucket of tokens, one a span, that holds what two seconds bring, or `burst_capacity`. */
  | (Named<'rate_limiting'> & { rate_limiting: { spans_per_second: number; burst_capacity?: number } })
  /** The same for bytes; sizes here are in memory, estimated, and not those of protobuf. */
  | (Named<'bytes_limiting'> & { bytes_limiting: { bytes_per_second: number; burst_capacity?: number } })
  | (Named<'span_count'> & { span_count: { min_spans: number; max_spans?: number } })
  /** A span's trace state has this key with one of these values. */
  | (Named<'trace_state'> & { trace_state: { key: string; values: string[] } })
  /** A span is flagged as sampled. */
  | Named<'trace_flags'>
  /** Telltale's own: the trace took longer than this percentile of the recent ones of its route. */
  | (Named<'telltale_latency_percentile'> & {
      telltale_latency_percentile: {
        /** From 0 to 100, without them. */
        percentile: number;
        /** The attribute of the local root that groups traces; its name where it has none. Default `http.route`. */
        key?: string;
        /** Traces of a route to see before any is judged. Default 100. */
        min_traces?: number;
      };
    })
  /** Telltale's own: spans of this name hold more than this share of the trace's critical path. */
  | (Named<'telltale_critical_path'> & {
      telltale_critical_path: { span_name: string; min_percentage: number };
    });

export type NotPolicy = Named<'not'> & { not: { not_sub_policy: LeafPolicy } };
export type AndPolicy = Named<'and'> & { and: { and_sub_policy: (LeafPolicy | NotPolicy)[] } };
/** Drops the trace, whatever other policies say, if all of its own policies match. */
export type DropPolicy = Named<'drop'> & { drop: { drop_sub_policy: (LeafPolicy | NotPolicy)[] } };

/**
 * The first of its policies, in `policy_order`, that matches keeps the trace, if there is room left this second in
 * what `rate_allocation` gives it. A policy without an allocation has what the others leave.
 */
export type CompositePolicy = Named<'composite'> & {
  composite: {
    max_total_spans_per_second: number;
    /** Default: as they stand in `composite_sub_policy`. */
    policy_order?: string[];
    composite_sub_policy: (LeafPolicy | NotPolicy | AndPolicy)[];
    /** Shares of `max_total_spans_per_second`; 0 stands for an equal share. */
    rate_allocation?: { policy: string; percent: number }[];
  };
};

export type TailSamplingPolicy = LeafPolicy | NotPolicy | AndPolicy | DropPolicy | CompositePolicy;
export type PolicyType = TailSamplingPolicy['type'];

export const OWNER = 'tail sampling';
