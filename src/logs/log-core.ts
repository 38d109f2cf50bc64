import type { Span } from '@opentelemetry/api';
import { SPAN_KEY } from '../common/otel-keys.js';
import { Bindings } from './bindings.js';
import { FATAL, LEVELS, type LevelIndex, thresholdIndex } from './level.js';
import { LineBuffer } from './line-buffer.js';
import { appendLine, type Fields } from './line-format.js';
import { linePrefixes, traceIds } from './line-head.js';
import type { LogCall } from './log-call.js';
import type { AnySink, loggerSettings } from './logger-options.js';
import { countLost } from './lost-lines.js';
import { copySafely } from './read-safely.js';
import type { ByteSink } from './sinks/sink.js';

/** What a logger shares with all its children: the way from a sorted-out call to the sinks. */
export interface LogCore {
  write(index: LevelIndex, message: string, fields: Fields | undefined, bindings: Bindings): void;
  /** Calls all sinks at once, and waits for those that answer with a promise. Never rejects. */
  each(call: (sink: AnySink) => unknown): Promise<void>;
  /** Something went wrong that no value of the caller's can cause: a clock, a context manager, a sink threw. */
  failed(code: string, message: string, error: unknown): void;
}

/** Where the lines of one level go. */
interface Route {
  /** The sink in whose buffer the line is put together. */
  first: AnySink | undefined;
  home: LineBuffer;
  others: AnySink[];
}

/**
 * The line is put together in the buffer of the first sink that takes bytes and lines of this level; the others
 * are given a string made once. A sink that throws is told of and harms no other.
 */
export function logCore(settings: ReturnType<typeof loggerSettings>): LogCore {
  const { clock, contextManager, diagnostics, name, resource, sinks } = settings;
  const nowhere = new LineBuffer();
  const routes = LEVELS.map((_, index) => routeOf(index));
  const source = { resource, instrumentationScope: { name } };
  const prefixes = linePrefixes(settings.isIso, settings.levels);
  const traceBytes = traceIds();
  let delivering = false;

  void each((sink) => sink.attach?.({ clock, diagnostics, line: lineOf }));
  return { write, each, failed };

  function routeOf(index: number): Route {
    const open = sinks.filter(({ level }) => index >= thresholdIndex('sink', level ?? 'trace'));
    const first = open.find((sink) => sink.buffer instanceof LineBuffer);
    return { first, home: first?.buffer ?? nowhere, others: open.filter((sink) => sink !== first) };
  }

  function write(index: LevelIndex, message: string, fields: Fields | undefined, bindings: Bindings): void {
    const { first, home, others } = routes[index]!;
    const inside = home.busy;
    const buffer = inside ? new LineBuffer() : home;
    const from = buffer.end;
    const now = clock.now();
    const span = contextManager.active()?.getValue(SPAN_KEY) as Span | undefined;
    const trace = span && traceBytes(span);
    const prefix = prefixes(now, index);
    home.busy = true;
    try {
      appendLine(buffer, prefix, message, trace, fields, bindings);
    } catch {
      // A getter or a Proxy among the fields threw; the buffer still ends where it did.
      appendLine(buffer, prefix, message, trace, fields && copySafely(fields), bindings);
    } finally {
      home.busy = inside;
    }
    const line = inside || others.length > 0 ? buffer.lines(from).toString() : '';
    if (inside) home.late += line;
    else if (first === undefined) home.consume(home.length);
    else {
      first.lineAdded!(index);
      if (home.late !== '') addLate(first as ByteSink);
    }
    if (others.length > 0) {
      const spanContext = span?.spanContext();
      deliver(others, line, { source, now, index, message, spanContext, fields, bound: bindings.texts });
    }
  }

  /** Lines that were logged while another was being put together (by a getter, by `toJSON`) come after it. */
  function addLate(sink: ByteSink): void {
    const { late } = sink.buffer;
    sink.buffer.late = '';
    add(sink, late, FATAL);
  }

  function add({ buffer, lineAdded }: ByteSink, line: string, index: LevelIndex): void {
    if (buffer.busy) {
      buffer.late += line;
      return;
    }
    buffer.end = buffer.putText(buffer.end, line);
    lineAdded(index);
  }

  function lineOf(index: LevelIndex, message: string, fields: Fields): string {
    const buffer = new LineBuffer();
    appendLine(buffer, prefixes(clock.now(), index), message, undefined, fields, new Bindings({}));
    return buffer.lines().toString();
  }

  function deliver(others: readonly AnySink[], line: string, call: LogCall): void {
    if (delivering) {
      countLost(diagnostics, 'line sinks', 'logged_by_sink', 1);
      return;
    }
    delivering = true;
    for (const sink of others) {
      try {
        if (sink.accept) sink.accept(call);
        else if (sink.write) sink.write(line, LEVELS[call.index]!);
        else add(sink as ByteSink, line, call.index);
      } catch (error) {
        sinkFailed(error);
      }
    }
    delivering = false;
  }

  async function each(call: (sink: AnySink) => unknown): Promise<void> {
    await Promise.all(
      sinks.map(async (sink) => {
        try {
          await call(sink);
        } catch (error) {
          sinkFailed(error);
        }
      }),
    );
  }

  function sinkFailed(error: unknown): void {
    failed('sink_failed', 'a log sink threw', error);
  }

  function failed(code: string, message: string, error: unknown): void {
    diagnostics.report(code, 'logger', message, error);
  }
}
