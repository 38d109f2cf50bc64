import { LEVELS, type LevelValue } from '../level.js';

/** What a line of JSON says, as a store takes it. */
export interface ImportedLine {
  time: number;
  level: string;
  value: LevelValue;
  message: string;
  traceId: string | undefined;
  spanId: string | undefined;
  traceFlags: number;
  fields: Record<string, unknown>;
}

/** Lines of text that comes in pieces, wherever these are cut. */
export async function* linesOf(
  source: string | Iterable<string | Uint8Array> | AsyncIterable<string | Uint8Array>,
): AsyncGenerator<string, void> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const piece of typeof source === 'string' ? [source] : source) {
    const lines = (
      rest + (typeof piece === 'string' ? piece : decoder.decode(piece, { stream: true }))
    ).split('\n');
    rest = lines.pop()!;
    yield* lines;
  }
  yield rest;
}

/** Reads a line that telltale or pino wrote; `undefined` for one that is none. */
export function parseLine(line: string): ImportedLine | undefined {
  const record = parseObject(line);
  if (record === undefined) return undefined;
  const { time, level = 'info', msg = '', trace_id, span_id, trace_flags } = record;
  const moment = typeof time === 'number' ? time : Date.parse(String(time));
  if (Number.isNaN(moment) || (typeof level !== 'string' && typeof level !== 'number')) return undefined;
  const isTraced = isId(trace_id, 32) && isId(span_id, 16);
  return {
    time: moment,
    ...levelOf(level),
    message: typeof msg === 'string' ? msg : JSON.stringify(msg),
    traceId: isTraced ? trace_id : undefined,
    spanId: isTraced ? span_id : undefined,
    traceFlags: Number.parseInt(String(trace_flags), 16) || 0,
    fields: fieldsOf(record, isTraced ? [...OWN_KEYS, ...TRACE_KEYS] : OWN_KEYS),
  };
}

const OWN_KEYS = ['time', 'level', 'msg'];

/** Outside of a trace these are fields like any other. */
const TRACE_KEYS = ['trace_id', 'span_id', 'trace_flags'];

/** All but the line's own keys, by the names that they had before the line gave them an underscore more. */
function fieldsOf(record: Record<string, unknown>, own: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(record)
      .filter(([name]) => !own.includes(name))
      .map(([name, value]) => [isEscaped(name, own) ? name.slice(0, -1) : name, value]),
  );
}

function isEscaped(name: string, own: readonly string[]): boolean {
  const bare = name.replace(/_+$/, '');
  return name.endsWith('_') && (own.includes(bare) || bare === '...');
}

function parseObject(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return value !== null && typeof value === 'object' && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

function isId(id: unknown, length: number): id is string {
  return typeof id === 'string' && id.length === length && /^[0-9a-f]*[1-9a-f][0-9a-f]*$/.test(id);
}

/** A level by its name or by pino's number. */
function levelOf(level: string | number): { level: string; value: LevelValue } {
  const known = Object.entries(LEVELS).find(([name, value]) => name === level || value === level);
  if (known !== undefined) return { level: known[0], value: known[1] };
  if (typeof level === 'number') return { level: String(level), value: level };
  return { level, value: LEVELS.info };
}
