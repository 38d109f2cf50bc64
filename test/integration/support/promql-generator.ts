import fc from 'fast-check';
import { formatFixed } from '../../../src/query/numbers.js';

/** A series and its samples, in the order of time (milliseconds). */
export interface TestSeries {
  readonly labels: Readonly<Record<string, string>>;
  readonly samples: readonly (readonly [time: number, value: number])[];
}

/*
 * Series and expressions on which Prometheus 2.42 and 3.5 mean the same. What the versions do differently, and how
 * it is kept out:
 *
 * - 2.42 counts a sample on the left edge of a window, 3.x does not. Queries are evaluated at multiples of ten
 *   seconds with windows of whole seconds, and no sample lies on a whole second. The points of a subquery lie on
 *   multiples of its step, so windows of subqueries end in three seconds and their steps are multiples of ten.
 * - 2.42 lacks histogram_avg, histogram_stddev, histogram_stdvar, info, mad_over_time, sort_by_label, limitk and
 *   the ts_of_ functions; its holt_winters is now double_exponential_smoothing (see `forOldPrometheus`).
 * - The embedded engine drops metric names at the end (Prometheus's `promql-delayed-name-removal`), 2.42 at once.
 *   What `by (__name__)` finds is not worked on, and `or` joins only what has no names: series that differ in a
 *   dropped name alone take turns in 2.42 and clash here.
 * - 2.42 keeps the metric name behind `atan2`: it stands between scalars only.
 * - 2.42's rate lets a counter that would have been zero at the window's start reach further back when the first
 *   sample is far from it. rate and increase are asked of counters that start high.
 * - 2.42 lets the window of predict_linear(x[1h] @ end(), 60) drift with the steps of a range query, against its own
 *   instant queries: predict_linear is asked without `@`.
 * - 2.42 sorts the labels of count_values in place and loses one at the second step of a range query: the new label
 *   is the last in the alphabet.
 * - stddev and stdvar are computed another way since. A single Inf or NaN has 0 in 2.42, squares that overflow have
 *   NaN, and the last bits differ: they are asked of metrics of moderate numbers, and nothing works on the result.
 * - Sums, means and slopes are rounded in another order: deriv is asked where values are of one size. Functions that leap, or whose argument is reduced, are asked of
 *   samples and not of results.
 * - The year of Inf, or of a number beyond all dates, is whatever the processor makes of it in Go, and NaN here:
 *   parts of dates are asked of such metrics too.
 * - Among equals, topk and bottomk take whichever comes first: they are asked of gauges without equals only.
 */

/** Ten-second multiples; the series span two blocks of a Prometheus. */
export const START = 1_700_000_000_000 - (1_700_000_000_000 % 7_200_000) + 3_600_000;
export const END = START + 2 * 3_600_000;

/** The same expression in the words of Prometheus 2.42. */
export function forOldPrometheus(expression: string): string {
  return expression.replaceAll('double_exponential_smoothing', 'holt_winters');
}

/** Counters with resets and gaps, gauges with every kind of number, buckets, and a series of descriptions. */
export function testSeries(): TestSeries[] {
  const series: TestSeries[] = [];
  const noise = noiseFrom(42);
  const add = (labels: Record<string, string>, every: number, value: (k: number) => number | undefined) => {
    const offset = 125 * (1 + (series.length % 7));
    const samples: [number, number][] = [];
    for (let time = START + offset, k = 0; time < END; time += every, k++) {
      const next = value(k);
      if (next !== undefined) samples.push([time, next]);
    }
    series.push({ labels, samples });
  };
  for (const job of ['api', 'web']) {
    for (const instance of ['a:80', 'b:80', 'c:80']) {
      for (const code of ['200', '404', '500']) {
        let total = 50_000;
        const id = series.length;
        add({ __name__: 'requests_total', job, instance, code }, 15_000, (k) => {
          total += Math.floor(noise() * 40);
          if (k % 131 === 17 * (id % 7) + 5) total = 2000;
          // One in three was away for a while: some for longer than the look-back, some for less.
          return id % 3 === 0 && k % 150 > 100 && k % 150 < 110 + 3 * id ? undefined : total;
        });
      }
      add(
        { __name__: 'build_info', job, instance, version: instance < 'b' ? '1.2' : '1.3' },
        60_000,
        () => 1,
      );
      add(
        { __name__: 'temperature', job, instance, zone: instance > 'b' ? 'north' : 'south' },
        15_000,
        (k) =>
          // Quarters add up exactly, in whatever order.
          Math.round(4 * (30 * Math.sin((k + 11 * series.length) / 40) + 8 * noise())) / 4 +
          series.length / 64,
      );
      let [inf, one, tenth] = [3000, 2000, 1000];
      const grow = () => {
        const seen = Math.floor(noise() * 30);
        inf += seen;
        one += Math.floor(seen * 0.8);
        tenth += Math.floor(seen * 0.3);
      };
      for (const [le, value] of Object.entries({ '0.1': () => tenth, '1': () => one, '+Inf': () => inf })) {
        // Each bucket is asked in its own turn: the three are told apart by the moment, not by the order.
        add({ __name__: 'latency_bucket', job, instance, le }, 20_000, () => {
          grow();
          return value();
        });
      }
    }
    add({ __name__: 'odd', job, kind: 'nan' }, 15_000, (k) => (k % 5 === 0 ? Number.NaN : k));
    add({ __name__: 'odd', job, kind: 'inf' }, 15_000, (k) => [1, Infinity, -2.5, -Infinity][k % 4]!);
    add({ __name__: 'odd', job, kind: 'tiny' }, 15_000, (k) => 2 ** (-20 - (k % 30)));
    add({ __name__: 'odd', job, kind: 'huge' }, 30_000, (k) => 1e100 * (k % 3) - 1e90);
    add({ __name__: 'odd', job, kind: 'constant' }, 15_000, () => 7);
    add({ __name__: 'sparse', job }, 7 * 60_000, (k) => k * k);
    add({ __name__: 'early', job }, 15_000, (k) => (k < 90 ? -k : undefined));
  }
  return series;
}

const pick = (...texts: string[]): fc.Arbitrary<string> => fc.constantFrom(...texts);

/** Puts the parts of a template together: `join\`rate(${range})\``. */
function join(texts: TemplateStringsArray, ...parts: fc.Arbitrary<string>[]): fc.Arbitrary<string> {
  return fc.tuple(...parts).map((found) => String.raw({ raw: texts }, ...found));
}

const LABELS = ['job', 'instance', 'code', 'zone', 'kind', 'le', 'version', 'nothing'];
const labelList = fc.subarray(LABELS, { maxLength: 3 }).map((labels) => labels.join(', '));
const grouping = fc.oneof(pick(''), join` by (${labelList})`, join` without (${labelList})`);
const number = pick(
  '0',
  '1',
  '-1',
  '2',
  '0.5',
  '3',
  '10',
  '100',
  '-7.25',
  '1e3',
  '0x1f',
  'Inf',
  'NaN',
  '-Inf',
);
const unit = pick('0', '0.1', '0.5', '0.9', '0.99', '1', '-1', '2', 'NaN');
const factor = pick('0.1', '0.5', '0.9');
const duration = pick('1m', '90s', '5m', '10m', '33s', '1h', '2m');
const subRange = pick('5m3s', '10m3s', '63s', '30m3s');
const subStep = pick('', '10s', '30s', '1m', '90s', '2m');
const matcher = pick(
  'job="api"',
  'job!="api"',
  'job=~"a.*|w.b"',
  'instance=~"[ab]:80"',
  'instance!~"a.+"',
  'code=~"4..|5.."',
  'code!="200"',
  'code=""',
  'zone="north"',
  'kind!~"nan|inf"',
  'nothing=""',
  'nothing!=""',
);
const braces = fc
  .uniqueArray(matcher, { maxLength: 2 })
  .map((list) => (list.length === 0 ? '' : `{${list.join(',')}}`));
const at = fc.integer({ min: 0, max: (END - START) / 10_000 }).map((tens) => `@ ${START / 1000 + 10 * tens}`);
const shift = fc.oneof(
  { weight: 6, arbitrary: pick('') },
  { weight: 2, arbitrary: pick(' offset 5m', ' offset 50s', ' offset -2m', ' offset 1h') },
  { weight: 1, arbitrary: at.map((text) => ` ${text}`) },
  { weight: 1, arbitrary: pick(' @ start()', ' @ end()', ' @ end() offset 1m') },
);
const metric = pick(
  'requests_total',
  'temperature',
  'odd',
  'build_info',
  'latency_bucket',
  'sparse',
  'early',
);
const selector = join`${metric}${braces}${shift}`;
const rangeOfSelector = join`${metric}${braces}[${duration}]${shift}`;
const subqueryOfSelector = join`${metric}${braces}[${subRange}:${subStep}]${shift}`;

const arithmetic = pick('+', '-', '*', '/', '^');
const comparison = pick('==', '!=', '<', '<=', '>', '>=');
const counting = pick('irate', 'delta', 'idelta', 'resets', 'changes');
const overTime = pick('avg', 'min', 'max', 'sum', 'count', 'last', 'present').map(
  (name) => `${name}_over_time`,
);
const math = pick(
  ...['abs', 'exp', 'ln', 'log2', 'log10', 'sqrt', 'sgn', 'deg', 'rad', 'absent', 'sort', 'sort_desc'],
  ...['asin', 'acos', 'atan', 'sinh', 'cosh', 'tanh', 'asinh', 'acosh', 'atanh', 'timestamp'],
);
/** Where the last bit of the argument may decide over the first of the result. */
const unsteady = pick('sin', 'cos', 'tan', 'ceil', 'floor', 'round');
const dates = pick(
  ...['day_of_month', 'day_of_week', 'day_of_year', 'days_in_month', 'hour', 'minute', 'month', 'year'],
);
const aggregation = pick('sum', 'avg', 'min', 'max', 'count', 'group');
const finite = join`${pick('requests_total', 'temperature', 'sparse', 'latency_bucket')}${braces}${shift}`;

function vector(depth: number): fc.Arbitrary<string> {
  const leaves = fc.oneof(
    { weight: 3, arbitrary: selector },
    { weight: 4, arbitrary: join`${counting}(${fc.oneof(rangeOfSelector, subqueryOfSelector)})` },
    { weight: 3, arbitrary: join`${overTime}(${rangeOfSelector})` },
    { weight: 1, arbitrary: join`quantile_over_time(${unit}, ${rangeOfSelector})` },
    {
      weight: 1,
      arbitrary: join`predict_linear(${metric}${braces}[${duration}]${pick('', ' offset 5m')}, ${pick('60', '-300', '3600')})`,
    },
    { weight: 1, arbitrary: join`absent_over_time(${rangeOfSelector})` },
    {
      weight: 1,
      arbitrary: join`double_exponential_smoothing(temperature${braces}[${duration}], ${factor}, ${factor})`,
    },
    {
      weight: 2,
      arbitrary: join`histogram_quantile(${unit}, sum by (le${pick('', ', job', ', instance')}) (rate(latency_bucket${braces}[${duration}])))`,
    },
    { weight: 1, arbitrary: join`${pick('topk', 'bottomk')}(${pick('1', '2', '3')}, temperature${braces})` },
    {
      weight: 2,
      arbitrary: join`${pick('rate', 'increase')}(${pick('requests_total', 'latency_bucket')}${braces}${fc.oneof(join`[${duration}]`, join`[${subRange}:${subStep}]`)}${shift})`,
    },
    {
      weight: 1,
      arbitrary: join`deriv(${pick('requests_total', 'temperature')}${braces}[${duration}]${shift})`,
    },
    { weight: 1, arbitrary: join`${unsteady}(${finite})` },
    { weight: 1, arbitrary: join`${finite} % ${pick('7', '0.5', '-3')}` },
    { weight: 1, arbitrary: join`round(${finite}, ${pick('0.25', '5', '8')})` },
    { weight: 1, arbitrary: join`${dates}(${fc.oneof(finite, join`timestamp(${finite})`)})` },
    {
      weight: 1,
      arbitrary: join`count_values${grouping}("zzz", ${pick('build_info', 'odd{kind="constant"}')})`,
    },
  );
  if (depth === 0) return leaves;
  const below = vector(depth - 1);
  const number = scalar(depth - 1);
  const grouped = join`${aggregation} by (job) (${below})`;
  return fc.oneof(
    { weight: 2, arbitrary: leaves },
    { weight: 3, arbitrary: join`${aggregation}${grouping} (${below})` },
    { weight: 1, arbitrary: join`quantile${grouping} (${unit}, ${below})` },
    { weight: 3, arbitrary: join`${math}(${below})` },
    { weight: 1, arbitrary: join`clamp(${below}, ${number}, ${number})` },
    { weight: 1, arbitrary: join`${pick('clamp_min', 'clamp_max')}(${below}, ${number})` },
    { weight: 2, arbitrary: join`(${below}) ${arithmetic} ${number}` },
    { weight: 1, arbitrary: join`${number} ${arithmetic} (${below})` },
    { weight: 2, arbitrary: join`(${below}) ${comparison}${pick('', ' bool')} ${number}` },
    { weight: 2, arbitrary: join`(${grouped}) ${fc.oneof(arithmetic, comparison)} ${grouped}` },
    { weight: 2, arbitrary: join`${below} ${fc.oneof(arithmetic, comparison)} ${below}` },
    { weight: 2, arbitrary: join`(${below}) ${pick('and', 'unless')} (${below})` },
    { weight: 1, arbitrary: join`(${grouped}) or (${grouped})` },
    {
      weight: 1,
      arbitrary: join`(${below}) ${pick('and', 'unless')} ${pick('on', 'ignoring')} (${labelList}) (${below})`,
    },
    {
      weight: 1,
      arbitrary: join`${below} ${fc.oneof(arithmetic, comparison)} ${pick('on', 'ignoring')} (${labelList}) ${below}`,
    },
    {
      weight: 2,
      arbitrary: join`(${below}) ${arithmetic} on (job, instance) group_left ${pick('', '(version)', '(version, zone)')} build_info`,
    },
    {
      weight: 1,
      arbitrary: join`(${grouped}) ${fc.oneof(arithmetic, comparison)} on (job) group_right ${below}`,
    },
    { weight: 1, arbitrary: join`-(${below})` },
    { weight: 1, arbitrary: join`${overTime}((${below})[${subRange}:${subStep}]${shift})` },
    { weight: 1, arbitrary: join`quantile_over_time(${unit}, (${below})[${subRange}:${subStep}])` },
    {
      weight: 1,
      arbitrary: join`label_replace(${below}, "${pick('job', 'new', 'zone')}", "${pick('x', '$1', '$2-$1', '')}", "${pick('job', 'instance', 'nothing')}", "${pick('(.*)', '(a)(.*)', '([a-c]):(.*)', '')}")`,
    },
    { weight: 1, arbitrary: join`label_join(${below}, "new", "${pick('', '-', '/')}", "job", "instance")` },
    { weight: 1, arbitrary: join`vector(${number})` },
  );
}

function scalar(depth: number): fc.Arbitrary<string> {
  const leaves = fc.oneof({ weight: 5, arbitrary: number }, { weight: 1, arbitrary: pick('time()', 'pi()') });
  if (depth === 0) return leaves;
  const below = scalar(depth - 1);
  return fc.oneof(
    { weight: 5, arbitrary: leaves },
    { weight: 1, arbitrary: join`(${below} ${fc.oneof(arithmetic, pick('atan2'))} ${below})` },
    { weight: 1, arbitrary: join`(${below} ${comparison} bool ${below})` },
    { weight: 2, arbitrary: join`scalar(${vector(depth - 1)})` },
    { weight: 1, arbitrary: join`scalar(sum(${vector(depth - 1)}))` },
  );
}

/** Any expression of the language, of a type that an instant and a range query may have. */
export const expressions: fc.Arbitrary<string> = fc.oneof(
  { weight: 1, arbitrary: vector(0) },
  { weight: 3, arbitrary: vector(1) },
  { weight: 5, arbitrary: vector(2) },
  { weight: 1, arbitrary: scalar(2) },
  { weight: 1, arbitrary: join`${pick('stddev', 'stdvar')}${grouping} (${finite})` },
  {
    weight: 1,
    arbitrary: join`${pick('stddev', 'stdvar')}_over_time(${pick('temperature', 'requests_total')}${braces}[${duration}]${shift})`,
  },
  { weight: 1, arbitrary: join`count${pick(' by (__name__)', ' by (__name__, job)')} ({job="api"})` },
);

/** The series as OpenMetrics text without its end, for `promtool tsdb create-blocks-from openmetrics`. */
export function openMetrics(series: readonly TestSeries[]): string {
  const byName = new Map<string, string[]>();
  for (const { labels, samples } of series) {
    const { __name__: name, ...rest } = labels;
    const lines = byName.get(name!) ?? [`# TYPE ${name} unknown\n`];
    byName.set(name!, lines);
    const inner = Object.entries(rest).map(([key, value]) => `${key}=${JSON.stringify(value)}`);
    for (const [time, value] of samples) {
      // promtool reads seconds as a float and cuts: other fractions may be off by a millisecond.
      if (time % 125 !== 0) throw new Error(`${time} is no multiple of 125 ms`);
      lines.push(`${name}{${inner.join()}} ${formatFixed(value)} ${time / 1000}\n`);
    }
  }
  return [...byName.values()].flat().join('');
}

/** Even numbers from zero to one, the same every time. */
function noiseFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
