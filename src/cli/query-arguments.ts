import { parseArgs } from 'node:util';
import { UsageError } from './command.js';
import { parseLength, parseMoment, stepFor } from './moments.js';
import type { Place } from './open-source.js';
import { parseHeader, parseUrl, wrongArguments } from './place.js';

/** What `telltale query` was asked for. */
export interface QueryArguments {
  readonly expression: string;
  readonly place: Place;
  /** The moment of an instant query; `undefined` for the source's own now. */
  readonly time: number | undefined;
  /** The range of a range query, with an end and a step of its own or none. */
  readonly range: { readonly start: number; readonly end: number; readonly step: number } | undefined;
  readonly timeout: number;
  readonly json: boolean;
}

const HOUR = 3_600_000;
/** Points of a range for which no step is given: two for each column of an ordinary chart. */
const POINTS = 120;

/** Reads the arguments of `telltale query`. Throws a `UsageError` that names the one that is wrong. */
export function queryArguments(args: readonly string[], now: number): QueryArguments {
  const { values, positionals } = parse(args);
  const [expression, extra] = positionals;
  if (expression === undefined || expression.trim() === '') {
    throw new UsageError(
      "there is no expression; for example: telltale query 'up' --url http://localhost:9090",
    );
  }
  if (extra !== undefined) {
    const reason = `one expression is enough, and ${JSON.stringify(extra)} comes after it`;
    throw new UsageError(`${reason}; an expression with spaces needs quotes around it`);
  }
  const { start, end, step, time } = values;
  const isRange = start !== undefined || end !== undefined || step !== undefined;
  if (isRange && time !== undefined) {
    throw new UsageError(
      '--time asks for one moment, --start, --end and --step for a range; give one or the other',
    );
  }
  return {
    expression,
    place: placeOf(values),
    time: time === undefined ? undefined : parseMoment('time', time, now),
    range: isRange ? rangeOf(values, now) : undefined,
    timeout: values.timeout === undefined ? 30_000 : parseLength('timeout', values.timeout),
    json: values.json === true,
  };
}

type Values = ReturnType<typeof parse>['values'];

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: plainDashes(args),
      allowPositionals: true,
      options: {
        url: { type: 'string' },
        file: { type: 'string' },
        header: { type: 'string', multiple: true },
        time: { type: 'string' },
        start: { type: 'string' },
        end: { type: 'string' },
        step: { type: 'string' },
        timeout: { type: 'string' },
        json: { type: 'boolean' },
      },
    });
  } catch (error) {
    throw wrongArguments(error);
  }
}

/**
 * `--start -1h` and `-sum(x)` are meant as they look; `parseArgs` would take both for options of one letter, of
 * which there is none.
 */
function plainDashes(args: readonly string[]): string[] {
  const options: string[] = [];
  const expressions: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const [arg, next] = [args[i]!, args[i + 1]];
    const takesMoment = arg === '--start' || arg === '--end' || arg === '--time';
    if (arg === '--') {
      expressions.push(...args.slice(i + 1));
      break;
    }
    if (takesMoment && next !== undefined && /^-\d/.test(next)) {
      options.push(`${arg}=${next}`);
      i++;
    } else if (/^-[^-]/.test(arg) && args[i - 1] !== '--file') expressions.push(arg);
    else options.push(arg);
  }
  return expressions.length === 0 ? options : [...options, '--', ...expressions];
}

function placeOf({ url, file, header = [] }: Values): Place {
  if ((url === undefined) === (file === undefined)) {
    const reason = url === undefined ? 'there is nothing to ask' : '--url and --file are two places';
    throw new UsageError(`${reason}; give --url http://host:9090 or --file metrics.txt`);
  }
  if (file !== undefined) {
    if (header.length > 0) throw new UsageError('--header goes with --url');
    return { file };
  }
  return { url: parseUrl('url', url!), headers: Object.fromEntries(header.map(parseHeader)) };
}

function rangeOf(values: Values, now: number): { start: number; end: number; step: number } {
  const end = values.end === undefined ? now : parseMoment('end', values.end, now);
  const start = values.start === undefined ? end - HOUR : parseMoment('start', values.start, now);
  if (start > end) throw new UsageError('--start is after --end');
  const step = values.step === undefined ? stepFor(end - start, POINTS) : parseLength('step', values.step);
  return { start, end, step };
}
