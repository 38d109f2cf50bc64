import type { Clock } from '../../common/clock.js';
import { checkBoolean, checkInteger, checkOptions } from '../../common/options.js';
import { withRe2 } from '../../common/re2.js';
import { QueryError } from '../errors.js';
import { Labels } from '../labels.js';
import { type Expr, typeOf } from '../promql/ast.js';
import { parsePromql } from '../promql/parser.js';
import type { Queryable } from '../queryable.js';
import type { QueryResult, ResultPoint, ResultSeries, ResultValue } from '../result.js';
import { SampleBuffer } from '../store/sample-buffer.js';
import { Work } from '../work.js';
import { Annotations } from './annotations.js';
import type { EvalContext } from './context.js';
import { dropNames } from './drop-names.js';
import { asRangeVector, evaluate } from './evaluate.js';
import { findInvariants } from './invariants.js';
import { sortPausing } from './pausing.js';
import { rangeVector } from './range/range-vector.js';
import { ABSENT, type EvalValue, type Grid, StepSeries, timeAt } from './values.js';

export interface PromqlEngineOptions {
  /** Milliseconds that a sample counts after its time. Default five minutes. */
  lookback?: number;
  /** The step of subqueries that name none, in milliseconds. Default one minute. */
  subqueryStep?: number;
  /** Samples that one query may hold at once. Default 50,000,000, as in Prometheus. */
  maxSamples?: number;
  /** Milliseconds that one query may take. Default two minutes, as in Prometheus. */
  timeout?: number;
  /** Points that a range query may ask for in each series. Default 11,000, as in Prometheus. */
  maxPoints?: number;
  /** Characters that a query may have. Default 65,536. */
  maxQueryLength?: number;
  /** Accepts Prometheus's experimental functions, aggregations and duration expressions. Default false. */
  experimental?: boolean;
  /**
   * Whether the names of metrics are dropped at the end of an evaluation, as Prometheus 3 does with its flag
   * `promql-delayed-name-removal`: then `label_replace` can save the name of a rate, and `count(rate({job="a"}[5m]))` may
   * count several metrics. With `false` each function and operator drops them at once, as Prometheus does without the
   * flag. Default true.
   */
  delayedNameRemoval?: boolean;
  clock?: Clock;
}

/** What a single query may ask for besides its expression. */
export interface QuerySettings {
  /** Calls the query off. */
  signal?: AbortSignal;
  /** Milliseconds; the engine's own limit where that is shorter. */
  timeout?: number;
  /** Milliseconds, in place of the engine's own look-back. */
  lookback?: number;
}

const OPTIONS = [
  'lookback',
  'subqueryStep',
  'maxSamples',
  'timeout',
  'maxPoints',
  'maxQueryLength',
  'experimental',
  'delayedNameRemoval',
  'clock',
] as const;

/**
 * Evaluates PromQL as Prometheus 3.5 does: windows open on the left, names dropped at the end of evaluation, or at once.
 *
 * No query holds the event loop for long, none outlives its limits: errors are `QueryError`s that name the limit.
 */
export class PromqlEngine {
  readonly #lookback: number;
  readonly #subqueryStep: number;
  readonly #maxSamples: number;
  readonly #timeout: number;
  readonly #maxPoints: number;
  readonly #maxQueryLength: number;
  readonly #experimental: boolean;
  readonly #delayedNameRemoval: boolean;
  readonly #clock: Clock | undefined;

  constructor(options?: PromqlEngineOptions) {
    const owner = 'PromqlEngine';
    const given = checkOptions(owner, options, OPTIONS);
    this.#lookback = checkInteger(owner, 'lookback', given.lookback, 300_000, { min: 1 });
    this.#subqueryStep = checkInteger(owner, 'subqueryStep', given.subqueryStep, 60_000, { min: 1 });
    this.#maxSamples = checkInteger(owner, 'maxSamples', given.maxSamples, 50_000_000, { min: 1 });
    this.#timeout = checkInteger(owner, 'timeout', given.timeout, 120_000, { min: 1 });
    this.#maxPoints = checkInteger(owner, 'maxPoints', given.maxPoints, 11_000, { min: 1 });
    this.#maxQueryLength = checkInteger(owner, 'maxQueryLength', given.maxQueryLength, 65_536, { min: 1 });
    this.#experimental = checkBoolean(owner, 'experimental', given.experimental, false);
    this.#delayedNameRemoval = checkBoolean(owner, 'delayedNameRemoval', given.delayedNameRemoval, true);
    this.#clock = given.clock;
  }

  /** Parses a query under the engine's rules, or throws as `query` would. */
  parse(query: string): Expr {
    if (query.length > this.#maxQueryLength) {
      const limit = `the limit is ${this.#maxQueryLength}`;
      throw new QueryError('bad_data', `query is too long: ${query.length} characters, ${limit}`);
    }
    return parsePromql(query, { experimental: this.#experimental });
  }

  /** Evaluates a query at one moment, in milliseconds since the epoch. */
  async query(
    source: Queryable,
    query: string,
    time: number,
    settings: QuerySettings = {},
  ): Promise<QueryResult> {
    if (!Number.isFinite(time))
      throw new QueryError('bad_data', 'the time of a query must be a finite number');
    const expr = await withRe2(() => this.parse(query));
    const grid: Grid = { start: time, step: 1, count: 1 };
    const context = this.#context(source, expr, grid, settings);
    const value = await this.#instant(context, expr, grid);
    return this.#annotated(value, context, query);
  }

  /** Evaluates a query at `start`, `start + step`, … up to `end`, all in milliseconds. */
  async queryRange(
    source: Queryable,
    query: string,
    start: number,
    end: number,
    step: number,
    settings: QuerySettings = {},
  ): Promise<QueryResult> {
    const grid = this.#grid(start, end, step);
    const expr = await withRe2(() => this.parse(query));
    const type = typeOf(expr);
    if (type !== 'vector' && type !== 'scalar') {
      const kind = type === 'matrix' ? 'range vector' : type;
      const reason = `invalid expression type "${kind}" for range query, must be Scalar or instant Vector`;
      throw new QueryError('bad_data', reason);
    }
    const context = this.#context(source, expr, { ...grid }, settings);
    const series = await this.#range(context, expr, grid);
    return this.#annotated({ type: 'matrix', series }, context, query);
  }

  #grid(start: number, end: number, step: number): Grid {
    if (!(step > 0))
      throw new QueryError('bad_data', 'zero or negative query resolution step widths are not accepted');
    if (!(Number.isFinite(start) && Number.isFinite(end))) {
      throw new QueryError('bad_data', 'the times of a query must be finite numbers');
    }
    if (end < start) throw new QueryError('bad_data', 'end timestamp must not be before start time');
    const count = Math.floor((end - start) / step) + 1;
    if (count > this.#maxPoints) {
      const limit = `exceeded maximum resolution of ${this.#maxPoints} points per timeseries`;
      throw new QueryError(
        'bad_data',
        `${limit}, got ${count}. Try decreasing the query resolution (?step=XX)`,
      );
    }
    return { start, step, count };
  }

  #context(source: Queryable, expr: Expr, grid: Grid, settings: QuerySettings): EvalContext {
    const context: EvalContext = {
      source,
      work: new Work({
        maxSamples: this.#maxSamples,
        timeout: Math.min(this.#timeout, settings.timeout ?? Infinity),
        signal: settings.signal,
        clock: this.#clock,
      }),
      annotations: new Annotations(),
      lookback: settings.lookback ?? this.#lookback,
      subqueryStep: this.#subqueryStep,
      delayedNameRemoval: this.#delayedNameRemoval,
      start: grid.start,
      end: timeAt(grid, grid.count - 1),
      invariants: findInvariants(expr),
      buffer: new SampleBuffer(),
      evaluate: (inner, on) => evaluate(context, inner, on),
    };
    return context;
  }

  async #instant(context: EvalContext, expr: Expr, grid: Grid): Promise<ResultValue> {
    const range = asRangeVector(expr);
    if (range !== undefined) return { type: 'matrix', series: await samplesOfRange(context, range, grid) };
    const value = await context.evaluate(expr, grid);
    if (value.type === 'scalar') return { type: 'scalar', time: grid.start, value: value.values[0]! };
    if (value.type === 'string') return { type: 'string', time: grid.start, value: value.value };
    const samples = (await dropNames(context, value.series))
      .filter((series) => series.kinds[0] !== ABSENT)
      .map((series) => ({ labels: series.labels, time: grid.start, value: series.at(0)! }));
    return { type: 'vector', samples };
  }

  async #range(context: EvalContext, expr: Expr, grid: Grid): Promise<ResultSeries[]> {
    const value = await context.evaluate(expr, grid);
    const result: ResultSeries[] = [];
    for (const series of await dropNames(context, seriesOf(value, grid))) {
      const points: ResultPoint[] = [];
      for (let step = 0; step < grid.count; step++) {
        const sample = series.at(step);
        if (sample !== undefined) points.push({ time: timeAt(grid, step), value: sample });
      }
      if (points.length > 0) result.push({ labels: series.labels, points });
      if (context.work.due(grid.count)) await context.work.pause();
    }
    return sortPausing(context.work, result, (a, b) => a.labels.compare(b.labels));
  }

  #annotated(value: ResultValue, { annotations }: EvalContext, query: string): QueryResult {
    return {
      ...value,
      warnings: annotations.located('warning', query),
      infos: annotations.located('info', query),
    };
  }
}

function seriesOf(value: EvalValue, grid: Grid): readonly StepSeries[] {
  if (value.type === 'vector') return value.series;
  if (value.type === 'string') throw new QueryError('internal', 'a string has no steps');
  const series = new StepSeries(Labels.EMPTY, false, grid.count);
  for (let step = 0; step < grid.count; step++) series.setFloat(step, value.values[step]!);
  return [series];
}

async function samplesOfRange(context: EvalContext, expr: Expr, grid: Grid): Promise<ResultSeries[]> {
  const vector = await rangeVector(context, expr, grid);
  const { buffer, work } = context;
  const end = vector.windowEnd(grid.start);
  const result: ResultSeries[] = [];
  for (const series of vector.series) {
    buffer.clear();
    series.read(buffer);
    const points: ResultPoint[] = [];
    for (let i = 0; i < buffer.length; i++) {
      const time = buffer.times[i]!;
      if (time <= end - vector.range || time > end) continue;
      points.push({ time, value: buffer.histogramAt(i) ?? buffer.values[i]! });
    }
    const labels = series.dropName ? series.labels.dropMetadata() : series.labels;
    if (points.length > 0) result.push({ labels, points });
    work.hold(points.length);
    if (work.due(buffer.length)) await work.pause();
  }
  return sortPausing(work, result, (a, b) => a.labels.compare(b.labels));
}
