import { QueryError } from '../errors.js';
import { type Labels, METRIC_NAME } from '../labels.js';
import { type BinaryExpr, isComparison, type VectorMatching } from '../promql/ast.js';
import { FALSE, INCOMPATIBLE, type Sample, sampleOperation } from './binary-sample.js';
import { Collector } from './collector.js';
import type { EvalContext } from './context.js';
import { eachPausing, KEY_UNITS } from './pausing.js';
import { signatureOf } from './signature.js';
import { ABSENT, type Grid, type StepSeries } from './values.js';

/** A binary operator between two vectors: every sample meets the one with the same labels on the other side. */
export async function matchVectors(
  context: EvalContext,
  expr: BinaryExpr,
  left: readonly StepSeries[],
  right: readonly StepSeries[],
  grid: Grid,
): Promise<StepSeries[]> {
  const matching = expr.matching!;
  const swapped = matching.card === 'one-to-many';
  const many = swapped ? right : left;
  const one = swapped ? left : right;
  if (many.length === 0 || one.length === 0) return [];
  const signature = signatureOf(matching);
  const ones = await bySignature(context, one, signature);
  await refuseDuplicates(context, ones, many, one, matching, grid);
  const join = new Join(context, expr, grid);
  for (const series of many) {
    const key = signature(series.labels);
    for (const partner of ones.get(key) ?? []) join.pair(key, series, partner, swapped);
    if (context.work.due(grid.count + 2 * KEY_UNITS)) await context.work.pause();
  }
  return join.result;
}

class Join {
  readonly #expr: BinaryExpr;
  readonly #operate: ReturnType<typeof sampleOperation>;
  readonly #collector: Collector;
  readonly #context: EvalContext;
  readonly #steps: number;
  /** Where one to one was asked for: the steps at which a signature has had its match. */
  readonly #matched = new Map<string, Uint8Array>();
  /** Where many to one was: which signature filled a series of the result. */
  readonly #filledBy = new Map<StepSeries, string[]>();

  constructor(context: EvalContext, expr: BinaryExpr, grid: Grid) {
    this.#context = context;
    this.#expr = expr;
    this.#operate = sampleOperation(expr, context.annotations);
    this.#collector = new Collector(grid.count);
    this.#steps = grid.count;
  }

  get result(): StepSeries[] {
    return this.#collector.all.filter((series) => this.#filledBy.has(series));
  }

  pair(key: string, many: StepSeries, one: StepSeries, swapped: boolean): void {
    const { bool } = this.#expr;
    const labels = resultLabels(this.#expr, many.labels, one.labels);
    const dropName = bool || (isComparison(this.#expr.op) && many.dropName);
    const result = this.#collector.series(labels, dropName);
    this.#context.work.hold(this.#steps);
    for (let step = 0; step < this.#steps; step++) {
      if (many.kinds[step] === ABSENT || one.kinds[step] === ABSENT) continue;
      const outcome = swapped
        ? this.#operate(one.at(step)!, many.at(step)!)
        : this.#operate(many.at(step)!, one.at(step)!);
      if (outcome === INCOMPATIBLE || (outcome === FALSE && !bool)) continue;
      this.#claim(key, result, step);
      const sample: Sample = bool ? (outcome === FALSE ? 0 : 1) : (outcome as Sample);
      result.set(step, sample);
    }
  }

  /** Refuses a second match where there may be but one. */
  #claim(key: string, result: StepSeries, step: number): void {
    if (this.#expr.matching!.card === 'one-to-one') {
      let steps = this.#matched.get(key);
      if (steps === undefined) {
        steps = new Uint8Array(this.#steps);
        this.#matched.set(key, steps);
      }
      if (steps[step] === 1) {
        const reason = 'many-to-one matching must be explicit (group_left/group_right)';
        throw new QueryError('execution', `multiple matches for labels: ${reason}`);
      }
      steps[step] = 1;
    }
    if (result.kinds[step] !== ABSENT) {
      const same = this.#filledBy.get(result)?.[step] === key;
      throw new QueryError(
        'execution',
        same
          ? 'multiple matches for labels: grouping labels must ensure unique matches'
          : 'vector cannot contain metrics with the same labelset',
      );
    }
    let keys = this.#filledBy.get(result);
    if (keys === undefined) {
      keys = [];
      this.#filledBy.set(result, keys);
    }
    keys[step] = key;
  }
}

function resultLabels({ op, matching }: BinaryExpr, many: Labels, one: Labels): Labels {
  const { card, on, labels, include } = matching!;
  let result = isComparison(op) ? many : many.dropMetadata();
  if (card === 'one-to-one') result = on ? result.keep(labels) : result.without(labels);
  for (const name of include) result = result.with(name, one.get(name));
  return result;
}

async function bySignature(
  { work }: EvalContext,
  vector: readonly StepSeries[],
  signature: (labels: Labels) => string,
): Promise<Map<string, StepSeries[]>> {
  const map = new Map<string, StepSeries[]>();
  await eachPausing(work, vector, KEY_UNITS, (series) => {
    const key = signature(series.labels);
    const list = map.get(key);
    if (list === undefined) map.set(key, [series]);
    else list.push(series);
  });
  return map;
}

/** On the "one" side, labels must be unique at every step at which there is anything to match. */
async function refuseDuplicates(
  { work }: EvalContext,
  ones: Map<string, StepSeries[]>,
  many: readonly StepSeries[],
  one: readonly StepSeries[],
  matching: VectorMatching,
  grid: Grid,
): Promise<void> {
  for (const group of ones.values()) {
    if (work.due(1)) await work.pause();
    if (group.length < 2) continue;
    for (let step = 0; step < grid.count; step++) {
      const present = group.filter((series) => series.kinds[step] !== ABSENT);
      if (present.length < 2 || !anyAt(many, step) || !anyAt(one, step)) continue;
      const [first, second] = present as [StepSeries, StepSeries];
      const side = matching.card === 'one-to-many' ? 'left' : 'right';
      const shared = matching.on
        ? second.labels.keep(matching.labels)
        : second.labels.without([METRIC_NAME, ...matching.labels]);
      throw new QueryError(
        'execution',
        `found duplicate series for the match group ${shared} on the ${side} hand-side of the operation: ` +
          `[${second.labels}, ${first.labels}];many-to-many matching not allowed: ` +
          'matching labels must be unique on one side',
      );
    }
  }
}

function anyAt(vector: readonly StepSeries[], step: number): boolean {
  return vector.some((series) => series.kinds[step] !== ABSENT);
}
