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

/** A record as searches of a store return it. What it holds is read when it is asked for. */
export class LogEntry {
  /** Milliseconds since the Unix epoch. */
  readonly time: number;
  /** The name of the level. */
  readonly level: string;
  readonly #json: string;
  readonly #isTraced: boolean;
  #parsed: Parsed | undefined;

  /** @internal */
  constructor(time: number, level: string, json: string, isTraced: boolean) {
    this.time = time;
    this.level = level;
    this.#json = json;
    this.#isTraced = isTraced;
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
    const rest = this.#json.slice(this.#json.indexOf('"msg":'));
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
    this.#parsed ??= parse(this.#json, this.#isTraced);
    return this.#parsed;
  }
}

function parse(json: string, isTraced: boolean): Parsed {
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
