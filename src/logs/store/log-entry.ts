import { define } from '../any-value.js';
import { lineKeys } from '../key-table.js';
import type { AnyValue } from '../readable-log-record.js';

interface Parsed {
  message: string;
  traceId: string | undefined;
  spanId: string | undefined;
  traceFlags: number | undefined;
  fields: Readonly<Record<string, AnyValue>>;
}

/** Where the record of an entry is. */
export interface RecordPlace {
  json(i: number): string;
}

/**
 * A record as searches of a store return it. What it says is read when it is first asked for: a hundred entries cost
 * 10 µs instead of 60. Until then it keeps its part of the store in memory, some hundred kilobytes.
 */
export class LogEntry {
  /** Milliseconds since the Unix epoch. */
  readonly time: number;
  /** The name of the level. */
  readonly level: string;
  readonly #isTraced: boolean;
  readonly #index: number;
  #place: RecordPlace | undefined;
  #text = '';
  #parsed: Parsed | undefined;

  /** @internal */
  constructor(time: number, level: string, isTraced: boolean, place: RecordPlace, index: number) {
    this.time = time;
    this.level = level;
    this.#isTraced = isTraced;
    this.#place = place;
    this.#index = index;
  }

  get message(): string {
    return this.#read().message;
  }

  /** 32 hexadecimal digits. */
  get traceId(): string | undefined {
    return this.#read().traceId;
  }

  /** 16 hexadecimal digits. */
  get spanId(): string | undefined {
    return this.#read().spanId;
  }

  get traceFlags(): number | undefined {
    return this.#read().traceFlags;
  }

  /** The fields of the call and of the logger, by the names they were given. */
  get fields(): Readonly<Record<string, AnyValue>> {
    return this.#read().fields;
  }

  /** The line that a logger with default settings writes for it, without its newline. */
  toLine(): string {
    const date = new Date(this.time);
    const time = JSON.stringify(Number.isNaN(date.getTime()) ? new Date(0) : date);
    const json = this.#json();
    const rest = json.slice(json.indexOf('"msg":'));
    return `{"time":${time},"level":${JSON.stringify(this.level)},${rest}`;
  }

  /** The line as a value. */
  toJSON(): unknown {
    return JSON.parse(this.toLine());
  }

  [Symbol.for('nodejs.util.inspect.custom')](): unknown {
    return this.toJSON();
  }

  #read(): Parsed {
    this.#parsed ??= parseRecord(this.#json(), this.#isTraced);
    return this.#parsed;
  }

  #json(): string {
    if (this.#place !== undefined) {
      this.#text = this.#place.json(this.#index);
      this.#place = undefined;
    }
    return this.#text;
  }
}

/** What the line of a record says. */
export function parseRecord(json: string, isTraced: boolean): Parsed {
  const {
    time: _,
    level: __,
    msg: message,
    ...rest
  } = JSON.parse(json) as Record<string, AnyValue> & {
    msg: string;
  };
  if (!isTraced) {
    const fields = unescapeNames(rest, 0);
    return { message, traceId: undefined, spanId: undefined, traceFlags: undefined, fields };
  }
  const { trace_id, span_id, trace_flags, ...others } = rest as Record<string, string>;
  return {
    message,
    traceId: trace_id,
    spanId: span_id,
    traceFlags: Number.parseInt(trace_flags!, 16),
    fields: unescapeNames(others, 1),
  };
}

/** A line writes a field named like one of its own keys with an underscore more. */
function unescapeNames(written: Record<string, AnyValue>, inTrace: 0 | 1): Record<string, AnyValue> {
  const fields: Record<string, AnyValue> = {};
  for (const name of Object.keys(written)) {
    const isEscaped = name.endsWith('_') && lineKeys[inTrace].get(name).text !== `${JSON.stringify(name)}:`;
    define(fields, isEscaped ? name.slice(0, -1) : name, written[name]);
  }
  return fields;
}
