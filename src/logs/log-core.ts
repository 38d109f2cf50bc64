import type { Span } from '@opentelemetry/api';
import type { FlushOptions } from '../common/export.js';
import { SPAN_KEY } from '../common/otel-keys.js';
import { Bindings } from './bindings.js';
import { type ContextFields, FIELDS_KEY } from './context-fields.js';
import { Draft } from './draft.js';
import type { EventForm } from './event-form.js';
import { FATAL, type LevelTable, type LevelValue } from './level.js';
import { LineBuffer } from './line-buffer.js';
import { appendLine } from './line-format.js';
import { LinePrefix, traceIds } from './line-head.js';
import type { Fields } from './log-call.js';
import type { AnySink, loggerSettings, SinkPlace } from './logger-options.js';
import { countLost } from './lost-lines.js';
import { copySafely } from './read-safely.js';
import type { ByteSink } from './sinks/sink.js';
import type { LogStage } from './stage.js';

/** What a logger shares with all its children: the way from a sorted-out call to the sinks. */
export interface LogCore {
  /** With a form the line is a typed event, whose fields are those of its schema. */
  write(
    value: LevelValue,
    message: string,
    fields: Fields | undefined,
    bindings: Bindings,
    form?: EventForm,
  ): void;
  /** Sends a line that was made elsewhere through the stages and to the sinks. */
  emit(draft: Draft): void;
  /** The fields of a logger or of a child, with the name they are said under and what its lines pass through. */
  bind(fields: object, name: string | undefined, stages: readonly LogStage[], parent?: Bindings): Bindings;
  flush(options?: FlushOptions): Promise<void>;
  flushSync(): void;
  shutdown(options?: FlushOptions): Promise<void>;
  /** Something went wrong that no value of the caller's can cause: a clock, a context manager, a sink threw. */
  failed(code: string, message: string, error: unknown): void;
}

/** The way into a logger for what stands beside it; see `EVENT`. */
export const INSIDE = /* @__PURE__ */ Symbol.for('telltale.log.inside');

export interface Inside {
  readonly core: LogCore;
  readonly bindings: Bindings;
}

/** How the lines of one level begin, and where they go. */
interface Route {
  readonly level: string;
  readonly prefix: LinePrefix;
  /** The sink in whose buffer the line is put together. */
  first: AnySink | undefined;
  home: LineBuffer;
  others: readonly SinkPlace[];
}

/**
 * The line is put together in the buffer of the first sink that takes bytes and lines of this level as they are;
 * the others are given a string made once. A sink that throws is told of and harms no other.
 */
export function logCore(settings: ReturnType<typeof loggerSettings>, table: LevelTable): LogCore {
  const { clock, contextManager, diagnostics, resource, onFatal, sinks } = settings;
  const nowhere = new LineBuffer();
  const routes: Route[] = [];
  for (const level in table) {
    const value = table[level]!;
    const prefix = new LinePrefix(settings.isIso, settings.isNumber ? value : level);
    const open = sinks.filter(({ minimum }) => value >= minimum);
    const place = open.find(
      ({ sink, format }) => sink.buffer instanceof LineBuffer && !sink.accept && !format,
    );
    const first = place?.sink;
    const others = open.filter((other) => other !== place);
    routes[value] = { level, prefix, first, home: first?.buffer ?? nowhere, others };
  }
  const traceBytes = traceIds();
  let delivering = false;

  void each((sink) => sink.attach?.({ clock, diagnostics, line: lineOf }));
  return {
    write,
    emit,
    bind(fields, name, stages, parent) {
      const before = parent?.stages ?? [];
      const all = [...before, ...stages];
      for (const [i, stage] of stages.entries()) {
        const next = before.length + i + 1;
        stage.attach?.({ clock, diagnostics, emit: (draft) => pass(draft as Draft, next) });
      }
      const source =
        parent && name === undefined
          ? parent.source
          : { resource, instrumentationScope: { name: name ?? '' } };
      const named = name ? { name, ...copySafely(fields) } : fields;
      return new Bindings(source, all, named, parent);
    },
    flush: (options) => settle((sink) => sink.flush?.(options)),
    flushSync,
    shutdown: (options) => settle((sink) => (sink.shutdown ?? sink.flush)?.call(sink, options)),
    failed,
  };

  function write(
    value: LevelValue,
    message: string,
    fields: Fields | undefined,
    bindings: Bindings,
    form?: EventForm,
  ): void {
    const route = routes[value]!;
    const now = clock.now();
    const context = contextManager.active();
    let span: Span | undefined;
    if (context !== undefined) {
      span = context.getValue(SPAN_KEY) as Span | undefined;
      const carried = context.getValue(FIELDS_KEY) as ContextFields | undefined;
      if (carried !== undefined) bindings = carried.under(bindings);
    }
    const isDirect = bindings.stages.length === 0 && route.others.length === 0;
    const event = form?.name;
    if (form !== undefined && (!isDirect || form.meets(bindings))) {
      fields = form.plain(fields!);
      form = undefined;
    }
    if (isDirect) {
      put(route, now, value, message, span, fields, bindings, form);
      if (value >= FATAL) ended();
    } else {
      const draft = new Draft(now, route.level, value, message, fields, context, span, bindings);
      draft.event = event;
      emit(draft);
    }
  }

  function emit(draft: Draft): void {
    pass(draft, 0);
    if (draft.value >= FATAL) ended();
  }

  /** The line was a fatal one. */
  function ended(): void {
    flushSync();
    onFatal?.();
  }

  /** Through the stages from `next` on, and to the sinks. */
  function pass(draft: Draft, next: number): void {
    const { stages } = draft.bindings;
    for (let i = next; i < stages.length; i++) if (stages[i]!.process(draft) === false) return;
    const { now, value, message, span, fields, bindings } = draft;
    put(routes[value]!, now, value, message, span, fields, bindings, undefined, draft);
  }

  /** Puts the line into the buffer of the first sink, and gives the others what they want of `draft`. */
  function put(
    { prefix, first, home, others }: Route,
    now: number,
    value: LevelValue,
    message: string,
    span: Span | undefined,
    fields: Fields | undefined,
    bindings: Bindings,
    form?: EventForm,
    draft?: Draft,
  ): void {
    const inside = home.busy;
    const buffer = inside ? new LineBuffer() : home;
    const from = buffer.end;
    const trace = span && traceBytes(span);
    const head = prefix.at(now);
    home.busy = true;
    try {
      try {
        appendLine(buffer, head, message, trace, fields, bindings, form);
      } catch {
        // A getter or a Proxy among the fields threw; the buffer still ends where it did.
        const safe = copySafely(form ? form.plain(fields!) : fields!);
        appendLine(buffer, head, message, trace, safe, bindings);
      }
      // Before the first sink learns of the line, for it may write it and let go of the bytes.
      if (draft !== undefined && others.length > 0) {
        draft.line = buffer.lines(from);
        deliver(others, draft);
      }
    } finally {
      home.busy = inside;
    }
    if (inside) home.late += first ? buffer.lines(from).toString() : '';
    else if (first === undefined) home.consume(home.length);
    else {
      first.lineAdded!(value);
      if (home.late !== '') addLate(first as ByteSink);
    }
  }

  /** Lines that were logged while another was being put together (by a getter, by `toJSON`) come after it. */
  function addLate(sink: ByteSink): void {
    const { late } = sink.buffer;
    sink.buffer.late = '';
    add(sink, late, FATAL);
  }

  function add({ buffer, lineAdded }: ByteSink, line: string, value: LevelValue): void {
    if (buffer.busy) {
      buffer.late += line;
      return;
    }
    buffer.end = buffer.putText(buffer.end, line);
    lineAdded(value);
  }

  function lineOf(value: LevelValue, message: string, fields: Fields): string {
    const buffer = new LineBuffer();
    const none = new Bindings({ resource, instrumentationScope: { name: '' } }, [], {});
    appendLine(buffer, routes[value]!.prefix.at(clock.now()), message, undefined, fields, none);
    return buffer.lines().toString();
  }

  function deliver(others: readonly SinkPlace[], draft: Draft): void {
    if (delivering) {
      countLost(diagnostics, 'line sinks', 'logged_by_sink', 1);
      return;
    }
    delivering = true;
    let json = '';
    for (const { sink, format } of others) {
      try {
        if (sink.accept) sink.accept(draft);
        else {
          if (!format) json ||= draft.line!.toString();
          const line = format ? format(draft) : json;
          if (sink.write) sink.write(line, draft.level);
          else add(sink as ByteSink, line, draft.value);
        }
      } catch (error) {
        sinkFailed(error);
      }
    }
    delivering = false;
  }

  async function each(call: (sink: AnySink) => unknown): Promise<void> {
    await Promise.all(
      sinks.map(async ({ sink }) => {
        try {
          await call(sink);
        } catch (error) {
          sinkFailed(error);
        }
      }),
    );
  }

  function settle(call: (sink: AnySink) => unknown): Promise<void> {
    for (const stage of settings.stages) {
      try {
        stage.flush?.();
      } catch (error) {
        failed('log_failed', 'a stage of the logger threw', error);
      }
    }
    return each(call);
  }

  function flushSync(): void {
    void settle((sink) => sink.flushSync?.());
  }

  function sinkFailed(error: unknown): void {
    failed('sink_failed', 'a log sink threw', error);
  }

  function failed(code: string, message: string, error: unknown): void {
    diagnostics.report(code, 'logger', message, error);
  }
}
