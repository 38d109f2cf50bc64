import { keysOf } from '../../logs/any-value.js';
import type { LogFormat } from '../../logs/log-call.js';
import { quote } from '../../logs/quote.js';
import { readProperty } from '../../logs/read-safely.js';
import { stringify } from '../../logs/stringify.js';

export interface PinoLineOptions {
  messageKey: string;
  errorKey: string;
  nestedKey: string | undefined;
  /** A piece of JSON that begins with a comma, or nothing. */
  time: () => string;
  level: ((label: string, number: number) => object) | undefined;
  end: string;
}

/**
 * Lines in the shapes that pino's options ask for: another name for the message, another time, other levels,
 * fields within a key. No key stands twice; a field named like one of the line's own gets an underscore.
 */
export function pinoLine(options: PinoLineOptions): LogFormat {
  const { messageKey, errorKey, nestedKey, time, level, end } = options;
  return (call) => {
    const head = new Map<string, string>();
    const levelFields =
      level === undefined ? { level: call.value } : safely(() => level(call.level, call.value));
    for (const key of keysOf(levelFields)) head.set(key, stringify(readProperty(levelFields, key)));
    const when = safely(time);
    const timeText = typeof when === 'string' ? when : '';
    const taken = new Set([...head.keys(), messageKey, 'time']);
    const bound = new Map<string, string>();
    const fields = nestedKey === undefined ? bound : new Map<string, string>();
    for (const [key, text] of call.bound) bound.set(nameOf(key), text);
    if (call.spanContext !== undefined) {
      bound.set('trace_id', quote(call.spanContext.traceId));
      bound.set('span_id', quote(call.spanContext.spanId));
    }
    for (const key of keysOf(call.fields ?? {})) {
      const value = readProperty(call.fields!, key);
      const name = key === 'err' ? errorKey : key;
      if (value !== undefined) fields.set(nestedKey === undefined ? nameOf(name) : name, stringify(value));
    }
    if (nestedKey !== undefined && fields.size > 0) bound.set(nestedKey, `{${members(fields)}}`);
    const text = [members(head), timeText.replace(/^,/, ''), members(bound)].filter((part) => part !== '');
    text.push(`${quote(messageKey)}:${quote(call.message)}`);
    return `{${text.join(',')}}${end}`;

    function nameOf(key: string): string {
      return taken.has(key) ? `${key}_` : key;
    }
  };
}

function members(texts: ReadonlyMap<string, string>): string {
  return [...texts].map(([key, text]) => `${quote(key)}:${text}`).join(',');
}

function safely<T>(call: () => T): T | object {
  try {
    return call() ?? {};
  } catch {
    return {};
  }
}
