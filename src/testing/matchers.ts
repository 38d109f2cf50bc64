import type { SpanStatusCode } from '@opentelemetry/api';
import type { ReadableSpan } from '../trace/readable-span.js';

/** What matchers look at; `createTestTelemetry()` gives one. */
export interface Recorded {
  readonly spans: readonly ReadableSpan[];
  readonly records: readonly Readonly<Record<string, unknown>>[];
  readonly registry: {
    getMetricsAsJSON(): Promise<readonly { name: string; values: readonly MetricValue[] }[]>;
  };
}

export interface MetricValue {
  readonly value: number;
  readonly labels: Readonly<Record<string, unknown>>;
  readonly metricName?: string;
}

/** What a span must be like, beside its name. Whatever is left out is not looked at. */
export interface ExpectedSpan {
  kind?: 'internal' | 'server' | 'client' | 'producer' | 'consumer';
  status?: 'unset' | 'ok' | 'error';
  /** These attributes, among others; values may be asymmetric matchers such as `expect.any(Number)`. */
  attributes?: Record<string, unknown>;
  /** The name of the span that is its parent. */
  parent?: string;
  /** Names of events that it must have, among others. */
  events?: readonly string[];
  durationMs?: unknown;
}

/** The matchers' signatures, for the test runner's own types; `telltale/vitest` declares them there. */
export interface TelltaleMatchers<R = unknown> {
  /** A finished span of that name, with these properties. */
  toHaveSpan(name: string | RegExp, expected?: ExpectedSpan): R;
  /** A log line of that level and message, with these fields among others. */
  toHaveLogged(level: string, message?: string | RegExp, fields?: Record<string, unknown>): R;
  /** A sample of that name (`http_requests_total`, `latency_seconds_count`), with these labels among others. */
  toHaveMetric(name: string, labels?: Record<string, unknown>, value?: unknown): Promise<R>;
}

interface MatcherContext {
  equals(a: unknown, b: unknown): boolean;
  isNot?: boolean;
}

interface MatcherResult {
  pass: boolean;
  message(): string;
}

const KINDS = ['internal', 'server', 'client', 'producer', 'consumer'] as const;
const STATUSES = ['unset', 'ok', 'error'] as const;

/**
 * Matchers for vitest and Jest: `expect.extend(matchers)`. With vitest, import them from `telltale/vitest`, which
 * also declares their types.
 */
export const matchers = {
  toHaveSpan(
    this: MatcherContext,
    received: Recorded,
    name: string | RegExp,
    expected: ExpectedSpan = {},
  ): MatcherResult {
    const { spans } = recorded(received, 'toHaveSpan');
    const pass = spans.some(
      (span) => matchesText(span.name, name) && matchesPart(this, describeSpan(span, spans), expected),
    );
    return result(
      this,
      pass,
      `a span ${show(name)}`,
      expected,
      spans.map((span) => ({
        name: span.name,
        ...describeSpan(span, spans),
      })),
    );
  },

  toHaveLogged(
    this: MatcherContext,
    received: Recorded,
    level: string,
    message?: string | RegExp,
    fields: Record<string, unknown> = {},
  ): MatcherResult {
    const { records } = recorded(received, 'toHaveLogged');
    const pass = records.some(
      (record) =>
        record.level === level &&
        (message === undefined || matchesText(String(record.msg), message)) &&
        matchesPart(this, record, fields),
    );
    const text = message === undefined ? '' : ` ${show(message)}`;
    return result(this, pass, `a log line ${level}${text}`, fields, records);
  },

  async toHaveMetric(
    this: MatcherContext,
    received: Recorded,
    name: string,
    labels: Record<string, unknown> = {},
    value?: unknown,
  ): Promise<MatcherResult> {
    const metrics = await recorded(received, 'toHaveMetric').registry.getMetricsAsJSON();
    const samples = metrics.flatMap((metric) =>
      metric.values.map((sample) => ({ ...sample, name: sample.metricName ?? metric.name })),
    );
    const sameName = samples.filter((sample) => sample.name === name);
    const pass = sameName.some(
      (sample) =>
        matchesLabels(this, sample.labels, labels) &&
        (value === undefined || this.equals(sample.value, value)),
    );
    const wanted = value === undefined ? labels : { ...labels, value };
    return result(
      this,
      pass,
      `a sample of ${name}`,
      wanted,
      sameName.length > 0
        ? sameName.map((sample) => ({ ...sample.labels, value: sample.value }))
        : [...new Set(samples.map((sample) => sample.name))],
    );
  },
};

function describeSpan(span: ReadableSpan, all: readonly ReadableSpan[]): Record<string, unknown> {
  const parentId = span.parentSpanContext?.spanId;
  return {
    kind: KINDS[span.kind],
    status: STATUSES[span.status.code as SpanStatusCode],
    parent: all.find((other) => other.spanContext().spanId === parentId)?.name,
    attributes: span.attributes,
    events: span.events.map((event) => event.name),
    durationMs: span.duration[0] * 1e3 + span.duration[1] / 1e6,
  };
}

function matchesText(text: string, expected: string | RegExp): boolean {
  return typeof expected === 'string' ? text === expected : expected.test(text);
}

/** Whether `actual` has all that `expected` names: one level for fields, two for attributes, subsets of lists. */
function matchesPart(context: MatcherContext, actual: object, expected: object): boolean {
  return Object.entries(expected).every(([key, wanted]) => {
    const value = (actual as Record<string, unknown>)[key];
    if (key === 'attributes' && wanted && value)
      return matchesPart(context, value as object, wanted as object);
    if (key === 'events' && Array.isArray(wanted)) {
      return wanted.every((name) => (value as unknown[]).includes(name));
    }
    return context.equals(value, wanted);
  });
}

/** Label values are text in a registry, whatever they were given as. */
function matchesLabels(context: MatcherContext, actual: object, expected: object): boolean {
  return Object.entries(expected).every(([key, wanted]) => {
    const value = (actual as Record<string, unknown>)[key];
    return context.equals(value, wanted) || (typeof wanted !== 'object' && String(value) === String(wanted));
  });
}

function recorded(received: Recorded, matcher: string): Recorded {
  if (!Array.isArray(received?.spans) || received.registry === undefined) {
    throw new TypeError(`${matcher}: expected what createTestTelemetry() returns, got ${typeof received}`);
  }
  return received;
}

function result(
  context: MatcherContext,
  pass: boolean,
  wanted: string,
  details: object,
  found: readonly unknown[],
): MatcherResult {
  return {
    pass,
    message: () => {
      const like = Object.keys(details).length === 0 ? '' : ` like ${show(details)}`;
      const list = found.slice(-20).map((item) => `\n  ${show(item)}`);
      const omitted = found.length > 20 ? `\n  … and ${found.length - 20} before these` : '';
      const what = found.length === 0 ? 'nothing was recorded' : `recorded:${list.join('')}${omitted}`;
      return `expected ${context.isNot ? 'not ' : ''}to find ${wanted}${like}; ${what}`;
    },
  };
}

function show(value: unknown): string {
  if (value instanceof RegExp) return String(value);
  try {
    return typeof value === 'string' && !value.includes('"') ? `"${value}"` : JSON.stringify(value);
  } catch {
    return String(value);
  }
}
