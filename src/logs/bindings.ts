import { lineKeys, type Packed, pack } from './key-table.js';
import { MAX_WIDTH } from './limits.js';
import type { LogSource } from './log-call.js';
import { copySafely } from './read-safely.js';
import type { LogStage } from './stage.js';
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
  readonly kept: (Packed | undefined)[] = [undefined, undefined];
  readonly source: LogSource;
  /** What lines pass through before they are written. */
  readonly stages: readonly LogStage[];

  /** The fields, and those of `parents` that they do not hide, the nearest first. */
  constructor(
    source: LogSource,
    stages: readonly LogStage[],
    fields: object,
    ...parents: (Bindings | undefined)[]
  ) {
    this.source = source;
    this.stages = stages;
    let safe = copySafely(fields) as Readonly<Record<string, unknown>>;
    for (const stage of stages) safe = stage.bind?.(safe) ?? safe;
    for (const key of Object.keys(safe).slice(0, MAX_WIDTH)) {
      if (safe[key] !== undefined) this.texts.set(key, stringify(safe[key]));
    }
    for (const parent of parents) {
      for (const [key, text] of parent?.texts ?? []) if (!this.texts.has(key)) this.texts.set(key, text);
    }
  }

  /** `,"key":value` of each that is not hidden. */
  bytes(inTrace: 0 | 1, hidden: readonly string[] | undefined): Packed {
    let all = '';
    for (const [key, text] of this.texts) {
      if (!hidden?.includes(key)) all += `,${lineKeys[inTrace].get(key).text}${text}`;
    }
    const packed = pack('', all);
    if (hidden === undefined) this.kept[inTrace] = packed;
    return packed;
  }
}
