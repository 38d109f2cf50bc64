import type { Span } from '@opentelemetry/api';
import { SPAN_KEY } from '../common/otel-keys.js';
import type { Bindings } from './bindings.js';
import { type LevelIndex, levelName, THRESHOLDS } from './level.js';
import { LineBuffer } from './line-buffer.js';
import { appendLine, type Fields } from './line-format.js';
import { linePrefix } from './line-prefix.js';
import type { LoggerSettings } from './logger-options.js';
import { countLost } from './lost-lines.js';
import { copySafely } from './read-safely.js';
import type { ByteSink, LineSink, RecordSink } from './sinks/sink.js';
import { traceIds } from './trace-ids.js';

/** What a logger shares with all its children: the way from a sorted-out call to the sinks. */
export interface LogCore {
  /** Whether a sink takes records: only then are the fields of loggers kept as values. */
  readonly wantsRecords: boolean;
  write(
    index: LevelIndex,
    message: string,
    fields: Fields | undefined,
    bindings: Bindings,
    bound: readonly object[],
  ): void;
  /** Something went wrong that no value of the caller's can cause: a clock, a context manager, a sink threw. */
  failed(error: unknown): void;
  flush(): Promise<void>;
  flushSync(): void;
  shutdown(): Promise<void>;
}

/**
 * The line is put together in the buffer of the first sink that takes bytes; the others are given a string
 * made once. A sink that throws is told of and harms no other.
 */
export function logCore(settings: LoggerSettings): LogCore {
  const { clock, diagnostics, contextManager, sinks } = settings;
  const first = sinks.find((sink) => (sink as ByteSink).buffer instanceof LineBuffer) as ByteSink | undefined;
  const home = first?.buffer ?? new LineBuffer();
  const others = sinks.filter((sink) => sink !== first) as (LineSink & RecordSink)[];
  const source = { resource: settings.resource, instrumentationScope: { name: settings.name } };
  const traceBytes = traceIds();
  const prefixes = THRESHOLDS.map((level, index) =>
    linePrefix(settings.time === 'iso', settings.levels === 'label' ? level : index * 10 + 10),
  );
  let delivering = false;

  function write(
    index: LevelIndex,
    message: string,
    fields: Fields | undefined,
    bindings: Bindings,
    bound: readonly object[],
  ): void {
    const inside = home.busy;
    const buffer = inside ? new LineBuffer() : home;
    const from = buffer.end;
    const now = clock.now();
    const span = contextManager.active()?.getValue(SPAN_KEY) as Span | undefined;
    const spanContext = span?.spanContext();
    const trace = spanContext && traceBytes(spanContext);
    const prefix = prefixes[index]!(now);
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
      first.lineAdded(index);
      if (home.late !== '') writeLate();
    }
    if (others.length > 0) {
      deliver(line, { source, now, index, message, spanContext, fields, bound });
    }
  }

  /** Lines that were logged while another was being put together (by a getter, by `toJSON`) come after it. */
  function writeLate(): void {
    const { late } = home;
    home.late = '';
    first!.write(late, 'fatal');
  }

  function deliver(line: string, call: Parameters<RecordSink['accept']>[0]): void {
    if (delivering) {
      countLost(diagnostics, 'line sinks', 'logged_by_sink', 1);
      return;
    }
    delivering = true;
    for (const sink of others) {
      try {
        if (sink.accept !== undefined) sink.accept(call);
        else sink.write(line, levelName(call.index));
      } catch (error) {
        failed(error);
      }
    }
    delivering = false;
  }

  /** Calls all at once, and waits for those that answer with a promise. */
  async function each(call: (sink: LineSink) => unknown): Promise<void> {
    await Promise.all(
      sinks.map(async (sink) => {
        try {
          await call(sink as LineSink);
        } catch (error) {
          failed(error);
        }
      }),
    );
  }

  function failed(error: unknown): void {
    diagnostics.report('sink_failed', 'log sink', 'a log sink threw', error);
  }

  void each((sink) => sink.attach?.(settings));
  return {
    wantsRecords: others.some((sink) => sink.accept !== undefined),
    write,
    failed: (error) => diagnostics.report('log_failed', 'logger', 'a log line could not be made', error),
    flush: () => each((sink) => sink.flush?.()),
    flushSync: () => void each((sink) => sink.flushSync?.()),
    shutdown: () => each((sink) => (sink.shutdown ?? sink.flush)?.call(sink)),
  };
}
