import { CUSTOM_SCHEMA, MAX_SCHEMA, MIN_SCHEMA } from '../histogram/bounds.js';
import { bucketsFrom } from '../histogram/buckets.js';
import { type CounterResetHint, FloatHistogram, type HistogramFields } from '../histogram/histogram.js';
import { Labels, METRIC_NAME } from '../labels.js';
import { parseNumber } from '../numbers.js';
import { unquote } from '../promql/unquote.js';

/** A sample of a series in Prometheus's notation: a value, a native histogram, a stale marker, or none. */
export type NotedValue = number | FloatHistogram | 'stale' | undefined;

/** A series in the notation of Prometheus's unit tests. */
export interface NotedSeries {
  readonly labels: Labels;
  readonly values: readonly NotedValue[];
}

/** Samples that one item may stand for; a mistyped `x1e9` should not eat the memory. */
const MAX_TIMES = 10_000_000;
const NUMBER = String.raw`[+-]?(?:inf|nan|(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?)`;
const ITEM = new RegExp(`^(${NUMBER})(?:([+-])(${NUMBER}))?(?:x(\\d+))?$`, 'i');
const HINTS: readonly CounterResetHint[] = ['unknown', 'reset', 'not_reset', 'gauge'];

/**
 * Reads a line such as `http_requests_total{method="GET"} 0+10x5 _x2 stale 7`, the notation of
 * `promtool test rules`. Throws an `Error` that quotes what it cannot read.
 *
 * Spec: https://prometheus.io/docs/prometheus/3.5/configuration/unit_testing_rules/#series
 */
export function parseSeries(line: string): NotedSeries {
  const text = line.trim();
  const { labels, rest } = readLabels(text);
  return { labels, values: parseValues(rest) };
}

/** Reads the values alone: `1+1x10`, `_ 5 stale`, `{{sum:3 count:2 buckets:[1 1]}}x3`. */
export function parseValues(text: string): NotedValue[] {
  const values: NotedValue[] = [];
  let rest = text.trim();
  while (rest !== '') {
    const item = rest.startsWith('{{') ? histogramItem(rest) : rest.split(/\s/, 1)[0]!;
    for (const value of parseItem(item)) values.push(value);
    rest = rest.slice(item.length).trimStart();
  }
  return values;
}

/** Reads a metric with its labels: `name{label="value"}` or `{"utf-8 name", label="value"}`. */
export function parseLabels(text: string): Labels {
  const { labels, rest } = readLabels(text.trim());
  if (rest.trim() !== '') throw new Error(`cannot read ${JSON.stringify(rest)} behind the labels`);
  return labels;
}

function readLabels(text: string): { labels: Labels; rest: string } {
  const name = /^[a-zA-Z_:][a-zA-Z0-9_:]*/.exec(text)?.[0] ?? '';
  const entries: [string, string][] = name === '' ? [] : [[METRIC_NAME, name]];
  let rest = text.slice(name.length).trimStart();
  if (name === '' && !rest.startsWith('{'))
    throw new Error(`cannot read a metric in ${JSON.stringify(text)}`);
  if (!rest.startsWith('{') || rest.startsWith('{{')) return { labels: Labels.fromEntries(entries), rest };
  rest = rest.slice(1).trimStart();
  while (!rest.startsWith('}')) {
    const pair =
      /^([a-zA-Z_][a-zA-Z0-9_]*|"(?:[^"\\]|\\.)*")\s*(?:=\s*("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'))?\s*,?\s*/.exec(
        rest,
      );
    const quoted = pair?.[1]?.startsWith('"') ?? false;
    if (pair === null || (pair[2] === undefined && !quoted)) {
      throw new Error(`cannot read a label in ${JSON.stringify(rest)}`);
    }
    const key = quoted ? unquoted(pair[1]!) : pair[1]!;
    entries.push(pair[2] === undefined ? [METRIC_NAME, key] : [key, unquoted(pair[2])]);
    rest = rest.slice(pair[0].length);
  }
  return { labels: Labels.fromEntries(entries), rest: rest.slice(1) };
}

function unquoted(literal: string): string {
  const read = unquote(literal);
  if ('reason' in read) throw new Error(`${read.reason} in ${literal}`);
  return read.text;
}

/** The histogram at the start of a text, with what is added to it and how often. */
function histogramItem(text: string): string {
  const match = /^\{\{[^}]*\}\}(?:[+-]\{\{[^}]*\}\})?(?:x\d+)?/.exec(text);
  if (match === null) throw new Error(`cannot read a histogram in ${JSON.stringify(text)}`);
  return match[0];
}

function parseItem(item: string): NotedValue[] {
  if (item.startsWith('{{')) return parseHistogramItem(item);
  if (item === 'stale') return ['stale'];
  const gap = /^_(?:x(\d+))?$/.exec(item);
  if (gap !== null) return new Array<NotedValue>(times(gap[1], 1)).fill(undefined);
  const match = ITEM.exec(item);
  if (match === null) throw new Error(`cannot read the value ${JSON.stringify(item)}`);
  const start = toNumber(match[1]!);
  const step = match[3] === undefined ? 0 : toNumber(match[3]) * (match[2] === '-' ? -1 : 1);
  if (match[3] !== undefined && match[4] === undefined) {
    throw new Error(`the value ${JSON.stringify(item)} does not say how often to add`);
  }
  const values: number[] = [start];
  for (let left = times(match[4], 0); left > 0; left--) values.push(values.at(-1)! + step);
  return values;
}

function times(text: string | undefined, fallback: number): number {
  const count = text === undefined ? fallback : Number(text);
  if (count > MAX_TIMES) throw new Error(`${text} samples are too many; accepted: at most ${MAX_TIMES}`);
  return count;
}

function toNumber(text: string): number {
  const value = parseNumber(text);
  if (value === undefined) throw new Error(`cannot read the number ${JSON.stringify(text)}`);
  return value;
}

function parseHistogramItem(item: string): NotedValue[] {
  const [, first, sign, second, count] = /^\{\{(.*?)\}\}(?:([+-])\{\{(.*?)\}\})?(?:x(\d+))?$/.exec(item)!;
  const base = parseHistogram(first!);
  const values: FloatHistogram[] = [base];
  if (second === undefined) {
    for (let left = times(count, 0); left > 0; left--) values.push(base);
    return values;
  }
  const step = parseHistogram(second);
  if (base.schema > step.schema || base.incompatibility(step) !== undefined) {
    const reason = `error combining histograms: cannot merge from schema ${step.schema} to ${base.schema}`;
    throw new Error(reason);
  }
  for (let left = times(count, 0); left > 0; left--) {
    const last = values.at(-1)!;
    values.push(sign === '-' ? last.subtract(step).with({ hint: base.hint }) : last.add(step));
  }
  return values;
}

/** Reads what stands between the double braces of a histogram: `schema:0 sum:5 count:4 buckets:[1 2 1]`. */
function parseHistogram(text: string): FloatHistogram {
  const fields = new Map<string, string>();
  for (const match of text.matchAll(/(\S+?):(\[[^\]]*\]|\S+)/g)) {
    if (fields.has(match[1]!)) throw new Error(`duplicate key "${match[1]}" in histogram`);
    fields.set(match[1]!, match[2]!);
  }
  if (text.replace(/(\S+?):(\[[^\]]*\]|\S+)/g, '').trim() !== '') {
    throw new Error(`cannot read the histogram {{${text}}}`);
  }
  const number = (key: string): number | undefined => {
    const value = fields.get(key);
    fields.delete(key);
    return value === undefined ? undefined : toNumber(value);
  };
  const list = (key: string): number[] => {
    const value = fields.get(key) ?? '[]';
    fields.delete(key);
    return value.slice(1, -1).split(/\s+/).filter(Boolean).map(toNumber);
  };
  const hint = fields.get('counter_reset_hint');
  fields.delete('counter_reset_hint');
  const histogram: HistogramFields = {
    schema: number('schema') ?? 0,
    sum: number('sum') ?? 0,
    count: number('count') ?? 0,
    zeroCount: number('z_bucket') ?? 0,
    zeroThreshold: number('z_bucket_w') ?? 0,
    customValues: list('custom_values'),
    positive: bucketsFrom(number('offset') ?? 0, list('buckets')),
    negative: bucketsFrom(number('n_offset') ?? 0, list('n_buckets')),
    hint: HINTS.find((known) => known === hint) ?? 'unknown',
  };
  const unknown = fields.keys().next().value;
  if (unknown !== undefined) throw new Error(`bad histogram descriptor found: "${unknown}"`);
  const { schema } = histogram;
  if (schema !== CUSTOM_SCHEMA && !(schema! >= MIN_SCHEMA && schema! <= MAX_SCHEMA)) {
    throw new Error(
      `the schema of a histogram is ${schema}; accepted: ${MIN_SCHEMA} to ${MAX_SCHEMA}, ${CUSTOM_SCHEMA}`,
    );
  }
  return new FloatHistogram(histogram);
}
