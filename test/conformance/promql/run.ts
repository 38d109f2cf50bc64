import { PromqlEngine } from '../../../src/query/engine/engine.js';
import { METRIC_NAME } from '../../../src/query/labels.js';
import type { NotedSeries } from '../../../src/query/notation/series.js';
import type { QueryResult, ResultValue } from '../../../src/query/result.js';
import { TimeSeriesStore } from '../../../src/query/store/store.js';
import { atCases } from './at-cases.js';
import { compareResult } from './compare.js';
import { convertToNhcb } from './nhcb.js';
import { type EvalCommand, type LoadCommand, parseScript, type TextExpectation } from './script.js';

export interface Failure {
  readonly line: number;
  readonly expr: string;
  readonly reason: string;
}

/** How one script went. */
export interface ScriptResult {
  passed: number;
  readonly failures: Failure[];
  readonly skipped: Failure[];
}

const MINUTE = 60_000;

/** Runs a test script in Prometheus's language against the embedded store and engine. */
export async function runScript(text: string): Promise<ScriptResult> {
  const result: ScriptResult = { passed: 0, failures: [], skipped: [] };
  const engine = new PromqlEngine({ experimental: true });
  let store = newStore();
  let troubles: Failure[] = [];
  for (const command of parseScript(text)) {
    if (command.type === 'clear') {
      store = newStore();
      troubles = [];
    } else if (command.type === 'load') {
      troubles.push(...load(store, command));
    } else if (command.type === 'broken') {
      const { line, text: expr, reason } = command;
      result.failures.push({ line, expr, reason });
    } else {
      const reason = (await check(engine, store, command)) ?? undefined;
      if (reason === undefined) result.passed++;
      else {
        const cause = troubles.length === 0 ? '' : ` (${troubles[0]!.reason})`;
        result.failures.push({ line: command.line, expr: command.expr, reason: reason + cause });
      }
    }
  }
  return result;
}

function newStore(): TimeSeriesStore {
  return new TimeSeriesStore({ retention: Infinity });
}

function load(store: TimeSeriesStore, { line, step, series, withNhcb }: LoadCommand): Failure[] {
  const troubles: Failure[] = [];
  // A series that a block names twice counts as it was named last.
  const last = new Map<string, NotedSeries>(series.map((one) => [one.labels.key, one]));
  const all = withNhcb ? [...last.values(), ...convertToNhcb([...last.values()])] : [...last.values()];
  for (const { labels, values } of all) {
    const before = refused(store);
    for (const [i, value] of values.entries()) {
      if (value === undefined) continue;
      if (value === 'stale') store.series(labels)?.appendStale(i * step);
      else store.append(labels, value, i * step);
    }
    if (refused(store) > before) {
      troubles.push({
        line,
        expr: labels.get(METRIC_NAME),
        reason: `line ${line}: samples of ${labels} were refused`,
      });
    }
  }
  return troubles;
}

function refused({ stats }: TimeSeriesStore): number {
  return stats.outOfOrder + stats.duplicate + stats.invalidTime;
}

/** What is wrong with an evaluation; `undefined` where all is as expected. */
async function check(
  engine: PromqlEngine,
  store: TimeSeriesStore,
  evaluation: EvalCommand,
): Promise<string | undefined> {
  try {
    if (evaluation.range) return await checkRange(engine, store, evaluation);
    const cases = [{ expr: evaluation.expr, time: evaluation.time }];
    if (!evaluation.fail && !evaluation.rangeVector) cases.push(...atCases(evaluation.expr, evaluation.time));
    for (const { expr, time } of cases) {
      const reason = await checkInstant(engine, store, evaluation, expr, time);
      if (reason !== undefined)
        return expr === evaluation.expr ? reason : `${reason} [as ${expr} at ${time}]`;
    }
    return undefined;
  } catch (error) {
    if (!evaluation.fail) return error instanceof Error ? error.message : String(error);
    return compareFailure(evaluation, error);
  }
}

async function checkRange(
  engine: PromqlEngine,
  store: TimeSeriesStore,
  evaluation: EvalCommand,
): Promise<string | undefined> {
  const { expr, start, end, step } = evaluation;
  const result = await engine.queryRange(store, expr, start, end, step);
  if (evaluation.fail) return 'expected an error, but there was none';
  return compareAnnotations(evaluation, result) ?? compareResult(evaluation, result);
}

async function checkInstant(
  engine: PromqlEngine,
  store: TimeSeriesStore,
  evaluation: EvalCommand,
  expr: string,
  time: number,
): Promise<string | undefined> {
  const result = await engine.query(store, expr, time);
  if (evaluation.fail) return 'expected an error, but there was none';
  const reason = compareAnnotations(evaluation, result) ?? compareResult(evaluation, result);
  if (reason !== undefined || evaluation.rangeVector || evaluation.text !== undefined) return reason;
  // The same as the middle of a range query; there, results come sorted by label.
  if (evaluation.ordered) return undefined;
  const range = await engine.queryRange(store, expr, time - MINUTE, time + MINUTE, MINUTE);
  const inRange = compareResult(evaluation, middle(range, result.type, time));
  return inRange === undefined ? undefined : `in range mode: ${inRange}`;
}

/** The points of a matrix at one moment, as an instant query would give them. */
function middle(matrix: QueryResult, type: ResultValue['type'], time: number): ResultValue {
  if (matrix.type !== 'matrix') throw new Error(`a range query gave a ${matrix.type}`);
  const samples = matrix.series.flatMap(({ labels, points }) =>
    points.filter((point) => point.time === time).map((point) => ({ labels, ...point })),
  );
  if (type !== 'scalar') return { type: 'vector', samples };
  return { type: 'scalar', time, value: samples[0]?.value as number };
}

function compareAnnotations(evaluation: EvalCommand, result: QueryResult): string | undefined {
  const warnings = result.warnings.map(withoutPlace);
  const infos = result.infos.map(withoutPlace);
  if (evaluation.anyWarning && warnings.length === 0) return 'expected a warning, but there was none';
  if (evaluation.anyInfo && infos.length === 0) return 'expected an info, but there was none';
  if (evaluation.noWarnings && warnings.length > 0) return `unexpected warning: ${warnings[0]}`;
  if (evaluation.noInfos && infos.length > 0) return `unexpected info: ${infos[0]}`;
  return (
    compareTexts('warning', evaluation.warnings, warnings) ?? compareTexts('info', evaluation.infos, infos)
  );
}

function compareTexts(
  kind: string,
  expected: readonly TextExpectation[],
  actual: readonly string[],
): string | undefined {
  if (expected.length === 0) return undefined;
  const unmet = expected.find((expectation) => !actual.some((text) => meets(expectation, text)));
  if (unmet !== undefined)
    return `expected ${kind} ${describe(unmet)}, found: ${actual.join(' | ') || 'none'}`;
  const surplus = actual.find((text) => !expected.some((expectation) => meets(expectation, text)));
  return surplus === undefined ? undefined : `unexpected ${kind}: ${surplus}`;
}

function compareFailure(evaluation: EvalCommand, error: unknown): string | undefined {
  const message = error instanceof Error ? error.message : String(error);
  const unmet = evaluation.failures.find((expectation) => !meets(expectation, message));
  return unmet === undefined ? undefined : `expected the error ${describe(unmet)}, but got: ${message}`;
}

function meets(expectation: TextExpectation, text: string): boolean {
  return 'message' in expectation ? expectation.message === text : expectation.pattern.matcher(text).find();
}

function describe(expectation: TextExpectation): string {
  return 'message' in expectation
    ? JSON.stringify(expectation.message)
    : `/${expectation.pattern.pattern()}/`;
}

/** Without line and column in the query, which scripts do not name. */
function withoutPlace(text: string): string {
  return text.replace(/ \(\d+:\d+\)$/, '');
}
