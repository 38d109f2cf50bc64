import { lineKeys } from './key-table.js';
import { MAX_WIDTH } from './limits.js';
import { copySafely } from './read-safely.js';
import { stringify } from './stringify.js';

/**
 * The fields that every line of a logger carries, written down when they are bound: later changes of the
 * values do not reach the lines. A line that has a field of the same name hides the binding, so no key stands
 * twice in a line.
 */
export class Bindings {
  /** Keys and the JSON of their values. */
  readonly texts = new Map<string, string>();
  /** All as bytes, once they were asked for: out of and in a trace, where some keys are named differently. */
  readonly kept: (Buffer | undefined)[] = [undefined, undefined];

  /** The fields, and those of `parent` that they do not hide. */
  constructor(fields: object, parent?: Bindings) {
    const safe = copySafely(fields);
    for (const key of Object.keys(safe).slice(0, MAX_WIDTH)) {
      if (safe[key] !== undefined) this.texts.set(key, stringify(safe[key]));
    }
    for (const [key, text] of parent?.texts ?? []) if (!this.texts.has(key)) this.texts.set(key, text);
  }

  /** `,"key":value` of each that is not hidden. */
  bytes(inTrace: 0 | 1, hidden: readonly string[] | undefined): Buffer {
    let all = '';
    for (const [key, text] of this.texts) {
      if (!hidden?.includes(key)) all += `,${lineKeys[inTrace].get(key).text}${text}`;
    }
    const bytes = Buffer.from(all);
    if (hidden === undefined) this.kept[inTrace] = bytes;
    return bytes;
  }
}
