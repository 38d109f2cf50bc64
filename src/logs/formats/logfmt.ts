import type { LogCall, LogFormat } from '../log-call.js';
import type { AnyValue } from '../readable-log-record.js';
import { stringify } from '../stringify.js';
import { callParts } from './call-parts.js';

/**
 * Lines of `key=value`, as Heroku and Loki read them:
 *
 * ```
 * time=2026-11-21T20:30:00.123Z level=info msg="order placed" order.id=7 total=12.5
 * ```
 *
 * Objects are written key by key with dots between the names, arrays as JSON. Values are quoted as JSON strings
 * where they hold a space, an equals sign or a quotation mark. No key stands twice: the second of a name gets an
 * underscore at its end.
 */
export function logfmt(): LogFormat {
  return (call) => {
    const line = new Line();
    const { time, name, error, fields } = callParts(call);
    line.add('time', time);
    line.add('level', call.level);
    line.add('msg', call.message);
    if (name !== '') line.add('name', name);
    addTrace(line, call);
    for (const key of Object.keys(fields)) line.add(key, fields[key]);
    if (error !== undefined) {
      line.add('err', { type: error.type, message: error.message, stack: error.stack, ...error.rest });
    }
    return `${line.text}\n`;
  };
}

function addTrace(line: Line, { spanContext }: LogCall): void {
  if (spanContext === undefined) return;
  line.add('trace_id', spanContext.traceId);
  line.add('span_id', spanContext.spanId);
}

class Line {
  text = '';
  readonly #keys = new Set<string>();

  add(key: string, value: AnyValue): void {
    if (isRecord(value)) {
      for (const inner of Object.keys(value)) this.add(`${key}.${inner}`, value[inner]);
      return;
    }
    if (value === undefined) return;
    let name = key.replace(/[\s="\p{Cc}]/gu, '_') || '_';
    while (this.#keys.has(name)) name += '_';
    this.#keys.add(name);
    this.text += `${this.text === '' ? '' : ' '}${name}=${valueText(value)}`;
  }
}

function valueText(value: AnyValue): string {
  const text = typeof value === 'string' ? value : stringify(value);
  return /^[^\s="\\\p{Cc}\ud800-\udfff]+$/u.test(text) ? text : stringify(text);
}

function isRecord(value: AnyValue): value is Record<string, AnyValue> {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Uint8Array) &&
    Object.keys(value).length > 0
  );
}
