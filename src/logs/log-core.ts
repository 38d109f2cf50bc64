import type { Span } from '@opentelemetry/api';
import type { FlushOptions } from '../common/export.js';
import { SPAN_KEY } from '../common/otel-keys.js';
import { Bindings } from './bindings.js';
import { type ContextFields, FIELDS_KEY } from './context-fields.js';
import { Draft } from './draft.js';
import type { EventForm } from './event-form.js';
import type { Packed } from './key-table.js';
import { FATAL, type LevelTable, type LevelValue } from './level.js';
import { LineBuffer } from './line-buffer.js';
import { appendRest } from './line-format.js';
import { linePrefix, traceIds } from './line-head.js';
import type { Fields } from './log-call.js';
import type { AnySink, loggerSettings, SinkPlace } from './logger-options.js';
import { countLost } from './lost-lines.js';
import { putPacked, putString } from './put-text.js';
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

const TROUBLE = 'a log sink or stage threw';

/** How the lines of one level begin, and where they go. */
interface Route {
  readonly level: string;
  readonly prefix: (now: number) => Packed;
  /** The sink in whose buffer the line is put together. */
  readonly home: ByteSink;
  readonly others: readonly SinkPlace[];
}

/**
 * The line is put together in the buffer of the first sink that takes bytes and lines of this level as they are;
 * the others are given a string made once. A sink that throws is told of and harms no other.
 */
export function logCore(settings: ReturnType<typeof loggerSettings>, table: LevelTable): LogCore {
  const { clock, contextManager, diagnostics, resource, onFatal, sinks } = settings;
  const scrap = new LineBuffer();
  /** Where lines are put together that no sink takes as they are. */
  const nowhere: ByteSink = {
    buffer: scrap,
    lineAdded: () => scrap.consume(scrap.length),
    write() {},
  };
  const routes: Route[] = [];
  for (const level in table) {
    const value = table[level]!;
    const open = sinks.filter(({ minimum }) => value >= minimum);
    const place = open.find(
      ({ sink, format }) => sink.buffer instanceof LineBuffer && !sink.accept && !format,
    );
    routes[value] = {
      level,
      prefix: linePrefix(settings.time !== 'epoch', settings.levels === 'number' ? value : level),
      home: (place?.sink as ByteSink | undefined) ?? nowhere,
      others: open.filter((other) => other !== place),
    };
  }
  const traceBytes = traceIds();
  let delivering = false;

  void each((sink) => sink.attach?.({ clock, diagnostics, line: lineOf }));
  return {
    write,
    emit,
    bind,
    flush: (options) => settle((sink) => sink.flush?.(options)),
    flushSync,
    shutdown: (options) => settle((sink) => (sink.shutdown ?? sink.flush)?.call(sink, options)),
    failed,
  };
  function bind(
    fields: object,
    name: string | undefined,
    stages: readonly LogStage[],
    parent?: Bindings,
  ): Bindings {
    const all = parent ? [...parent.stages] : [];
    for (const stage of stages) {
      const next = all.push(stage);
      stage.attach?.({ clock, diagnostics, emit: (draft) => pass(draft as Draft, next) });
    }
    const scope = { resource, instrumentationScope: { name: name ?? '' } };
    const source = name === undefined && parent ? parent.source : scope;
    return new Bindings(source, all, name ? { name, ...copySafely(fields) } : fields, parent);
  }

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
    if (bindings.stages.length > 0 || route.others.length > 0 || form?.meets(bindings)) {
      const plain = form ? form.plain(fields!) : fields;
      emit(new Draft(now, route.level, value, message, plain, context, span, bindings, form?.name));
    } else {
      put(route, now, value, message, span, fields, bindings, form);
      if (value >= FATAL) ended();
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
    for (; next < stages.length; next++) if (stages[next]!.process(draft) === false) return;
    const { now, value, message, span, fields, bindings } = draft;
    put(routes[value]!, now, value, message, span, fields, bindings, undefined, draft);
  }

  /** Puts the line into the buffer of its home, and gives the other sinks what they want of `draft`. */
  function put(
    { prefix, home, others }: Route,
    now: number,
    value: LevelValue,
    message: string,
    span: Span | undefined,
    fields: Fields | undefined,
    bindings: Bindings,
    form?: EventForm,
    draft?: Draft,
  ): void {
    const lines = home.buffer;
    const inside = lines.busy;
    const buffer = inside ? new LineBuffer() : lines;
    const from = buffer.end;
    const trace = span && traceBytes(span);
    const at = putString(buffer, putPacked(buffer, from, prefix(now)), message);
    lines.busy = true;
    try {
      try {
        appendRest(buffer, at, trace, fields, bindings, form);
      } catch {
        // A getter or a Proxy among the fields threw; the buffer still ends where it did.
        fields = copySafely(form ? form.plain(fields!) : fields!);
        appendRest(buffer, at, trace, fields, bindings);
      }
      // Before the first sink learns of the line, for it may write it and let go of the bytes.
      if (draft !== undefined && others.length > 0) {
        draft.line = buffer.lines(from);
        deliver(others, draft);
      }
    } finally {
      lines.busy = inside;
    }
    // Lines that were logged while another was being put together (by a getter, by `toJSON`) come after it.
    if (inside) lines.late += buffer.lines();
    else {
      home.lineAdded(value);
      if (lines.late !== '') {
        const { late } = lines;
        lines.late = '';
        home.write(late, '', FATAL);
      }
    }
  }

  function lineOf(value: LevelValue, message: string, fields: Fields): string {
    const buffer = new LineBuffer();
    const at = putString(buffer, putPacked(buffer, 0, routes[value]!.prefix(clock.now())), message);
    appendRest(buffer, at, undefined, fields, bind({}, '', []));
    return `${buffer.lines()}`;
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
          if (!format) json ||= `${draft.line}`;
          sink.write!(format ? format(draft) : json, draft.level, draft.value);
        }
      } catch (error) {
        failed('sink_failed', TROUBLE, error);
      }
    }
    delivering = false;
  }

  async function guard(call: () => unknown, code = 'sink_failed'): Promise<void> {
    try {
      await call();
    } catch (error) {
      failed(code, TROUBLE, error);
    }
  }

  async function each(call: (sink: AnySink) => unknown): Promise<void> {
    await Promise.all(sinks.map(({ sink }) => guard(() => call(sink))));
  }

  function settle(call: (sink: AnySink) => unknown): Promise<void> {
    for (const stage of settings.stages) void guard(() => stage.flush?.(), 'log_failed');
    return each(call);
  }

  function flushSync(): void {
    void settle((sink) => sink.flushSync?.());
  }

  function failed(code: string, message: string, error: unknown): void {
    diagnostics.report(code, 'logger', message, error);
  }
}
