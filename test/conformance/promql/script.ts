import { RE2JS } from 're2js';
import { parseDuration } from '../../../src/query/duration.js';
import type { Labels } from '../../../src/query/labels.js';
import { type NotedSeries, type NotedValue, parseSeries } from '../../../src/query/notation/series.js';
import { parseNumber } from '../../../src/query/numbers.js';
import { unquote } from '../../../src/query/promql/unquote.js';

/** A command of a test script in Prometheus's language. */
export type Command = LoadCommand | EvalCommand | { readonly type: 'clear' } | BrokenCommand;

export interface LoadCommand {
  readonly type: 'load';
  readonly line: number;
  readonly step: number;
  readonly withNhcb: boolean;
  readonly series: readonly NotedSeries[];
}

/** A line that is no command, or whose parts cannot be read. */
export interface BrokenCommand {
  readonly type: 'broken';
  readonly line: number;
  readonly text: string;
  readonly reason: string;
  /** Whether it would have been an evaluation. */
  readonly evaluation: boolean;
}

export interface ExpectedSeries {
  readonly labels: Labels;
  readonly values: readonly NotedValue[];
}

/** What a text must be: this, or a match of that. */
export type TextExpectation = { readonly message: string } | { readonly pattern: RE2JS };

export interface EvalCommand {
  readonly type: 'eval';
  readonly line: number;
  readonly expr: string;
  readonly range: boolean;
  /** Milliseconds; for an instant query start and end are the same. */
  start: number;
  end: number;
  step: number;
  /** The moment of an instant query. */
  readonly time: number;
  ordered: boolean;
  fail: boolean;
  /** The older forms `eval_warn` and `eval_info` ask for any annotation of their kind. */
  readonly anyWarning: boolean;
  readonly anyInfo: boolean;
  readonly failures: TextExpectation[];
  readonly warnings: TextExpectation[];
  readonly infos: TextExpectation[];
  noWarnings: boolean;
  noInfos: boolean;
  scalar: number | undefined;
  text: string | undefined;
  /** Set by `expect range vector`: the result is the range vector itself. */
  rangeVector: boolean;
  readonly series: ExpectedSeries[];
}

const LOAD = /^load(?:_(with_nhcb))?\s+(.+?)$/;
const INSTANT = /^eval(?:_(fail|warn|ordered|info))?\s+instant\s+at\s+(\S+)\s+(.+)$/;
const RANGE = /^eval(?:_(fail|warn|info))?\s+range\s+from\s+(.+)\s+to\s+(.+)\s+step\s+(.+?)\s+(.+)$/;
const RANGE_VECTOR = /^expect range vector\s+from\s+(.+)\s+to\s+(.+)\s+step\s+(.+)$/;
const EXPECT = /^expect\s+(ordered|fail|warn|no_warn|info|no_info)(?:\s+(msg|regex):(.+))?$/;

/** Reads a script. A command that cannot be read becomes a `broken` one; the others stand. */
export function parseScript(text: string): Command[] {
  const lines = text.split('\n').map((line) => {
    const trimmed = line.trim();
    return trimmed.startsWith('#') ? '' : trimmed;
  });
  const commands: Command[] = [];
  for (let i = 0; i < lines.length; i++) {
    if (lines[i] === '') continue;
    const line = i + 1;
    const command = lines[i]!.replace(/^\S+/, (word) => word.toLowerCase());
    const block: string[] = [];
    const takesBlock = command.startsWith('load') || command.startsWith('eval');
    while (takesBlock && i + 1 < lines.length && lines[i + 1] !== '') block.push(lines[++i]!);
    try {
      commands.push(parseCommand(command, block, line));
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      commands.push({ type: 'broken', line, text: command, reason, evaluation: command.startsWith('eval') });
    }
  }
  return commands;
}

function parseCommand(command: string, block: readonly string[], line: number): Command {
  if (/^clear\b/.test(command)) return { type: 'clear' };
  if (command.startsWith('load')) {
    const match = LOAD.exec(command);
    if (match === null) throw new Error('invalid load command');
    const step = duration(match[2]!);
    return { type: 'load', line, step, withNhcb: match[1] !== undefined, series: block.map(parseSeries) };
  }
  if (command.startsWith('eval')) return parseEval(command, block, line);
  throw new Error(`invalid command ${JSON.stringify(command)}`);
}

function parseEval(command: string, block: readonly string[], line: number): EvalCommand {
  const instant = INSTANT.exec(command);
  const range = RANGE.exec(command);
  if (instant === null && range === null) throw new Error('invalid evaluation command');
  const modifier = (instant ?? range)![1];
  const start = duration((instant ?? range)![2]!);
  const evaluation: EvalCommand = {
    type: 'eval',
    line,
    expr: instant === null ? range![5]! : instant[3]!,
    range: instant === null,
    start,
    end: instant === null ? duration(range![3]!) : start,
    step: instant === null ? duration(range![4]!) : 1,
    time: start,
    ordered: modifier === 'ordered',
    fail: modifier === 'fail',
    anyWarning: modifier === 'warn',
    anyInfo: modifier === 'info',
    failures: [],
    warnings: [],
    infos: [],
    noWarnings: false,
    noInfos: false,
    scalar: undefined,
    text: undefined,
    rangeVector: false,
    series: [],
  };
  if (evaluation.end < evaluation.start) throw new Error('the end is before the start');
  for (const expectation of block) readExpectation(evaluation, expectation);
  return evaluation;
}

function readExpectation(evaluation: EvalCommand, line: string): void {
  if (line.startsWith('expected_fail_message')) {
    evaluation.failures.push({ message: line.slice('expected_fail_message'.length).trim() });
  } else if (line.startsWith('expected_fail_regexp')) {
    evaluation.failures.push({ pattern: RE2JS.compile(line.slice('expected_fail_regexp'.length).trim()) });
  } else if (line.startsWith('expect range vector')) readRangeVector(evaluation, line);
  else if (line.startsWith('expect string ')) readText(evaluation, line.slice('expect string '.length));
  else if (/^expect\s/.test(line)) readExpect(evaluation, line);
  else {
    const number = parseNumber(line);
    if (number !== undefined) evaluation.scalar = number;
    else readSeries(evaluation, line);
  }
}

function readSeries(evaluation: EvalCommand, line: string): void {
  const series = parseSeries(line);
  if (series.values.length > 1 && !evaluation.range && !evaluation.rangeVector) {
    throw new Error('expecting multiple values in instant evaluation not allowed');
  }
  evaluation.series.push(series);
}

function readRangeVector(evaluation: EvalCommand, line: string): void {
  const match = RANGE_VECTOR.exec(line);
  if (match === null) throw new Error(`invalid range vector definition ${JSON.stringify(line)}`);
  evaluation.start = duration(match[1]!);
  evaluation.end = duration(match[2]!);
  evaluation.step = duration(match[3]!);
  evaluation.rangeVector = true;
}

function readText(evaluation: EvalCommand, literal: string): void {
  const read = unquote(literal.trim());
  if ('reason' in read) throw new Error(`expected string literal not valid: ${read.reason}`);
  evaluation.text = read.text;
}

function readExpect(evaluation: EvalCommand, line: string): void {
  const match = EXPECT.exec(line);
  if (match === null) throw new Error(`invalid expect statement ${JSON.stringify(line)}`);
  const [, kind, form, given] = match;
  const expectation: TextExpectation =
    form === 'msg'
      ? { message: given!.trim() }
      : { pattern: RE2JS.compile(form === 'regex' ? given!.trim() : '') };
  if (kind === 'ordered') evaluation.ordered = true;
  else if (kind === 'no_warn') evaluation.noWarnings = true;
  else if (kind === 'no_info') evaluation.noInfos = true;
  else if (kind === 'warn') evaluation.warnings.push(expectation);
  else if (kind === 'info') evaluation.infos.push(expectation);
  else {
    evaluation.fail = true;
    evaluation.failures.push(expectation);
  }
}

function duration(text: string): number {
  const ms = parseDuration(text.trim());
  if (ms === undefined) throw new Error(`invalid duration ${JSON.stringify(text)}`);
  return ms;
}
