import type { ContextManager } from '@opentelemetry/api';
import type { Clock } from '../common/clock.js';
import type { Diagnostics } from '../common/diagnostics.js';
import type { Bindings } from './bindings.js';
import { spanOf } from './current-span.js';
import { LEVELS, type LevelIndex } from './level.js';
import { LineBuffer } from './line-buffer.js';
import { appendLine, type Fields } from './line-format.js';
import { LinePrefix } from './line-prefix.js';
import type { LogSource } from './log-call.js';
import type { LoggerSettings } from './logger-options.js';
import { Outputs } from './outputs.js';
import { copySafely } from './read-safely.js';
import { TraceBytes } from './trace-bytes.js';

/** What a logger shares with all its children: the way from a sorted-out call to the sinks. */
export class LogCore {
  readonly clock: Clock;
  readonly #diagnostics: Diagnostics;
  readonly #contexts: Pick<ContextManager, 'active'>;
  readonly #trace: TraceBytes;
  readonly #prefixes: readonly LinePrefix[];
  readonly #outputs: Outputs;
  readonly #source: LogSource;

  constructor(settings: LoggerSettings) {
    this.clock = settings.clock;
    this.#diagnostics = settings.diagnostics;
    this.#contexts = settings.contextManager;
    this.#trace = new TraceBytes(settings.contextManager);
    this.#prefixes = LEVELS.map((_, index) => new LinePrefix(settings.shape, index as LevelIndex));
    this.#outputs = new Outputs(settings.sinks, settings);
    this.#source = { resource: settings.resource, instrumentationScope: { name: settings.name } };
  }

  /** Whether a sink takes records: only then are the fields of loggers kept as values. */
  get wantsRecords(): boolean {
    return this.#outputs.records.length > 0;
  }

  write(
    index: LevelIndex,
    message: string,
    fields: Fields | undefined,
    bindings: Bindings,
    bound: readonly object[],
  ): void {
    const outputs = this.#outputs;
    const { buffer } = outputs;
    if (buffer.busy) {
      this.#writeInside(index, message, fields, bindings, bound);
      return;
    }
    const from = buffer.end;
    buffer.busy = true;
    const now = this.clock.now();
    const trace = this.#trace.current();
    const prefix = this.#prefixes[index]!.at(now);
    try {
      appendLine(buffer, prefix, message, trace, fields, bindings);
    } catch {
      // A getter or a Proxy among the fields threw; the buffer still ends where it did.
      appendLine(buffer, prefix, message, trace, fields && copySafely(fields), bindings);
    }
    buffer.busy = false;
    if (outputs.more || outputs.first === undefined) outputs.deliver(buffer, index, from);
    else outputs.first.lineAdded(index, from);
    if (buffer.hasPending) outputs.deliverPending();
    if (outputs.records.length > 0) this.#record(now, index, message, fields, bound);
  }

  flush(): Promise<void> {
    return this.#outputs.flush();
  }

  flushSync(): void {
    this.#outputs.flushSync();
  }

  shutdown(): Promise<void> {
    return this.#outputs.shutdown();
  }

  /** Something went wrong that no value of the caller's can cause: a clock, a context manager, a sink threw. */
  failed(error: unknown): void {
    this.#outputs.buffer.busy = false;
    this.#diagnostics.report('log_failed', 'logger', 'a log line could not be made', error);
  }

  /** A line that is logged while another one is being put together, in a buffer of its own. */
  #writeInside(
    index: LevelIndex,
    message: string,
    fields: Fields | undefined,
    bindings: Bindings,
    bound: readonly object[],
  ): void {
    const buffer = new LineBuffer(4096);
    const now = this.clock.now();
    // The prefix that the outer line has is already copied, so it may be written anew.
    const prefix = this.#prefixes[index]!.at(now);
    appendLine(buffer, prefix, message, this.#trace.current(), fields && copySafely(fields), bindings);
    this.#outputs.deliver(buffer, index, 0);
    if (this.wantsRecords) this.#record(now, index, message, fields, bound);
  }

  #record(
    now: number,
    index: LevelIndex,
    message: string,
    fields: Fields | undefined,
    bound: readonly object[],
  ): void {
    const spanContext = spanOf(this.#contexts.active())?.spanContext();
    this.#outputs.deliverCall({ source: this.#source, now, index, message, spanContext, fields, bound });
  }
}
