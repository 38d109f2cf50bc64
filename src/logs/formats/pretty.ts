import { checkBoolean, checkOneOf, checkOptions } from '../../common/options.js';
import { type Paint, painter, plain, type Style } from '../../common/terminal-text.js';
import type { LogCall, LogFormat } from '../log-call.js';
import type { AnyValue } from '../readable-log-record.js';
import { stringify } from '../stringify.js';
import { callParts, type ErrorParts, errorParts } from './call-parts.js';

export interface PrettyOptions {
  /** ANSI colours. Default: where standard output is a terminal; `NO_COLOR` and `FORCE_COLOR` are heeded. */
  colors?: boolean;
  /** `local` (the default) and `utc` show the time of day, `iso` the date too, `none` nothing. */
  time?: 'local' | 'utc' | 'iso' | 'none';
  /** How ids of traces are shown. Default `short`, eight digits. */
  traceIds?: 'short' | 'full' | 'none';
}

/** Longer values, and those with line feeds, get lines of their own. */
const INLINE = 60;
const INDENT = '    ';

/**
 * Lines for people, with the error's stack and the larger fields laid out beneath:
 *
 * ```
 * 20:30:00.123 INFO  order placed  orderId=7 total=12.5  trace=4bf92f35
 * 20:30:00.131 ERROR payment failed  attempt=2
 *     TypeError: card declined
 *         at charge (/app/payments.js:12:9)
 *     caused by Error: timeout
 *         at …
 * ```
 *
 * What could steer the terminal (escape sequences in a message, for one) is shown and not sent.
 */
export function pretty(options?: PrettyOptions): LogFormat {
  const given = checkOptions('pretty', options, ['colors', 'time', 'traceIds']);
  const paint = painter(checkBoolean('pretty', 'colors', given.colors, wantsColors()));
  const time = checkOneOf('pretty', 'time', given.time, 'local', ['local', 'utc', 'iso', 'none']);
  const traceIds = checkOneOf('pretty', 'traceIds', given.traceIds, 'short', ['short', 'full', 'none']);
  return (call) => {
    const { time: iso, name, error, fields } = callParts(call);
    let head = '';
    if (time !== 'none') head += `${paint('dim', timeText(time, iso, call.now))} `;
    head += `${paint(levelStyle(call.value), call.level.toUpperCase().padEnd(5))} `;
    if (name !== '') head += `${paint('dim', `[${plain(name)}]`)} `;
    head += paint('bold', plain(call.message));
    const below: string[] = [];
    const inline: string[] = [];
    for (const key of Object.keys(fields)) {
      const value = fields[key];
      const inner = errorParts(value);
      if (inner !== undefined)
        below.push(`${INDENT}${paint('cyan', plain(key))}:`, ...errorLines(inner, INDENT, paint));
      else addField(key, value, inline, below, paint);
    }
    if (error !== undefined) below.push(...errorLines(error, '', paint));
    const trace = traceText(call, traceIds);
    if (trace !== '') inline.push(paint('dim', trace));
    return `${[[head, ...inline].join(' '), ...below].join('\n')}\n`;
  };
}

/**
 * The format for a stream: `pretty()` for people who look at a terminal, nothing (so JSON) for a pipe or a file.
 * `createTelemetry` chooses by it; a `Logger` of its own does so where it is told:
 *
 * ```ts
 * new Logger({ sinks: [stdoutSink({ format: terminalFormat() })] });
 * ```
 */
export function terminalFormat(
  stream: { readonly isTTY?: boolean } = process.stdout,
  options?: PrettyOptions,
): LogFormat | undefined {
  return stream.isTTY === true ? pretty(options) : undefined;
}

/** https://no-color.org and https://force-color.org */
function wantsColors(): boolean {
  const { NO_COLOR, FORCE_COLOR } = process.env;
  if (NO_COLOR) return false;
  if (FORCE_COLOR !== undefined) return FORCE_COLOR !== '0' && FORCE_COLOR !== 'false';
  return process.stdout.isTTY === true;
}

function timeText(form: 'local' | 'utc' | 'iso', iso: string, now: number): string {
  if (form === 'iso') return iso;
  if (form === 'utc') return iso.slice(-13, -1);
  const date = new Date(+new Date(now) || 0);
  const two = (n: number): string => String(n).padStart(2, '0');
  const milliseconds = String(date.getMilliseconds()).padStart(3, '0');
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${milliseconds}`;
}

function levelStyle(value: number): Style {
  if (value >= 50) return 'red';
  if (value >= 40) return 'yellow';
  return value >= 30 ? 'green' : 'dim';
}

function addField(key: string, value: AnyValue, inline: string[], below: string[], paint: Paint): void {
  const name = paint('cyan', plain(key));
  const text = typeof value === 'string' ? value : stringify(value);
  const isShort = text.length <= INLINE && !text.includes('\n');
  if (isShort && (typeof value !== 'object' || value === null || text.length <= 20)) {
    const bare = typeof value === 'string' && /^[^\s="]+$/.test(value);
    inline.push(`${name}=${plain(bare || typeof value !== 'string' ? text : stringify(text))}`);
    return;
  }
  below.push(`${INDENT}${name}:`);
  const shown = typeof value === 'string' ? value : JSON.stringify(JSON.parse(text), undefined, 2);
  for (const line of shown.split('\n')) below.push(`${INDENT}  ${plain(line)}`);
}

function errorLines(error: ErrorParts, indent: string, paint: Paint): string[] {
  const lines: string[] = [];
  const [title = '', ...frames] = error.stack.split('\n');
  lines.push(`${indent}${INDENT}${paint('red', plain(title || `${error.type}: ${error.message}`))}`);
  for (const frame of frames) lines.push(`${indent}${INDENT}${paint('dim', plain(frame))}`);
  for (const key of Object.keys(error.rest)) {
    const value = error.rest[key];
    const inner = errorParts(value);
    if (inner !== undefined) {
      const [first = '', ...others] = errorLines(inner, indent, paint);
      const title = first.slice(indent.length + INDENT.length);
      const role = key === 'cause' ? 'caused by' : plain(key);
      lines.push(`${indent}${INDENT}${paint('dim', role)} ${title}`, ...others);
    } else if (Array.isArray(value) && value.some((member) => errorParts(member) !== undefined)) {
      for (const [i, member] of value.entries()) {
        const part = errorParts(member);
        lines.push(`${indent}${INDENT}${paint('dim', `${plain(key)}[${i}]`)}`);
        lines.push(
          ...(part === undefined
            ? [`${indent}${INDENT}  ${plain(stringify(member))}`]
            : errorLines(part, `${indent}  `, paint)),
        );
      }
    } else {
      const below: string[] = [];
      const inline: string[] = [];
      addField(key, value, inline, below, paint);
      for (const line of inline) lines.push(`${indent}${INDENT}${line}`);
      for (const line of below) lines.push(`${indent}${line}`);
    }
  }
  return lines;
}

function traceText({ spanContext }: LogCall, form: 'short' | 'full' | 'none'): string {
  if (spanContext === undefined || form === 'none') return '';
  return `trace=${form === 'short' ? spanContext.traceId.slice(0, 8) : spanContext.traceId}`;
}
