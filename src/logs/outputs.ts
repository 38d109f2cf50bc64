import type { Diagnostics } from '../common/diagnostics.js';
import { LEVELS, type LevelIndex } from './level.js';
import { LineBuffer } from './line-buffer.js';
import type { LogCall } from './log-call.js';
import {
  type ByteSink,
  isByteSink,
  isLineSink,
  isRecordSink,
  type LineSink,
  type RecordSink,
  type Sink,
  type SinkHost,
  type SinkLifecycle,
} from './sinks/sink.js';

/**
 * All the sinks of a logger. The line is put together in the buffer of the first sink that takes bytes, and
 * the others are given a copy, or a string made once. A sink that throws is told of and harms no other.
 */
export class Outputs {
  /** Where a line is put together. */
  readonly buffer: LineBuffer;
  /** Whose buffer it is. */
  readonly first: ByteSink | undefined;
  /** Whether there are sinks besides the first. */
  readonly more: boolean;
  readonly records: readonly RecordSink[];
  readonly #bytes: readonly ByteSink[];
  readonly #lines: readonly LineSink[];
  readonly #all: readonly SinkLifecycle[];
  readonly #diagnostics: Diagnostics;
  #delivering = false;

  constructor(sinks: readonly Sink[], host: SinkHost) {
    this.#diagnostics = host.diagnostics;
    const objects = sinks.map((sink) => (typeof sink === 'function' ? { write: sink } : sink));
    const [first, ...bytes] = objects.filter(isByteSink);
    this.first = first;
    this.buffer = first?.buffer ?? new LineBuffer(4096);
    this.records = objects.filter(isRecordSink);
    this.#bytes = bytes;
    this.#lines = objects.filter((sink) => !isByteSink(sink) && isLineSink(sink)) as LineSink[];
    this.#all = objects;
    this.more = this.#lines.length + bytes.length > 0;
    for (const sink of this.#all) this.#guard(() => sink.attach?.(host));
  }

  /** Hands on the line that begins at `from` and ends the buffer. */
  deliver(buffer: LineBuffer, index: LevelIndex, from: number): void {
    if (this.more) this.#copyToOthers(buffer, index, from);
    if (buffer !== this.buffer) this.first?.buffer.pend(buffer.bytes.subarray(from, buffer.end), index);
    else if (this.first === undefined) buffer.consume(buffer.length);
    else this.#lineAdded(this.first, index, from);
  }

  deliverCall(call: LogCall): void {
    for (const sink of this.records) this.#guard(() => sink.accept(call));
  }

  /** Lines that were logged while another was being put together (by a getter, by `toJSON`) come after it. */
  deliverPending(): void {
    const { buffer } = this;
    for (const { bytes, index } of buffer.takePending()) {
      const from = buffer.end;
      buffer.append(bytes);
      if (this.first !== undefined) this.#lineAdded(this.first, index, from);
    }
  }

  async flush(): Promise<void> {
    await Promise.all(this.#all.map((sink) => this.#guardAsync(() => sink.flush?.())));
  }

  flushSync(): void {
    for (const sink of this.#all) this.#guard(() => sink.flushSync?.());
  }

  async shutdown(): Promise<void> {
    await Promise.all(
      this.#all.map((sink) => this.#guardAsync(() => (sink.shutdown ?? sink.flush)?.call(sink))),
    );
  }

  #copyToOthers(buffer: LineBuffer, index: LevelIndex, from: number): void {
    if (this.#delivering) {
      this.#diagnostics.counter(
        'telltale_log_lines_dropped_total',
        'Log lines that were not written, by sink and reason.',
        { sink: 'line sinks', reason: 'logged_by_sink' },
      ).value++;
      return;
    }
    this.#delivering = true;
    for (const sink of this.#bytes) {
      const at = sink.buffer.end;
      sink.buffer.append(buffer.bytes.subarray(from, buffer.end));
      this.#lineAdded(sink, index, at);
    }
    if (this.#lines.length > 0) {
      const line = buffer.text(from, buffer.end);
      for (const sink of this.#lines) this.#guard(() => sink.write(line, LEVELS[index]!));
    }
    this.#delivering = false;
  }

  #lineAdded(sink: ByteSink, index: LevelIndex, from: number): void {
    try {
      sink.lineAdded(index, from);
    } catch (error) {
      this.#failed(error);
    }
  }

  #guard(call: () => unknown): void {
    try {
      call();
    } catch (error) {
      this.#failed(error);
    }
  }

  async #guardAsync(call: () => unknown): Promise<void> {
    try {
      await call();
    } catch (error) {
      this.#failed(error);
    }
  }

  #failed(error: unknown): void {
    this.#diagnostics.report('sink_failed', 'log sink', 'a log sink threw', error);
  }
}
