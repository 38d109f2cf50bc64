import type { Attributes, AttributeValue, Context } from '@opentelemetry/api';
import { define } from '../../common/attributes.js';
import { Diagnostics } from '../../common/diagnostics.js';
import { invalidOption } from '../../common/errors.js';
import type { FlushOptions } from '../../common/export.js';
import { checkArray, checkMethods, checkOptions, checkString } from '../../common/options.js';
import type { ReadableSpan, ReadWriteSpan, SpanProcessor } from '../readable-span.js';
import { SpanView } from '../span-view.js';

/** Names an attribute: by its key, or by a pattern that is found in its key. */
export type KeyPattern = string | RegExp;

export interface RedactSpanProcessorOptions {
  /** Where the spans go, with their attributes changed. Other processors of the provider see them as they are. */
  processor: SpanProcessor;
  /** Attributes whose values are replaced. */
  redact?: KeyPattern[];
  /** Attributes that are left out. */
  remove?: KeyPattern[];
  /** If given, attributes that are none of these are left out as well. */
  allow?: KeyPattern[];
  /** Whatever in a text matches one of these is replaced, whichever attribute it stands in. */
  values?: RegExp[];
  /** What stands in place of what is hidden. Default `[redacted]`. */
  replacement?: string;
  diagnostics?: Diagnostics;
}

type Action = 'keep' | 'redact' | 'remove';

/** Keys whose fate is remembered; there is no bound on those that attributes may have. */
const MAX_KEYS = 2000;

/**
 * Hides or removes attributes of spans, their events and their links on the way to a processor; `values` are looked
 * for in the message of the status, too.
 *
 * ```ts
 * new RedactSpanProcessor({
 *   processor: new BatchSpanProcessor({ exporter }),
 *   remove: ['http.request.header.cookie'],
 *   redact: ['user.email', /password|token|secret/i],
 *   values: [/\b\d{4}[ -]?\d{4}[ -]?\d{4}[ -]?\d{4}\b/],
 * });
 * ```
 *
 * A span of which nothing has to change is handed on as it is. One that cannot be read is held back and told of.
 */
export class RedactSpanProcessor implements SpanProcessor {
  /** Only there if the processor has it: a provider asks. */
  declare readonly onEnding?: (span: ReadWriteSpan) => void;
  readonly #next: SpanProcessor;
  readonly #options: Required<Pick<RedactSpanProcessorOptions, 'redact' | 'remove' | 'values'>> &
    Pick<RedactSpanProcessorOptions, 'allow'>;
  readonly #replacement: string;
  readonly #diagnostics: Diagnostics;
  readonly #actions = new Map<string, Action>();

  /** @throws TelltaleError for an option that is unknown or wrong. */
  constructor(options: RedactSpanProcessorOptions) {
    const owner = 'RedactSpanProcessor';
    const given = checkOptions(owner, options, [
      'processor',
      'redact',
      'remove',
      'allow',
      'values',
      'replacement',
      'diagnostics',
    ]);
    const next = checkMethods(owner, 'processor', given.processor, [
      'onStart',
      'onEnd',
      'forceFlush',
      'shutdown',
    ]);
    const keys = (option: 'redact' | 'remove' | 'allow') =>
      checkArray(owner, option, given[option], (key: KeyPattern, path) => {
        if (typeof key !== 'string' && !(key instanceof RegExp))
          throw invalidOption(owner, path, key, 'a string or a RegExp');
      }).map((key) => (typeof key === 'string' ? key : stateless(key, false)));
    const values = checkArray(owner, 'values', given.values, (pattern: RegExp, path) => {
      if (!(pattern instanceof RegExp)) throw invalidOption(owner, path, pattern, 'a RegExp');
    });
    this.#options = {
      redact: keys('redact'),
      remove: keys('remove'),
      ...(given.allow !== undefined && { allow: keys('allow') }),
      values: values.map((pattern) => stateless(pattern, true)),
    };

    this.#replacement = checkString(owner, 'replacement', given.replacement, '[redacted]');
    this.#next = next;
    this.#diagnostics = given.diagnostics ?? new Diagnostics();
    if (typeof next.onEnding === 'function') this.onEnding = (span) => next.onEnding!(span);
  }

  onStart(span: ReadWriteSpan, parentContext: Context): void {
    this.#next.onStart(span, parentContext);
  }

  onEnd(span: ReadableSpan): void {
    let clean: ReadableSpan;
    try {
      clean = this.#clean(span);
    } catch (error) {
      this.#diagnostics.report(
        'span_redaction_failed',
        'onEnd',
        'a span could not be redacted and is held back',
        error,
      );
      return;
    }
    this.#next.onEnd(clean);
  }

  forceFlush(options?: FlushOptions): Promise<void> {
    return this.#next.forceFlush(options);
  }

  shutdown(options?: FlushOptions): Promise<void> {
    return this.#next.shutdown(options);
  }

  #clean(span: ReadableSpan): ReadableSpan {
    const attributes = this.#cleaned(span.attributes);
    const events = this.#each(span.events);
    const links = this.#each(span.links);
    const { status } = span;
    const message = status.message === undefined ? undefined : this.#text(status.message);
    const restated = message === status.message ? undefined : { code: status.code, message: message! };
    if (attributes === undefined && events === undefined && links === undefined && restated === undefined) {
      return span;
    }
    return new SpanView(span, {
      ...(attributes !== undefined && { attributes }),
      ...(events !== undefined && { events }),
      ...(links !== undefined && { links }),
      ...(restated !== undefined && { status: restated }),
    });
  }

  /** The list with the attributes of its members cleaned; `undefined` where nothing changes. */
  #each<T extends { attributes?: Attributes }>(list: T[]): T[] | undefined {
    let changed: T[] | undefined;
    for (const [index, item] of list.entries()) {
      const attributes = item.attributes && this.#cleaned(item.attributes);
      if (attributes === undefined) continue;
      changed ??= [...list];
      changed[index] = { ...item, attributes };
    }
    return changed;
  }

  /** A copy with what has to change; `undefined` where nothing has. */
  #cleaned(attributes: Attributes): Attributes | undefined {
    let changed = false;
    const clean: Attributes = {};
    for (const key of Object.keys(attributes)) {
      const value = attributes[key];
      const action = this.#action(key);
      const kept = action === 'redact' ? this.#replacement : this.#value(value);
      if (action === 'remove') changed = true;
      else {
        if (kept !== value) changed = true;
        define(clean, key, kept as AttributeValue);
      }
    }
    return changed ? clean : undefined;
  }

  #value(value: unknown): unknown {
    if (this.#options.values.length === 0) return value;
    if (typeof value === 'string') return this.#text(value);
    if (!Array.isArray(value)) return value;
    const clean = value.map((element) => (typeof element === 'string' ? this.#text(element) : element));
    return clean.some((element, index) => element !== value[index]) ? clean : value;
  }

  #text(text: string): string {
    let clean = text;
    for (const pattern of this.#options.values) clean = clean.replace(pattern, () => this.#replacement);
    return clean;
  }

  #action(key: string): Action {
    let action = this.#actions.get(key);
    if (action === undefined) {
      const { allow, remove, redact } = this.#options;
      if (remove.some((own) => matches(own, key))) action = 'remove';
      else if (redact.some((own) => matches(own, key))) action = 'redact';
      else action = allow === undefined || allow.some((own) => matches(own, key)) ? 'keep' : 'remove';
      if (this.#actions.size < MAX_KEYS) this.#actions.set(key, action);
    }
    return action;
  }
}

function matches(pattern: KeyPattern, key: string): boolean {
  return typeof pattern === 'string' ? pattern === key : pattern.test(key);
}

/** The pattern without a memory of where it found something last, and for everything that it finds or the first. */
function stateless(pattern: RegExp, all: boolean): RegExp {
  return new RegExp(pattern.source, pattern.flags.replace(/[gy]/g, '') + (all ? 'g' : ''));
}
