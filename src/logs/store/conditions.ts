import { invalidOption } from '../../common/errors.js';
import { checkBoolean, checkOptions } from '../../common/options.js';
import type { Condition } from './condition.js';
import { fieldsCondition } from './fields-condition.js';
import { idWord } from './id-words.js';
import type { LevelNames } from './level-names.js';
import type { LogQuery, LogSearch } from './log-query.js';
import { MAX_LEVELS } from './segment.js';
import { textCondition } from './text-condition.js';

const QUERY_OPTIONS = [
  'text',
  'caseSensitive',
  'level',
  'from',
  'to',
  'traceId',
  'spanId',
  'fields',
] as const;

/**
 * The conditions of a query, the one that is the quickest to look up first. Throws a `TelltaleError` for a query
 * that cannot be meant: `owner` is the method that was called, `more` its own options.
 */
export function conditionsOf(
  owner: string,
  query: LogQuery | undefined,
  names: LevelNames,
  more: readonly string[] = [],
): Condition[] {
  const { text, caseSensitive, level, from, to, traceId, spanId, fields } = checkOptions<LogSearch>(
    owner,
    query,
    [...QUERY_OPTIONS, ...(more as [])],
  );
  const conditions: Condition[] = [];
  const exact = checkBoolean(owner, 'caseSensitive', caseSensitive, false);
  if (traceId !== undefined) conditions.push(idCondition(owner, 'traceId', traceId, 'trace_id'));
  if (spanId !== undefined) conditions.push(idCondition(owner, 'spanId', spanId, 'span_id'));
  if (text !== undefined) conditions.push(textCondition(owner, text, exact));
  if (fields !== undefined) conditions.push(fieldsCondition(owner, fields));
  if (level !== undefined) conditions.push(levelCondition(owner, level, names));
  if (from !== undefined || to !== undefined) {
    conditions.push(
      timeCondition(momentOf(owner, 'from', from, -Infinity), momentOf(owner, 'to', to, Infinity)),
    );
  }
  return conditions;
}

function idCondition(owner: string, option: 'traceId' | 'spanId', id: string, key: string): Condition {
  if (typeof id !== 'string') throw invalidOption(owner, option, id, 'a string of hexadecimal digits');
  const lower = id.toLowerCase();
  const word = idWord(lower);
  const column = option === 'traceId' ? 'traces' : 'spans';
  // Quotation marks in a message or in a value are escaped, so this stands nowhere else at the top level; and deeper
  // only in a record whose own id ends in the same eight digits.
  const written = `,"${key}":"${lower}"`;
  return {
    next(segment, from, to) {
      const at = segment[column].indexOf(word, from);
      return at < 0 ? to : at;
    },
    test: (segment, i) => segment[column][i] === word && segment.json(i).includes(written),
  };
}

function levelCondition(owner: string, level: NonNullable<LogQuery['level']>, names: LevelNames): Condition {
  const wanted = new Uint8Array(MAX_LEVELS);
  if (typeof level === 'string') {
    const least = names.valueOf(level);
    if (least === undefined) throw invalidOption(owner, 'level', level, `a level: ${names.list()}`);
    for (const [id, { value }] of names.known().entries()) if (value >= least) wanted[id] = 1;
  } else if (Array.isArray(level)) {
    for (const name of level as readonly string[]) {
      if (names.valueOf(name) === undefined) {
        throw invalidOption(owner, 'level', name, `levels: ${names.list()}`);
      }
    }
    for (const [id, { name }] of names.known().entries()) if (level.includes(name)) wanted[id] = 1;
  } else throw invalidOption(owner, 'level', level, 'a level or an array of levels');
  return {
    inSegment: ({ levelsSeen }) => levelsSeen.some((id) => wanted[id] === 1),
    next({ levels }, from, to) {
      let i = from;
      while (i < to && wanted[levels[i]!] === 0) i++;
      return i;
    },
    test: ({ levels }, i) => wanted[levels[i]!] === 1,
    isExact: true,
  };
}

function timeCondition(from: number, to: number): Condition {
  return {
    inSegment: ({ minTime, maxTime }) => maxTime >= from && minTime < to,
    next({ times }, first, end) {
      let i = first;
      while (i < end && !(times[i]! >= from && times[i]! < to)) i++;
      return i;
    },
    test: ({ times }, i) => times[i]! >= from && times[i]! < to,
    isExact: true,
  };
}

function momentOf(
  owner: string,
  option: string,
  moment: number | Date | undefined,
  fallback: number,
): number {
  if (moment === undefined) return fallback;
  const time = moment instanceof Date ? moment.getTime() : moment;
  if (typeof time !== 'number' || Number.isNaN(time)) {
    throw invalidOption(owner, option, moment, 'milliseconds since the Unix epoch, or a date');
  }
  return time;
}
