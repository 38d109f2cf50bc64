import { truncate } from '../../common/attributes.js';
import { anyValueOf, define, keysOf } from '../any-value.js';
import { MAX_DEPTH, MAX_STRING, MAX_WIDTH } from '../limits.js';
import type { Fields } from '../log-call.js';
import { className, copySafely, isPlain, readProperty, textOf } from '../read-safely.js';
import type { Censor } from './censor.js';
import type { PathNode } from './paths.js';
import { redactPaths } from './redact-paths.js';
import type { TextPattern } from './text-pattern.js';

export interface RedactionRules {
  readonly tree: PathNode;
  /** In lower case. */
  readonly keys: ReadonlySet<string>;
  readonly patterns: readonly TextPattern[];
  /** What is written instead, or what says so. */
  readonly censor: string | Censor;
  /** Fields are left out instead. */
  readonly remove: boolean;
}

export interface Redactor {
  /** The fields, or a redacted copy of them. */
  fields(fields: Fields): Fields;
  /** A text, or a redacted copy of it. */
  text(text: string, path: readonly string[]): string;
}

/** What stands for a censor that throws. */
const REDACTED = '[Redacted]';

/** Texts are looked at as far as a line shows them, and one secret further. */
const MAX_TEXT = MAX_STRING - 64;

/** Numbers from here on may be those of cards. */
const LONG_NUMBER = 1e12;

/**
 * Redacts by copying what has to change and nothing else. Where there are only paths, nothing but the paths is
 * looked at; names and patterns need a look at every value, within the limits of a line: what lies deeper or
 * wider is left out.
 */
export function redactor({ tree, keys, patterns, censor, remove }: RedactionRules): Redactor {
  const everywhere = keys.size > 0 || patterns.length > 0;
  /** Where the value at hand stands, and the objects that it is in. */
  let path: string[] = [];
  let inside: object[] = [];

  return {
    fields(fields) {
      if (!everywhere && (remove || typeof censor === 'string')) {
        try {
          return redactPaths(fields, tree, remove ? undefined : censor, object);
        } catch {
          // A getter or a Proxy on the way.
        }
      }
      // A getter that is read here may log, and so come here again.
      const outer = { path, inside };
      path = [];
      inside = [fields];
      try {
        return members(ownOnly(fields), tree) as Fields;
      } finally {
        ({ path, inside } = outer);
      }
    },
    text,
  };

  /** A plain object or an array with its members redacted: the same one if there was nothing to do. */
  function members(target: object, node: PathNode | undefined): object {
    const isList = Array.isArray(target);
    const all = everywhere || node?.any !== undefined;
    const names: string[] = all ? keysOf(target) : [...(node?.children.keys() ?? [])];
    let copy: object | undefined;
    if (everywhere && names.length > MAX_WIDTH) {
      names.length = MAX_WIDTH;
      copy = copyOf(target, names);
    }
    for (const name of names) {
      if (!all && !has(target, name)) continue;
      const child = node?.children.get(name) ?? node?.any;
      const isNamed = keys.size > 0 && !isList && keys.has(name.toLowerCase());
      if (!everywhere && child === undefined) continue;
      const value = readProperty(target, name);
      path.push(name);
      const redacted = isNamed || child?.isEnd === true ? instead(value) : inner(value, child);
      path.pop();
      if (redacted !== value) {
        copy ??= copyOf(target, all ? names : keysOf(target));
        define(copy, name, redacted);
      }
    }
    return copy ?? target;
  }

  /** A value with what is in it redacted. */
  function inner(value: unknown, node: PathNode | undefined): unknown {
    switch (typeof value) {
      case 'object':
        return value === null ? value : object(value, node);
      case 'string':
        return everywhere ? text(value, path) : value;
      case 'number':
        if (!everywhere || value < LONG_NUMBER) return value;
        return textual(value);
      case 'bigint':
      case 'symbol':
        return everywhere ? textual(value) : value;
      default:
        return value;
    }
  }

  function object(value: object, node: PathNode | undefined): unknown {
    if (inside.includes(value)) return '[Circular]';
    if (inside.length >= MAX_DEPTH) return everywhere ? `[${className(value)}]` : value;
    inside.push(value);
    try {
      if (isOpen(value)) return members(value, node);
      // What is not what its keys say is looked at as it would be written.
      const written = anyValueOf(value);
      if (typeof written !== 'object' || written === null) {
        const redacted = inner(written, undefined);
        return redacted === written ? value : redacted;
      }
      if (written instanceof Uint8Array) return value;
      const redacted = members(written, node);
      return redacted === written ? value : redacted;
    } finally {
      inside.pop();
    }
  }

  function textual(value: unknown): unknown {
    const before = textOf(value);
    const after = text(before, path);
    return after === before ? value : after;
  }

  function text(value: string, at: readonly string[]): string {
    if (patterns.length === 0) return value;
    const cut = value.length > MAX_STRING ? truncate(value, MAX_TEXT) : value;
    let result = cut;
    for (const pattern of patterns) result = replaced(result, pattern, at);
    return cut === value ? result : `${result}[${value.length - cut.length} more characters]`;
  }

  function replaced(value: string, pattern: TextPattern, at: readonly string[]): string {
    let result = '';
    let from = 0;
    for (let match = pattern.find(value, 0); match !== undefined; match = pattern.find(value, from)) {
      result +=
        value.slice(from, match.start) + textOf(censored(value.slice(match.start, match.end), at) ?? '');
      from = Math.max(match.end, from + 1);
    }
    return from === 0 ? value : result + value.slice(from);
  }

  function instead(value: unknown): unknown {
    return remove ? undefined : censored(value, path);
  }

  function censored(value: unknown, at: readonly string[]): unknown {
    if (typeof censor !== 'function') return censor;
    try {
      return censor(value, [...at]);
    } catch {
      return REDACTED;
    }
  }
}

/** A line would show inherited fields; only own ones are looked at here. */
function ownOnly(fields: Fields): Fields {
  try {
    for (const name in fields) if (!has(fields, name)) return copySafely(fields);
    return fields;
  } catch {
    return copySafely(fields); // a Proxy
  }
}

/** An array, or an object that is what its keys say. */
function isOpen(value: object): boolean {
  try {
    return Array.isArray(value) || (isPlain(value) && typeof value.toJSON !== 'function');
  } catch {
    return false; // a Proxy
  }
}

function has(target: object, name: string): boolean {
  try {
    return Object.hasOwn(target, name);
  } catch {
    return false; // a Proxy
  }
}

function copyOf(target: object, names: readonly string[]): object {
  const copy: object = Array.isArray(target) ? [] : {};
  for (const name of names) define(copy, name, readProperty(target, name));
  return copy;
}
