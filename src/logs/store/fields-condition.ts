import { invalidOption } from '../../common/errors.js';
import type { AnyValue } from '../readable-log-record.js';
import type { Condition } from './condition.js';
import { parseRecord } from './log-entry.js';
import type { Segment } from './segment.js';

type Wanted = string | number | boolean | null;

/** Longer values may have been cut when they were written. */
const MAX_NEEDLE = 1000;

/** Fields that have given values; a name with dots leads into objects, unless a field is called so. */
export function fieldsCondition(owner: string, asked: Readonly<Record<string, Wanted>>): Condition {
  if (asked === null || typeof asked !== 'object' || Array.isArray(asked)) {
    throw invalidOption(owner, 'fields', asked, 'an object of names and values');
  }
  const wanted = Object.entries(asked);
  for (const [name, value] of wanted) {
    if (value !== null && !['string', 'number', 'boolean'].includes(typeof value)) {
      throw invalidOption(owner, `fields.${name}`, value, 'a string, a number, true, false or null');
    }
  }
  const needle = wanted.map(needleOf).find((one) => one !== undefined);
  return {
    ...(needle === undefined
      ? {}
      : { next: (segment: Segment, from: number) => segment.findBytes(needle, from) }),
    test(segment, i) {
      const { fields } = parseRecord(segment.json(i), segment.traces[i] !== 0);
      return wanted.every(([name, value]) => read(fields, name) === value);
    },
  };
}

/**
 * Bytes that a record with this field has: the end of the name and the value. (The name's beginning is left out:
 * `a.b` may be a field `a.b`, or the member `b` of `a`.)
 */
function needleOf([name, value]: [string, Wanted]): Buffer | undefined {
  const text = JSON.stringify(value);
  // Names that lines write with an underscore more, numbers that JSON writes differently, values that were cut.
  const isUsual = !/(time|level|msg|\.{3}|trace_id|span_id|trace_flags)_*$/.test(name);
  if (!isUsual || text.length > MAX_NEEDLE || (typeof value === 'number' && !Number.isSafeInteger(value))) {
    return undefined;
  }
  const last = JSON.stringify(name.slice(name.lastIndexOf('.') + 1)).slice(1);
  return Buffer.from(`${last}:${text}`);
}

function read(fields: AnyValue, name: string): unknown {
  if (fields === null || typeof fields !== 'object') return undefined;
  const record = fields as Record<string, AnyValue>;
  if (Object.hasOwn(record, name)) return record[name];
  for (let dot = name.indexOf('.'); dot > 0; dot = name.indexOf('.', dot + 1)) {
    const head = name.slice(0, dot);
    if (!Object.hasOwn(record, head)) continue;
    const found = read(record[head], name.slice(dot + 1));
    if (found !== undefined) return found;
  }
  return undefined;
}
